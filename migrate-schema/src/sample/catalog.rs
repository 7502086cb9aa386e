//! What the catalog says of the tables that get made-up rows.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::error::Error;

/// Everything that decides which rows a table takes.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) tables: BTreeMap<u32, Table>,
    pub(super) types: BTreeMap<u32, Type>,
}

/// A table, or the parent of partitions.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Schema and name, in quotes where SQL needs them.
    pub(super) path: Vec<String>,
    /// Its rows are those of its partitions.
    pub(super) is_parent: bool,
    /// The tables that it is a partition of.
    pub(super) wholes: Vec<u32>,
    /// Its file is not empty.
    pub(super) may_have_rows: bool,
    /// Without those that are generated.
    pub(super) columns: Vec<Column>,
    pub(super) checks: Vec<Check>,
    pub(super) references: Vec<Reference>,
    /// The columns whose values differ, alone or with others.
    pub(super) distinct: BTreeSet<i16>,
    /// Triggers and rules that are enabled.
    pub(super) reactions: Vec<Reaction>,
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) number: i16,
    /// In quotes where SQL needs them.
    pub(super) name: String,
    pub(super) type_oid: u32,
    /// With its modifiers, as a cast names it.
    pub(super) type_name: String,
    pub(super) not_null: bool,
    /// What gives it values.
    pub(super) sequence: Option<String>,
}

/// An expression that is not false for any row.
#[derive(Debug)]
pub(super) struct Check {
    /// `None`: it names the row as a whole.
    pub(super) columns: Option<Vec<i16>>,
    pub(super) expression: String,
}

#[derive(Debug)]
pub(super) struct Reference {
    pub(super) columns: Vec<i16>,
    pub(super) to: u32,
    pub(super) to_columns: Vec<i16>,
    /// Whether it may be checked at the end.
    pub(super) can_wait: bool,
}

/// What acts on rows that are inserted.
#[derive(Debug)]
pub(super) struct Reaction {
    /// `ENABLE`, `ENABLE ALWAYS`, `ENABLE REPLICA`.
    pub(super) enabling: &'static str,
    /// Its name behind what it is: `TRIGGER t`.
    pub(super) what: String,
}

/// What the values of a type are made of.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: String,
    /// As `pg_type.typcategory` has it.
    pub(super) category: String,
    pub(super) made: Made,
}

#[derive(Debug)]
pub(super) enum Made {
    /// By an input function of its own.
    Base,
    Labels(Vec<String>),
    Array(u32),
    /// Its type, the name of that, and the text of the checks.
    Domain(u32, String, String),
    Range(u32, String),
    Multirange(u32, String),
    Fields(Vec<(u32, String)>),
}

impl Catalog {
    pub(super) async fn read(client: &Client) -> Result<Self, Error> {
        let mut catalog = Self::default();
        for message in client.simple_query(include_str!("catalog.sql")).await? {
            if let SimpleQueryMessage::Row(row) = message {
                catalog.take(&row)?;
            }
        }
        Ok(catalog)
    }

    fn take(&mut self, row: &SimpleQueryRow) -> Result<(), Error> {
        let text = |at: usize| row.get(at).unwrap_or_default();
        let oid: u32 = number(text(1))?;
        if text(0) == "type" {
            self.types.insert(oid, Type::read(row)?);
            return Ok(());
        }
        if text(0) == "table" {
            let table = Table {
                path: vec![text(2).to_owned(), text(3).to_owned()],
                is_parent: text(4) == "p",
                wholes: numbers(text(5))?,
                may_have_rows: text(7) == "true",
                ..Table::default()
            };
            self.tables.insert(oid, table);
        }
        // What is on a table that is not looked at.
        let Some(table) = self.tables.get_mut(&oid) else { return Ok(()) };
        match text(0) {
            // The bounds of a partition name what they are about.
            "table" => table.checks.extend(row.get(6).map(|bound| Check::unknown(bound.to_owned()))),
            "column" => table.columns.push(Column {
                number: number(text(2))?,
                name: text(3).to_owned(),
                type_oid: number(text(4))?,
                type_name: text(5).to_owned(),
                not_null: text(6) == "true",
                sequence: row.get(7).map(str::to_owned),
            }),
            "check" => {
                let columns = numbers(text(2))?;
                let columns = (!columns.contains(&0)).then_some(columns);
                table.checks.push(Check { columns, expression: text(3).to_owned() });
            }
            "reference" => table.references.push(Reference {
                columns: numbers(text(2))?,
                to: number(text(3))?,
                to_columns: numbers(text(4))?,
                can_wait: text(5) == "true",
            }),
            "distinct" => {
                let columns: Vec<i16> = numbers(text(2))?;
                let all = table.columns.iter().map(|column| column.number);
                // Of an expression, the columns are not named.
                let is_named = !columns.contains(&0);
                table.distinct.extend(if is_named { columns } else { all.collect() });
            }
            _ => {
                let enabling = match text(2) {
                    "A" => "ENABLE ALWAYS",
                    "R" => "ENABLE REPLICA",
                    _ => "ENABLE",
                };
                table.reactions.push(Reaction { enabling, what: text(3).to_owned() });
            }
        }
        Ok(())
    }
}

impl Table {
    pub(super) fn column(&self, number: i16) -> Option<&Column> {
        self.columns.iter().find(|column| column.number == number)
    }

    /// The name as a statement has it.
    pub(super) fn sql(&self) -> String {
        self.path.join(".")
    }

    /// The rows that a foreign key may refer to.
    pub(super) fn as_referred_to(&self) -> String {
        format!("{}{}", if self.is_parent { "" } else { "ONLY " }, self.sql())
    }

    /// The columns that a check is about, as far as it says so: those that it names, and no others of the table.
    pub(super) fn columns_of(&self, check: &Check) -> Option<Vec<i16>> {
        match &check.columns {
            Some(columns) => Some(columns.clone()),
            None if check.expression.contains(".*") => None,
            None => {
                let is_named = |column: &&Column| super::text::names(&check.expression, &column.name);
                Some(self.columns.iter().filter(is_named).map(|column| column.number).collect())
            }
        }
    }
}

impl Check {
    fn unknown(expression: String) -> Self {
        Self { columns: None, expression }
    }
}

impl Type {
    fn read(row: &SimpleQueryRow) -> Result<Self, Error> {
        let text = |at: usize| row.get(at).unwrap_or_default();
        let list = |at: usize| serde_json::from_str(row.get(at).unwrap_or("[]")).unwrap_or_default();
        let made = match (text(3), text(4)) {
            ("e", _) => Made::Labels(list(8)),
            ("d", _) => Made::Domain(number(text(6))?, text(7).to_owned(), text(10).to_owned()),
            ("r", _) => Made::Range(number(text(6))?, text(7).to_owned()),
            ("m", _) => Made::Multirange(number(text(6))?, text(7).to_owned()),
            ("c", _) => {
                let fields: Vec<(String, String)> =
                    serde_json::from_str(row.get(9).unwrap_or("[]")).unwrap_or_default();
                let field = |(oid, name): (String, String)| Ok::<_, Error>((number(&oid)?, name));
                Made::Fields(fields.into_iter().map(field).collect::<Result<_, _>>()?)
            }
            (_, "A") if text(5) != "0" => Made::Array(number(text(5))?),
            _ => Made::Base,
        };
        Ok(Self { name: text(2).to_owned(), category: text(4).to_owned(), made })
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, Error> {
    text.parse().map_err(|_| Error::row(format!("the number {text:?}")))
}

fn numbers<N: std::str::FromStr>(text: &str) -> Result<Vec<N>, Error> {
    text.split_whitespace().map(number).collect()
}
