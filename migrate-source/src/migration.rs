//! One migration of a set: views of its scripts, which cost nothing to copy.

use std::ops::Range;

use crate::checkpoint;
#[cfg(doc)]
use crate::checkpoint::HistoryDigest;
use crate::checksum::Checksum;
use crate::layout::ScriptLayout;
use crate::script::Mode;
use crate::tokens::tokens_checksum;

/// A migration: a version, a description, and the scripts that apply and revert it.
///
/// A repeatable one, `R_<description>.sql`, has neither version nor down: it is applied once more whenever it changes.
#[derive(Clone, Copy, Debug)]
pub struct Migration<'a> {
    pub(crate) version: i64,
    pub(crate) stem: &'a str,
    pub(crate) up: Script<'a>,
    pub(crate) down: Option<Script<'a>>,
}

impl<'a> Migration<'a> {
    /// The version, greater than 0. A repeatable migration has none: 0.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Whether it is repeatable: `R_<description>.sql`.
    pub fn is_repeatable(&self) -> bool {
        self.version == 0
    }

    /// The description, `lowercase_with_underscores`.
    pub fn description(&self) -> &'a str {
        self.stem.split_once('_').map_or("", |(_, description)| description)
    }

    /// Version and description as the file name has them: `0001_users`, or `R_views` where it is repeatable.
    pub fn stem(&self) -> &'a str {
        self.stem
    }

    /// The script that applies it.
    pub fn up(&self) -> Script<'a> {
        self.up
    }

    /// The script that reverts it. A repeatable migration has none.
    pub fn down(&self) -> Option<Script<'a>> {
        self.down
    }
}

/// A script: the text of one file, and what was found in it.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) checksum: &'a [u8; Checksum::LEN],
    pub(crate) layout: ScriptLayout<'a>,
}

impl<'a> Script<'a> {
    /// The file name, without folder.
    pub fn file(&self) -> &'a str {
        self.file
    }

    /// The text as it is in the file, without byte order mark.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The checksum of the text.
    pub fn checksum(&self) -> Checksum {
        Checksum::from_bytes(*self.checksum)
    }

    /// The checksum of its tokens: the same for two texts that differ in comments and white space only, so that a file
    /// that was merely commented or indented anew is told apart from one that does something else.
    ///
    /// It is computed when it is asked for, by [`tokens_checksum`](crate::tokens_checksum): a binary need not carry what
    /// only a migration that is applied or was changed needs.
    pub fn tokens_checksum(&self) -> Checksum {
        tokens_checksum(self.statements().map(|range| &self.text[range]))
    }

    /// Whether it runs in one transaction; `-- migrate: no-transaction` says that it does not. A function runs in the
    /// transaction of its history row.
    pub fn is_transactional(&self) -> bool {
        self.layout.mode != Mode::NoTransaction
    }

    /// Whether a function of the service does its work, as `-- migrate: function` says. It then has no statement.
    pub fn is_function(&self) -> bool {
        self.layout.mode == Mode::Function
    }

    /// Whether it stands for migrations that were squashed, as `-- migrate: checkpoint` says.
    pub fn is_checkpoint(&self) -> bool {
        self.layout.mode == Mode::Checkpoint
    }

    /// The digests of the histories that a checkpoint stands for: see [`HistoryDigest`]. Those of another script are none.
    /// They are read from the text when they are asked for.
    pub fn digests(&self) -> Vec<Checksum> {
        if self.is_checkpoint() { checkpoint::digests(self.text) } else { Vec::new() }
    }

    /// The byte ranges of its statements in the text, without their semicolons. There is at least one, unless it is a
    /// function, which has none.
    pub fn statements(&self) -> impl ExactSizeIterator<Item = Range<usize>> + use<'a> {
        self.layout.statements()
    }
}
