//! What a plan would do to rows that are there, before anybody is asked whether that is meant: its steps, and what their
//! scripts destroy by their words. It counts, and decides nothing.

use migrate_source::{Destroyed, destroyed, moves_names, moves_path};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::Error;
use crate::identifier::literal;
use crate::ledger;
use crate::options::Runner;
use crate::plan::Plan;
use crate::revert::Goal;
use crate::session::Session;

/// A step, and what it would destroy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prospect {
    pub(crate) file: String,
    /// The stem, and what is special.
    pub(crate) text: String,
    /// `deletes the table orders, which has 3 rows`
    pub(crate) losses: Vec<String>,
}

/// More are not counted.
const MOST: u64 = 1000;

/// What is known of the rows that a statement would destroy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    None,
    /// There is nothing of this name.
    Missing,
    Some(u64),
    /// They cannot be counted: the role may not read them, they are locked, or another statement makes them first.
    Unknown,
}

impl Runner<'_> {
    /// The steps of [`run`](Self::run), and what they would destroy. Writes nothing.
    pub(crate) async fn prospects(&self, client: &mut Client) -> Result<Vec<Prospect>, Error> {
        let plan = self.plan(client).await?;
        Ok(self.losses(&self.session(client), &plan).await)
    }

    /// The same of the way back.
    pub(crate) async fn prospects_back(
        &self,
        client: &mut Client,
        goal: Goal,
    ) -> Result<Vec<Prospect>, Error> {
        let session = self.session(client);
        let result = async {
            let ledger = ledger::read_with_downs(&session, &self.history).await?;
            self.must_be_adopted(&session, &ledger).await?;
            let plan = self.plan_back(&ledger, goal)?;
            Ok(self.losses(&session, &plan).await)
        };
        result.await.map_err(|kind| self.error(kind))
    }

    async fn losses(&self, session: &Session<'_>, plan: &Plan<'_>) -> Vec<Prospect> {
        let mut prospects = Vec::new();
        // An earlier statement may have given its name to something else, or a name may mean something else behind it.
        let (mut is_moved, mut is_elsewhere) = (false, false);
        for step in plan.steps() {
            let mut losses = Vec::new();
            let ranges = step.script().map(|script| script.statements().skip(step.resumes_at()));
            for range in ranges.into_iter().flatten() {
                let statement = step.text().get(range).unwrap_or_default();
                for what in destroyed(statement) {
                    let rows = match self.rows(session, &what).await {
                        Rows::Missing if is_moved => Rows::Unknown,
                        _ if is_elsewhere && !is_qualified(&what) => Rows::Unknown,
                        rows => rows,
                    };
                    losses.extend(told(&what, rows).filter(|told| !losses.contains(told)));
                }
                is_moved |= moves_names(statement);
                is_elsewhere |= moves_path(statement);
            }
            // What a script sets is put back behind it.
            is_elsewhere = false;
            let (file, text) = (step.file().to_owned(), step.to_string());
            prospects.push(Prospect { file, text, losses });
        }
        prospects
    }

    /// How many rows there are to be lost.
    async fn rows(&self, session: &Session<'_>, what: &Destroyed) -> Rows {
        match what {
            Destroyed::Table(table) | Destroyed::Rows(table) => self.count(session, table, "").await,
            Destroyed::Column { table, column } => {
                self.count(session, table, &format!(" WHERE NOT ({column} IS NULL)")).await
            }
            Destroyed::Schema(schema) => {
                let tables = format!(
                    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class AS c \
                     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                     WHERE n.nspname = {} AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
                    literal(&unquoted(schema))
                );
                let Ok(tables) = session.query(&tables).await else { return Rows::Unknown };
                let mut all = Rows::None;
                for table in tables.iter().filter_map(|row| row.get(0)) {
                    all = match (all, self.count(session, table, "").await) {
                        (Rows::Unknown, _) | (_, Rows::Unknown) => return Rows::Unknown,
                        (Rows::Some(before), Rows::Some(more)) => Rows::Some(before + more),
                        (Rows::None | Rows::Missing, rows) | (rows, Rows::None | Rows::Missing) => rows,
                    };
                }
                all
            }
            Destroyed::Something(_) => Rows::Unknown,
        }
    }

    async fn count(&self, session: &Session<'_>, table: &str, condition: &str) -> Rows {
        // Row security would hide rows instead of refusing to count them.
        let within = self.within.as_ref().map(|within| within.set_path(true) + "; ").unwrap_or_default();
        let message = format!(
            "{}SELECT pg_catalog.set_config('statement_timeout', '2s', true), \
             pg_catalog.set_config('row_security', 'off', true); {within}\
             SELECT pg_catalog.count(*) FROM (SELECT FROM {table}{condition} LIMIT {}) AS counted",
            session.limit(),
            MOST + 1,
        );
        match session.query(&message).await {
            Ok(rows) => match rows.last().and_then(|row| row.get(0)?.parse().ok()) {
                Some(0) => Rows::None,
                Some(rows) => Rows::Some(rows),
                None => Rows::Unknown,
            },
            Err(error) if error.code().is_some_and(is_missing) => Rows::Missing,
            Err(_) => Rows::Unknown,
        }
    }
}

/// What is not there cannot be lost.
fn is_missing(code: &SqlState) -> bool {
    [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN, SqlState::INVALID_SCHEMA_NAME].contains(code)
}

/// Whether it means the same in whichever schema the session looks first.
fn is_qualified(what: &Destroyed) -> bool {
    match what {
        Destroyed::Table(table) | Destroyed::Rows(table) | Destroyed::Column { table, .. } => {
            table.contains("\".\"")
        }
        Destroyed::Schema(_) | Destroyed::Something(_) => true,
    }
}

/// What is said of it, if something is lost.
fn told(what: &Destroyed, rows: Rows) -> Option<String> {
    let (deletes, unit) = match what {
        Destroyed::Table(table) => (format!("deletes the table {}", plain(table)), "row"),
        Destroyed::Column { table, column } => {
            (format!("deletes the column {}.{}", plain(table), plain(column)), "value")
        }
        Destroyed::Rows(table) => (format!("deletes rows of {}", plain(table)), "row"),
        Destroyed::Schema(schema) => (format!("deletes the schema {} with its tables", plain(schema)), "row"),
        Destroyed::Something(statement) => return Some(format!("runs {statement}, which may delete rows")),
    };
    Some(match rows {
        Rows::None | Rows::Missing => return None,
        Rows::Some(rows) if rows > MOST => format!("{deletes}, which has more than {MOST} {unit}s"),
        Rows::Some(rows) => format!("{deletes}, which has {rows} {unit}{}", if rows == 1 { "" } else { "s" }),
        Rows::Unknown => format!("{deletes}, whose {unit}s could not be counted"),
    })
}

/// A quoted name as the catalog has it.
fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inner.unwrap_or(name).replace("\"\"", "\"")
}

/// A quoted name without quotes that it does not need.
fn plain(name: &str) -> String {
    let parts = name.split("\".\"").map(|part| part.trim_matches('"'));
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    if parts.clone().all(is_plain) { parts.collect::<Vec<_>>().join(".") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_lost_with_its_number() {
        let table = Destroyed::Table("\"app\".\"orders\"".to_owned());
        let column = Destroyed::Column { table: "\"Odd\"".to_owned(), column: "\"note\"".to_owned() };
        for (what, rows, expected) in [
            (&table, Rows::None, None),
            (&table, Rows::Some(1), Some("deletes the table app.orders, which has 1 row")),
            (&table, Rows::Some(1001), Some("deletes the table app.orders, which has more than 1000 rows")),
            (&table, Rows::Unknown, Some("deletes the table app.orders, whose rows could not be counted")),
            (&column, Rows::Some(2), Some("deletes the column \"Odd\".note, which has 2 values")),
            (
                &Destroyed::Something("DROP OWNED"),
                Rows::Unknown,
                Some("runs DROP OWNED, which may delete rows"),
            ),
        ] {
            assert_eq!(told(what, rows).as_deref(), expected);
        }
    }
}
