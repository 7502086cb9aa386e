//! The migration set: every migration of a folder, in order, in a form that is the same whether it was loaded or
//! embedded.

use std::borrow::Cow;

use crate::checksum::Checksum;
use crate::layout::{self, Reader};
use crate::migration::{Migration, Script};
use crate::name;
use crate::script::ParsedScript;

/// Every migration of a folder: those with a version, ordered by it, and those that are repeatable. What exists is valid.
///
/// The set is a handful of strings, not a tree: a macro can print it as literals, and it needs no relocation and no
/// allocation in the binary that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationSet {
    folder: Cow<'static, str>,
    /// The file names, each followed by `\n`; a down right after its up, the repeatable ones last.
    files: Cow<'static, str>,
    /// Their texts, one after the other.
    text: Cow<'static, str>,
    /// [`Checksum::LEN`] bytes a file.
    checksums: Cow<'static, [u8]>,
    /// See [`crate::layout`].
    layout: Cow<'static, [u8]>,
}

/// The literals that make up a set: what `embed_migrations!` prints.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Literals {
    pub folder: &'static str,
    pub files: &'static str,
    pub text: &'static str,
    pub checksums: &'static [u8],
    pub layout: &'static [u8],
    /// The length that `text` had when the other literals were made.
    pub text_len: usize,
}

impl MigrationSet {
    /// The set without migrations.
    pub const EMPTY: Self = Self {
        folder: Cow::Borrowed(""),
        files: Cow::Borrowed(""),
        text: Cow::Borrowed(""),
        checksums: Cow::Borrowed(&[]),
        layout: Cow::Borrowed(&[]),
    };

    /// For `embed_migrations!` only.
    ///
    /// # Panics
    ///
    /// At compile time, where a file was changed between the macro's reading it and the compiler's.
    #[doc(hidden)]
    pub const fn from_literals(literals: Literals) -> Self {
        assert!(
            literals.text.len() == literals.text_len,
            "a migration was edited while it was compiled: build again",
        );
        Self {
            folder: Cow::Borrowed(literals.folder),
            files: Cow::Borrowed(literals.files),
            text: Cow::Borrowed(literals.text),
            checksums: Cow::Borrowed(literals.checksums),
            layout: Cow::Borrowed(literals.layout),
        }
    }

    /// The files are ordered as [`Self::files`] wants them.
    pub(crate) fn from_scripts<'a>(
        folder: String,
        scripts: impl Iterator<Item = (&'a str, &'a str, &'a ParsedScript)>,
    ) -> Self {
        let (mut files, mut all_text) = (String::new(), String::new());
        let (mut checksums, mut layout) = (Vec::new(), Vec::new());
        for (file, text, script) in scripts {
            files.push_str(file);
            files.push('\n');
            all_text.push_str(text);
            checksums.extend_from_slice(script.checksum.as_bytes());
            layout::encode(&mut layout, text.len(), script);
        }
        Self {
            folder: folder.into(),
            files: files.into(),
            text: all_text.into(),
            checksums: checksums.into(),
            layout: layout.into(),
        }
    }

    /// The same set with its folder called otherwise in messages.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<Cow<'static, str>>) -> Self {
        self.folder = folder.into();
        self
    }

    /// The migrations that have a version, and no others.
    #[must_use]
    pub fn without_repeatables(&self) -> Self {
        self.with_repeatables(0)
    }

    /// The migrations that have a version, and so many of the repeatable ones.
    #[must_use]
    pub fn with_repeatables(&self, number: usize) -> Self {
        // They come last and have no downs, so that each string is cut once.
        let versions: usize = self.iter().map(|migration| 1 + usize::from(migration.down().is_some())).sum();
        let count = versions + number.min(self.repeatables().count());
        let mut layouts = Reader(&self.layout);
        let text: usize = layouts.by_ref().take(count).map(|layout| layout.text_len).sum();
        let layout = self.layout.len() - layouts.0.len();
        let files: usize = self.file_names().take(count).map(|file| file.len() + 1).sum();
        Self {
            folder: self.folder.clone(),
            files: self.files[..files].to_owned().into(),
            text: self.text[..text].to_owned().into(),
            checksums: self.checksums[..count * Checksum::LEN].to_owned().into(),
            layout: self.layout[..layout].to_owned().into(),
        }
    }

    /// The folder, as messages name it.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// How many migrations have a version, as [`iter`](Self::iter) gives them. Linear in their number.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no migration at all, with a version or repeatable.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The migrations with a version, from the lowest to the highest.
    pub fn iter(&self) -> impl Iterator<Item = Migration<'_>> + Clone {
        self.migrations().take_while(|migration| !migration.is_repeatable())
    }

    /// The migration that stands for those that were squashed, if the set begins with one.
    pub fn checkpoint(&self) -> Option<Migration<'_>> {
        self.iter().next().filter(|first| first.up().is_checkpoint())
    }

    /// The repeatable migrations, ordered by their descriptions.
    pub fn repeatables(&self) -> impl Iterator<Item = Migration<'_>> + Clone {
        self.migrations().skip_while(|migration| !migration.is_repeatable())
    }

    /// All migrations, the repeatable ones last.
    fn migrations(&self) -> impl Iterator<Item = Migration<'_>> + Clone {
        let mut scripts = self.scripts().peekable();
        std::iter::from_fn(move || {
            let up = scripts.next()?;
            let down = scripts.next_if(|script| script.file.ends_with(".down.sql"));
            let stem = name::stem(up.file);
            let digits = stem.split_once('_').map_or(stem, |(version, _)| version);
            // Only names that parse get into a set: what is no number is the `R` of a repeatable migration.
            let version = digits.parse().unwrap_or_default();
            Some(Migration { version, stem, up, down })
        })
    }

    /// The file names, in the order of the texts.
    #[doc(hidden)]
    pub fn file_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.files.lines()
    }

    /// What a macro prints, except for the text.
    #[doc(hidden)]
    pub fn literals(&self) -> (&str, &str, usize, &[u8], &[u8]) {
        (&self.folder, &self.files, self.text.len(), &self.checksums, &self.layout)
    }

    pub(crate) fn scripts(&self) -> impl Iterator<Item = Script<'_>> + Clone {
        let (checksums, _) = self.checksums.as_chunks();
        let mut rest = &*self.text;
        let files = self.file_names().zip(checksums).zip(Reader(&self.layout));
        files.map(move |((file, checksum), layout)| {
            let (text, after) = rest.split_at(layout.text_len);
            rest = after;
            Script { file, text: strip_byte_order_mark(text), checksum, layout }
        })
    }
}

/// Windows' editors write it; PostgreSQL does not take it.
pub(crate) fn strip_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
