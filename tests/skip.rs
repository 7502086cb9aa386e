//! A test that cannot be run on this machine. It says so in one line, which `.ci/run` counts, and it fails where that is not
//! allowed. Each package of tests has this file as a module.

use std::io::Write as _;

/// Says on the standard error, also where the test passes, that it was not run for want of something, and why that matters.
///
/// # Panics
///
/// `MIGRATE_TEST_REQUIRE` names it, in a list with commas between, or says `everything`.
pub(crate) fn skip(missing: &str, why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let required = std::env::var("MIGRATE_TEST_REQUIRE").unwrap_or_default();
    let is_required = required.split(',').any(|name| name == missing || name == "everything");
    assert!(!is_required, "{missing} is required here and missing: {why}");
    // Whole lines, whatever other tests say at the same time.
    let _ = std::io::stderr().write_all(format!("skipped: {test}: no {missing}: {why}\n").as_bytes());
}
