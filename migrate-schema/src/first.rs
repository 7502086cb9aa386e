//! What is done before the rest is planned, and undone after the rest of the way back: PostgreSQL itself knows best what else it
//! changes.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use crate::error::{Error, ErrorKind};
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::recursion::Reach;
use crate::kinds::{inheritance, range};
use crate::prove::Failed;
use crate::read::{self, Viewpoint};
use crate::rename::{self, Rename, room};
use crate::rule::World;
use crate::schema::Schema;
use crate::statement::Statement;

/// A statement, and the one that undoes it.
pub(crate) struct First {
    pub(crate) there: Statement,
    pub(crate) back: Statement,
}

/// What was done, and what came of it.
pub(crate) struct Begun {
    pub(crate) firsts: Vec<First>,
    /// What has another name: what was asked for, and what differs in nothing else.
    pub(crate) renames: Vec<Rename>,
    pub(crate) schema: Schema,
}

/// Gives new names on the scratch database, which has the one schema, on the way to the other.
pub(crate) async fn begin(
    scratch: &Client,
    start: &Schema,
    to: &Schema,
    viewpoint: &Viewpoint,
    renames: &[Rename],
) -> Result<Begun, Error> {
    let mut opening = Opening { scratch, firsts: Vec::new() };
    let mut schemas = Schemas::of(start);
    let mut all = Vec::new();
    for rename in renames {
        opening.rename(rename, &mut schemas, to).await?;
        let heirs = of_heirs(rename, start, &all);
        all.push(rename.clone());
        all.extend(heirs);
    }
    for first in moves(start, to).chain(memberships(start, to)) {
        opening.run(first).await?;
    }
    let (mut done, mut schema) = (0, start.clone());
    loop {
        if opening.firsts.len() > done {
            schema = read::read_again(scratch, viewpoint).await?;
        }
        done = opening.firsts.len();
        for first in of_ranges(&schema, to) {
            opening.run(first).await?;
        }
        let unasked = rename::unasked(&schema, to);
        for rename in &unasked {
            opening.rename(rename, &mut schemas, to).await?;
        }
        all.extend(unasked);
        if opening.firsts.len() == done {
            return Ok(Begun { firsts: opening.firsts, renames: all, schema });
        }
    }
}

/// The same rename of a column in the tables that inherit it, after those that are done.
fn of_heirs(rename: &Rename, start: &Schema, done: &[Rename]) -> Vec<Rename> {
    if rename.from().kind() != Kind::Column {
        return Vec::new();
    }
    let image = |key: &Key| done.iter().fold(key.clone(), |key, rename| rename.image(&key));
    let mut tables = start.facts().filter(|fact| fact.key.kind() == Kind::Table);
    let table = tables.find(|fact| image(&fact.key).path() == &rename.from().path()[..2]);
    let reach = Reach::default();
    let world = World::whole(start, start, &reach);
    let heirs = table.map(|table| inheritance::heirs(&table.key, world)).unwrap_or_default();
    let column = |heir: &Key| {
        let at = |name: &str| Key::new(Kind::Column, [image(heir).path(), &[name.to_owned()]].concat());
        Rename::new(at(rename.from().name()), at(rename.to().name()))
    };
    heirs.into_iter().filter_map(column).collect()
}

/// The schemas that are there by now.
struct Schemas {
    names: BTreeSet<String>,
    world: Schema,
}

impl Schemas {
    fn of(start: &Schema) -> Self {
        let schemas = start.facts().filter(|fact| fact.key.kind() == Kind::Schema);
        let names = schemas.map(|fact| fact.key.leaf().to_owned()).chain(["public".to_owned()]).collect();
        Self { names, world: start.clone() }
    }
}

struct Opening<'c> {
    scratch: &'c Client,
    firsts: Vec<First>,
}

impl Opening<'_> {
    async fn run(&mut self, first: First) -> Result<(), Error> {
        let done = self.scratch.batch_execute(&first.there.sql).await;
        done.map_err(|cause| {
            let statement = first.there.shown().to_owned();
            Error(ErrorKind::Failed(Failed { statement, cause }))
        })?;
        self.firsts.push(first);
        Ok(())
    }

    /// Gives something its new name, in the schema that it goes to, which is made where it is new.
    async fn rename(&mut self, rename: &Rename, schemas: &mut Schemas, to: &Schema) -> Result<(), Error> {
        if rename.from().kind() == Kind::Schema {
            schemas.names.insert(rename.to().leaf().to_owned());
        }
        let new = rename.moved_to().filter(|schema| schemas.names.insert((*schema).clone()));
        if let Some(schema) = new.and_then(|schema| to.find(Kind::Schema, std::slice::from_ref(schema))) {
            let reach = Reach::default();
            let world = World::whole(&schemas.world, to, &reach);
            let rule = Kind::Schema.rule();
            let drop = rule.drop(schema, world);
            let both = rule.create(schema, &[], world).into_iter().zip(drop);
            for (there, back) in both.collect::<Vec<_>>() {
                self.run(First { there, back }).await?;
            }
        }
        let (from, to) = (rename.from(), rename.to());
        let (schema, name) = (to.path()[0].as_str(), to.name());
        if rename.moved_to().is_none() || from.name() == name {
            return self.step(from, to).await;
        }
        // It goes to the other schema by a name that is free in both.
        let moved = from.in_schema(schema);
        let mut aside = moved.clone();
        if room::is_taken(self.scratch, &moved).await? {
            aside = moved.with_name(
                &room::free_name(self.scratch, from.name(), [&from.path()[0], &to.path()[0]]).await?,
            );
            self.step(from, &from.with_name(aside.name())).await?;
        }
        self.step(&from.with_name(aside.name()), &aside).await?;
        self.step(&aside, to).await
    }

    /// Gives something either another name or another schema.
    async fn step(&mut self, from: &Key, to: &Key) -> Result<(), Error> {
        for (there, back) in room::make(self.scratch, from, to).await? {
            self.run(First { there, back }).await?;
        }
        match rename::there_and_back(from, to) {
            Some((there, back)) => self.run(First { there, back }).await,
            None => Ok(()),
        }
    }
}

/// What belongs to a range type and does not follow when that gets another name: its multirange, and the functions that make
/// its values, to which comments and privileges belong.
fn of_ranges(renamed: &Schema, to: &Schema) -> Vec<First> {
    let ranges = to.facts().filter(|fact| fact.key.kind() == Kind::Range);
    let both = ranges.filter_map(|new| Some((renamed.get(&new.key)?, new)));
    let same = both.filter(|(old, new)| range::is_same_but_for_names(old, new));
    let parts = same.flat_map(|(old, new)| range::names_apart(old, new)).collect();
    range::renamed(parts).into_iter().map(|(there, back)| First { there, back }).collect()
}

/// The extensions that go to another schema which is there already. Whatever uses them goes along: a column of one of
/// their types is of the same type as before, and needs no conversion.
fn moves(start: &Schema, to: &Schema) -> impl Iterator<Item = First> {
    let extensions = to.facts().filter(|fact| fact.key.kind() == Kind::Extension);
    extensions.filter_map(|new| {
        let old = start.get(&new.key)?;
        let (from, to) = (old.text("schema"), new.text("schema"));
        let is_there = start.facts().any(|fact| fact.key.kind() == Kind::Schema && fact.key.leaf() == to);
        let can_move = old.has("_relocatable") && (is_there || to == "public");
        let set =
            |schema: &str| Statement::new(format!("ALTER EXTENSION {} SET SCHEMA {schema}", new.key.leaf()));
        (from != to && can_move).then(|| First { there: set(to), back: set(from) })
    })
}

/// What joins an extension that is there throughout, or leaves it, and stays.
fn memberships<'s>(start: &'s Schema, to: &'s Schema) -> impl Iterator<Item = First> + use<'s> {
    let keys: BTreeSet<&Key> = start.members.keys().chain(to.members.keys()).collect();
    let changed = keys.into_iter().filter_map(move |key| {
        let [before, after] = [start, to].map(|schema| schema.members.get(key));
        let is_there = |schema: &Schema| schema.get(key).is_some() || schema.members.contains_key(key);
        let stays = |extension: &&Key| [start, to].iter().all(|schema| schema.get(extension).is_some());
        let changes = before != after && is_there(start) && is_there(to);
        (changes && before.iter().chain(&after).all(stays)).then_some((key, before, after))
    });
    changed.flat_map(|(key, before, after): (&Key, Option<&Key>, Option<&Key>)| {
        let alter = |extension: &Key, change: &str| {
            Statement::new(format!("ALTER EXTENSION {} {change} {}", extension.leaf(), key.described()))
        };
        let leaves = before.map(|of| First { there: alter(of, "DROP"), back: alter(of, "ADD") });
        let joins = after.map(|of| First { there: alter(of, "ADD"), back: alter(of, "DROP") });
        leaves.into_iter().chain(joins)
    })
}
