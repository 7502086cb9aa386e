//! The way from one schema to another: which statements, in which order.

mod heirs;
mod logged;
mod successions;
mod turns;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind};
use crate::fact::{Fact, Need};
use crate::fate::{self, Fate};
use crate::hazard;
use crate::key::Key;
use crate::kind::{Kind, Namespace};
use crate::kinds::recursion::Reach;
use crate::kinds::{constraint, index, inheritance, position, sequence};
use crate::order::Acts;
use crate::rename::{self, Renamed};
use crate::rule::World;
use crate::schema::Schema;
use crate::secret;
use crate::statement::{Role, Statement};

/// What takes one schema to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// In the order in which they are run.
    pub statements: Vec<Statement>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}

/// How a plan gets there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// In one transaction, if PostgreSQL allows it.
    #[default]
    AtOnce,
    /// Without locks that a database in use would feel, where PostgreSQL has a way: in several steps.
    Online,
}

/// Plans the way from one schema to another.
///
/// # Errors
///
/// Things depend on each other in a circle that no order of statements can make.
pub fn plan(old: &Schema, new: &Schema, manner: Manner) -> Result<Plan, Error> {
    plan_part(old, new, manner, (old, new))
}

/// Plans a part of the way from one schema to another.
pub(crate) fn plan_part(
    old: &Schema,
    new: &Schema,
    manner: Manner,
    ends: (&Schema, &Schema),
) -> Result<Plan, Error> {
    let Renamed { mut statements, schema } = rename::alike(old, new);
    let (online, reach) = (manner == Manner::Online, Reach::default());
    let world = World { old: &schema, new, online, remade: None, ends, reach: &reach };
    statements.extend(plan_rest(world)?.statements);
    hazard::judge(old, ends.0, &mut statements);
    Ok(Plan { statements })
}

/// The way once everything that stays as it is has its new name.
fn plan_rest(world: World<'_>) -> Result<Plan, Error> {
    let mut replaced = BTreeSet::new();
    loop {
        let fates = fate::decide(world, &replaced);
        let remade =
            fates.iter().filter(|(_, fate)| matches!(fate, Fate::Replace)).map(|(key, _)| key.clone());
        let remade = remade.collect();
        let reach = Reach::default();
        let works = Works::new(World { remade: Some(&remade), reach: &reach, ..world }, &fates);
        let circle = match works.acts().in_order() {
            Ok(order) => return Ok(works.plan(order)),
            Err(circle) => circle,
        };
        // What is altered in between two others is dropped before the one and made anew after the other.
        let altered: BTreeSet<&Key> = circle
            .iter()
            .map(|&act| &works.acts[act])
            .filter(|act| act.doing == Doing::Alter)
            .map(|act| act.key)
            .collect();
        let before = replaced.len();
        replaced.extend(altered.iter().filter(|key| has_no_rows(key.kind())).map(|key| (*key).clone()));
        replaced.extend(works.between(&altered));
        if replaced.len() == before {
            let keys: BTreeSet<Key> = circle.into_iter().map(|act| works.acts[act].key.clone()).collect();
            return Err(Error(ErrorKind::Cycle(keys.into_iter().collect())));
        }
    }
}

/// Whether a thing can be dropped and made anew, and nothing is lost.
fn has_no_rows(kind: Kind) -> bool {
    use Kind::{Constraint, Default, Function, MaterializedView, Policy, Procedure, Rule, Trigger, View};
    matches!(
        kind,
        Constraint | Default | Function | MaterializedView | Policy | Procedure | Rule | Trigger | View
    )
}

/// What is done with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    Drop,
    Alter,
    Create,
}

#[derive(Clone, Debug)]
struct Act<'s> {
    doing: Doing,
    key: &'s Key,
}

/// Every act of a plan, in the order that they have where nothing else decides.
struct Works<'s> {
    world: World<'s>,
    fates: &'s BTreeMap<Key, Fate>,
    acts: Vec<Act<'s>>,
    numbers: BTreeMap<(Doing, &'s Key), usize>,
}

impl<'s> Works<'s> {
    fn new(world: World<'s>, fates: &'s BTreeMap<Key, Fate>) -> Self {
        let mut acts = Vec::new();
        for (key, fate) in fates {
            if fate.is_dropped() {
                acts.push(Act { doing: Doing::Drop, key });
            }
            if fate.is_altered() {
                acts.push(Act { doing: Doing::Alter, key });
            }
            if fate.is_created() {
                acts.push(Act { doing: Doing::Create, key });
            }
        }
        acts.sort_by_cached_key(|act| place(act, world));
        let numbers = acts.iter().enumerate().map(|(at, act)| ((act.doing, act.key), at)).collect();
        Self { world, fates, acts, numbers }
    }

    fn number(&self, doing: Doing, key: &'s Key) -> Option<usize> {
        self.numbers.get(&(doing, key)).copied()
    }

    fn acts(&self) -> Acts {
        let hosts = self.acts.iter().map(|act| self.host(act)).collect();
        let can_stand_alone = self.acts.iter().map(|act| can_stand_alone(act, self.world)).collect();
        let is_before_host = self.acts.iter().map(|act| act.doing == Doing::Drop).collect();
        let (wishes, successions) = (self.wishes(), self.successions());
        Acts { hosts, can_stand_alone, is_before_host, edges: self.edges(), wishes, successions }
    }

    /// A part is dropped with its whole, and may be made in the statement that makes it.
    fn host(&self, act: &Act<'s>) -> Option<usize> {
        match act.doing {
            Doing::Drop => {
                let fact = self.world.old.get(act.key)?;
                // What a partition has of its parent's is its own once the partition is detached.
                let goes_along = |whole: &Key| {
                    whole.kind() != act.key.kind() || inheritance::is_taken_along(fact, self.world)
                };
                let wholes =
                    fact.needs.iter().filter(|(whole, need)| **need == Need::Part && goes_along(whole));
                let host = wholes.into_iter().find_map(|(whole, _)| self.number(Doing::Drop, whole));
                host.or_else(|| {
                    let other = act.key.kind().rule().dropped_with(fact, self.world)?;
                    self.numbers.get(&(Doing::Drop, &other)).copied()
                })
            }
            Doing::Create => {
                let fact = self.world.new.get(act.key)?;
                let host = act.key.kind().rule().made_within(fact, self.world)?;
                self.number(Doing::Create, host)
            }
            Doing::Alter => match self.fates.get(act.key)? {
                Fate::AlterWith(other) => self.number(Doing::Alter, other),
                _ => None,
            },
        }
    }

    fn edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        let mut add = |before: Option<usize>, after: Option<usize>| {
            edges.extend(before.zip(after).filter(|(before, after)| before != after));
        };
        for (at, act) in self.acts.iter().enumerate() {
            let (doing, key) = (act.doing, act.key);
            if let Some(fact) = self.world.old.get(key).filter(|_| doing != Doing::Create) {
                let after = self.world.new.get(key);
                // A column is nullable only once it is in no primary key.
                let is_no_primary_key =
                    constraint::is_primary(fact) && after.is_some_and(|after| !constraint::is_primary(after));
                for needed in fact.needs.keys() {
                    let keeps = after.is_some_and(|fact| fact.needs.contains_key(needed));
                    if doing == Doing::Drop || !keeps || is_no_primary_key {
                        add(Some(at), self.number(Doing::Drop, needed));
                        add(
                            Some(at),
                            self.number(Doing::Alter, needed).filter(|_| !self.is_free_of(fact, needed)),
                        );
                    }
                }
            }
            if let Some(fact) = self.world.new.get(key).filter(|_| doing != Doing::Drop) {
                for needed in fact.needs.keys() {
                    if doing == Doing::Create && index::is_adopted_by(fact, needed, self.world) {
                        add(Some(at), self.number(Doing::Create, needed));
                        continue;
                    }
                    add(self.number(Doing::Create, needed), Some(at));
                    add(
                        self.number(Doing::Alter, needed).filter(|_| !self.is_free_of(fact, needed)),
                        Some(at),
                    );
                }
                if fact.has("_references") {
                    self.parts_first(at, fact, &mut add);
                }
            }
            if doing == Doing::Create {
                add(self.number(Doing::Drop, key), Some(at));
            }
        }
        self.free_names(&mut add);
        self.around_changes(&mut add);
        self.around_partitions(&mut add);
        self.parents_first(&mut add);
        self.twins_in_order(&mut add);
        self.alone_after_partitions(&mut add);
        self.logged_alike(&mut add);
        self.last_things(&mut add);
        self.positions(&mut add);
        edges
    }

    /// Whether a constraint or an index has nothing to do with what becomes of a column that it is on: only a primary key cares
    /// whether that is NOT NULL.
    fn is_free_of(&self, fact: &Fact, column: &Key) -> bool {
        let both = self.world.old.get(column).zip(self.world.new.get(column));
        let is_about_null =
            |(old, new): (&Fact, &Fact)| old.changes(new).iter().all(|name| name.starts_with("not_null"));
        matches!(fact.key.kind(), Kind::Constraint | Kind::Index)
            && !constraint::is_primary(fact)
            && column.kind() == Kind::Column
            && both.is_some_and(is_about_null)
    }

    /// A name must be free before something else gets it.
    fn free_names(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        let mut dropped: BTreeMap<(Namespace, Vec<String>), Vec<usize>> = BTreeMap::new();
        let names = |act: &Act<'s>| {
            let schema = if act.doing == Doing::Drop { self.world.old } else { self.world.new };
            schema.get(act.key).map(names).unwrap_or_default()
        };
        for (at, act) in self.acts.iter().enumerate().filter(|(_, act)| act.doing == Doing::Drop) {
            for name in names(act) {
                dropped.entry(name).or_default().push(at);
            }
        }
        for (at, act) in self.acts.iter().enumerate().filter(|(_, act)| act.doing == Doing::Create) {
            for before in names(act).iter().filter_map(|name| dropped.get(name)).flatten() {
                add(Some(*before), Some(at));
            }
            add(self.past_primary_key(act.key), Some(at));
        }
    }

    /// The primary key that a table loses when it gets this one.
    fn past_primary_key(&self, key: &Key) -> Option<usize> {
        let new = self.world.new.get(key).filter(|fact| constraint::is_primary(fact))?;
        let is_past = |act: &Act<'_>| {
            act.doing == Doing::Drop
                && act.key.kind() == Kind::Constraint
                && act.key.path()[..2] == new.key.path()[..2]
                && self.world.old.get(act.key).is_some_and(constraint::is_primary)
        };
        self.acts.iter().position(is_past)
    }

    /// A sequence is there until the one that continues it has its position.
    fn positions(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        for (reader, read) in position::readers(self.world) {
            for doing in [Doing::Alter, Doing::Create] {
                let reader = self.numbers.get(&(doing, &reader)).copied();
                add(reader, self.number(Doing::Drop, read));
                add(reader, self.number(Doing::Alter, read));
            }
        }
    }

    /// Default privileges hold for what is created after them: all that is created is created before they change.
    fn last_things(&self, add: &mut impl FnMut(Option<usize>, Option<usize>)) {
        let is_default = |act: &Act<'_>| act.key.kind() == Kind::DefaultPrivileges;
        let last: Vec<usize> = (0..self.acts.len()).filter(|&at| is_default(&self.acts[at])).collect();
        for (at, act) in self.acts.iter().enumerate() {
            if act.doing == Doing::Create && !is_default(act) {
                for &last in &last {
                    add(Some(at), Some(last));
                }
            }
        }
    }

    fn plan(&self, order: Vec<(usize, Vec<usize>)>) -> Plan {
        let steps: Vec<(usize, Vec<usize>, Vec<Statement>)> = order
            .into_iter()
            .map(|(act, with)| {
                let statements = self.statements(act, &with);
                (act, with, statements)
            })
            .collect();
        let relying = self.relying_on_loss(&steps);
        let steps = steps.into_iter().map(|(act, with, statements)| {
            let relies_on_loss = relying.contains(&act);
            let marked = |statement| Statement { relies_on_loss, ..statement };
            (act, with, statements.into_iter().map(marked).collect())
        });
        if self.world.online {
            return Plan { statements: self.in_turns(steps.collect()) };
        }
        let mut statements: Vec<Statement> = steps.flat_map(|(_, _, statements)| statements).collect();
        statements.sort_by_key(|statement| statement.phase);
        Plan { statements }
    }

    /// The acts that cannot be done unless data is deleted: those that delete it, and what comes after one of them because it
    /// needs that.
    fn relying_on_loss(&self, steps: &[(usize, Vec<usize>, Vec<Statement>)]) -> BTreeSet<usize> {
        let loses = |statements: &[Statement]| statements.iter().any(Statement::loses_data);
        let mut left: Vec<usize> =
            steps.iter().filter(|(.., statements)| loses(statements)).map(|(act, ..)| *act).collect();
        let mut relying: BTreeSet<usize> = left.iter().copied().collect();
        if left.is_empty() {
            return relying;
        }
        // What is done with another act waits with it.
        let mut hosts: Vec<usize> = (0..self.acts.len()).collect();
        for (act, with, _) in steps {
            for &part in with {
                hosts[part] = *act;
            }
        }
        let mut after: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (before, behind) in self.edges() {
            // Default privileges come last, and need none of what is made.
            if self.acts[behind].key.kind() != Kind::DefaultPrivileges {
                after.entry(hosts[before]).or_default().push(hosts[behind]);
            }
        }
        for (at, act) in self.acts.iter().enumerate().filter(|(_, act)| act.doing == Doing::Create) {
            // What is not made again is not dropped.
            if let Some(dropped) = self.number(Doing::Drop, act.key) {
                after.entry(hosts[at]).or_default().push(hosts[dropped]);
            }
        }
        while let Some(act) = left.pop() {
            for &behind in after.get(&act).into_iter().flatten() {
                if relying.insert(behind) {
                    left.push(behind);
                }
            }
        }
        relying
    }

    fn statements(&self, act: usize, with: &[usize]) -> Vec<Statement> {
        let Act { doing, key } = &self.acts[act];
        let statements = self.plain_statements(act, with);
        match self.world.new.get(key) {
            Some(fact) if *doing != Doing::Drop => secret::hide(statements, fact),
            _ => statements,
        }
    }

    fn plain_statements(&self, act: usize, with: &[usize]) -> Vec<Statement> {
        let Act { doing, key } = &self.acts[act];
        let rule = key.kind().rule();
        match (doing, self.fates.get(key)) {
            (Doing::Alter, Some(Fate::Alter(statements))) => statements.clone(),
            (Doing::Drop, _) => {
                self.world.old.get(key).map(|fact| rule.drop(fact, self.world)).unwrap_or_default()
            }
            (Doing::Create, _) => {
                let within: Vec<&Fact> =
                    with.iter().filter_map(|&act| self.world.new.get(self.acts[act].key)).collect();
                let Some(fact) = self.world.new.get(key) else { return Vec::new() };
                let (mut statements, after) = sequence::around_serial(&within, self.world);
                statements.extend(rule.create(fact, &within, self.world));
                statements.extend(after);
                let is_made = |(whole, need): (&Key, &Need)| {
                    let has_rows =
                        matches!(whole.kind(), Kind::Table | Kind::ForeignTable | Kind::MaterializedView);
                    has_rows && *need == Need::Part && self.fates.get(whole).is_some_and(Fate::is_created)
                };
                if key.kind() == Kind::Table || fact.needs.iter().any(is_made) {
                    // Nobody uses a table, or a materialized view, that is yet to be made.
                    for statement in statements.iter_mut().filter(|next| next.role != Role::Prepares) {
                        statement.hazards.clear();
                    }
                }
                statements
            }
            (Doing::Alter, _) => Vec::new(),
        }
    }
}

fn can_stand_alone(act: &Act<'_>, world: World<'_>) -> bool {
    match (act.doing, act.key.kind()) {
        // A table is made with its columns, and dropped with them.
        (Doing::Create | Doing::Drop, Kind::Column) => false,
        (Doing::Drop, _) => world.old.get(act.key).is_some(),
        // What a table inherits from the first is not its own.
        (Doing::Create, Kind::Inheritance) => world.new.get(act.key).is_some_and(|fact| fact.has("bound")),
        _ => true,
    }
}

/// The names that a thing takes, and that nothing else may have.
fn names(fact: &Fact) -> Vec<(Namespace, Vec<String>)> {
    let path = fact.key.path();
    // A key has the name of its index.
    let has_index = || matches!(fact.text("_type"), "p" | "u" | "x");
    let name = match fact.key.kind() {
        Kind::Constraint if has_index() => {
            return vec![(Namespace::Relation, vec![path[0].clone(), fact.key.leaf().to_owned()])];
        }
        kind => kind.namespace().zip(path.get(..2)),
    };
    match name {
        Some((namespace @ Namespace::Relation, name)) => {
            vec![(namespace, name.to_vec()), (Namespace::Type, name.to_vec())]
        }
        // Routines of one name may be there side by side, unless they take the same arguments.
        Some((namespace @ Namespace::Routine, _)) => vec![(namespace, path.to_vec())],
        Some((namespace, name)) => vec![(namespace, name.to_vec())],
        None => Vec::new(),
    }
}

/// Drops first and creations last, and what is on a table beside it.
fn place<'s>(act: &Act<'s>, world: World<'s>) -> impl Ord + use<'s> {
    let schema = if act.doing == Doing::Drop { world.old } else { world.new };
    let table =
        schema.get(act.key).and_then(crate::kinds::table::table_of).filter(|_| sits_on_table(act.key.kind()));
    let main = table.unwrap_or(act.key);
    (act.doing, rank(main.kind(), act.doing), main.clone(), rank(act.key.kind(), act.doing), act.key)
}

fn sits_on_table(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Column | Kind::Default | Kind::Constraint | Kind::Index | Kind::Trigger | Kind::Policy
    )
}

/// What others are built on comes first when it is created, and last when it is dropped.
fn rank(kind: Kind, doing: Doing) -> i32 {
    let rank = Kind::ALL
        .iter()
        .position(|other| *other == kind)
        .and_then(|at| i32::try_from(at).ok())
        .unwrap_or_default();
    if doing == Doing::Drop { -rank } else { rank }
}
