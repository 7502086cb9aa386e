//! By which path an expansion reaches the runtime: the one of `crate = …`, else the name under which the crate that is compiled
//! depends on it.

use std::ffi::OsString;

use proc_macro2::{Delimiter, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

/// Reads `crate = path` or `crate = "path"`.
pub(crate) fn parse(stream: ParseStream<'_>) -> syn::Result<TokenStream> {
    let word = stream.parse::<Token![crate]>()?;
    stream.parse::<Token![=]>()?;
    let mut path = TokenStream::new();
    if stream.peek(LitStr) {
        let literal = stream.parse::<LitStr>()?;
        path = literal.parse().unwrap_or_default();
    } else {
        while !stream.is_empty() && !stream.peek(Token![,]) {
            path.extend([stream.parse::<TokenTree>()?]);
        }
    }
    let path = flat(path);
    if is_path(&path) {
        return Ok(path.into_iter().collect());
    }
    let text = "`crate` is the path of the runtime, as in `crate = facade::migrate_runtime` or `crate = mig`";
    Err(syn::Error::new(word.span, text))
}

/// The tokens without the invisible groups that a `macro_rules!` puts around what it passes on.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let inner = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => flat(group.stream()),
        token => vec![token],
    };
    tokens.into_iter().flat_map(inner).collect()
}

fn is_path(tokens: &[TokenTree]) -> bool {
    let mut rest = behind_colons(tokens).unwrap_or(tokens);
    while let [TokenTree::Ident(_), behind @ ..] = rest {
        let Some(next) = behind_colons(behind) else { return behind.is_empty() };
        rest = next;
    }
    false
}

/// What comes after `::`.
fn behind_colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [TokenTree::Punct(one), TokenTree::Punct(two), rest @ ..] => {
            let is_pair = one.as_char() == ':' && one.spacing() == Spacing::Joint && two.as_char() == ':';
            is_pair.then_some(rest)
        }
        _ => None,
    }
}

/// The name of the runtime's library.
const LIBRARY: &str = "migrate_runtime";

/// The runtime by its name among the dependencies, which the arguments of the compiler have. Cargo writes them from `[dependencies]`,
/// `[dev-dependencies]` and what a workspace hands down alike, and other build systems write them too.
///
/// A macro that an editor expands runs in no compiler; there the name is the library's own.
///
/// # Errors
///
/// The crate depends on others and not on the runtime.
pub(crate) fn among_dependencies(arguments: impl Iterator<Item = OsString>) -> Result<TokenStream, String> {
    let externs = externs(arguments);
    let is_runtime = |file: &str| {
        let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.strip_prefix("lib").unwrap_or(name);
        name.strip_prefix(LIBRARY).is_some_and(|rest| rest.starts_with(['-', '.']))
    };
    let has_own_name = externs.iter().any(|(name, _)| name == LIBRARY);
    let renamed = externs.iter().find(|(_, file)| file.as_deref().is_some_and(is_runtime));
    let of_own_name =
        externs.iter().find(|(name, file)| name == LIBRARY && file.as_deref().is_none_or(is_runtime));
    match of_own_name.or(renamed) {
        Some((name, _)) => {
            let name = Ident::new(name, Span::call_site());
            Ok(quote! { ::#name })
        }
        None if externs.is_empty() || has_own_name => {
            let name = Ident::new(LIBRARY, Span::call_site());
            Ok(quote! { ::#name })
        }
        None => Err("`migrate-runtime` is not a dependency of this crate".to_owned()),
    }
}

/// What `--extern` says: names, and the file of each.
fn externs(arguments: impl Iterator<Item = OsString>) -> Vec<(String, Option<String>)> {
    let mut externs = Vec::new();
    let mut words = arguments.filter_map(|word| word.into_string().ok()).flat_map(written_out);
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--extern") {
            Some("") => words.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        let Some(value) = value else { continue };
        let (name, file) = match value.split_once('=') {
            Some((name, file)) => (name, Some(file.to_owned())),
            None => (&*value, None),
        };
        // `noprelude:name` has options in front.
        let name = name.rsplit(':').next().unwrap_or(name).to_owned();
        externs.push((name, file));
    }
    externs
}

/// `@file` stands for the lines of that file, which is how a long command is passed on.
fn written_out(word: String) -> Vec<String> {
    match word.strip_prefix('@').map(std::fs::read_to_string) {
        Some(Ok(text)) => text.lines().map(str::to_owned).collect(),
        _ => vec![word],
    }
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser as _;

    use super::*;

    fn path(input: &str) -> Option<String> {
        let parsed = parse.parse_str(input).ok()?;
        Some(parsed.to_string().replace(' ', ""))
    }

    #[test]
    fn accepts_a_path_of_any_form() {
        for form in ["mig", "::mig", "facade::migrate_runtime", "crate::db::rt", "self::rt", "r#try::rt"] {
            assert_eq!(path(&format!("crate = {form}")).as_deref(), Some(form));
            assert_eq!(path(&format!("crate = \"{form}\"")).as_deref(), Some(form));
        }
        // The groups that `$path:path` leaves behind.
        let group = proc_macro2::Group::new(Delimiter::None, quote! { facade::rt });
        let parsed = parse.parse2(quote! { crate = #group }).expect("a path");
        assert_eq!(parsed.to_string(), "facade :: rt");
    }

    #[test]
    fn rejects_what_is_not_a_path() {
        for form in ["", "1", "\"\"", "\"a b\"", "\"(\"", "a b", "a:b", "a::", "a::<T>", "f()", ":::a"] {
            assert_eq!(path(&format!("crate = {form}")), None, "{form}");
        }
    }

    #[test]
    fn finds_the_name_that_the_compiler_is_given() {
        #[track_caller]
        fn check(line: &str, expected: Option<&str>) {
            let found = among_dependencies(line.split_whitespace().map(OsString::from));
            let found = found.ok().map(|path| path.to_string().replace(' ', ""));
            assert_eq!(found.as_deref(), expected, "{line}");
        }
        let own = Some("::migrate_runtime");
        check("rustc x.rs --extern migrate_runtime=/t/libmigrate_runtime-1a.rlib", own);
        check("rustc x.rs --extern=migrate_runtime", own);
        check("rustc --extern mig=/t/libmigrate_runtime-1a.rmeta --extern a=/t/liba-1.rmeta", Some("::mig"));
        check("rustc --extern=noprelude,nounused:mig=C:\\t\\migrate_runtime.dll", Some("::mig"));
        let two = "--extern a=libmigrate_runtime-1.rlib --extern migrate_runtime=libmigrate_runtime-2.rlib";
        check(two, own);
        let taken = "--extern migrate_runtime=libfacade-1.rlib --extern mig=libmigrate_runtime-2.rlib";
        check(taken, Some("::mig"));
        check("--extern migrate_runtime=libfacade-1.rlib", own);
        check("--extern facade=libfacade-1.rlib --extern b=libmigrate_runtime_more-1.rlib", None);
        // An editor.
        check("rust-analyzer-proc-macro-srv", own);
    }

    #[test]
    fn reads_arguments_that_are_in_a_file() {
        let file = std::env::temp_dir().join(format!("migrate-macros-{}.args", std::process::id()));
        std::fs::write(&file, "--extern\nmig=/t/libmigrate_runtime-1a.rlib\n").expect("a file");
        let arguments = ["rustc".into(), format!("@{}", file.display()).into()];
        let found = among_dependencies(arguments.into_iter());
        std::fs::remove_file(&file).expect("the file");
        assert_eq!(found.expect("a path").to_string().replace(' ', ""), "::mig");
    }
}
