//! The pages about errors that no fixture has show what is really printed.

use std::io;
use std::path::{Path, PathBuf};

use super::*;
use crate::fault::{Fault, VersionStyle};

/// The page shows the error as the command prints it.
#[track_caller]
fn check(code: Code, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../migrate-cli/errors/{code}.md"));
    let page = std::fs::read_to_string(&path).expect("the page");
    let printed = format!("```text\nerror[{code}]: {text}\n```");
    assert!(page.contains(&printed), "{} shows not\n{printed}", path.display());
}

fn denied() -> io::Error {
    io::Error::from_raw_os_error(13)
}

#[test]
fn faults_that_cannot_be_put_into_a_fixture() {
    let faults = [
        ("db/migrations", FaultKind::FolderMissing),
        ("migrations/0002_tenants.sql", FaultKind::Unreadable(denied().to_string())),
        ("migrations/0007_cities.sql", FaultKind::TooLarge),
        ("migrations/0001_caf\u{fffd}.sql", FaultKind::NameNotUtf8),
    ];
    for (path, kind) in faults {
        let fault = Fault::of_file(path.into(), kind);
        check(fault.code(), &fault.unlabelled().to_string());
    }
    let why = "it nests too deeply for the parser".to_owned();
    let fault = FaultKind::Uncheckable(why);
    check(
        fault.code(),
        &format!(
            "migrations/0003_deep.sql:1:1: {fault}\n  |\n1 | SELECT ((((1))));\n  | ^\nhelp: {}",
            fault.help()
        ),
    );
}

#[test]
fn what_is_not_created() {
    for error in [
        CreateError::Name { name: "---".into(), why: "there is no word in it".into(), proposal: None },
        CreateError::Style { wanted: VersionStyle::Timestamp, file: "0001_users.sql".into() },
        CreateError::NoVersionLeft,
        CreateError::DownRequired,
        CreateError::Exists { path: "migrations/R_views.sql".into() },
    ] {
        check(error.code(), &error.to_string());
    }
    let error = SealError::Write { path: "migrations/migrate.lock".into(), error: denied() };
    check(error.code(), &error.to_string());
}

#[test]
fn what_is_not_renumbered() {
    for error in [
        RenumberError::Name(SelectError::Unknown {
            name: "usres".into(),
            candidates: vec!["0003_users".into()],
        }),
        RenumberError::Name(SelectError::Ambiguous {
            name: "add_vip".into(),
            candidates: vec!["0004_add_vip".into(), "0007_add_vip".into()],
        }),
        RenumberError::Sealed { stem: "0003_users".into() },
        RenumberError::Checkpoint { stem: "0120_checkpoint".into() },
        RenumberError::WhichOne { stems: vec!["0007_plans".into(), "0007_tenants".into()] },
        RenumberError::Imported { stem: "0003_users".into() },
        RenumberError::Upstream { stem: "0007_plans".into() },
        RenumberError::Applied { stem: "0007_plans".into() },
        RenumberError::Gap { stem: "0006_roles".into(), behind: "0007_plans".into() },
        RenumberError::Taken { from: "0007_plans.sql".into(), to: "0008_plans.sql".into() },
        RenumberError::Journal { path: "migrations/.migrate.renumber".into() },
    ] {
        check(error.code(), &error.to_string());
    }
}

#[test]
fn what_is_not_squashed() {
    for error in [
        SquashError::Alone { stem: "0001_users".into() },
        SquashError::Drafts { files: vec!["0003_plans.sql".into()] },
        SquashError::Functions { files: vec!["0004_backfill.sql".into()] },
        SquashError::ArchiveTaken { path: PathBuf::from("migrations-archive/0120") },
        SquashError::Changed { folder: "migrations".into() },
        SquashError::Edited { file: "0003_plans.sql".into() },
    ] {
        check(error.code(), &error.to_string());
    }
}

/// What two crates call one thing has one code.
#[test]
fn one_thing_has_one_code() {
    let style = |file: &str, other: &str| (file.to_owned(), other.to_owned());
    let (file, other) = style("0001_a.sql", "20261121093000_b.sql");
    let created = CreateError::MixedStyles { file: file.clone(), other: other.clone() };
    let renumbered = RenumberError::MixedStyles { file, other };
    let fault = FaultKind::MixedStyles {
        here: VersionStyle::Sequence,
        there: VersionStyle::Timestamp,
        other: String::new(),
    };
    assert_eq!([created.code(), renumbered.code()], [fault.code(); 2]);
    assert_eq!(SquashError::Unfinished.code(), FaultKind::SquashUnfinished.code());
}
