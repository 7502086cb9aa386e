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
