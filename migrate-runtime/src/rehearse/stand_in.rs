//! What is rehearsed in the place of a migration without a transaction: its script with equivalents for the statements that
//! PostgreSQL refuses inside one.
//!
//! An equivalent locks more than what it stands for, until the rehearsal ends: `CREATE INDEX` blocks writes, `DROP INDEX` reads
//! too. Whoever wrote `CONCURRENTLY` did so because of the traffic on that table. So it is run only where that is over at
//! once, on a small table, or where no other session can see the table; unless the caller allows more.

use migrate_source::{Equivalent, Position, equivalent_in_transaction};

use crate::failure::{Cause, Failure, Place};
use crate::identifier::literal;
use crate::plan::Step;
use crate::session::Reply;
use crate::workshop::Workshop;

/// The text that is sent for a step, and what of the step it leaves out.
pub(super) struct StandIn {
    /// As many bytes long as the script, so that an error is where it was.
    pub(super) text: String,
    /// The statements that are left out.
    pub(super) skipped: Vec<Skipped>,
    /// Whether it runs anything that could fail.
    pub(super) runs_something: bool,
}

/// A statement that is left out.
pub(super) struct Skipped {
    pub(super) reason: String,
    /// It would block others.
    pub(super) would_block: bool,
    /// What comes after it may need what it does.
    pub(super) is_needed: bool,
}

/// Tables up to this size are locked for the rehearsal: to build an index on one takes some hundredths of a second.
const SMALL: u64 = 8 * 1024 * 1024;

/// What runs and does nothing; no statement that has no equivalent is shorter.
const NOTHING: &str = "SELECT";

impl StandIn {
    /// Of a step that runs as it is.
    pub(super) fn of_transaction(step: &Step<'_>) -> Self {
        Self { text: step.text().to_owned(), skipped: Vec::new(), runs_something: true }
    }

    /// Of a step without a transaction.
    pub(super) async fn of_statements(
        shop: &mut Workshop<'_, '_>,
        step: &Step<'_>,
        is_open: bool,
        may_block: bool,
    ) -> Result<Self, Failure> {
        let script = step.text();
        let mut stand_in = Self::of_transaction(step);
        let ranges = step.script().into_iter().flat_map(|script| script.statements());
        let mut skips_only = true;
        for (index, range) in ranges.enumerate() {
            let sql = &script[range.clone()];
            let place = || {
                let Position { line, .. } = Position::of_byte(script, range.start);
                format!("statement {} ({}:{line})", index + 1, step.file())
            };
            let width = range.len();
            let nothing = || format!("{NOTHING:width$}");
            let (reason, would_block, is_needed) = match equivalent_in_transaction(sql) {
                Equivalent::Itself => {
                    skips_only = false;
                    continue;
                }
                Equivalent::Locking { text, relation } => {
                    let size = if may_block { 0 } else { size(shop, step, &relation, is_open).await? };
                    if size <= SMALL {
                        skips_only = false;
                        stand_in.text.replace_range(range.clone(), &text);
                        continue;
                    }
                    let reason = format!(
                        "{} would block {relation} ({} MB) without CONCURRENTLY until the rehearsal ends",
                        place(),
                        size / (1024 * 1024),
                    );
                    (reason, true, true)
                }
                equivalent => {
                    let is_needed = equivalent == Equivalent::None;
                    (format!("{} runs only outside a transaction", place()), false, is_needed)
                }
            };
            stand_in.text.replace_range(range.clone(), &nothing());
            stand_in.skipped.push(Skipped { reason, would_block, is_needed });
        }
        stand_in.runs_something = !skips_only;
        Ok(stand_in)
    }
}

/// How many bytes a table has that others can see, or the table of an index, with its partitions. It is looked for in every
/// schema: which one a name means, the settings decide that the script has made by then.
async fn size(
    shop: &mut Workshop<'_, '_>,
    step: &Step<'_>,
    relation: &str,
    is_open: bool,
) -> Result<u64, Failure> {
    let question = format!(
        "{}SELECT COALESCE(pg_catalog.max((SELECT pg_catalog.sum(pg_catalog.pg_table_size(part.oid)) FROM \
         (SELECT class.oid UNION SELECT tree.relid FROM pg_catalog.pg_partition_tree(class.oid) AS tree) AS part (oid))), 0) \
         FROM pg_catalog.pg_class AS named \
         LEFT JOIN pg_catalog.pg_index AS index ON index.indexrelid OPERATOR(pg_catalog.=) named.oid \
         JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) COALESCE(index.indrelid, named.oid) \
         JOIN pg_catalog.pg_type AS row ON row.oid OPERATOR(pg_catalog.=) class.reltype \
         WHERE named.relname OPERATOR(pg_catalog.=) (SELECT parts.name FROM \
         pg_catalog.unnest(pg_catalog.parse_ident({})) WITH ORDINALITY AS parts (name, at) ORDER BY parts.at DESC LIMIT 1)::pg_catalog.name \
         AND row.xmin OPERATOR(pg_catalog.<>) COALESCE(pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.xid, \
         '0'::pg_catalog.xid);\n",
        shop.envelope.limits(),
        literal(relation),
    );
    let mut bytes = 0;
    let on_reply = |reply| {
        if let Reply::Row(row) = reply {
            bytes = row.get(0).and_then(|text| text.parse().ok()).unwrap_or(bytes);
        }
    };
    let asked = shop.session.in_transactions(&question, is_open, on_reply).await;
    asked.map_err(|error| Failure::new(step, Place::Prologue, Cause::Server(error)))?;
    Ok(bytes)
}
