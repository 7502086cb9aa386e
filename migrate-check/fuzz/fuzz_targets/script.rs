//! Any text as a migration: it has faults or it has none, and the process that asked goes on. Whatever the parser does
//! must end in a fault, so a panic that is caught is no finding; one that is not, an overflow of the stack, and what
//! takes for ever, are.

#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;

static QUIET: Once = Once::new();

fuzz_target!(|text: &str| {
    // The hook that libfuzzer-sys has set ends the process at every panic.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| ())));
    for name in ["0001_it.sql", "0001_it.down.sql"] {
        if let Err(faults) = migrate_check::check_script(name, text.to_owned()) {
            assert!(!faults.to_string().is_empty());
        }
    }
});
