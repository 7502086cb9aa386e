//! Puts made-up rows into the tables of a database, so that all constraints hold and nothing acts on them.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use super::catalog::{Catalog, Reference, Table};
use super::pool::Pools;
use super::recipe::{self, Group, mixed};
use super::session::Session;
use super::text::literal;
use super::values::Sort;
use crate::data::Rows;
use crate::error::Error;
use crate::key::qualified;
use crate::schema::Schema;

/// Which rows a table gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// With extreme values, and NULL where that is allowed.
    #[default]
    Any,
    /// Values that most changes take, and NULL.
    Nullable,
    /// The same without NULL.
    Plain,
    /// No rows.
    Empty,
}

/// The rows that were made up.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// The tables whose rows are their own, or were not made here, by OID.
    pub(super) kept: BTreeSet<u32>,
    /// How many rows were made, in which tables.
    pub(super) rows: Vec<Rows>,
    /// The tables whose rows have to survive, by schema and name.
    pub(super) looked_at: BTreeSet<Vec<String>>,
}

/// The least rows that each partition gets, however many there are.
const FEWEST: usize = 4;

/// How often a row is tried with other values.
const TRIES: usize = 5;

/// How many rows of a table may be refused one after the other until no more are tried.
const PATIENCE: usize = 40;

/// Fills those of these tables of a schema that have no rows, each with so many.
pub(super) async fn fill(
    client: &Client,
    schema: &Schema,
    touched: &BTreeSet<Vec<String>>,
    levels: &BTreeMap<Vec<String>, Level>,
    count: usize,
) -> Result<Filled, Error> {
    let session = Session::begin(client).await?;
    let catalog = Catalog::read(client).await?;
    let kept = kept(session, &catalog, schema).await?;
    let has_rows = catalog.tables.values().filter(|table| table.may_have_rows);
    let looked_at = has_rows.map(|table| &table.path).chain(touched).cloned().collect();
    let mut filled = Filled { kept, rows: Vec::new(), looked_at };
    let level = |table: &Table| levels.get(&table.path).copied().unwrap_or_default();
    let is_filled = |oid: u32, table: &Table| {
        !table.is_parent && !filled.kept.contains(&oid) && touched.contains(&table.path)
    };
    let tables: BTreeSet<u32> =
        catalog.tables.iter().filter(|(oid, table)| is_filled(**oid, table)).map(|(oid, _)| *oid).collect();
    let (mut disable, mut enable) = (Vec::new(), Vec::new());
    for table in tables.iter().filter_map(|oid| catalog.tables.get(oid)) {
        for reaction in &table.reactions {
            disable.push(format!("ALTER TABLE ONLY {} DISABLE {}", table.sql(), reaction.what));
            enable.push(format!("ALTER TABLE ONLY {} {} {}", table.sql(), reaction.enabling, reaction.what));
        }
    }
    if !session.takes(&disable.join("; ")).await? {
        // Somebody else's tables: nothing is made up, since what acts on rows would.
        session.roll_back().await?;
        return Ok(filled);
    }
    let mut filling = Filling { session, catalog: &catalog, pools: Pools::new(session, &catalog), count };
    session.takes("SET CONSTRAINTS ALL DEFERRED").await?;
    let order = order(&catalog, &tables);
    for (oid, pending) in &order {
        let table = &catalog.tables[oid];
        let sort = match level(table) {
            Level::Any => Sort::Any,
            Level::Nullable => Sort::Nullable,
            Level::Plain => Sort::Plain,
            Level::Empty => continue,
        };
        let count = filling.fill(*oid, table, pending, sort).await?;
        filled.rows.push(Rows { table: qualified(&table.path), count: count as u64 });
    }
    let pending = order.iter().flat_map(|(oid, pending)| {
        let table = &catalog.tables[oid];
        pending.iter().map(move |&at| (table, &table.references[at]))
    });
    let pending: Vec<(&Table, &Reference)> = pending.collect();
    for (table, reference) in &pending {
        filling.refer_afterwards(table, reference).await?;
    }
    filling.delete_orphans(&pending).await?;
    // Foreign keys that are checked at the end would be in the way of ALTER TABLE.
    enable.insert(0, "SET CONSTRAINTS ALL IMMEDIATE".to_owned());
    if session.takes(&enable.join("; ")).await? {
        session.commit().await?;
        return Ok(filled);
    }
    session.roll_back().await?;
    Ok(Filled { rows: Vec::new(), ..filled })
}

/// The tables that keep what they have: those that are no part of the schema or have rows already; and what they refer to,
/// which could not be emptied again.
async fn kept(session: Session<'_>, catalog: &Catalog, schema: &Schema) -> Result<BTreeSet<u32>, Error> {
    let is_part = |table: &Table| schema.find(crate::kind::Kind::Table, &table.path).is_some();
    let mut kept: BTreeSet<u32> =
        catalog.tables.iter().filter(|(_, table)| !is_part(table)).map(|(oid, _)| *oid).collect();
    let leaves = catalog.tables.iter().filter(|(oid, table)| table.may_have_rows && !kept.contains(oid));
    let exists: Vec<String> = leaves
        .map(|(oid, table)| format!("SELECT {oid} WHERE EXISTS (SELECT FROM ONLY {})", table.sql()))
        .collect();
    if !exists.is_empty() {
        let Some(rows) = session.try_rows(&exists.join(" UNION ALL ")).await? else {
            // Who cannot read them cannot fill them.
            return Ok(catalog.tables.keys().copied().collect());
        };
        kept.extend(rows.iter().filter_map(|row| row.get(0)?.parse::<u32>().ok()));
    }
    loop {
        let referred = |oid: &u32| catalog.tables.get(oid).into_iter().flat_map(|table| &table.references);
        let to: BTreeSet<u32> = kept.iter().flat_map(referred).map(|reference| reference.to).collect();
        let is_more = |(oid, table): &(&u32, &Table)| {
            !kept.contains(oid) && (to.contains(oid) || table.wholes.iter().any(|whole| to.contains(whole)))
        };
        let more: Vec<u32> = catalog.tables.iter().filter(is_more).map(|(oid, _)| *oid).collect();
        if more.is_empty() {
            return Ok(kept);
        }
        kept.extend(more);
    }
}

/// Each behind those that it refers to; with the references for which that cannot be.
fn order(catalog: &Catalog, tables: &BTreeSet<u32>) -> Vec<(u32, Vec<usize>)> {
    let mut left: BTreeSet<u32> = tables.clone();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let is_open = |oid: u32, reference: &Reference| {
            left.iter().any(|&other| {
                other == reference.to
                    || catalog.tables[&other].wholes.contains(&reference.to)
                    || other == oid && catalog.tables[&oid].wholes.contains(&reference.to)
            })
        };
        let open = |oid: u32| -> Vec<usize> {
            let references = catalog.tables[&oid].references.iter().enumerate();
            references.filter(|(_, reference)| is_open(oid, reference)).map(|(at, _)| at).collect()
        };
        let can_wait = |oid: u32, at: &usize| {
            let table = &catalog.tables[&oid];
            let columns = &table.references[*at].columns;
            columns.iter().all(|&column| table.column(column).is_some_and(|column| !column.not_null))
        };
        let by_names = |oid: &u32| catalog.tables[oid].path.clone();
        // First who waits for nothing, then who can do without at first, then who only refers to itself.
        let next = left.iter().copied().min_by_key(|&oid| {
            let open = open(oid);
            let (waits, needs) = (!open.is_empty(), !open.iter().all(|at| can_wait(oid, at)));
            (waits, needs, by_names(&oid))
        });
        let Some(next) = next else { break };
        ordered.push((next, open(next)));
        left.remove(&next);
    }
    ordered
}

struct Filling<'c> {
    session: Session<'c>,
    catalog: &'c Catalog,
    pools: Pools<'c>,
    count: usize,
}

/// The values of the columns that a foreign key refers to.
struct Parent<'t> {
    reference: &'t Reference,
    rows: Vec<Vec<Option<String>>>,
    /// It refers to the row itself.
    is_itself: bool,
}

impl Filling<'_> {
    /// Returns how many rows there are then.
    async fn fill(&mut self, oid: u32, table: &Table, pending: &[usize], sort: Sort) -> Result<usize, Error> {
        let count = self.count_of(table);
        let (mut given, mut parents) = (BTreeMap::new(), Vec::new());
        for column in &table.columns {
            if let Some(sequence) = &column.sequence {
                let next =
                    format!("SELECT nextval({}) FROM generate_series(1, {count})", literal(Some(sequence)));
                if let Some(rows) = self.session.try_rows(&next).await? {
                    let values = rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect();
                    given.insert(column.number, values);
                }
            }
        }
        let mut referring = BTreeSet::new();
        for (at, reference) in table.references.iter().enumerate() {
            let is_itself = reference.to == oid || table.wholes.contains(&reference.to);
            let is_needed = reference.columns.iter().any(|&number| is_needed(table, number));
            let rows = if pending.contains(&at) { Vec::new() } else { self.keys(reference).await? };
            if rows.is_empty() && is_needed && !is_itself {
                if pending.contains(&at) && reference.can_wait {
                    // What is made up for its columns may be made up for the others too.
                    continue;
                }
                return Ok(0);
            }
            for (place, &number) in reference.columns.iter().enumerate() {
                let values: Vec<String> = rows.iter().filter_map(|row| row[place].clone()).collect();
                if !is_itself && referring.insert(number) {
                    given.insert(number, values);
                }
            }
            parents.push(Parent { reference, rows, is_itself: is_itself && is_needed });
        }
        parents.sort_by_key(|parent| std::cmp::Reverse(parent.reference.columns.len()));
        let groups = recipe::groups(&mut self.pools, self.session, table, &given, sort).await?;
        let Some(groups) = groups else { return Ok(0) };
        let mut recipe = Recipe { table, groups, plain: Vec::new(), parents, sort };
        if let Some(done) = self.insert(&recipe, count).await? {
            return Ok(done);
        }
        if sort != Sort::Plain {
            let plain = recipe::groups(&mut self.pools, self.session, table, &given, Sort::Plain).await?;
            recipe.plain = plain.unwrap_or_default();
        }
        self.insert_singly(&recipe, count).await
    }

    fn count_of(&self, table: &Table) -> usize {
        let Some(top) = table.wholes.last() else { return self.count };
        let partitions = self.catalog.tables.values().filter(|other| other.wholes.contains(top)).count();
        (self.count / partitions.max(1)).max(FEWEST.min(self.count))
    }

    async fn keys(&self, reference: &Reference) -> Result<Vec<Vec<Option<String>>>, Error> {
        let Some(parent) = self.catalog.tables.get(&reference.to) else { return Ok(Vec::new()) };
        let names: Option<Vec<&str>> =
            reference.to_columns.iter().map(|&number| Some(&*parent.column(number)?.name)).collect();
        // A generated column may be referred to as well.
        let Some(names) = names else { return Ok(Vec::new()) };
        let query = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT 200",
            names.join(", "),
            parent.as_referred_to(),
            names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND "),
            (1..=names.len()).map(|at| at.to_string()).collect::<Vec<_>>().join(", "),
        );
        let rows = self.session.try_rows(&query).await?.unwrap_or_default();
        let row = |row: &tokio_postgres::SimpleQueryRow| {
            (0..names.len()).map(|at| row.get(at).map(str::to_owned)).collect()
        };
        Ok(rows.iter().map(row).collect())
    }

    /// All rows at once. `None`: some of them are refused.
    async fn insert(&self, recipe: &Recipe<'_>, count: usize) -> Result<Option<usize>, Error> {
        if recipe.table.columns.is_empty() {
            let one = format!("INSERT INTO {} DEFAULT VALUES", recipe.table.sql());
            let all = vec![one; count.min(FEWEST)];
            let are_taken = self.session.takes(&all.join("; ")).await?;
            return Ok(Some(if are_taken { all.len() } else { 0 }));
        }
        let rows: Vec<String> = (0..count).filter_map(|at| recipe.row(at, 0)).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let insert = format!("{} {} ON CONFLICT DO NOTHING RETURNING 1", recipe.head(), rows.join(", "));
        Ok(self.session.try_rows(&insert).await?.map(|rows| rows.len()))
    }

    /// Each row by itself, and with other values where it is refused.
    async fn insert_singly(&self, recipe: &Recipe<'_>, count: usize) -> Result<usize, Error> {
        let head = recipe.head();
        let turns = |at| (0..TRIES).filter_map(move |turn| recipe.row(at, turn));
        let lists = (0..count).map(|at| turns(at).map(|row| format!("{head} {row} RETURNING 1")).collect());
        Ok(self.session.first_taken(&lists.collect::<Vec<_>>(), PATIENCE).await?.len())
    }

    /// What refers to nothing although it is to be checked at the end; and what refers to that.
    async fn delete_orphans(&self, references: &[(&Table, &Reference)]) -> Result<(), Error> {
        let delete = |(table, reference): &(&Table, &Reference)| {
            let parent = self.catalog.tables.get(&reference.to).filter(|_| reference.can_wait)?;
            let pairs = reference.columns.iter().zip(&reference.to_columns);
            let equal = pairs.map(|(&column, &key)| {
                Some(format!("p.{} = t.{}", parent.column(key)?.name, table.column(column)?.name))
            });
            let columns = reference.columns.iter().map(|&column| Some(&*table.column(column)?.name));
            Some(format!(
                "DELETE FROM ONLY {} AS t WHERE num_nulls({}) = 0 AND NOT EXISTS (SELECT FROM {} AS p WHERE {})",
                table.sql(),
                columns.collect::<Option<Vec<_>>>()?.join(", "),
                parent.as_referred_to(),
                equal.collect::<Option<Vec<_>>>()?.join(" AND "),
            ))
        };
        let deletes: Vec<String> = references.iter().filter_map(delete).collect();
        if !deletes.is_empty() {
            let again = vec![deletes.join("; "); 4];
            self.session.takes(&again.join("; ")).await?;
        }
        Ok(())
    }

    /// Tables that refer to each other, or to themselves: now that all rows are there, NULL is replaced.
    async fn refer_afterwards(&self, table: &Table, reference: &Reference) -> Result<(), Error> {
        let Some(parent) = self.catalog.tables.get(&reference.to) else { return Ok(()) };
        let names = |table: &Table, numbers: &[i16]| -> Option<Vec<String>> {
            numbers.iter().map(|&number| Some(table.column(number)?.name.clone())).collect()
        };
        let (Some(columns), Some(keys)) =
            (names(table, &reference.columns), names(parent, &reference.to_columns))
        else {
            return Ok(());
        };
        let set: Vec<String> =
            columns.iter().enumerate().map(|(at, column)| format!("{column} = p.k{at}")).collect();
        let selected: Vec<String> =
            keys.iter().enumerate().map(|(at, key)| format!("{key} AS k{at}")).collect();
        let child = table.sql();
        // Not every row has a parent.
        let update = format!(
            "UPDATE ONLY {child} AS t SET {} FROM (SELECT ctid AS place, row_number() OVER (ORDER BY ctid) AS number FROM ONLY {child}) AS r, \
             (SELECT {}, row_number() OVER (ORDER BY {}) AS number, count(*) OVER () AS all_of_them FROM {} WHERE {}) AS p \
             WHERE t.ctid = r.place AND p.number = 1 + r.number * 7 % p.all_of_them AND r.number % 5 <> 0",
            set.join(", "),
            selected.join(", "),
            keys.join(", "),
            parent.as_referred_to(),
            keys.iter().map(|key| format!("{key} IS NOT NULL")).collect::<Vec<_>>().join(" AND "),
        );
        self.session.takes(&update).await?;
        Ok(())
    }
}

/// How the rows of a table are put together.
struct Recipe<'t> {
    table: &'t Table,
    groups: Vec<Group>,
    /// The same of values that most checks take.
    plain: Vec<Group>,
    parents: Vec<Parent<'t>>,
    sort: Sort,
}

impl Recipe<'_> {
    fn head(&self) -> String {
        let names: Vec<&str> = self.table.columns.iter().map(|column| &*column.name).collect();
        format!("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES", self.table.sql(), names.join(", "))
    }

    /// A row in parentheses; at each turn another one. `None`: there is none that fits together.
    fn row(&self, at: usize, turn: usize) -> Option<String> {
        let may_be_null = self.sort != Sort::Plain && matches!(turn, 0 | 1 | 4);
        let groups = if turn > 1 && !self.plain.is_empty() { &self.plain } else { &self.groups };
        let shifted = at + turn * 13;
        let mut values: BTreeMap<i16, Option<String>> = BTreeMap::new();
        for (place, parent) in self.parents.iter().enumerate() {
            self.refer(parent, (at, shifted + place, turn), &mut values)?;
        }
        for group in groups {
            let fits = |row: &&Vec<Option<String>>| {
                group
                    .columns
                    .iter()
                    .zip(*row)
                    .all(|(column, value)| values.get(column).is_none_or(|is| is == value))
            };
            let fitting: Vec<&Vec<Option<String>>> = group.rows.iter().filter(fits).collect();
            let first = usize::try_from(group.columns[0]).unwrap_or_default();
            let mut chosen = *fitting.get((shifted + first) % fitting.len().max(1))?;
            // Some values occur twice, where they may.
            let is_twice = self.sort == Sort::Any && turn == 0 && at % 5 == 4 && group.rows.len() > 1;
            if is_twice && !group.columns.iter().any(|column| self.table.distinct.contains(column)) {
                chosen = fitting[first % fitting.len()];
            }
            let [only] = group.columns.as_slice() else {
                values.extend(group.columns.iter().copied().zip(chosen.iter().cloned()));
                continue;
            };
            // NULL is the first, where it may be; and it is more than one among many.
            let nulls = group.rows.first().is_some_and(|row| row[0].is_none());
            if nulls && fitting.len() > 1 && !values.contains_key(only) {
                if chosen[0].is_none() {
                    chosen = fitting[1 + (shifted + first) % (fitting.len() - 1)];
                }
                if may_be_null && (turn == 4 || mixed(at, first).is_multiple_of(6)) {
                    chosen = fitting[0];
                }
            }
            values.insert(*only, chosen[0].clone());
        }
        for parent in self.parents.iter().filter(|parent| parent.is_itself) {
            for (column, own) in parent.reference.columns.iter().zip(&parent.reference.to_columns) {
                let own = values.get(own)?.clone();
                values.insert(*column, own);
            }
        }
        let literals: Option<Vec<String>> = self
            .table
            .columns
            .iter()
            .map(|column| Some(literal(values.get(&column.number)?.as_deref())))
            .collect();
        Some(format!("({})", literals?.join(", ")))
    }

    /// Chooses what a row refers to, among what fits the columns that are decided.
    fn refer(
        &self,
        parent: &Parent<'_>,
        (at, shifted, turn): (usize, usize, usize),
        values: &mut BTreeMap<i16, Option<String>>,
    ) -> Option<()> {
        if parent.is_itself {
            return Some(());
        }
        let columns = &parent.reference.columns;
        let fits = |row: &&Vec<Option<String>>| {
            columns.iter().zip(*row).all(|(column, value)| values.get(column).is_none_or(|is| is == value))
        };
        let fitting: Vec<&Vec<Option<String>>> = parent.rows.iter().filter(fits).collect();
        let free = |column: &&i16| !values.contains_key(column);
        let can_be_null = columns.iter().filter(free).any(|&column| !is_needed(self.table, column));
        let is_null = fitting.is_empty()
            || self.sort != Sort::Plain
                && (turn == 4 || turn == 0 && mixed(at, columns.len() + 7).is_multiple_of(5));
        if can_be_null && is_null {
            let nullable: Vec<i16> = columns
                .iter()
                .filter(free)
                .copied()
                .filter(|&column| !is_needed(self.table, column))
                .collect();
            values.extend(nullable.into_iter().map(|column| (column, None)));
            return Some(());
        }
        let chosen = *fitting.get(shifted % fitting.len().max(1))?;
        values.extend(columns.iter().copied().zip(chosen.iter().cloned()));
        Some(())
    }
}

/// Whether a column cannot be NULL.
fn is_needed(table: &Table, number: i16) -> bool {
    table.column(number).is_none_or(|column| column.not_null)
}
