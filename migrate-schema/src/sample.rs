//! Proves a plan on tables with rows: made-up ones that satisfy every constraint. What should survive the plan is compared,
//! there and back.
//!
//! What is known of a database here is what its catalog says; a value is what PostgreSQL takes for one.

mod catalog;
mod declared;
mod fill;
mod names;
mod pool;
mod positions;
mod recipe;
mod session;
mod survivors;
mod text;
mod touched;
mod trial;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use crate::data::Rows;
use crate::error::{Error, ErrorKind};
use crate::generate::UpAndDown;
use crate::key::{qualified, unquoted};
use crate::kind::Kind;
use crate::rename::Rename;
use crate::schema::Schema;
use crate::script::Script;
use declared::Declared;
use fill::{Level, fill};
use positions::{Position, positions};
use session::Session;
use survivors::{Change, Side, Survivor};
use trial::Refusal;

/// How many rows a table gets where nobody says anything else.
pub(crate) const USUAL_ROWS: u32 = 50;

/// How often a plan is tried with other rows, until it is tried without.
const ROUNDS: usize = 6;

/// A plan that loses what none of its hazards names.
#[derive(Debug)]
pub(crate) struct Lost {
    /// What is different, of what, and after which way.
    pub(crate) what: String,
    /// What may have done it, as it may be shown.
    pub(crate) statement: Option<String>,
}

/// What a plan is from, to, and through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ways<'s> {
    pub(crate) old: &'s Schema,
    pub(crate) new: &'s Schema,
    pub(crate) renames: &'s [Rename],
}

/// Runs migrations that are known to work there and back on a database that has their beginning, with so many rows in each
/// table that they touch and that has none. Afterwards there are as many rows as before.
///
/// A statement that fails on these rows gets the hazard that says so. Returns how many rows there were at first.
pub(crate) async fn prove(
    client: &Client,
    ways: Ways<'_>,
    rows: u32,
    migrations: &mut [UpAndDown],
) -> Result<Vec<Rows>, Error> {
    let mut levels = BTreeMap::new();
    let mut sample = None;
    let rows = usize::try_from(rows).unwrap_or_default();
    for _ in 0..ROUNDS {
        if rows == 0 || migrations.is_empty() {
            break;
        }
        let (made, refusals) = round(client, ways, (rows, &levels), migrations).await?;
        sample.get_or_insert(made);
        if refusals.is_empty() {
            break;
        }
        lower(&mut levels, &refusals, ways);
    }
    Ok(sample.unwrap_or_default())
}

/// Rows in, there, back, rows out. Returns the rows, and what they were in the way of.
async fn round(
    client: &Client,
    ways: Ways<'_>,
    (rows, levels): (usize, &BTreeMap<Vec<String>, Level>),
    migrations: &mut [UpAndDown],
) -> Result<(Vec<Rows>, Vec<Refusal>), Error> {
    let session = Session::begin(client).await?;
    let first = positions(session).await?;
    session.roll_back().await?;
    let filled = fill(client, ways.old, &touched::touched(ways, migrations), levels, rows).await?;
    let mut survivors = survivors::survivors(ways.old, ways.new, ways.renames);
    survivors.retain(|survivor| filled.looked_at.contains(&survivor.path));
    let session = Session::begin(client).await?;
    positions::advance(session, &first).await?;
    let before = positions(session).await?;
    for survivor in &mut survivors {
        survivor.remember(session).await?;
    }
    session.commit().await?;

    let names = table_names(ways);
    let mut declared = Declared::default();
    let mut refusals = Vec::new();
    for migration in &mut *migrations {
        refusals.extend(trial::run(client, &mut migration.up, &filled.kept, &names).await?);
        declared.add(&migration.up, [ways.old, ways.new]);
    }
    let mut comparison = Comparison { client, ways, survivors: &survivors, declared };
    let mut followed = Vec::new();
    if refusals.is_empty() {
        let ups = migrations.iter().map(|migration| &migration.up);
        followed = comparison.after(Side::New, &before, &before, &ups.collect::<Vec<_>>()).await?;
    }
    for migration in migrations.iter_mut().rev() {
        refusals.extend(trial::run(client, &mut migration.down, &filled.kept, &names).await?);
        comparison.declared.add(&migration.down, [ways.old, ways.new]);
    }
    if refusals.is_empty() {
        let downs = migrations.iter().rev().map(|migration| &migration.down);
        comparison.after(Side::Old, &followed, &before, &downs.collect::<Vec<_>>()).await?;
    }
    trial::clear(client, &filled.kept, &first).await?;
    Ok((filled.rows, refusals))
}

/// What is compared after one way, and after both.
struct Comparison<'s> {
    client: &'s Client,
    ways: Ways<'s>,
    survivors: &'s [Survivor],
    declared: Declared,
}

impl Comparison<'_> {
    /// Returns which of the sequences are still there, whatever they are called now.
    async fn after(
        &self,
        side: Side,
        sequences: &[Position],
        before: &[Position],
        scripts: &[&Script],
    ) -> Result<Vec<Position>, Error> {
        let session = Session::begin(self.client).await?;
        let way = if side == Side::New { "up" } else { "down" };
        let renames = if side == Side::New { self.ways.renames } else { &[] };
        for survivor in self.survivors {
            if let Some(change) = survivor.change(session, side, &self.declared).await? {
                let column = change.value.as_ref().map(|(column, ..)| column);
                let statement = culprit(scripts, &change.table, column);
                return Err(Error(ErrorKind::Lost(Lost { what: said(&change, way), statement })));
            }
        }
        let now = positions(session).await?;
        session.roll_back().await?;
        if let Some(again) = positions::given_again(sequences, &now, renames, &self.declared) {
            let of = again
                .user
                .as_ref()
                .map_or_else(String::new, |user| format!(" of column `{}`", qualified(user)));
            let what = format!(
                "after the {way}, sequence `{}`{of} gives out {} next, and {} was given out before",
                qualified(&again.sequence),
                again.next,
                again.given,
            );
            let table = again.user.as_ref().map(|user| user[..2].to_vec()).unwrap_or(again.sequence);
            let statement = culprit(scripts, &table, again.user.as_ref().and_then(|user| user.last()));
            return Err(Error(ErrorKind::Lost(Lost { what, statement })));
        }
        Ok(positions::followed(before, &now, renames))
    }
}

fn said(change: &Change, way: &str) -> String {
    let table = qualified(&change.table);
    let value = |value: &Option<String>| {
        value.as_ref().map_or_else(|| "NULL".to_owned(), |value| format!("`{value}`"))
    };
    if let Some((column, before, after)) = &change.value {
        let (before, after) = (value(before), value(after));
        return format!("after the {way}, column `{table}.{column}` has {after} where it had {before}");
    }
    let (before, after) = change.counts;
    format!("after the {way}, table `{table}` has {after} rows, and it had {before}")
}

/// The first statement that speaks of a column of a table; of the table, and takes rows from it; or of the table at all.
fn culprit(scripts: &[&Script], table: &[String], column: Option<&String>) -> Option<String> {
    let statements: Vec<_> = scripts.iter().flat_map(|script| &script.statements).collect();
    let of_table = |sql: &str| table.last().is_some_and(|name| text::names(sql, name));
    let of_column = |sql: &str| column.is_some_and(|name| text::names(sql, name));
    let find = |is: &dyn Fn(&str) -> bool| statements.iter().find(|statement| is(&statement.sql));
    let takes_rows =
        |sql: &str| ["DELETE ", "TRUNCATE ", "DETACH ", "DROP "].iter().any(|word| sql.contains(word));
    let found = find(&|sql| of_table(sql) && of_column(sql))
        .or_else(|| find(&|sql| of_table(sql) && takes_rows(sql)))
        .or_else(|| find(&of_table));
    found.map(|statement| statement.shown().to_owned())
}

/// What tables are called before, between and after.
fn table_names(ways: Ways<'_>) -> BTreeSet<String> {
    let tables = [ways.old, ways.new].into_iter().flat_map(Schema::facts);
    tables.filter(|fact| fact.key().kind() == Kind::Table).map(|fact| unquoted(fact.key().leaf())).collect()
}

/// The next round has other rows in the tables that were in the way, or none.
fn lower(levels: &mut BTreeMap<Vec<String>, Level>, refusals: &[Refusal], ways: Ways<'_>) {
    let tables = ways.old.facts().filter(|fact| fact.key().kind() == Kind::Table);
    let mut lowered = BTreeSet::new();
    for table in tables {
        let path = table.key().path();
        let is_named = |path: &[String], refusal: &Refusal| {
            path.last().is_some_and(|name| refusal.tables.contains(&unquoted(name)))
        };
        let is_concerned = |refusal: &Refusal| {
            refusal.tables.is_empty()
                || is_named(path, refusal)
                || is_named(&names::renamed(Kind::Table, path, ways.renames), refusal)
        };
        if refusals.iter().any(is_concerned) {
            lowered.insert(path.to_vec());
            lowered.extend(names::below(ways.old, path));
        }
    }
    for path in lowered {
        let level = levels.entry(path).or_default();
        *level = match level {
            Level::Any => Level::Nullable,
            Level::Nullable => Level::Plain,
            Level::Plain | Level::Empty => Level::Empty,
        };
    }
}

#[cfg(test)]
mod tests;
