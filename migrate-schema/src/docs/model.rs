//! What the page says of tables, gathered from a schema: what belongs to which table, in the order in which it is shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::schema::Schema;

/// A table with what is on it.
#[derive(Debug)]
pub(super) struct Table<'s> {
    pub(super) fact: &'s Fact,
    pub(super) columns: Vec<&'s Fact>,
    /// Primary key, unique and exclusion constraints.
    pub(super) keys: Vec<&'s Fact>,
    pub(super) checks: Vec<&'s Fact>,
    pub(super) references: Vec<Reference<'s>>,
    pub(super) indexes: Vec<&'s Fact>,
    /// Whether it is a partition of another one.
    pub(super) is_partition: bool,
}

/// A foreign key.
#[derive(Debug)]
pub(super) struct Reference<'s> {
    pub(super) fact: &'s Fact,
    pub(super) columns: Vec<String>,
    /// The number of the table, where the schema has it.
    pub(super) to: Option<usize>,
    pub(super) to_columns: Vec<String>,
    /// There is one row at most for each that is referenced.
    pub(super) is_unique: bool,
    pub(super) may_be_null: bool,
}

impl Table<'_> {
    pub(super) fn key(&self) -> &Key {
        self.fact.key()
    }

    /// The columns of the primary key.
    pub(super) fn primary(&self) -> Vec<String> {
        let primary = self.keys.iter().find(|key| key.text("_type") == "p");
        primary.map(|key| key.list("_columns")).unwrap_or_default()
    }
}

/// The tables by their names.
pub(super) fn tables(schema: &Schema) -> Vec<Table<'_>> {
    let facts: Vec<&Fact> = schema.facts().filter(|fact| is_table(fact.key().kind())).collect();
    let mut tables: Vec<Table<'_>> = facts.into_iter().map(|fact| table(schema, fact)).collect();
    // `public` first: it is where a name without a schema is.
    tables.sort_by_key(|table| {
        let path = table.key().path();
        (path.first().is_none_or(|schema| schema != "public"), path.to_vec())
    });
    let numbers: BTreeMap<String, usize> =
        tables.iter().enumerate().map(|(at, table)| (table.key().path().join("."), at)).collect();
    for table in &mut tables {
        for reference in &mut table.references {
            reference.to = numbers.get(reference.fact.text("_references")).copied();
        }
    }
    tables
}

pub(super) fn is_table(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable)
}

fn table<'s>(schema: &'s Schema, fact: &'s Fact) -> Table<'s> {
    let key = fact.key();
    let mut columns: Vec<&Fact> = schema.parts(key, Kind::Column).collect();
    columns.sort_by_key(|column| column.text("_place"));
    let constraints = |types: &[&str]| -> Vec<&'s Fact> {
        let mut found: Vec<&Fact> =
            schema.parts(key, Kind::Constraint).filter(|fact| types.contains(&fact.text("_type"))).collect();
        found.sort_by_key(|fact| types.iter().position(|kind| *kind == fact.text("_type")));
        found
    };
    let keys = constraints(&["p", "u", "x"]);
    let indexes: Vec<&Fact> = schema.parts(key, Kind::Index).collect();
    let unique: BTreeSet<BTreeSet<String>> = unique(&keys, &indexes).collect();
    let not_null: BTreeSet<&str> =
        columns.iter().filter(|column| column.has("not_null")).map(|column| column.key().leaf()).collect();
    let reference = |fact: &'s Fact| {
        let columns = fact.list("_columns");
        let all: BTreeSet<String> = columns.iter().cloned().collect();
        Reference {
            fact,
            to: None,
            to_columns: referenced(fact.text("definition")),
            is_unique: unique.iter().any(|unique| unique.is_subset(&all)),
            may_be_null: columns.iter().any(|column| !not_null.contains(&**column)),
            columns,
        }
    };
    Table {
        fact,
        references: constraints(&["f"]).into_iter().map(reference).collect(),
        checks: constraints(&["c"]),
        is_partition: schema.parts(key, Kind::Inheritance).any(|fact| fact.has("bound")),
        columns,
        keys,
        indexes,
    }
}

/// The sets of columns that have each value once. Of an index only where it is over all rows, and over columns.
fn unique<'a>(keys: &'a [&Fact], indexes: &'a [&Fact]) -> impl Iterator<Item = BTreeSet<String>> {
    let is_whole = |index: &&&Fact| index.has("_unique") && !index.text("definition").contains(" WHERE ");
    let of_constraints = keys.iter().filter(|key| key.text("_type") != "x");
    let all = of_constraints.chain(indexes.iter().filter(is_whole));
    all.map(|fact| fact.list("_columns").into_iter().collect())
}

/// The columns that `FOREIGN KEY (a) REFERENCES other(b)` names at last.
fn referenced(definition: &str) -> Vec<String> {
    let Some(start) =
        outside_quotes(definition).find(|&(at, _)| definition[at..].starts_with(" REFERENCES "))
    else {
        return Vec::new();
    };
    let rest = &definition[start.0..];
    let at =
        |wanted: char| outside_quotes(rest).find(|&(_, character)| character == wanted).map(|(at, _)| at);
    let (Some(open), Some(close)) = (at('('), at(')')) else { return Vec::new() };
    let Some(list) = rest.get(open + 1..close) else { return Vec::new() };
    let mut cuts: Vec<usize> =
        outside_quotes(list).filter(|(_, character)| *character == ',').map(|(at, _)| at).collect();
    cuts.push(list.len());
    let mut from = 0;
    let mut columns = Vec::new();
    for cut in cuts {
        columns.push(list[from..cut].trim().to_owned());
        from = cut + 1;
    }
    columns
}

/// The characters that stand in no quoted name.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut is_quoted = false;
    text.char_indices().filter(move |(_, character)| {
        is_quoted ^= *character == '"';
        !is_quoted && *character != '"'
    })
}

/// What is said of a thing in a comment.
pub(super) fn comment<'s>(schema: &'s Schema, key: &'s Key) -> Option<&'s str> {
    let leaf = key.leaf();
    // Of a view's columns those of the view are told apart by their ends.
    let mut comments = schema.parts(key, Kind::Comment);
    let is_own = |fact: &&Fact| {
        let is_of_column = fact.key().path().first().is_some_and(|what| what == "column");
        is_of_column == (key.kind() == Kind::Column) && (fact.key().leaf() == leaf || !is_of_column)
    };
    comments.find(is_own).and_then(|fact| fact.get("text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_are_referenced() {
        let of = |definition: &str| referenced(definition);
        assert_eq!(of("FOREIGN KEY (a) REFERENCES users(id) ON DELETE CASCADE"), ["id"]);
        assert_eq!(
            of("FOREIGN KEY (\" REFERENCES x(y)\", b) REFERENCES s.\"t(\"(\"a,b\", \"c\"\")\")"),
            ["\"a,b\"", "\"c\"\")\""]
        );
        assert_eq!(of("CHECK ((a > 0))"), [""; 0]);
    }
}
