//! What `pg_dump` says of the databases of cases.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::pg_dump;
use crate::skip::skip;
use crate::support::{self, Db};

/// Where the two may differ for `pg_dump`: the case, words of the paragraph, and the reason.
const DIFFERENCES: [(&str, &str, &str); 3] = [
    ("key_options", " WITH (", "the order of options means nothing"),
    (
        "partition_like_with_identity",
        "SEQUENCE NAME",
        "LIKE makes a sequence of another type, which counts as far",
    ),
    ("spelling", "", "PostgreSQL spells what it has written once in another way"),
];

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Looks for a `pg_dump` that takes the server. Called by the test itself, since what runs beside it does not know the test's
/// name.
pub(crate) fn prepare(server: u32) {
    match pg_dump::find(server, support::bin_dir().as_deref()) {
        Some(program) => PROGRAM.set(program).expect("one test prepares"),
        None => skip("pg_dump", "what is made is not compared by one that takes the server"),
    }
}

/// The paragraphs of a dump in an order of their own. `None`: there is no `pg_dump` for it on this machine.
pub(crate) async fn dumped(db: &Db) -> Option<Vec<String>> {
    let program = PROGRAM.get()?;
    let url = db.url();
    Some(tokio::task::spawn_blocking(move || pg_dump::paragraphs(program, &url)).await.unwrap())
}

/// What only one of them has, as a text: nothing where they say the same.
pub(crate) fn difference(case: &str, wanted: &[String], made: &[String]) -> String {
    pg_dump::difference(wanted, made, |paragraph| {
        DIFFERENCES.iter().any(|(of, words, _)| *of == case && paragraph.contains(words))
    })
}
