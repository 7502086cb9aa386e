//! What a schema is, as the catalog has it, and in what two differ. To be replaced by a crate that knows schemas: behind
//! [`read`] and [`difference`] nobody sees how.
//!
//! It reads what PostgreSQL documents, and of a column's options only those: an extension may keep its own there.

use std::collections::BTreeSet;

use migrate_runtime::tokio_postgres::{Client, Error};

/// A schema: a line for each thing in it that somebody has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema(BTreeSet<String>);

/// What the database has, but for the history of migrations.
///
/// # Errors
///
/// The connection is lost.
pub(crate) async fn read(client: &Client) -> Result<Schema, Error> {
    let rows = client.query(&format!("{} ORDER BY 1", all()), &[]).await?;
    Ok(Schema(rows.iter().map(|row| row.get(0)).collect()))
}

/// A line for each thing: `-` where only the first has it, `+` where only the second has it. What was changed has both.
pub(crate) fn difference(first: &Schema, second: &Schema) -> Vec<String> {
    let mut lines: Vec<(&str, char)> = first.0.difference(&second.0).map(|line| (&**line, '-')).collect();
    lines.extend(second.0.difference(&first.0).map(|line| (&**line, '+')));
    lines.sort_unstable();
    lines.into_iter().map(|(line, sign)| format!("{sign} {}", on_one_line(line))).collect()
}

const QUERY: &str = include_str!("schema.sql");

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The order of columns is left out: a dropped column comes back as the last one, whatever a down does.
///
/// Where something has the privileges that it has by default, none are told: whether they were ever written down differs
/// after a grant that was taken back.
fn all() -> String {
    let privileges = [
        ("{schema}", "nspacl", 'n', "nspowner"),
        ("{table}", "relacl", 'r', "relowner"),
        ("{sequence}", "r.relacl", 's', "r.relowner"),
        ("{column}", "a.attacl", 'c', "r.relowner"),
        ("{function}", "proacl", 'f', "proowner"),
        ("{aggregate}", "f.proacl", 'f', "f.proowner"),
        ("{type}", "t.typacl", 'T', "t.typowner"),
    ];
    privileges.iter().fold(QUERY.to_owned(), |query, (place, acl, kind, owner)| {
        let sorted =
            |acl: &str| format!("(SELECT string_agg(g::text, ', ' ORDER BY g::text) FROM unnest({acl}) g)");
        let (found, usual) = (sorted(acl), sorted(&format!("acldefault('{kind}', {owner})")));
        query.replace(place, &format!("coalesce(' granted ' || nullif({found}, {usual}), '')"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_side_by_side() {
        let schema = |lines: &[&str]| Schema(lines.iter().map(|&line| line.to_owned()).collect());
        let first = schema(&["column a.x integer", "table a", "table b"]);
        let second = schema(&["column a.x bigint", "table a"]);
        assert_eq!(difference(&first, &first), [""; 0]);
        let expected = ["+ column a.x bigint", "- column a.x integer", "- table b"];
        assert_eq!(difference(&first, &second), expected);
    }
}
