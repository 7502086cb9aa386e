//! What each tool's folder becomes: names, texts and notes; and that no file is ever lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod nothing_lost;
mod samples;

use std::collections::BTreeSet;

use migrate_import::{Conversion, Input, NoteKind, Tool, convert};

fn inputs(files: &[(&str, &str)]) -> Vec<Input> {
    let input = |(path, text): &(&str, &str)| Input { path: (*path).to_owned(), text: (*text).to_owned() };
    files.iter().map(input).collect()
}

/// Each file that goes in is in a file that comes out, or in a note; each that comes out loads, or a note says why not.
fn check_promises(tool: Tool, files: &[Input]) -> Conversion {
    let conversion = convert(tool, files);
    nothing_lost::check(tool, files, &conversion);
    let folder = tempfile::tempdir().unwrap();
    for file in &conversion.files {
        std::fs::write(folder.path().join(&file.name), &file.text).unwrap();
    }
    if !conversion.files.is_empty()
        && let Err(faults) = migrate_source::load(folder.path())
    {
        for fault in &faults {
            let name = fault.path().file_name().unwrap().to_str().unwrap();
            let from = &conversion.files.iter().find(|file| file.name == name).unwrap().from;
            let is_told =
                |note: &&migrate_import::Note| note.kind == NoteKind::Attention && note.path == *from;
            assert!(conversion.notes.iter().any(|note| is_told(&note)), "{tool}: {fault}");
        }
    }
    conversion
}

#[track_caller]
fn check(tool: Tool, files: &[(&str, &str)], expected: &[(&str, &str)], notes: &[(&str, u32, NoteKind)]) {
    let conversion = check_promises(tool, &inputs(files));
    let found: Vec<(&str, &str)> =
        conversion.files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    assert_eq!(found, expected);
    let found: Vec<(&str, u32, NoteKind)> =
        conversion.notes.iter().map(|note| (note.path.as_str(), note.line.unwrap_or(0), note.kind)).collect();
    assert_eq!(found, notes, "{:#?}", conversion.notes);
}

#[test]
fn each_tool() {
    for sample in samples::ALL {
        check(sample.tool, sample.files, sample.expected, sample.notes);
    }
}

#[test]
fn repeatable_ones_that_change_places_are_told() {
    let files = [("R__Zoo.sql", "SELECT 1;"), ("R__animals.sql", "SELECT 2;")];
    let conversion = check_promises(Tool::Flyway, &inputs(&files));
    let told: Vec<&str> = conversion
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Attention)
        .map(|note| note.path.as_str())
        .collect();
    assert_eq!(told, ["R__animals.sql"]);
}

#[test]
fn what_the_tool_cannot_tell_apart_is_told() {
    let files = [("2023-01-01-000000_a/up.sql", "SELECT 1;"), ("20230101000000_b/up.sql", "SELECT 2;")];
    let conversion = check_promises(Tool::Diesel, &inputs(&files));
    let names: Vec<&str> = conversion.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["20230101000000_a.sql", "20230101000001_b.sql"]);
    let told = conversion.notes.iter().filter(|note| note.kind == NoteKind::Attention).count();
    assert_eq!(told, 1, "{:#?}", conversion.notes);
}

/// The files of a conversion, and its notes of a kind.
fn names_and_notes(tool: Tool, files: &[(&str, &str)], kind: NoteKind) -> (Vec<String>, Vec<String>) {
    let conversion = check_promises(tool, &inputs(files));
    let names = conversion.files.iter().map(|file| file.name.clone()).collect();
    let notes = conversion.notes.iter().filter(|note| note.kind == kind);
    (names, notes.map(|note| note.path.clone()).collect())
}

#[test]
fn one_digit_days_of_diesel_keep_their_year() {
    let files = [
        ("2020-12-06-100000_a/up.sql", "SELECT 1;"),
        ("2020-12-7-190800_b/up.sql", "SELECT 2;"),
        ("2021-01-01-000000_c/up.sql", "SELECT 3;"),
    ];
    let (names, _) = names_and_notes(Tool::Diesel, &files, NoteKind::Attention);
    assert_eq!(names, ["20201206100000_a.sql", "20201207190800_b.sql", "20210101000000_c.sql"]);
}

#[test]
fn a_down_of_comments_only_is_no_down_in_any_tool() {
    let cases: &[(Tool, &[(&str, &str)])] = &[
        (Tool::Sqlx, &[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", "-- no\n")]),
        (Tool::Sqlx, &[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", "BEGIN;\n/* no */\nCOMMIT;\n")]),
        (Tool::Sqlx, &[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", "")]),
        (Tool::Diesel, &[("1_a/up.sql", "SELECT 1;"), ("1_a/down.sql", "-- no\n")]),
        (Tool::SeaOrm, &[("m20220101_000001_a.up.sql", "SELECT 1;"), ("m20220101_000001_a.down.sql", "--")]),
        (Tool::GolangMigrate, &[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", "\n-- no")]),
        (Tool::Flyway, &[("V1__a.sql", "SELECT 1;"), ("U1__a.sql", "-- no\n")]),
        (Tool::Plain, &[("1_a.sql", "SELECT 1;"), ("1_a.down.sql", "-- no\n")]),
        (Tool::Plain, &[("1_a.sql", "-- +migrate Up\nSELECT 1;\n-- +migrate Down\n-- no\n")]),
        (Tool::Goose, &[("1_a.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\n-- no\n")]),
        (Tool::Dbmate, &[("1_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n-- no\n")]),
        (Tool::NodePgMigrate, &[("1_a.sql", "-- Up Migration\nSELECT 1;\n-- Down Migration\n-- no\n")]),
    ];
    for (tool, files) in cases {
        let conversion = check_promises(*tool, &inputs(files));
        assert_eq!(conversion.files.len(), 1, "{tool} {files:?}");
        let is_told = |note: &migrate_import::Note| note.what.contains("has no down");
        assert!(conversion.notes.iter().any(is_told), "{tool} {files:?}: {:#?}", conversion.notes);
    }
}

#[test]
fn a_manifest_decides_which_files_are_applied() {
    struct Case {
        manifest: &'static str,
        names: &'static [&'static str],
        attention: &'static [&'static str],
        errors: &'static [&'static str],
    }
    const BOTH: &[&str] = &["0001_a.sql", "0002_b.sql"];
    for Case { manifest, names, attention, errors } in [
        Case {
            manifest: r#"["b.sql", "a.sql"]"#,
            names: &["0001_b.sql", "0002_a.sql"],
            attention: &[],
            errors: &[],
        },
        Case { manifest: r#"{"F": ["a.sql"]}"#, names: &["0001_a.sql"], attention: &["b.sql"], errors: &[] },
        Case { manifest: "[]", names: &[], attention: &["a.sql", "b.sql"], errors: &[] },
        Case { manifest: r#"{"F": []}"#, names: &[], attention: &["a.sql", "b.sql"], errors: &[] },
        Case {
            manifest: r#"{"A": [], "F": ["a.sql", "./b.sql"]}"#,
            names: BOTH,
            attention: &[],
            errors: &[],
        },
        Case {
            manifest: r#"["a.sql", "b.sql", "c.sql"]"#,
            names: BOTH,
            attention: &[],
            errors: &["manifest.json"],
        },
        Case {
            manifest: r#"["a.sql", "b.sql", "a.sql"]"#,
            names: BOTH,
            attention: &[],
            errors: &["manifest.json"],
        },
        Case {
            manifest: r#"{"F": ["a.sql"], "G": ["b.sql"]}"#,
            names: BOTH,
            attention: &[],
            errors: &["manifest.json"],
        },
        Case { manifest: "a.sql", names: BOTH, attention: &[], errors: &["manifest.json"] },
        Case {
            manifest: r#"{"version": 1, "latest": "b.sql", "authors": ["me"], "F": ["b.sql", "a.sql"]}"#,
            names: &["0001_b.sql", "0002_a.sql"],
            attention: &[],
            errors: &[],
        },
    ] {
        let files = [("a.sql", "SELECT 1;"), ("b.sql", "SELECT 2;"), ("manifest.json", manifest)];
        let (found, told) = names_and_notes(Tool::Plain, &files, NoteKind::Attention);
        assert_eq!(found, names, "{manifest}");
        assert_eq!(told, attention, "{manifest}");
        let (_, told) = names_and_notes(Tool::Plain, &files, NoteKind::Error);
        assert_eq!(told, errors, "{manifest}");
    }
}

/// A guess would apply other files, or in another order, than the project does.
#[test]
fn manifest_of_another_shape_is_an_error() {
    for manifest in [
        r#"[{"file": "a.sql"}]"#,
        r#"["b"]"#,
        r#"{"x": {"files": ["a.sql"]}}"#,
        r#"{"x": [], "y": {"files": ["a.sql"]}}"#,
        r#"["a.sql", 5]"#,
        r#"["a.sql", null]"#,
        r#"[["a.sql"], ["b.sql"]]"#,
        r#"{"F": ["a.sql"], "G": ["b.sql", 5]}"#,
        r#"{"F": "a.sql"}"#,
        r#"{"a.sql": 1, "b.sql": 2}"#,
        r#"{"name": "x"}"#,
        r#""a.sql""#,
        "{}",
        "5",
        "",
    ] {
        for folder in ["", "sub/"] {
            let path = |name: &str| format!("{folder}{name}");
            let (a, b, it) = (path("a.sql"), path("b.sql"), path("manifest.json"));
            let files = [(&*a, "SELECT 1;"), (&*b, "SELECT 2;"), (&*it, manifest)];
            let (_, told) = names_and_notes(Tool::Plain, &files, NoteKind::Error);
            assert_eq!(told, [&*it], "{manifest}");
        }
    }
    // That of an app, say, which is about no SQL file.
    let files = [("a.sql", "SELECT 1;"), ("web/manifest.json", r#"{"name": "x"}"#)];
    assert_eq!(names_and_notes(Tool::Plain, &files, NoteKind::Error).1, [] as [&str; 0]);
    assert_eq!(names_and_notes(Tool::Plain, &files, NoteKind::Attention).1, ["web/manifest.json"]);
}

#[test]
fn a_manifest_speaks_of_folders_below_where_it_names_one() {
    let files = [
        ("manifest.json", r#"["sub/b.sql", "a.sql"]"#),
        ("a.sql", "SELECT 1;"),
        ("sub/b.sql", "SELECT 2;"),
        ("sub/c.sql", "SELECT 3;"),
    ];
    let (names, told) = names_and_notes(Tool::Plain, &files, NoteKind::Attention);
    assert_eq!(names, ["0001_b.sql", "0002_a.sql"]);
    assert_eq!(told, ["sub/c.sql"]);
}

#[test]
fn two_files_of_one_version_are_an_error_where_the_tool_refuses_them() {
    type Files = &'static [(&'static str, &'static str)];
    let cases: &[(Tool, Files, &[&str])] = &[
        (Tool::Sqlx, &[("1_a.sql", "SELECT 1;"), ("01_b.sql", "SELECT 2;")], &["1_a.sql"]),
        (Tool::Refinery, &[("V1__a.sql", "SELECT 1;"), ("V1__b.sql", "SELECT 2;")], &["V1__b.sql"]),
        (Tool::Flyway, &[("V1__a.sql", "SELECT 1;"), ("V1.0__b.sql", "SELECT 2;")], &["V1__a.sql"]),
        (
            Tool::GolangMigrate,
            &[("1_a.up.sql", "SELECT 1;"), ("1_b.up.pgsql", "SELECT 2;")],
            &["1_b.up.pgsql"],
        ),
        (
            Tool::GolangMigrate,
            &[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", "SELECT 2;"), ("1_b.down.sql", "SELECT 3;")],
            &["1_b.down.sql"],
        ),
        (
            Tool::Goose,
            &[("1_a.sql", "-- +goose Up\nSELECT 1;"), ("01_b.sql", "-- +goose Up\nSELECT 2;")],
            &["1_a.sql"],
        ),
        (
            Tool::Dbmate,
            &[("1_a.sql", "-- migrate:up\nSELECT 1;"), ("1_b.sql", "-- migrate:up\nSELECT 2;")],
            &["1_b.sql"],
        ),
    ];
    for (tool, files, errors) in cases {
        let (_, told) = names_and_notes(*tool, files, NoteKind::Error);
        assert_eq!(told, *errors, "{tool} {files:?}");
        let folder = tempfile::tempdir().unwrap();
        let error =
            migrate_import::write(&convert(*tool, &inputs(files)), &folder.path().join("m")).unwrap_err();
        assert_eq!(error.code().as_str(), "M0938", "{error}");
        assert!(!folder.path().join("m").exists());
    }
}

#[test]
fn what_golang_migrate_does_not_take_is_left_out() {
    let files = [
        ("1_a.up.sql", "SELECT 1;"),
        ("2_b.up.psql", "SELECT 2;"),
        ("3_c.sql", "SELECT 3;"),
        ("migrations.go", "package migrations"),
        ("4_d.go", "package migrations"),
    ];
    let (names, told) = names_and_notes(Tool::GolangMigrate, &files, NoteKind::LeftOut);
    assert_eq!(names, ["0001_a.sql", "0002_b.sql"]);
    assert_eq!(told, ["3_c.sql", "4_d.go", "migrations.go"]);
    let (_, told) = names_and_notes(Tool::GolangMigrate, &files, NoteKind::Attention);
    assert!(told.is_empty(), "{told:?}");
}

/// `plain` is what one types; it is the name of no tool.
#[test]
fn no_sentence_calls_a_folder_of_sql_files_plain() {
    let files = [
        ("a.sql", "DROP TABLE schema_migrations;"),
        ("a.up.sql", "DROP TABLE _sqlx_migrations;"),
        ("b.down.sql", "SELECT 1;"),
        ("README.md", ""),
    ];
    let conversion = check_promises(Tool::Plain, &inputs(&files));
    let notes = conversion.notes.iter().map(ToString::to_string);
    let adopted = migrate_source::other_tool::adopt(&conversion.origins, &[], &BTreeSet::new())
        .unwrap_err()
        .to_string();
    for sentence in notes.chain([conversion.why_history_table(), adopted]) {
        assert!(!sentence.contains("plain"), "{sentence}");
    }
    assert!(conversion.history_table.is_some());
}

#[test]
fn no_file_is_lost_whoever_takes_it() {
    for tool in Tool::ALL {
        for sample in samples::ALL {
            check_promises(tool, &inputs(sample.files));
        }
        let all: Vec<(&str, &str)> =
            samples::ALL.iter().flat_map(|sample| sample.files.iter().copied()).collect();
        let paths: BTreeSet<&str> = all.iter().map(|(path, _)| *path).collect();
        let once: Vec<(&str, &str)> =
            paths.into_iter().map(|path| *all.iter().find(|(other, _)| *other == path).unwrap()).collect();
        check_promises(tool, &inputs(&once));
        assert_eq!(tool.name().parse(), Ok(tool));
    }
}

#[test]
fn odd_names_are_no_trouble() {
    let odd = [
        "",
        "/",
        ".sql",
        "_.sql",
        "V.sql",
        "V__.sql",
        "U1__.sql",
        "R__.sql",
        "é.sql",
        "Vé__a.sql",
        "1_é.sql",
        "é/up.sql",
        "m20220101_000001_é.rs",
        "m2022é101_000001.rs",
        "/migration.sql",
        "é/migration.sql",
        "1/é.up.sql",
        "0.sql",
        "R__é.sql",
        "99999999999999999999999999_a.up.sql",
        "9223372036854775807_a.sql",
        "99999999_a.sql",
        "manifest.json",
        "meta/_journal.json",
        "9999999999999_a.sql",
        "é/metadata.toml",
        "V1__a.sql.conf",
        "b\n\t.sql",
        "1_b\n.sql",
    ];
    let texts = [
        "",
        "\u{feff}",
        "é",
        ";",
        "select 1",
        "'",
        "-- +goose Up\n-- +goose StatementEnd\n-- +goose Down\nx",
        "-- migrate:up\n-- migrate:down",
        "-- no-transaction",
        "BEGIN;COMMIT;",
        "--> statement-breakpoint\n'",
        "{\"entries\":[]}",
        "{\"entries\":[{\"tag\":\"é\",\"when\":1}],\"a\":[\"b.sql\"]}",
        "a = ",
        "${é} ${a} ${",
        "begin;\nselect 'é;\ncommit;",
        "INSERT INTO schema_migrations VALUES ('1'),('2')",
        "\r\n\r\n-- x\r\nselect 1;\r\n",
    ];
    for tool in Tool::ALL {
        for text in texts {
            check_promises(tool, &inputs(&odd.map(|path| (path, text))));
        }
    }
}
