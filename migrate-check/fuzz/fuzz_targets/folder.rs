//! Any name, `migrate.toml`, `migrate.lock` and script as a folder, between bytes that no UTF-8 has (FF): it has faults,
//! each of which says something, or it can be sealed and is the same afterwards.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use migrate_source::{Loaded, load_with_drafts, seal};
use tempfile::TempDir;

fn write(folder: &TempDir, name: &str, bytes: &[u8]) {
    if !bytes.is_empty() {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
}

fuzz_target!(|input: &[u8]| {
    let mut parts = input.split(|byte| *byte == 0xff);
    let mut next = || parts.next().unwrap_or_default();
    let (name, settings, ledger, text) = (next(), next(), next(), next());
    let Ok(name) = str::from_utf8(name) else {
        return;
    };
    // What no file can be called.
    if name.len() > 200 || name.contains(['/', '\0']) || ["", ".", ".."].contains(&name) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder, name, text);
    write(&folder, "migrate.toml", settings);
    write(&folder, "migrate.lock", ledger);
    match load_with_drafts(folder.path(), &()) {
        Err(faults) => {
            assert!(faults.iter().next().is_some());
            assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
        }
        Ok(Loaded { set, .. }) => {
            seal(folder.path()).expect("what has no fault can be sealed");
            let sealed = load_with_drafts(folder.path(), &()).expect("what was sealed has no fault");
            assert_eq!((sealed.set, sealed.drafts), (set, Vec::new()));
        }
    }
});
