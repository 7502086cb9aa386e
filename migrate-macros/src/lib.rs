//! The proc macros: `embed_migrations!` prints what `migrate-source` loaded as const Rust, `#[test]` gives a test a
//! database. They know nothing of the runtime but the few paths that they print, and never panic.
//!
//! Use it through `migrate-runtime`, where its documentation is.

mod args;
mod expand;
mod runtime_path;
mod test;
mod test_args;

use proc_macro::TokenStream;

/// Embeds a folder of migrations. See `migrate_runtime::embed_migrations`.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    expand::expand(input.into(), |name| std::env::var(name).ok()).into()
}

/// A test with a database of its own. See `migrate_runtime::test`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(arguments.into(), &item.into()).into()
}
