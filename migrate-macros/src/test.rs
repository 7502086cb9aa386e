//! The expansion of `#[migrate_runtime::test]`. Of the function no more is read than has to be known: what stands before
//! its name, how many parameters it has, and whether it returns something; so that syn need not be able to parse one.

use migrate_source::Code;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::args::coded;
use crate::runtime_path::among_dependencies;
use crate::test_args::TestArgs;

/// A function, taken apart.
struct Function {
    /// Attributes that belong to the test: `#[ignore]`, `#[should_panic]`.
    attributes: TokenStream,
    visibility: TokenStream,
    /// From `async` to the end of its body.
    inner: TokenStream,
    name: Ident,
    returns: bool,
}

/// The test, or its mistake as a compile error.
pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let (args, function) = (TestArgs::parse(arguments), Function::read(item.clone()));
    let named = args.as_ref().ok().and_then(|args| args.runtime.clone());
    let runtime = named.map_or_else(|| among_dependencies(std::env::args_os()), Ok);
    match (args, function) {
        (Ok(args), Ok(function)) => match runtime {
            Ok(runtime) => function.as_test(&args, &runtime),
            Err(why) => {
                let error = syn::Error::new(Span::call_site(), without_runtime(&why)).to_compile_error();
                quote! { #error #[allow(dead_code)] #item }
            }
        },
        (args, function) => {
            let errors = [args.err(), function.err()].into_iter().flatten();
            // The function stays, so that nothing else seems to be unused.
            let errors = errors.map(|error| coded(Code::M0924, &error).to_compile_error());
            quote! { #(#errors)* #[allow(dead_code)] #item }
        }
    }
}

impl Function {
    fn read(item: TokenStream) -> syn::Result<Self> {
        let mut tokens = item.into_iter().peekable();
        let (mut attributes, mut visibility) = (TokenStream::new(), TokenStream::new());
        while matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#') {
            attributes.extend(tokens.by_ref().take(2));
        }
        let mut inner = TokenStream::new();
        let mut is_async = false;
        let keyword = loop {
            match tokens.next() {
                Some(TokenTree::Ident(word)) if word == "fn" => break word,
                Some(TokenTree::Ident(word)) if word == "async" => {
                    is_async = true;
                    inner.extend([TokenTree::Ident(word)]);
                }
                // `unsafe`, `extern "C"`: the compiler says what it thinks of these.
                Some(token) if is_async => inner.extend([token]),
                Some(token) => visibility.extend([token]),
                None => return Err(mistake(Span::call_site(), "is for functions")),
            }
        };
        if !is_async {
            return Err(mistake(keyword.span(), "is for `async fn`: write `async` before `fn`"));
        }
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return Err(mistake(keyword.span(), "is for functions with a name"));
        };
        inner.extend([TokenTree::Ident(keyword), TokenTree::Ident(name.clone())]);
        let parameters = match tokens.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group,
            _ => return Err(mistake(name.span(), "is for functions without type parameters")),
        };
        must_take_one(&parameters, &name)?;
        let rest: Vec<TokenTree> = tokens.collect();
        let returns = matches!(rest.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == '-');
        inner.extend([TokenTree::Group(parameters)]);
        inner.extend(rest);
        Ok(Self { attributes, visibility, inner, name, returns })
    }

    fn as_test(&self, args: &TestArgs, runtime: &TokenStream) -> TokenStream {
        let Self { attributes, visibility, inner, name, returns } = self;
        let TestArgs { blueprint, threads, .. } = args;
        // A message about what the function takes or returns points to its name.
        let run = quote_spanned! {name.span()=> #runtime::testing::run };
        let call = quote! {
            #run(
                #runtime::testing::Threads::#threads,
                &#blueprint,
                |told| ::std::eprintln!("{told}"),
                #name,
            )
        };
        // A test of which a panic is expected returns nothing.
        let (output, call) = if *returns {
            (quote! { -> ::std::process::ExitCode }, call)
        } else {
            (TokenStream::new(), quote! { let _ = #call; })
        };
        quote! {
            #attributes
            #[::core::prelude::v1::test]
            #visibility fn #name() #output {
                // A test need not wait for anything, nor use up what it is given.
                #[allow(clippy::unused_async, clippy::needless_pass_by_value)]
                #inner
                #call
            }
        }
    }
}

/// What is said where the runtime has no name.
fn without_runtime(why: &str) -> String {
    format!(
        "{why} [{}]\nhelp: add it to [dev-dependencies], or name the path by which this crate reaches it: \
         `#[facade::test(MIGRATIONS, crate = facade::migrate_runtime)]`",
        Code::M0925
    )
}

/// One parameter: what the test is given. A comma between angle brackets separates no parameters.
fn must_take_one(parameters: &Group, name: &Ident) -> syn::Result<()> {
    let (mut depth, mut count, mut is_open) = (0_u32, 0, false);
    for token in parameters.stream() {
        let sign = if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' };
        match sign {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if sign == ',' && depth == 0 {
            is_open = false;
        } else if !is_open {
            (count, is_open) = (count + 1, true);
        }
    }
    match count {
        1 => Ok(()),
        0 => Err(mistake(
            name.span(),
            "gives the test a database, which this one does not take: write `(db: TestDb)` or `(client: Client)`",
        )),
        _ => Err(mistake(
            parameters.span(),
            "gives the test one thing, `db: TestDb` or `client: Client`: of a `TestDb`, `connect` makes as many clients as \
             it takes",
        )),
    }
}

fn mistake(span: Span, text: &str) -> syn::Error {
    syn::Error::new(span, format!("#[migrate_runtime::test] {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expansion(arguments: &str, item: &str) -> String {
        let tokens = expand(arguments.parse().expect("tokens"), &item.parse().expect("tokens"));
        prettyplease::unparse(&syn::parse2(tokens).expect("items"))
    }

    #[test]
    fn a_test() {
        let item =
            "/// Says why.\n#[should_panic(expected = \"no\")] async fn fails(db: TestDb) { panic!(\"no\") }";
        insta::assert_snapshot!(expansion("MIGRATIONS", item));
    }

    #[test]
    fn a_test_that_returns_something() {
        let item = "pub(crate) async fn t(client: Pair<A, B>,) -> Result<(), Error> where A: B { Ok(()) }";
        let arguments = "crate::MIGRATIONS, flavor = \"multi_thread\", worker_threads = 2";
        insta::assert_snapshot!(expansion(arguments, item));
    }

    #[test]
    fn all_mistakes_at_once() {
        let text = expansion("", "fn t(db: TestDb) {}");
        assert!(text.contains("no migrations are named") && text.contains("is for `async fn`"), "{text}");
        for (item, message) in [
            ("async fn t() {}", "does not take"),
            ("async fn t(a: A, b: B) {}", "one thing"),
            ("async fn t<T>(a: A) {}", "without type parameters"),
            ("struct T;", "is for functions"),
        ] {
            let text = expansion("A", item);
            assert!(text.contains(message), "{text}");
        }
    }
}
