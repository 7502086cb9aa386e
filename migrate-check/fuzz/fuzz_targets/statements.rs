//! Any text as a script: where it has no fault, its statements are all that is in it, each of them is one by itself, and
//! line endings do not count where nothing is quoted.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use migrate_source::{Candidate, Check, Fault, ParsedScript, Settings};

/// Keeps what is known of a script that has no fault.
#[derive(Default)]
struct Keep(RefCell<Option<ParsedScript>>);

impl Check for Keep {
    fn check(&self, scripts: &[Candidate<'_>], _: Settings<'_>) -> Vec<Fault> {
        *self.0.borrow_mut() = scripts.first().map(|candidate| candidate.script.clone());
        Vec::new()
    }
}

fn parsed(text: &str) -> Option<ParsedScript> {
    let keep = Keep::default();
    migrate_source::check_script("0001_it.sql", text.to_owned(), &keep).ok()?;
    keep.0.into_inner()
}

/// What is left of a text behind white space, semicolons and comments, by rules that are written a second time here.
fn behind_nothing(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c', ';']);
        if rest.starts_with("--") {
            rest = &rest[rest.find(['\n', '\r']).unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            let (mut depth, mut at) = (0, 0);
            while at < rest.len() {
                match rest.as_bytes().get(at..at + 2) {
                    Some(b"/*") => (depth, at) = (depth + 1, at + 2),
                    Some(b"*/") => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            rest = &rest[at..];
        } else {
            return rest;
        }
    }
}

fuzz_target!(|text: &str| {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(script) = parsed(text) else {
        return;
    };
    let mut end = 0;
    for range in &script.statements {
        assert!(end <= range.start && range.start < range.end, "{:?}", script.statements);
        assert_eq!(behind_nothing(&text[end..range.start]), "", "before {range:?}");
        end = range.end;
        let statement = &text[range.clone()];
        // At the beginning of a text, and there alone, a byte order mark is none of it.
        let is_other = statement.starts_with('\u{feff}');
        if let Some(alone) = parsed(statement).filter(|_| !is_other) {
            assert_eq!(alone.statements, [0..statement.len()], "{statement:?}");
        }
    }
    assert_eq!(behind_nothing(&text[end..]), "", "behind the last statement");
    // A carriage return before a line ending stays, and makes one with what is left of that: who has such a file has two.
    if !text.contains(['\'', '"', '$']) && !text.contains("\r\r\n") {
        let unix = text.replace("\r\n", "\n");
        assert_eq!(parsed(&unix).map(|script| script.checksum), Some(script.checksum));
    }
});
