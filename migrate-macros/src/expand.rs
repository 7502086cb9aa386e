//! The expansion: a set as literals, or every fault as a compile error.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migrate_source::other_tool::LEDGER_FILE;
use migrate_source::{Applying, Code, FaultKind, LOCK_FILE, Loaded};
use proc_macro2::{Literal, Span, TokenStream};
use quote::quote_spanned;

use crate::args::Args;
use crate::runtime_path::among_dependencies;

/// A const expression of the runtime's type `MigrationSet`, or every fault as a compile error in its place.
pub(crate) fn expand(input: TokenStream, env: impl Fn(&str) -> Option<String>) -> TokenStream {
    let args = match Args::parse(input, env) {
        Ok(args) => args,
        Err(error) => return errors(error.span(), [error.to_string()]),
    };
    let runtime = match args.runtime.clone().map_or_else(|| among_dependencies(std::env::args_os()), Ok) {
        Ok(runtime) => runtime,
        Err(why) => return errors(args.span, [without_runtime(&why)]),
    };
    let loaded = match artifacts(std::env::args_os()) {
        Some(artifacts) => migrate_check::load_cached(&args.folder, &artifacts),
        None => migrate_check::load(&args.folder),
    };
    match loaded {
        Ok(loaded) => literals(&args, &runtime, loaded),
        Err(faults) => {
            let faults = faults.shown_in(&args.folder, &args.shown());
            errors(args.span, faults.iter().map(ToString::to_string))
        }
    }
}

/// Where the compiler under way writes what it makes. A macro that an editor expands runs in no compiler.
fn artifacts(mut arguments: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let folder = arguments.find_map(|argument| match argument.to_str() {
        Some("--out-dir") => Some(None),
        Some(argument) => Some(Some(OsString::from(argument.strip_prefix("--out-dir=")?))),
        None => None,
    })?;
    folder.or_else(|| arguments.next()).map(PathBuf::from).filter(|folder| folder.is_dir())
}

/// What is said where the runtime has no name.
fn without_runtime(why: &str) -> String {
    format!(
        "{why} [{}]\nhelp: add it to [dependencies], or name the path by which this crate reaches it: \
         `embed_migrations!(crate = facade::migrate_runtime)`",
        Code::M0925
    )
}

/// The errors. The compiler expects no value behind them.
fn errors(span: Span, messages: impl IntoIterator<Item = String>) -> TokenStream {
    let messages = messages.into_iter();
    quote_spanned! {span=> {
        #(::core::compile_error! { #messages })*
    }}
}

/// The set, a few tokens a file: `include_str!` makes the compiler track each file, and `concat!` makes one text.
fn literals(args: &Args, runtime: &TokenStream, loaded: Loaded) -> TokenStream {
    let warnings = loaded.warnings();
    let set = loaded.set.in_folder(args.written.clone());
    let (folder, files, text_len, checksums, layout) = set.literals();
    let mut paths = Vec::new();
    for file in set.file_names() {
        match utf8(&args.folder, file) {
            Ok(path) => paths.push(path),
            Err(message) => return errors(args.span, [message]),
        }
    }
    let variables = &args.variables;
    // What makes the compiler expand the macro again when it changes.
    let tracked = ["migrate.toml", LOCK_FILE].map(|file| utf8(&args.folder, file).ok());
    let left_out = loaded.unfinished.iter().chain(&loaded.waiting);
    let left_out_paths = left_out.clone().filter_map(|file| utf8(&args.folder, file).ok());
    let tracked =
        tracked.into_iter().flatten().filter(|path| Path::new(path).is_file()).chain(left_out_paths);
    let drafts =
        refused_drafts(args, &loaded.drafts).into_iter().chain(refused_unfinished(args, &loaded.unfinished));
    let newest = set.iter().last().map_or(0, |migration| migration.version());
    let with_drafts = (loaded.sealed < newest || !warnings.is_empty()).then(|| {
        let sealed = loaded.sealed;
        quote_spanned! {args.span=>
            .with_drafts(::core::cfg!(debug_assertions), #sealed, &[#(#left_out),*], &[#(#warnings),*])
        }
    });
    // Which folder it was, on this machine, is for development: the path is left out before anything is compiled.
    let origin = args.folder.to_str().into_iter();
    let settings = settings(args, &loaded.applying, loaded.production.as_deref());
    let (checksums, layout) = (Literal::byte_string(checksums), Literal::byte_string(layout));
    // The compiler is not to lint it as if somebody had written it.
    let span = Span::call_site().located_at(args.span);
    quote_spanned! {span=> {
        #(const _: ::core::option::Option<&str> = ::core::option_env!(#variables);)*
        #(const _: &[u8] = ::core::include_bytes!(#tracked);)*
        #(
            #[cfg(not(debug_assertions))]
            const _: () = ::core::compile_error!(#drafts);
        )*
        #(
            #[cfg(debug_assertions)]
            const _: () = {
                #[deprecated(note = #warnings)]
                const MIGRATION_WITHOUT_STATEMENT: () = ();
                MIGRATION_WITHOUT_STATEMENT
            };
        )*
        #runtime::MigrationSet::from_literals(#runtime::Literals {
            folder: #folder,
            files: #files,
            text: ::core::concat!(#(::core::include_str!(#paths)),*),
            checksums: #checksums,
            layout: #layout,
            text_len: #text_len,
        })
        .of_package(::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION"))
        #settings
        #with_drafts
        #(.in_development({
            #[cfg(debug_assertions)]
            { ::core::option::Option::Some(#origin) }
            #[cfg(not(debug_assertions))]
            { ::core::option::Option::None }
        }))*
    }}
}

/// How the set is applied, which databases are production's, and what is adopted from another tool, as far as the files
/// beside the migrations say so.
fn settings(args: &Args, applying: &Applying, production: Option<&[String]>) -> TokenStream {
    let span = args.span;
    let milliseconds = |timeout: Option<Duration>| {
        timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)).into_iter()
    };
    let (schema, table) = applying.history_table.as_ref().map(|(schema, table)| (schema, table)).unzip();
    let (schema, table) = (schema.into_iter(), table.into_iter());
    let production = production.map(|names| quote_spanned! {span=> &[#(#names),*] }).into_iter();
    let beside = Some(&applying.beside).filter(|tools| !tools.is_empty());
    let beside = beside.map(|tools| quote_spanned! {span=> .beside(&[#(#tools),*]) });
    // The path is UTF-8: those of the migrations are.
    let import = applying.import.as_ref().and_then(|_| utf8(&args.folder, LEDGER_FILE).ok()).into_iter();
    let (lock, statement) = (milliseconds(applying.lock_timeout), milliseconds(applying.statement_timeout));
    let row_lock = applying.row_lock.then(|| quote_spanned! {span=> .with_row_lock() });
    let by_statement = applying.by_statement.then(|| quote_spanned! {span=> .by_statement() });
    quote_spanned! {span=>
        #row_lock
        #by_statement
        #(.with_history_table(#schema, #table))*
        #(.with_lock_timeout(#lock))*
        #(.with_statement_timeout(#statement))*
        #beside
        #(.with_production(#production))*
        #(.with_import(::core::include_str!(#import)))*
    }
}

/// What is said where drafts get into a release build. Whether it is one, only the crate that embeds knows: this one is
/// compiled with a profile of its own.
fn refused_drafts(args: &Args, drafts: &[String]) -> Option<String> {
    const NAMED: usize = 3;
    if args.allows_drafts || drafts.is_empty() {
        return None;
    }
    let names: Vec<String> = drafts.iter().take(NAMED).map(|draft| format!("`{draft}`")).collect();
    let more = drafts.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!(
        "{}: a release build with drafts in it, which {LOCK_FILE} does not seal: {}{more} [{}]\nhelp: seal them with `migrate \
         lock`, which keeps them from being edited once they are applied; or write `embed_migrations!({:?}, allow_drafts)`",
        args.shown().display(),
        names.join(", "),
        Code::M0313,
        args.written,
    ))
}

/// What is said in a release build of each file that has no statement yet, and so is left out.
fn refused_unfinished(args: &Args, unfinished: &[String]) -> Vec<String> {
    let kind = FaultKind::NoStatement;
    let fault = |file: &String| {
        format!("{}: {kind} [{}]\nhelp: {}", args.shown().join(file).display(), kind.code(), kind.help())
    };
    unfinished.iter().map(fault).collect()
}

fn utf8(folder: &Path, file: &str) -> Result<String, String> {
    folder.join(file).into_os_string().into_string().map_err(|path| {
        format!(
            "the path {} is not UTF-8, which the compiler's include_str! needs [{}]",
            path.display(),
            Code::M0922
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::without_dots;

    /// The expansion of an argument, as rustfmt would show it, with paths that are the same on every machine.
    fn expansion(argument: &str) -> String {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
        let env = |name: &str| match name {
            "CARGO_MANIFEST_DIR" => Some(fixtures.to_owned()),
            "FIXTURE" => Some("embedded".to_owned()),
            _ => None,
        };
        let expression = expand(argument.parse().expect("tokens"), env);
        let item = quote::quote! { static MIGRATIONS: ::migrate_runtime::MigrationSet = #expression; };
        let file = prettyplease::unparse(&syn::parse2(item).expect("an item"));
        let shown = without_dots(Path::new(fixtures));
        file.replace(fixtures, "$DIR").replace(&shown.display().to_string(), "$DIR")
    }

    #[test]
    fn where_the_compiler_writes() {
        let found = |line: &str| artifacts(line.split(' ').map(OsString::from));
        let here = env!("CARGO_MANIFEST_DIR");
        assert_eq!(
            found(&format!("rustc --crate-name x --out-dir {here} -C opt-level=3")),
            Some(here.into())
        );
        assert_eq!(found(&format!("rustc --out-dir={here} x.rs")), Some(here.into()));
        assert_eq!(found("rustc --out-dir /nowhere/at/all"), None);
        assert_eq!(found("rustc --out-dir= x.rs"), None);
        assert_eq!(found("rustc --out-dir"), None);
        assert_eq!(found("rust-analyzer-proc-macro-srv"), None);
    }

    #[test]
    fn a_folder_without_faults() {
        insta::assert_snapshot!(expansion("\"../../migrations\""));
    }

    #[test]
    fn a_folder_that_a_variable_names() {
        insta::assert_snapshot!(expansion("\"$FIXTURE/migrations\""));
    }

    #[test]
    fn a_folder_with_migrations_of_every_kind() {
        insta::assert_snapshot!(expansion("\"embedded_kinds/migrations\""));
    }

    #[test]
    fn a_folder_with_drafts() {
        let refused = expansion("\"embedded_drafts/migrations\"");
        insta::assert_snapshot!(refused);
        let allowed = expansion("\"embedded_drafts/migrations\", allow_drafts");
        assert!(refused.contains("compile_error") && !allowed.contains("compile_error"));
        assert!(allowed.contains("embedded_drafts/migrations/migrate.lock\""));
    }

    #[test]
    fn a_folder_with_a_migration_that_is_not_written_yet() {
        let expansion = expansion("\"embedded_unfinished/migrations\"");
        insta::assert_snapshot!(expansion);
        assert_eq!(expansion.matches("compile_error!").count(), 2);
    }

    #[test]
    fn a_folder_that_says_how_it_is_applied() {
        insta::assert_snapshot!(expansion("\"embedded_settings/migrations\""));
    }

    #[test]
    fn a_folder_that_was_imported() {
        insta::assert_snapshot!(expansion("\"embedded_import/migrations\""));
    }

    #[test]
    fn every_fault_is_an_error_and_the_type_is_right() {
        insta::assert_snapshot!(expansion("\"many_at_once/migrations\""));
    }

    #[test]
    fn a_refused_argument() {
        insta::assert_snapshot!(expansion("\"/srv/migrations\""));
    }
}
