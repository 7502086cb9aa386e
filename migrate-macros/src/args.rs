//! The argument of the macro: which folder is meant. It does not look at the folder.

use std::path::{Component, Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use syn::LitStr;
use syn::parse::Parser;

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
}

/// What the macro reads without an argument.
const DEFAULT: &str = "migrations";

impl Args {
    /// `embed_migrations!()` or `embed_migrations!("path")`, relative to the folder of the crate's `Cargo.toml`.
    pub(crate) fn parse(input: TokenStream, env: impl Fn(&str) -> Option<String>) -> syn::Result<Self> {
        let literal = (|stream: syn::parse::ParseStream<'_>| {
            let literal = stream.parse::<Option<LitStr>>()?;
            if literal.is_some() {
                stream.parse::<Option<syn::Token![,]>>()?;
            }
            let unexpected = "expected nothing more: `embed_migrations!()` or `embed_migrations!(\"path\")`";
            if stream.is_empty() { Ok(literal) } else { Err(stream.error(unexpected)) }
        })
        .parse2(input)?;
        let span = literal.as_ref().map_or_else(Span::call_site, LitStr::span);
        let written = literal.as_ref().map_or_else(|| DEFAULT.to_owned(), LitStr::value);
        let error = |message: String| syn::Error::new(span, message);

        if written.trim().is_empty() {
            return Err(error("the path is empty: leave it out to read `migrations`".into()));
        }
        if Path::new(&written).has_root() {
            return Err(error(format!(
                "`{written}` is an absolute path, which is right on one machine only: write it relative to the folder \
                 of this crate's Cargo.toml"
            )));
        }
        let (path, variables) = substitute(&written, &env).map_err(error)?;
        let Some(manifest_dir) = env("CARGO_MANIFEST_DIR") else {
            return Err(error(
                "the environment variable CARGO_MANIFEST_DIR, which cargo sets, is not set: the path cannot be \
                 resolved without it"
                    .into(),
            ));
        };
        Ok(Self { span, written, folder: Path::new(&manifest_dir).join(path), variables })
    }

    /// The folder as compiler messages name it: like the compiler's own paths, relative to where it runs.
    pub(crate) fn shown(&self) -> PathBuf {
        let folder = without_dots(&self.folder);
        let current = std::env::current_dir().unwrap_or_default();
        folder.strip_prefix(current).map(Path::to_owned).unwrap_or(folder)
    }
}

/// Replaces `$NAME` and `${NAME}`, and says which they were.
fn substitute(path: &str, env: impl Fn(&str) -> Option<String>) -> Result<(String, Vec<String>), String> {
    let mut pieces = path.split('$');
    let mut result = pieces.next().unwrap_or_default().to_owned();
    let mut variables = Vec::new();
    for piece in pieces {
        let (name, rest) = match piece.strip_prefix('{').map(|piece| piece.split_once('}')) {
            Some(Some(braced)) => braced,
            Some(None) => return Err(format!("in `{path}`, a `${{` is never closed")),
            None => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                piece.split_at(piece.find(|c| !is_part(c)).unwrap_or(piece.len()))
            }
        };
        if name.is_empty() {
            return Err(format!("in `{path}`, a `$` is not followed by the name of a variable"));
        }
        let Some(value) = env(name) else {
            return Err(format!(
                "`{path}` needs the environment variable {name}, which is not set while this crate compiles"
            ));
        };
        result.push_str(&value);
        result.push_str(rest);
        variables.push(name.to_owned());
    }
    Ok((result, variables))
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
        check_error("migrations", "nothing more");
        let error = Args::parse(TokenStream::new(), |_| None).err().expect("an error");
        assert!(error.to_string().contains("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn dots_are_not_shown() {
        assert_eq!(without_dots(Path::new("/ws/a/../m")), Path::new("/ws/m"));
    }
}
