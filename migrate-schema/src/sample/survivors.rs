//! The rows that should be there after a plan as they were before it.

use std::collections::BTreeMap;

use super::declared::Declared;
use super::names::{below, renamed};
use super::session::Session;
use crate::error::Error;
use crate::fact::{Fact, Need};
use crate::key::Key;
use crate::kind::Kind;
use crate::rename::Rename;
use crate::schema::Schema;

type Row = Vec<Option<String>>;

/// A table that both schemas have, with the columns that both have.
#[derive(Debug)]
pub(super) struct Survivor {
    /// In the old schema.
    pub(super) path: Vec<String>,
    columns: Vec<Column>,
    /// The table in the old and in the new schema, with `ONLY` where it is about its own rows.
    from: [String; 2],
    /// As they were before.
    rows: Option<Vec<Row>>,
}

#[derive(Debug)]
struct Column {
    /// In the old schema.
    path: Vec<String>,
    /// Its value in the new one, as one of the old type.
    expression: String,
    is_cast: bool,
}

/// A value that is another one, or a row that is not there.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) table: Vec<String>,
    /// The column, its value before and after. `None`: rows are gone, or too many.
    pub(super) value: Option<(String, Option<String>, Option<String>)>,
    pub(super) counts: (usize, usize),
}

/// Which schema the database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

/// What is in both schemas.
pub(super) fn survivors(old: &Schema, new: &Schema, renames: &[Rename]) -> Vec<Survivor> {
    let tables = old.facts().filter(|fact| fact.key().kind() == Kind::Table);
    tables
        .filter_map(|table| {
            let path = table.key().path();
            let new_path = renamed(Kind::Table, path, renames);
            let other = new.find(Kind::Table, &new_path)?;
            let only = scope((old, table), (new, other), renames)?;
            let column = |column: &Fact| -> Option<Column> {
                let path = column.key().path();
                let other = new.find(Kind::Column, &renamed(Kind::Column, path, renames))?;
                let is_generated = other.has("generated") || column.has("generated");
                if is_generated || is_written_anew((old, new), renames, column.key()) {
                    return None;
                }
                let is_cast = other.text("type") != column.text("type");
                let name = other.key().leaf();
                let expression =
                    if is_cast { format!("({name})::{}", column.text("type")) } else { name.to_owned() };
                Some(Column { path: path.to_vec(), expression, is_cast })
            };
            let columns = old.parts(table.key(), Kind::Column).filter_map(column).collect();
            let from = [path, &new_path].map(|path| format!("{only}{}", path.join(".")));
            Some(Survivor { path: path.to_vec(), columns, from, rows: None })
        })
        .collect()
}

/// Whether a thing is of a composite type that has other fields afterwards, of a table's, or of an enum whose values get other
/// names: its values are written in another way.
fn is_written_anew(schemas: (&Schema, &Schema), renames: &[Rename], key: &Key) -> bool {
    let (old, new) = schemas;
    let needs = old.get(key).into_iter().flat_map(|fact| &fact.needs);
    let mut types = needs.filter(|(_, need)| **need == Need::Normal).map(|(key, _)| key);
    types.any(|needed| match needed.kind() {
        Kind::Table => true,
        // A value is called by the name of its enum, which may be a new one, and its own.
        Kind::Enum => {
            renames.iter().any(|rename| rename.from().kind() == Kind::Enum && rename.from().path().len() > 2)
        }
        Kind::Composite if old.get(needed) != new.get(needed) => true,
        Kind::Composite | Kind::Domain | Kind::Range => is_written_anew(schemas, renames, needed),
        _ => false,
    })
}

/// Whether it is about the rows of the table alone, or also about those of its partitions. `None`: these are others.
fn scope(
    (old, table): (&Schema, &Fact),
    (new, other): (&Schema, &Fact),
    renames: &[Rename],
) -> Option<&'static str> {
    match (table.has("partitioned_by"), other.has("partitioned_by")) {
        (false, false) => Some("ONLY "),
        (true, true) => {
            let before = below(old, table.key().path());
            let before: Vec<Vec<String>> =
                before.iter().map(|path| renamed(Kind::Table, path, renames)).collect();
            let after = below(new, other.key().path());
            (before.len() == after.len() && before.iter().all(|path| after.contains(path))).then_some("")
        }
        _ => Some(""),
    }
}

impl Survivor {
    /// Remembers the rows that are there.
    pub(super) async fn remember(&mut self, session: Session<'_>) -> Result<(), Error> {
        let names: Vec<&str> =
            self.columns.iter().filter_map(|column| column.path.last()).map(String::as_str).collect();
        self.rows = self.read(session, Side::Old, &names).await?;
        Ok(())
    }

    /// How many rows there were.
    pub(super) fn count(&self) -> usize {
        self.rows.as_ref().map_or(0, Vec::len)
    }

    /// What is different now, but for what is declared.
    pub(super) async fn change(
        &self,
        session: Session<'_>,
        side: Side,
        declared: &Declared,
    ) -> Result<Option<Change>, Error> {
        let Some(before) = &self.rows else { return Ok(None) };
        if declared.has_table(&self.path) {
            return Ok(None);
        }
        let mut compared = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let is_read = side == Side::Old
                || !column.is_cast
                || self.read(session, side, &[column.expression.as_str()]).await?.is_some();
            if is_read && !declared.has_column(&column.path) {
                compared.push(at);
            }
        }
        let name = |at: &usize| match side {
            Side::Old => self.columns[*at].path.last().map_or("", String::as_str),
            Side::New => &*self.columns[*at].expression,
        };
        let names: Vec<&str> = compared.iter().map(name).collect();
        // Who may not read it any more cannot compare it.
        let Some(after) = self.read(session, side, &names).await? else { return Ok(None) };
        let before = before.iter().map(|row| compared.iter().map(|&at| row[at].clone()).collect()).collect();
        let Some((missing, instead)) = difference(before, after.clone()) else { return Ok(None) };
        let value = missing.zip(instead).and_then(|(missing, instead)| {
            let at = (0..compared.len()).find(|&at| missing[at] != instead[at])?;
            let column = self.columns[compared[at]].path.last()?;
            Some((column.clone(), missing[at].clone(), instead[at].clone()))
        });
        let value = value.filter(|_| self.count() == after.len());
        Ok(Some(Change { table: self.path.clone(), value, counts: (self.count(), after.len()) }))
    }

    /// `None`: the server does not answer.
    async fn read(
        &self,
        session: Session<'_>,
        side: Side,
        expressions: &[&str],
    ) -> Result<Option<Vec<Row>>, Error> {
        let [old, new] = &self.from;
        let from = if side == Side::Old { old } else { new };
        let rows = session.try_rows(&format!("SELECT {} FROM {from}", expressions.join(", "))).await?;
        let row = |row: &tokio_postgres::SimpleQueryRow| {
            (0..expressions.len()).map(|at| row.get(at).map(str::to_owned)).collect()
        };
        Ok(rows.map(|rows| rows.iter().map(row).collect()))
    }
}

/// A row that is there no more, and one that is there instead: of those the one most like it. Their order is no matter.
fn difference(before: Vec<Row>, after: Vec<Row>) -> Option<(Option<Row>, Option<Row>)> {
    let mut counts: BTreeMap<Row, i64> = BTreeMap::new();
    for row in before {
        *counts.entry(row).or_default() += 1;
    }
    for row in after {
        *counts.entry(row).or_default() -= 1;
    }
    let missing = counts.iter().find(|(_, count)| **count > 0).map(|(row, _)| row.clone());
    let extra = counts.iter().filter(|(_, count)| **count < 0).map(|(row, _)| row);
    let likeness = |row: &&Row| {
        let missing = missing.iter().flatten();
        missing.zip(row.iter()).filter(|(one, other)| one == other).count()
    };
    let instead = extra.max_by_key(likeness).cloned();
    (missing.is_some() || instead.is_some()).then_some((missing, instead))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Row> {
        rows.iter().map(|row| row.iter().map(|value| Some((*value).to_owned())).collect()).collect()
    }

    #[test]
    fn rows_are_compared_in_any_order() {
        let (one, other) =
            (rows(&[&["1", "a"], &["2", "b"], &["2", "b"]]), rows(&[&["2", "b"], &["1", "a"]]));
        assert_eq!(difference(one.clone(), one.iter().rev().cloned().collect()), None);
        assert_eq!(difference(one.clone(), other), Some((rows(&[&["2", "b"]]).pop(), None)));
        let changed = rows(&[&["9", "x"], &["1", "A"], &["2", "b"], &["2", "b"]]);
        let instead = (rows(&[&["1", "a"]]).pop(), rows(&[&["1", "A"]]).pop());
        assert_eq!(difference(one, changed), Some(instead));
    }
}
