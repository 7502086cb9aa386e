//! The pages show what is really printed, as far as that takes no server: `tests/it/explained.rs` sees to the others.

use std::path::Path;

use migrate_source::other_tool::{AdoptError, Tool};

use super::*;
use crate::adopt::Unskippable;
use crate::adoption::{NotAdopted, Whereabouts};
use crate::contradiction::Contradiction;
use crate::failure::Cause;
use crate::plan::Action;
use crate::presence::Presence;
use crate::report::Report;
use crate::watch::Sight;

/// The page shows the error, as a log has it or as the command prints it.
#[track_caller]
fn check(code: Code, kind: ErrorKind) {
    let error = Error::new(kind, "migrations", Report::default());
    assert_eq!(error.code(), code);
    assert!(error.to_string().ends_with(&format!(" [{code}]")), "{error}");
    assert_eq!(format!("{error:?}").matches(code.as_str()).count(), 1, "it is there once");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../migrate-cli/errors/{code}.md"));
    let page = std::fs::read_to_string(&path).expect("the page");
    let in_log = format!("```text\n{error}\n```");
    let in_command = format!("```text\nerror[{code}]: {}\n", crate::cli::in_words_of_the_command(&error));
    assert!(
        page.contains(&in_log) || page.contains(&in_command),
        "{} shows neither\n{in_log}\nnor\n{in_command}",
        path.display()
    );
}

fn contradiction(subject: &str, version: i64, kind: ContradictionKind) -> ErrorKind {
    ErrorKind::Contradictions(vec![Contradiction { subject: subject.to_owned(), version, kind }])
}

#[test]
fn contradictions() {
    let applied_at = "2026-11-21T09:30:00Z".to_owned();
    let checkpoint = "migrations/0120_checkpoint.sql";
    let index = "migrations/0005_index.sql";
    for (code, subject, kind) in [
        (Code::M0401, "migrations/0002_tenants.sql", ContradictionKind::Changed { applied_at }),
        (
            Code::M0402,
            "migrations/0002_tenants.sql",
            ContradictionKind::Renamed { was: "tenant".into(), is_finished: true },
        ),
        (Code::M0403, "0003_plans", ContradictionKind::Missing),
        (
            Code::M0404,
            "migrations/0003_plans.sql",
            ContradictionKind::OutOfOrder { after: "0004_orders".into() },
        ),
        (Code::M0405, index, ContradictionKind::NowInTransaction),
        (Code::M0406, index, ContradictionKind::StartEdited { done: 2 }),
        (Code::M0407, index, ContradictionKind::HalfReverted { done: 1 }),
        (Code::M0408, checkpoint, ContradictionKind::BeforeCheckpoint { at: "0117_plans".into() }),
        (
            Code::M0409,
            checkpoint,
            ContradictionKind::Unfinished { stem: "0119_index".into(), state: "failed" },
        ),
        (Code::M0410, checkpoint, ContradictionKind::OtherHistory),
        (Code::M0411, "0007_orders", ContradictionKind::Ahead),
    ] {
        check(code, contradiction(subject, 1, kind));
    }
}

#[test]
fn what_the_caller_has_said() {
    let table = || "\"public\".\"schema_migrations\"".to_owned();
    check(Code::M0421, ErrorKind::UnknownVersion { version: 17, newest: Some("0004_orders".into()) });
    check(Code::M0422, ErrorKind::HasHistory { table: table() });
    let missing = vec!["users".to_owned(), "teams".to_owned()];
    check(Code::M0427, ErrorKind::NothingThere { presence: Presence { present: 0, missing } });
    check(Code::M0423, ErrorKind::Unskippable { version: 4, why: Unskippable::NotNext });
    check(Code::M0424, ErrorKind::ChangedSince { table: table() });
    let (file, action) = ("0004_backfill.sql".to_owned(), Action::Apply);
    check(Code::M0425, ErrorKind::NoFunction { file, version: 4, action });
    check(Code::M0426, ErrorKind::UnannouncedFunction { version: 4, action });
}

#[test]
fn the_database_as_a_whole() {
    let table = || "\"public\".\"schema_migrations\"".to_owned();
    check(Code::M0531, ErrorKind::OpenTransaction);
    check(Code::M0532, ErrorKind::NonstandardStrings);
    check(Code::M0533, ErrorKind::ForeignTable { table: table(), owner: Some("golang-migrate".into()) });
    let statement = "ALTER TABLE \"public\".\"schema_migrations\" ADD COLUMN IF NOT EXISTS set_version bigint, \
                     ADD COLUMN IF NOT EXISTS superseded text, ADD COLUMN IF NOT EXISTS found_before text, \
                     ADD COLUMN IF NOT EXISTS settings_found text";
    check(Code::M0539, ErrorKind::FormerTable { table: table(), statement: statement.to_owned() });
    check(Code::M0534, ErrorKind::ForeignRow { table: table(), row: "3 (plans)".into() });
    check(Code::M0617, ErrorKind::Unrecorded { table: table() });
    check(Code::M0535, ErrorKind::NoSchema { schema: "\"tenant_a\"".into() });
    check(Code::M0536, ErrorKind::NoProgress);
    check(Code::M0437, NotAdopted::example());
    check(Code::M0438, ErrorKind::UnfinishedHere { tool: Tool::Sqlx, stem: "0005_index".into() });
    check(Code::M0934, ErrorKind::NoOtherHistory { tool: Tool::Sqlx, whereabouts: Whereabouts::Nowhere });
    check(Code::M0935, ErrorKind::Unadoptable(AdoptError::Nothing { rows: 12 }));
}

#[test]
fn a_connection_string() {
    let error = crate::connect::Conninfo::parse("postgres://u:p@ss@h/d").err().expect("an error");
    check(Code::M0502, ErrorKind::Connect(error));
}

#[test]
fn a_function_and_a_hook() {
    let failed = |file: &str, place, why: &str| ErrorKind::Migration {
        failure: Failure {
            action: Action::Apply,
            version: 4,
            stem: file.trim_end_matches(".sql").to_owned(),
            description: String::new(),
            file: file.to_owned(),
            place,
            statements_done: None,
            sight: Sight::Blind,
            note: None,
            is_beside_other: false,
            cause: Cause::Caller(why.into()),
        },
        attempts: 1,
    };
    check(Code::M0613, failed("0004_backfill.sql", Place::Function, "no plan is called \"gold\""));
    check(Code::M0615, failed("0004_backfill.sql", Place::Ended, crate::function::ENDED));
    check(Code::M0617, failed("0002_plans.sql", Place::Unrecorded, crate::failure::DISCARDED));
    let overtaken = crate::statement::overtaken_at(0);
    check(Code::M0618, failed("0002_swap_index.sql", Place::Overtaken, &overtaken));
    check(Code::M0616, failed("0005_drop.sql", Place::Refused, "not before the backup of tonight"));
}
