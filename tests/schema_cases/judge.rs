//! What a database has, by a listing that is not ours: `catalog.sql` beside the cases, filtered as `same_schema.sh` does.

use std::collections::BTreeSet;
use std::path::Path;

use migrate_runtime::tokio_postgres::{Client, SimpleQueryMessage};

pub(crate) struct Judge {
    query: String,
}

impl Judge {
    pub(crate) fn new(root: &Path) -> Self {
        Self { query: std::fs::read_to_string(root.join("catalog.sql")).unwrap() }
    }

    /// A line for each attribute of each thing.
    pub(crate) async fn listing(&self, client: &Client) -> BTreeSet<String> {
        let answer = client.simple_query(&self.query).await.unwrap();
        let lines = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        let lines: BTreeSet<String> =
            lines.map(|line| without_version(&line)).filter(|line| counts(line)).collect();
        client.simple_query("DISCARD ALL").await.unwrap();
        lines
    }
}

/// Some servers keep a number of their own among a column's options.
fn without_version(line: &str) -> String {
    let Some((head, options)) = line.split_once("\toptions\t").filter(|_| line.starts_with("column\t"))
    else {
        return line.to_owned();
    };
    let options: Vec<&str> = options.split(", ").filter(|option| !option.starts_with("pg_attver=")).collect();
    if options.is_empty() { String::new() } else { format!("{head}\toptions\t{}", options.join(", ")) }
}

fn counts(line: &str) -> bool {
    let mut parts = line.split('\t');
    let (kind, attribute) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    !line.is_empty()
        && (kind, attribute) != ("column", "position")
        && (kind, attribute) != ("extension", "version")
        && attribute != "owner"
}

/// In what two listings differ, a line each.
pub(crate) fn difference(found: &BTreeSet<String>, wanted: &BTreeSet<String>) -> String {
    let missing = wanted.difference(found).map(|line| format!("missing {line}"));
    let extra = found.difference(wanted).map(|line| format!("extra   {line}"));
    missing.chain(extra).collect::<Vec<_>>().join("\n")
}
