//! The proof that a plan holds at every commit: what both schemas have is there, and valid, whenever a transaction ends.
//!
//! Other sessions see the database between two transactions of a plan. A constraint that is dropped by one and added by a
//! later one lets rows in meanwhile; a view that is missing fails their queries. A thing is known by its name, and a guarantee
//! by its meaning (`guarantee.rs`): a constraint may go on under another name or as another kind of thing, a view may not.

use std::collections::BTreeMap;
use std::fmt;

use crate::fact::{Fact, Need};
use crate::guarantee::{Guarantee, Guarantees, given_by};
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::acl::Acl;
use crate::schema::Schema;

/// Watches what two schemas have in common while a plan takes the one to the other.
pub(crate) struct Presence<'s> {
    way: Way,
    first: &'s Schema,
    last: &'s Schema,
    guarantees: Vec<Guarantee>,
    moments: Vec<Moment>,
    /// What was missing, and the moments at which it was.
    broken: BTreeMap<&'s Key, Vec<usize>>,
    /// The guarantees that were not given, by their number.
    lost: BTreeMap<usize, Vec<usize>>,
}

/// Which files a plan is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The ups, by their number from 1.
    Up,
    /// The down of the up with this number.
    DownOf(usize),
}

/// The end of a transaction.
#[derive(Clone, Debug)]
struct Moment {
    file: usize,
    /// The last statement of the transaction.
    statement: String,
}

/// Something that would be missing, or not valid, between two transactions.
#[derive(Debug)]
pub(crate) struct Gap {
    way: Way,
    what: String,
    from: Moment,
    until: Option<Moment>,
}

impl<'s> Presence<'s> {
    pub(crate) fn new(way: Way, first: &'s Schema, last: &'s Schema) -> Self {
        let (one, other) = (Guarantees::of(first), Guarantees::of(last));
        let guarantees = one.both(&other).into_iter().cloned().collect();
        Self {
            way,
            first,
            last,
            guarantees,
            moments: Vec::new(),
            broken: BTreeMap::new(),
            lost: BTreeMap::new(),
        }
    }

    /// Where the whole way begins and ends.
    pub(crate) fn ends(&self) -> (&'s Schema, &'s Schema) {
        (self.first, self.last)
    }

    /// Compares what is there when a transaction has ended, that of a file counted from 0, with what has to be there.
    pub(crate) fn observe(&mut self, file: usize, statement: &str, now: &Schema) {
        let at = self.moments.len();
        self.moments.push(Moment { file: file + 1, statement: statement.to_owned() });
        let given = Guarantees::of(now);
        for (key, first) in &self.first.facts {
            let Some(last) = self.last.get(key).filter(|_| is_relied_on(key.kind())) else { continue };
            if !is_kept(first, last, now, &given) {
                self.broken.entry(key).or_default().push(at);
            }
        }
        for (number, _) in
            self.guarantees.iter().enumerate().filter(|(_, guarantee)| !given.include(guarantee))
        {
            self.lost.entry(number).or_default().push(at);
        }
    }

    /// The first thing that was missing or not valid at some moment. Where a whole was missing, it is the whole. Otherwise the
    /// first guarantee that nothing gave.
    pub(crate) fn gap(&self) -> Option<Gap> {
        let is_part_of_broken = |key: &Key| {
            let needs = self.first.get(key).map(|fact| &fact.needs);
            needs.is_some_and(|needs| {
                needs.iter().any(|(whole, need)| *need == Need::Part && self.broken.contains_key(whole))
            })
        };
        // What a whole way there never brings back is no gap, but is named as what it lacks.
        let last = self.moments.len().checked_sub(1);
        let ends = |at: &Vec<usize>| self.way != Way::Up || at.last().copied() != last;
        let thing = self.broken.iter().find(|(key, at)| ends(at) && !is_part_of_broken(key));
        let thing = thing.map(|(key, at)| (format!("`{key}` missing or not valid"), at));
        let guarantee = || {
            let (number, at) = self.lost.iter().find(|(_, at)| ends(at))?;
            Some((self.guarantees.get(*number)?.to_string(), at))
        };
        let (what, at) = thing.or_else(guarantee)?;
        let (from, last) = at.first().copied().zip(at.last().copied())?;
        let moment = |at: usize| self.moments.get(at).cloned();
        Some(Gap { way: self.way, what, from: moment(from)?, until: moment(last + 1) })
    }
}

/// Whether other sessions rely on it. Comments and statistics change no result and no error.
fn is_relied_on(kind: Kind) -> bool {
    !matches!(kind, Kind::Comment | Kind::Statistics | Kind::Other | Kind::Subscription)
}

/// Whether the thing is there as the one schema has it, or the other, or something gives all that the one or the other of them
/// guarantees.
fn is_kept(first: &Fact, last: &Fact, now: &Schema, given: &Guarantees) -> bool {
    let is_given = |fact: &Fact| {
        let guarantees = match fact.key.kind() {
            Kind::Constraint | Kind::Index => given_by(fact),
            _ => Vec::new(),
        };
        !guarantees.is_empty() && guarantees.iter().all(|guarantee| given.include(guarantee))
    };
    now.get(&first.key).is_some_and(|fact| is_between(first, last, fact)) || is_given(first) || is_given(last)
}

/// What both schemas say of it is so now, and of what differs, either is.
fn is_between(first: &Fact, last: &Fact, now: &Fact) -> bool {
    let names = [first, last, now].into_iter().flat_map(|fact| fact.attributes.keys());
    names.filter(|name| is_promise(name)).all(|name| {
        if !now.differs_in(name, first) || !now.differs_in(name, last) {
            return true;
        }
        match name.as_str() {
            // Values and grants are added one by one.
            "values" => first.differs_in(name, last),
            "acl" => {
                let acl = |fact: &Fact| Acl::read(fact.text(name));
                let kept = acl(first).both(&acl(last)).without(&acl(now));
                first.differs_in(name, last) && kept == Acl::default()
            }
            _ => false,
        }
    })
}

/// Whether an attribute is a promise to other sessions, and not about speed, place or descent.
fn is_promise(name: &str) -> bool {
    // NOT NULL is a guarantee, which a check may give too.
    const OTHERS: [&str; 10] = [
        "clustered",
        "compression",
        "inherited_only",
        "not_null",
        "not_null_unchecked",
        "options",
        "part_of_index",
        "statistics",
        "storage",
        "tablespace",
    ];
    !name.starts_with('_') && !OTHERS.contains(&name)
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { way, what, from, until } = self;
        let files = match way {
            Way::Up => "the migrations".to_owned(),
            Way::DownOf(number) => format!("the down of migration {number}"),
        };
        write!(f, "{files} would leave {what} between two transactions")?;
        let place = |moment: &Moment| match way {
            Way::Up => format!("in migration {}, ", moment.file),
            Way::DownOf(_) => String::new(),
        };
        let line = |moment: &Moment| format!("{}`{}`", place(moment), first_line(&moment.statement));
        write!(f, "\nfrom: {}", line(from))?;
        match until {
            Some(until) => write!(f, "\nuntil: {}", line(until)),
            None => Ok(()),
        }
    }
}

fn first_line(statement: &str) -> &str {
    statement.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
