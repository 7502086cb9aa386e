//! Whether a database has what migrations would have made that are recorded without running: only what is certain, and cheap
//! to ask. `migrate drift` compares the whole schema.

use migrate_source::tables_left;

use crate::error::{Doing, ErrorKind};
use crate::history::HistoryTable;
use crate::identifier::literal;
use crate::plan::Step;
use crate::question;
use crate::session::Session;

/// Tables that the database must have if the migrations were run in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Presence {
    pub(crate) present: usize,
    pub(crate) missing: Vec<String>,
}

impl Presence {
    /// Looks for the tables that these steps create and leave. Without any, nothing is asked.
    pub(crate) async fn of(
        session: &Session<'_>,
        history: &HistoryTable,
        steps: &[Step<'_>],
    ) -> Result<Self, ErrorKind> {
        // What a function does is known to the service alone.
        let known = steps.iter().rposition(Step::is_function).map_or(0, |at| at + 1);
        let statements = steps[known..].iter().flat_map(|step| {
            let ranges = step.script().into_iter().flat_map(|script| script.statements());
            ranges.map(|range| &step.text()[range])
        });
        let tables = tables_left(statements);
        if tables.is_empty() {
            return Ok(Self::default());
        }
        let names: Vec<String> = tables.iter().map(|table| literal(table)).collect();
        // In whichever schema: a name without one means that of the session which would have run it.
        let missing = format!(
            "SELECT wanted.name FROM pg_catalog.unnest(ARRAY[{}]::pg_catalog.text[]) WITH ORDINALITY AS wanted (name, at) \
             WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class AS class \
             JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
             WHERE class.relname OPERATOR(pg_catalog.=) wanted.name::pg_catalog.name \
             AND class.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v', 'm', 'f']::\"char\"[]) \
             AND namespace.nspname OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.name) ORDER BY wanted.at",
            names.join(", "),
        );
        let rows = question::ask(session, history, Doing::LookingForTables, &missing).await?;
        let missing: Vec<String> = rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect();
        Ok(Self { present: tables.len() - missing.len(), missing })
    }

    /// What is said where these steps are recorded all the same.
    pub(crate) fn warning(&self, steps: &[Step<'_>]) -> Option<String> {
        let (first, last) = (steps.first()?, steps.last()?);
        let to = if steps.len() > 1 { format!(" to {}", last.stem()) } else { String::new() };
        (!self.missing.is_empty())
            .then(|| format!("{}{to}: recorded, but this database lacks {}", first.stem(), self.list()))
    }

    /// `table users`, `tables users, teams and 7 more`.
    pub(crate) fn list(&self) -> String {
        const SHOWN: usize = 5;
        let shown: Vec<String> = self.missing.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
        let noun = if self.missing.len() == 1 { "table" } else { "tables" };
        let more = match self.missing.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{noun} {}{more}", shown.join(", "))
    }
}
