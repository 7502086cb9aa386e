//! What an online plan cannot do without a lock that others feel, and the recipe of the book that can.

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::table::{is_replaced, table_of};
use crate::schema::Schema;
use crate::script::Script;
use crate::statement::{Hazard, Statement};

/// A change for which PostgreSQL has no way while others use the table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Obstacle {
    /// What changes: the first line of a statement, or a thing.
    pub what: String,
    /// The hazard that somebody may consent to all the same.
    pub consent: Hazard,
    /// The page of the book that has the steps: `change-type`.
    pub recipe: &'static str,
}

/// Finds them in the way there.
pub(crate) fn find(old: &Schema, new: &Schema, ups: &[Script]) -> Vec<Obstacle> {
    let statements = ups.iter().flat_map(|script| &script.statements);
    let of_things = old.facts().filter_map(|fact| of_thing(fact, old, new));
    of_things.chain(statements.filter_map(of_statement)).collect()
}

/// A table that cannot become what it is to be, or a column that goes to a new table: its rows would be deleted.
fn of_thing(fact: &Fact, old: &Schema, new: &Schema) -> Option<Obstacle> {
    let recipe = match (fact.key.kind(), new.get(&fact.key)) {
        (Kind::Table, Some(after)) if is_replaced(fact, after) => "partition",
        (Kind::Column, None) if stays(fact, new) && is_in_new_table(fact, old, new) => "split-table",
        _ => return None,
    };
    Some(Obstacle { what: fact.key.to_string(), consent: Hazard::DeletesData, recipe })
}

fn stays(column: &Fact, new: &Schema) -> bool {
    table_of(column).is_some_and(|table| new.get(table).is_some())
}

fn is_in_new_table(column: &Fact, old: &Schema, new: &Schema) -> bool {
    new.facts().filter(|other| other.key.kind() == Kind::Column).any(|other| {
        other.key.leaf() == column.key.leaf()
            && other.get("type") == column.get("type")
            && table_of(other).is_some_and(|table| old.get(table).is_none())
    })
}

fn of_statement(statement: &Statement) -> Option<Obstacle> {
    let is_proved = |hazard: Hazard| statement.is_proved && hazard == Hazard::ScansTable;
    let mut locks = statement.hazards.iter().copied().filter(|hazard| hazard.locks_out_writers());
    let consent = locks.find(|hazard| !is_proved(*hazard))?;
    let sql = &statement.sql;
    let recipe = match consent {
        Hazard::RewritesTable if sql.contains(" ALTER COLUMN ") && sql.contains(" TYPE ") => "change-type",
        Hazard::RewritesTable => "backfill",
        Hazard::BuildsIndex => "replace-index",
        _ if sql.contains(" ATTACH PARTITION ") => "partition",
        _ if sql.contains(" FOREIGN KEY ") => "foreign-key",
        _ => "check-and-not-null",
    };
    let what = statement.shown().lines().next().unwrap_or_default();
    Some(Obstacle { what: format!("`{what}`"), consent, recipe })
}
