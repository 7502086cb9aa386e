//! The page `docs/src/migrate-toml.md`, made from the keys that there are: what each is for, and an example that is parsed.
//!
//! `cargo test -p migrate-source --lib -- bless --ignored` writes it anew; read the difference.

use std::fmt::Write as _;

use super::Setting;
use crate::config::{Config, parse};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/migrate-toml.md");

const HEAD: &str = "# migrate.toml

The settings of a folder of migrations, in a file `migrate.toml` beside them. It may be missing, and so may each setting. The
macro and the command read the same file: what it says of how migrations are applied is embedded with them, so that a
service and the command cannot disagree. A setting that is unknown or has another type does not compile.

";

const TAIL: &str = "
Durations are a number with `ms`, `s`, `min` or `h`, and 24 days at the most; `\"0s\"` is no limit.

In Rust each of them is an option of `Runner`, which overrides the file: `history_table`, `lock_timeout`,
`statement_timeout`, `row_lock`, `statement_by_statement`, `beside`. `production` and `lints` are for the command and the compiler.
";

/// What one of them is for.
struct Entry {
    example: &'static str,
    by_default: &'static str,
    about: &'static str,
}

fn entry(setting: Setting) -> Entry {
    let (example, by_default, about) = match setting {
        Setting::RequireDown => (
            "require-down = true",
            "`false`",
            "Each migration has a down: one without does not compile. `migrate create` writes both files then.",
        ),
        Setting::Links => (
            "links = \"follow\"",
            "`\"inside\"`",
            "Where symbolic links in the folder may lead. With `\"inside\"`, a link that leads out of the folder is an error \
             ([M0107](errors/M0107.md)), and so is a lock file that is a link. With `\"follow\"`, each file may be a link to \
             anywhere, `migrate.toml` itself included. A sandboxed build needs that: see \
             [Bazel and other sandboxes](embedding.md#bazel-and-other-sandboxes).",
        ),
        Setting::Versions => (
            "versions = \"sequence\"",
            "`\"timestamp\"`",
            "How the first migration is numbered: by the UTC time, `20261130094500`, with which two branches do not collide; or \
             as a `\"sequence\"` from `0001`, without gaps. Where there are migrations, the new ones have their style, whatever \
             this says.",
        ),
        Setting::HistoryTable => (
            "history-table = \"ops.migrations\"",
            "`\"public.schema_migrations\"`",
            "Where the history is kept: a schema and a table, or a table in `public`. A name is taken to the letter, `Ops` is not \
             `ops`; one with a dot or a double quote in it is written in double quotes as in SQL, \
             `'\"Ops.2\".\"a \"\"b\"\"\"'`. Its log is beside it, with the ending `_log`. Say it before the first migration is applied anywhere: the history of a database does not move along.",
        ),
        Setting::LockTimeout => (
            "lock-timeout = \"5s\"",
            "`\"3s\"`",
            "How long a migration waits for a lock, while others queue up behind it, before it gives up its place and is tried \
             again.",
        ),
        Setting::StatementTimeout => (
            "statement-timeout = \"10min\"",
            "no limit",
            "How long one statement of a migration may take. Without it there is no limit: `statement_timeout`, \
             `transaction_timeout` and `idle_in_transaction_session_timeout` of the role or the database are for queries, and \
             are lifted while a migration runs. `Runner::statement_timeout(None)` keeps them. Behind a pooler in transaction \
             mode, a statement that PostgreSQL refuses in a transaction may have the limit of the session.",
        ),
        Setting::Lock => (
            "lock = \"row\"",
            "`\"advisory\"`",
            "What keeps processes apart: an advisory lock; or the lock of a row in a table of its own, with the ending `_lock`, \
             where advisory locks are missing or the role may not use them. All processes that share a history lock alike. See \
             [Servers that are not quite PostgreSQL](distributed.md#lock--row).",
        ),
        Setting::Transaction => (
            "transaction = \"statement\"",
            "`\"migration\"`",
            "What has a transaction: each migration; or each statement with its record, for servers that do not take DDL back. \
             See [Servers that are not quite PostgreSQL](distributed.md#transaction--statement).",
        ),
        Setting::Beside => (
            "beside = [\"sqlx\"]",
            "`[]`",
            "The migration tools of other applications in the same database. Where the history is empty and the history table of \
             another tool has rows, nothing is applied until [`migrate adopt`](coming-from.md) has recorded them: what that \
             tool has done would be done twice. The tools that are listed here are left alone.",
        ),
        Setting::Production => (
            "production = [\"shop\", \"*-prod\"]",
            "what reads like production",
            "Names of production's databases and hosts, in which `*` stands for any characters. A verb that writes to one of them \
             asks you to type the database's name; without a terminal it needs `--yes`.\n\nA database that is not listed, and whose \
             name, host or user has the word `prod`, `production`, `prd` or `live` in it (`shop-prod`, `db.prod1.example.com`; \
             not `product`, `preprod` or `non-prod`), gets a warning before each write, and a question at a terminal; without a \
             terminal the verb continues. `production = []` turns that off.",
        ),
        Setting::Lints => (
            "[lints]\nwarnings = \"deny\"\ndrop-column = \"warn\"",
            "each lint's own level",
            "What is made of a [lint](lints.md): `\"allow\"` says nothing, `\"warn\"` is shown by `migrate lint`, `\"deny\"` does not \
             compile. `warnings` stands for all that warn by default.",
        ),
    };
    Entry { example, by_default, about }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| Setting | By default |\n|---|---|\n");
    for setting in Setting::ALL {
        let key = setting.key();
        writeln!(page, "| [`{key}`](#{key}) | {} |", entry(setting).by_default).expect("a string takes it");
    }
    for setting in Setting::ALL {
        let Entry { example, about, .. } = entry(setting);
        let key = setting.key();
        write!(page, "\n## {key}\n\n{about}\n\n```toml\n{example}\n```\n").expect("a string takes it");
    }
    page.push_str(TAIL);
    page
}

#[test]
fn the_page_is_that_of_the_settings() {
    assert_eq!(std::fs::read_to_string(PAGE).unwrap_or_default(), page());
}

#[test]
fn each_example_sets_something() {
    for setting in Setting::ALL {
        let Entry { example, .. } = entry(setting);
        assert!(example.contains(setting.key()));
        assert_ne!(parse(example).expect(example), Config::default(), "{example}");
        assert_eq!(Setting::named(setting.key()), Some(setting));
    }
}

#[test]
#[ignore = "writes the page instead of checking it"]
fn bless() {
    std::fs::write(PAGE, page()).expect("the page is written");
}
