//! Which statements of an online plan share a transaction.
//!
//! Every statement has a turn: a number. Two turns make a section; the sections are in turn a transaction with other
//! statements, and statements that run by themselves. A statement has its turn after those that it needs. What is dropped
//! and made anew has one turn for both, so that no other session sees the database without it.

use std::collections::BTreeMap;

use super::{Act, Doing, Works};
use crate::fact::Fact;
use crate::hazard;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::{beside, index};
use crate::statement::{InTransaction, Length, Phase, Role, Statement};

/// Acts as they are done: with which others, and by which statements.
pub(super) type Step = (usize, Vec<usize>, Vec<Statement>);

/// More turns than any plan has: what gets there waits for itself.
const MOST: usize = 80;

impl Works<'_> {
    /// The statements of all steps in the order of their turns.
    pub(super) fn in_turns(&self, steps: Vec<Step>) -> Vec<Statement> {
        // What stands between a drop and what is made anew is done within the transaction of both, if PostgreSQL can do that: a
        // table is rewritten there, or its rows are looked at.
        let mut turns = None;
        for apart in [Apart::Rewrites, Apart::Scans, Apart::Refused] {
            turns = turns.or_else(|| Turns::new(self, &steps, apart).settled());
        }
        let turns = turns.unwrap_or_else(|| Turns::new(self, &steps, Apart::Refused).least);
        let statements = steps.into_iter().flat_map(|(_, _, statements)| statements);
        let mut placed: Vec<(usize, Statement)> = turns.into_iter().zip(statements).collect();
        placed.sort_by_key(|(turn, _)| *turn);
        let apart = |(turn, statement): (usize, Statement)| {
            if is_apart(turn) { statement.in_transaction(InTransaction::Never) } else { statement }
        };
        placed.into_iter().map(apart).collect()
    }
}

/// Which statements run by themselves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Apart {
    /// What PostgreSQL refuses in a transaction.
    Refused,
    /// And what looks at rows, which takes long.
    Scans,
    /// And what writes tables anew.
    Rewrites,
}

/// The turns of statements, each by its number in the plan.
struct Turns {
    /// The turn that each has at least.
    least: Vec<usize>,
    is_apart: Vec<bool>,
    /// The second has its turn no earlier than the first.
    after: Vec<(usize, usize)>,
    /// Both have one turn.
    together: Vec<(usize, usize)>,
}

impl Turns {
    fn new(works: &Works<'_>, steps: &[Step], apart: Apart) -> Self {
        let mut turns =
            Self { least: Vec::new(), is_apart: Vec::new(), after: Vec::new(), together: Vec::new() };
        // Which statements a step has, and which step an act is done in.
        let all: Vec<&Statement> = steps.iter().flat_map(|(_, _, statements)| statements).collect();
        let rewrites = hazard::rewrites(works.world.old, works.world.ends.0, &all);
        let mut spans = Vec::new();
        let mut step_of = vec![usize::MAX; works.acts.len()];
        for (at, (act, with, statements)) in steps.iter().enumerate() {
            let start = turns.least.len();
            for statement in statements {
                let is_rewrite = rewrites[turns.least.len()];
                let is_apart = statement.transaction == InTransaction::Never
                    || apart >= Apart::Scans && statement.length == Length::Scan
                    || apart >= Apart::Rewrites && is_rewrite;
                turns.least.push(next(least(statement.phase), is_apart));
                turns.is_apart.push(is_apart);
            }
            turns.after.extend((start + 1..turns.least.len()).map(|number| (number - 1, number)));
            spans.push(start..turns.least.len());
            for &act in with.iter().chain([act]) {
                step_of[act] = at;
            }
        }
        let find = |step: usize, is_meant: &dyn Fn(Role) -> bool, is_last: bool| {
            let (span, statements) = (spans.get(step)?.clone(), &steps.get(step)?.2);
            let mut meant = span.zip(statements).filter(|(_, statement)| is_meant(statement.role));
            let found = if is_last { meant.last() } else { meant.next() };
            found.map(|(number, _)| number)
        };
        let ready = |step: usize| find(step, &|role| role == Role::Does, true);
        let begin = |step: usize| find(step, &|_| true, false);
        let change = |step: usize| find(step, &|role| role != Role::Prepares, false);
        let done = |step: usize| find(step, &|_| true, true);
        for (before, behind) in works.through_silent(steps, &step_of) {
            let (first, second) = (step_of[before], step_of[behind]);
            let start = if works.is_prepared_before(behind, before) { change(second) } else { begin(second) };
            let end = if works.is_waited_for(before, behind) { done(first) } else { ready(first) };
            turns.after.extend(end.zip(start));
        }
        for (before, behind) in works.successions() {
            let (first, second) = (step_of[before], step_of[behind]);
            if first < second {
                turns.after.extend(done(first).zip(change(second)));
            }
        }
        for (at, act) in works.acts.iter().enumerate().filter(|(_, act)| act.doing == Doing::Create) {
            // A key and an index of one name do the same work.
            let fact = works.world.new.get(act.key);
            let namesake = fact.and_then(|fact| beside::namesake(fact, works.world.old));
            let namesake = namesake.and_then(|other| works.number(Doing::Drop, &other.key));
            let dropped = works.number(Doing::Drop, act.key).filter(|_| works.world.is_relied_on(act.key));
            let dropped = dropped.or(namesake).or_else(|| works.past_parent(act.key));
            let dropped = dropped.or_else(|| works.past_primary_key(act.key));
            let whole = fact.and_then(|fact| works.whole_in_use(fact));
            let Some(other) = dropped.or(whole) else { continue };
            let both = ready(step_of[other]).zip(ready(step_of[at]));
            turns
                .together
                .extend(both.filter(|(one, other)| !turns.is_apart[*one] && !turns.is_apart[*other]));
        }
        turns
    }

    /// The earliest turn of each, or nothing where some would wait for themselves.
    fn settled(&self) -> Option<Vec<usize>> {
        let mut turns = self.least.clone();
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            let mut raise = |number: usize, least: usize| {
                let turn = next(least, self.is_apart[number]);
                if turns[number] < turn {
                    turns[number] = turn;
                    is_settled = false;
                }
                turns[number]
            };
            for &(first, second) in &self.after {
                let turn = raise(first, 0);
                if raise(second, turn) > MOST {
                    return None;
                }
            }
            for &(one, other) in &self.together {
                let turn = raise(one, 0).max(raise(other, 0));
                raise(one, turn);
                raise(other, turn);
            }
        }
        Some(turns)
    }
}

/// The first turn from this one on of those in a transaction with others, or of those by themselves.
fn next(turn: usize, apart: bool) -> usize {
    if is_apart(turn) == apart { turn } else { turn / 2 * 2 + 2 }
}

fn is_apart(turn: usize) -> bool {
    turn / 2 % 2 == 1
}

fn least(phase: Phase) -> usize {
    match phase {
        Phase::Change => 0,
        Phase::Restrict => 1,
        Phase::Build => 2,
        Phase::Use => 4,
        Phase::Refer => 5,
        Phase::Validate => 6,
        Phase::Swap => 8,
        Phase::Clean => 10,
    }
}

impl Works<'_> {
    /// Which acts come before which, those that say nothing left out: what comes before them comes before what is behind them.
    fn through_silent(&self, steps: &[Step], step_of: &[usize]) -> Vec<(usize, usize)> {
        let is_silent =
            |act: usize| steps.get(step_of[act]).is_none_or(|(.., statements)| statements.is_empty());
        let mut silent: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut edges = Vec::new();
        let all: Vec<(usize, usize)> = self
            .edges()
            .into_iter()
            .chain(self.wishes())
            .filter(|(before, behind)| step_of[*before] < step_of[*behind])
            .collect();
        for &(before, behind) in &all {
            if is_silent(before) {
                silent.entry(step_of[before]).or_default().push(behind);
            }
        }
        for (before, behind) in all.into_iter().filter(|(before, _)| !is_silent(*before)) {
            let (mut left, mut seen) = (vec![behind], std::collections::BTreeSet::new());
            while let Some(act) = left.pop() {
                if !is_silent(act) {
                    edges.push((before, act));
                } else if seen.insert(step_of[act]) {
                    left.extend(silent.get(&step_of[act]).into_iter().flatten());
                }
            }
        }
        edges
    }

    /// The parent that a table loses when it gets this one.
    fn past_parent(&self, parent: &Key) -> Option<usize> {
        let is_of_child = |act: &Act<'_>| {
            act.doing == Doing::Drop
                && act.key.kind() == Kind::Inheritance
                && act.key.path()[..2] == parent.path()[..2]
        };
        let is_parent = parent.kind() == Kind::Inheritance;
        is_parent.then(|| self.acts.iter().position(is_of_child)).flatten()
    }

    /// The index of the parent's that is not whole without this one, and that others rely on.
    fn whole_in_use(&self, part: &Fact) -> Option<usize> {
        let is_made = |whole: &&Fact| self.number(Doing::Create, &whole.key).is_some();
        let mut wholes = index::wholes(part, self.world).into_iter().take_while(is_made);
        let whole = wholes.next()?;
        let is_relied_on = |whole: &Fact| self.world.is_relied_on(&whole.key);
        (is_relied_on(whole) || wholes.any(is_relied_on)).then(|| self.number(Doing::Create, &whole.key))?
    }

    /// Whether what the one ends with is done before the other, even if no other session needs it: a table is like its parent
    /// when it becomes a part of it.
    fn is_waited_for(&self, before: usize, behind: usize) -> bool {
        let (before, behind) = (&self.acts[before], &self.acts[behind]);
        matches!(before.key.kind(), Kind::Column | Kind::Constraint)
            && behind.key.kind() == Kind::Inheritance
            && behind.doing == Doing::Create
    }

    /// Whether what prepares the one needs nothing of the other: an index is built before it becomes a part of another one, and
    /// beside the check of a bound.
    fn is_prepared_before(&self, behind: usize, before: usize) -> bool {
        if self.acts[before].doing == Doing::Drop {
            // A check that a parent gets meanwhile would stay with a table that leaves it.
            let (behind, before) = (self.acts[behind].key, self.acts[before].key);
            let is_left =
                before.kind() == Kind::Inheritance && behind.path().starts_with(&before.path()[2..]);
            return !is_left;
        }
        let (behind, before) = (&self.acts[behind].key, &self.acts[before].key);
        let fact = self.world.new.get(behind);
        match before.kind() {
            Kind::Index if behind.kind() == Kind::Inheritance => true,
            Kind::Index => {
                fact.is_some_and(|fact| fact.has("part_of_index") && fact.needs.contains_key(before))
            }
            Kind::Constraint => {
                let is_part = |fact: &Fact| fact.has("part_of_key") && fact.needs.contains_key(before);
                behind.kind() == Kind::Inheritance || fact.is_some_and(is_part)
            }
            _ => false,
        }
    }
}
