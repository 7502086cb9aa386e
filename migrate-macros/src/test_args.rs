//! The arguments of `#[migrate_runtime::test]`: what the database is made from, and on which threads the test runs.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitInt, LitStr, Token};

use crate::runtime_path;

/// What is said behind the name of the attribute.
pub(crate) struct TestArgs {
    /// An expression; its span is where errors about its type point to.
    pub(crate) blueprint: TokenStream,
    /// A value of `migrate_runtime::testing::Threads`.
    pub(crate) threads: TokenStream,
    /// The path of the runtime that the attribute was given.
    pub(crate) runtime: Option<TokenStream>,
}

/// The forms of the attribute.
const FORMS: &str = "`#[migrate_runtime::test(MIGRATIONS)]` or `#[migrate_runtime::test(MIGRATIONS, flavor = \"multi_thread\", \
    worker_threads = 2)]`";

impl TestArgs {
    pub(crate) fn parse(input: TokenStream) -> syn::Result<Self> {
        parse.parse2(input)
    }
}

fn parse(stream: ParseStream<'_>) -> syn::Result<TestArgs> {
    let mut blueprint = TokenStream::new();
    while !stream.is_empty() && !stream.peek(Token![,]) {
        blueprint.extend([stream.parse::<TokenTree>()?]);
    }
    let text = blueprint.to_string();
    let is_option = text.starts_with("flavor =") || text.starts_with("crate =");
    if blueprint.is_empty() || is_option {
        let text = format!(
            "no migrations are named, which the database of the test is to have: name the static that `embed_migrations!` is \
             assigned to, as in {FORMS}"
        );
        return Err(syn::Error::new(Span::call_site(), text));
    }
    let (mut is_multi, mut count, mut runtime) = (false, None, None);
    while stream.parse::<Option<Token![,]>>()?.is_some() && !stream.is_empty() {
        if stream.peek(Token![crate]) {
            runtime = Some(runtime_path::parse(stream)?);
            continue;
        }
        let word = stream.parse::<Ident>()?;
        stream.parse::<Token![=]>()?;
        if word == "flavor" {
            is_multi = flavor(&stream.parse::<LitStr>()?)?;
        } else if word == "worker_threads" {
            let literal = stream.parse::<LitInt>()?;
            if literal.base10_parse::<usize>()? == 0 {
                return Err(syn::Error::new(literal.span(), "no thread runs nothing: at least 1"));
            }
            count = Some(literal);
        } else {
            return Err(syn::Error::new(word.span(), format!("there is no option `{word}`: write {FORMS}")));
        }
    }
    if !stream.is_empty() {
        return Err(stream.error(format!("expected nothing more: write {FORMS}")));
    }
    let span = Span::call_site();
    let threads = match (is_multi, &count) {
        (false, None) => quote_spanned! {span=> Current },
        (true, None) => quote_spanned! {span=> Multi(::core::option::Option::None) },
        (true, Some(count)) => quote_spanned! {span=> Multi(::core::option::Option::Some(#count)) },
        (false, Some(count)) => {
            let text = "`worker_threads` is for tests with several threads: write `flavor = \"multi_thread\"` before it";
            return Err(syn::Error::new(count.span(), text));
        }
    };
    Ok(TestArgs { blueprint, threads, runtime })
}

/// Whether it is the one with several threads.
fn flavor(literal: &LitStr) -> syn::Result<bool> {
    match literal.value().as_str() {
        "current_thread" => Ok(false),
        "multi_thread" => Ok(true),
        other => {
            let text = format!(
                "there is no flavor `{other}`: it is \"current_thread\", which is the default, or \"multi_thread\""
            );
            Err(syn::Error::new(literal.span(), text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TestArgs;

    #[track_caller]
    fn check(input: &str, expected: Result<(&str, &str), &str>) {
        match (TestArgs::parse(input.parse().expect("tokens")), expected) {
            (Ok(args), Ok((blueprint, threads))) => {
                assert_eq!(args.blueprint.to_string(), blueprint);
                assert_eq!(args.threads.to_string().replace(' ', ""), threads);
            }
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (Ok(_), Err(_)) => panic!("{input} is accepted"),
            (Err(error), Ok(_)) => panic!("{input}: {error}"),
        }
    }

    #[test]
    fn arguments() {
        check("MIGRATIONS", Ok(("MIGRATIONS", "Current")));
        check("crate::db::MIGRATIONS,", Ok(("crate :: db :: MIGRATIONS", "Current")));
        check("A, flavor = \"current_thread\"", Ok(("A", "Current")));
        check("A, flavor = \"multi_thread\"", Ok(("A", "Multi(::core::option::Option::None)")));
        check(
            "A, flavor = \"multi_thread\", worker_threads = 3,",
            Ok(("A", "Multi(::core::option::Option::Some(3))")),
        );
    }

    #[test]
    fn takes_the_path_of_the_runtime() {
        for input in ["A, crate = a::rt", "A, flavor = \"multi_thread\", crate = \"a::rt\","] {
            let args = TestArgs::parse(input.parse().expect("tokens")).expect("arguments");
            assert_eq!(args.runtime.expect("a path").to_string().replace(' ', ""), "a::rt");
        }
    }

    #[test]
    fn mistakes() {
        check("crate = a::rt", Err("no migrations are named"));
        check("A, crate = 1", Err("`crate` is the path of the runtime"));
        check("", Err("no migrations are named"));
        check("flavor = \"multi_thread\"", Err("no migrations are named"));
        check("A, flavour = \"multi_thread\"", Err("no option `flavour`"));
        check("A, flavor = \"many\"", Err("no flavor `many`"));
        check("A, worker_threads = 2", Err("`flavor = \"multi_thread\"` before it"));
        check("A, flavor = \"multi_thread\", worker_threads = 0", Err("at least 1"));
    }
}
