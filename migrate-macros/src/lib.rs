//! The proc macro `embed_migrations!`: prints what `migrate-source` loaded as const Rust. It knows nothing of the
//! runtime but the two paths that it prints, and never panics.
//!
//! Use it through `migrate-runtime`, where its documentation is.

mod args;
mod expand;

use proc_macro::TokenStream;

/// Embeds a folder of migrations. See `migrate_runtime::embed_migrations`.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    expand::expand(input.into(), |name| std::env::var(name).ok()).into()
}
