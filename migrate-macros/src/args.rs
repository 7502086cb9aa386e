//! The arguments of the macro: which folder is meant, whether a release build may have drafts, and by which path the runtime
//! is reached. It does not look at the folder.

use std::path::{Component, Path, PathBuf};

use migrate_source::Code;
use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token};

use crate::runtime_path;

/// Where the macro says the migrations are.
pub(crate) struct Args {
    /// Where errors point to: the literal, if there is one.
    pub(crate) span: Span,
    /// The path as written, for messages of the running service.
    pub(crate) written: String,
    /// The same, absolute.
    pub(crate) folder: PathBuf,
    /// The environment variables that the path depends on.
    pub(crate) variables: Vec<String>,
    /// Whether a build without debug assertions may have drafts in it.
    pub(crate) allows_drafts: bool,
    /// The path of the runtime that the macro was given.
    pub(crate) runtime: Option<TokenStream>,
}

/// What the macro reads without an argument.
const DEFAULT: &str = "migrations";

/// The word that lets drafts into a release build.
const ALLOW_DRAFTS: &str = "allow_drafts";

impl Args {
    /// A path relative to the folder of the crate's `Cargo.toml`, `allow_drafts` and `crate = …`: each at most once, in any
    /// order.
    pub(crate) fn parse(input: TokenStream, env: impl Fn(&str) -> Option<String>) -> syn::Result<Self> {
        let parsed = parse_tokens.parse2(input).map_err(|error| coded(Code::M0921, &error));
        let Parsed { literal, allows_drafts, runtime } = parsed?;
        let span = literal.as_ref().map_or_else(Span::call_site, LitStr::span);
        let written = literal.as_ref().map_or_else(|| DEFAULT.to_owned(), LitStr::value);
        let error = |code: Code, message: String| syn::Error::new(span, format!("{message} [{code}]"));

        if written.trim().is_empty() {
            return Err(error(Code::M0921, "the path is empty: leave it out to read `migrations`".into()));
        }
        if Path::new(&written).has_root() {
            return Err(error(
                Code::M0922,
                format!(
                    "`{written}` is an absolute path, which is right on one machine only: write it relative to the folder \
                 of this crate's Cargo.toml"
                ),
            ));
        }
        let (path, variables) =
            migrate_source::substitute(&written, &env).map_err(|why| error(Code::M0923, why))?;
        let Some(manifest_dir) = env("CARGO_MANIFEST_DIR") else {
            return Err(error(
                Code::M0923,
                "the environment variable CARGO_MANIFEST_DIR, which cargo sets, is not set: the path cannot be \
                 resolved without it"
                    .into(),
            ));
        };
        // The compiler takes a relative path of `include_str!` for one beside the source file. A sandboxed build sets
        // `CARGO_MANIFEST_DIR` relative to where the compiler runs.
        let folder = std::env::current_dir().unwrap_or_default().join(manifest_dir).join(path);
        Ok(Self { span, written, folder, variables, allows_drafts, runtime })
    }

    /// The folder as compiler messages name it: like the compiler's own paths, relative to where it runs.
    pub(crate) fn shown(&self) -> PathBuf {
        let folder = without_dots(&self.folder);
        let current = std::env::current_dir().unwrap_or_default();
        folder.strip_prefix(current).map(Path::to_owned).unwrap_or(folder)
    }
}

/// The same error with its code.
pub(crate) fn coded(code: Code, error: &syn::Error) -> syn::Error {
    syn::Error::new(error.span(), format!("{error} [{code}]"))
}

/// What stands between the parentheses.
#[derive(Default)]
struct Parsed {
    literal: Option<LitStr>,
    allows_drafts: bool,
    runtime: Option<TokenStream>,
}

fn parse_tokens(stream: ParseStream<'_>) -> syn::Result<Parsed> {
    let mut parsed = Parsed::default();
    while !stream.is_empty() {
        if stream.peek(LitStr) && parsed.literal.is_none() {
            parsed.literal = Some(stream.parse()?);
        } else if stream.peek(Token![crate]) && parsed.runtime.is_none() {
            parsed.runtime = Some(runtime_path::parse(stream)?);
        } else if let Some(word) = stream.parse::<Option<Ident>>()? {
            if word != ALLOW_DRAFTS {
                return Err(syn::Error::new(word.span(), unknown_word(&word)));
            }
            if std::mem::replace(&mut parsed.allows_drafts, true) {
                return Err(syn::Error::new(word.span(), nothing_more()));
            }
        } else {
            return Err(stream.error(nothing_more()));
        }
        if stream.parse::<Option<Token![,]>>()?.is_none() && !stream.is_empty() {
            return Err(stream.error(nothing_more()));
        }
    }
    Ok(parsed)
}

fn nothing_more() -> String {
    format!("expected nothing more: {FORMS}")
}

/// The forms of the macro.
const FORMS: &str = "the arguments are a path, `allow_drafts` and `crate`, as in `embed_migrations!(\"path\")` or \
     `embed_migrations!(\"path\", allow_drafts, crate = facade::migrate_runtime)`";

fn unknown_word(word: &Ident) -> String {
    let letters = word.to_string().to_ascii_lowercase().replace('_', "");
    if letters.contains("draft") {
        return format!("there is no option `{word}`: write `{ALLOW_DRAFTS}`");
    }
    format!("there is no option `{word}`, and a path is written in quotes: {FORMS}")
}

/// `a/b/../c` as `a/c`. Only for display: a symbolic link may mean another folder.
pub(crate) fn without_dots(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        if component != Component::ParentDir || !result.pop() {
            result.push(component);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "CARGO_MANIFEST_DIR" => Some("/ws/service".to_owned()),
            "OUT_DIR" => Some("/ws/target/out".to_owned()),
            _ => None,
        }
    }

    #[track_caller]
    fn check(input: &str, folder: &str) {
        let args = Args::parse(input.parse().expect("tokens"), env).expect("arguments");
        assert_eq!(args.folder, Path::new(folder));
    }

    #[track_caller]
    fn check_error(input: &str, message: &str) {
        let error = Args::parse(input.parse().expect("tokens"), env).err().expect("an error");
        assert!(error.to_string().contains(message), "{error}");
    }

    #[test]
    fn folders() {
        check("", "/ws/service/migrations");
        check("\"../migrations\"", "/ws/service/../migrations");
        check("\"../migrations\",", "/ws/service/../migrations");
        check("\"$OUT_DIR/m\"", "/ws/target/out/m");
        check("\"${OUT_DIR}_x\"", "/ws/target/out_x");
    }

    #[test]
    fn refused_arguments() {
        check_error("\"/srv/migrations\"", "absolute path");
        check_error("\"$NOWHERE/migrations\"", "NOWHERE, which is not set");
        check_error("\"${OUT_DIR\"", "never closed");
        check_error("\"a$/b\"", "not followed");
        check_error("\"\"", "empty");
        check_error("\"a\", \"b\"", "nothing more");
        check_error("\"a\" allow_drafts", "nothing more");
        check_error("allow_drafts, allow_drafts", "nothing more");
        check_error("crate = a, crate = b", "nothing more");
        check_error("crate", "expected `=`");
        check_error("\"a\", crate = \"a b\"", "`crate` is the path of the runtime");
        check_error("allow_drafts = true", "nothing more");
        check_error(", allow_drafts", "nothing more");
        check_error("migrations", "a path is written in quotes");
        check_error("\"a\", allow_draft", "no option `allow_draft`: write `allow_drafts`");
        check_error("AllowDrafts", "write `allow_drafts`");
        check_error("allow-drafts", "no option `allow`");
        let error = Args::parse(TokenStream::new(), |_| None).err().expect("an error");
        assert!(error.to_string().contains("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn drafts() {
        let allows_drafts = |input: &str| {
            let args = Args::parse(input.parse().expect("tokens"), env).expect("arguments");
            (args.written, args.allows_drafts)
        };
        assert_eq!(allows_drafts("\"m\""), ("m".to_owned(), false));
        for input in ["\"m\", allow_drafts", "\"m\", allow_drafts,"] {
            assert_eq!(allows_drafts(input), ("m".to_owned(), true));
        }
        for input in ["allow_drafts", "allow_drafts,"] {
            assert_eq!(allows_drafts(input), (DEFAULT.to_owned(), true));
        }
    }

    #[test]
    fn takes_options_in_any_order() {
        for input in [
            "\"m\", allow_drafts, crate = a::b",
            "crate = a::b, allow_drafts, \"m\",",
            "crate = \"a::b\", \"m\", allow_drafts",
        ] {
            let args = Args::parse(input.parse().expect("tokens"), env).expect("arguments");
            let runtime = args.runtime.expect("a path").to_string().replace(' ', "");
            assert_eq!((&*args.written, args.allows_drafts, &*runtime), ("m", true, "a::b"), "{input}");
        }
    }

    #[test]
    fn makes_a_relative_folder_absolute() {
        let args = Args::parse(TokenStream::new(), |_| Some("service".to_owned())).expect("arguments");
        assert_eq!(args.folder, std::env::current_dir().expect("a folder").join("service/migrations"));
        assert_eq!(args.shown(), Path::new("service/migrations"));
    }

    #[test]
    fn dots_are_not_shown() {
        assert_eq!(without_dots(Path::new("/ws/a/../m")), Path::new("/ws/m"));
    }
}
