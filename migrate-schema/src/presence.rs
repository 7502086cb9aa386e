//! The proof that a plan holds at every commit: what both schemas have is there, and valid, whenever a transaction ends.
//!
//! Other sessions see the database between two transactions of a plan. A constraint that is dropped by one and added by a
//! later one lets rows in meanwhile; a view that is missing fails their queries.

use std::collections::BTreeMap;
use std::fmt;

use crate::fact::{Fact, Need};
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::acl::Acl;
use crate::kinds::index;
use crate::schema::Schema;

/// Watches what two schemas have in common while a plan takes the one to the other.
pub(crate) struct Presence<'s> {
    way: Way,
    first: &'s Schema,
    last: &'s Schema,
    moments: Vec<Moment>,
    /// What was missing, and the moments at which it was.
    broken: BTreeMap<&'s Key, Vec<usize>>,
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
    key: Key,
    from: Moment,
    until: Option<Moment>,
}

impl<'s> Presence<'s> {
    pub(crate) fn new(way: Way, first: &'s Schema, last: &'s Schema) -> Self {
        Self { way, first, last, moments: Vec::new(), broken: BTreeMap::new() }
    }

    /// Where the whole way begins and ends.
    pub(crate) fn ends(&self) -> (&'s Schema, &'s Schema) {
        (self.first, self.last)
    }

    /// Compares what is there when a transaction has ended, that of a file counted from 0, with what has to be there.
    pub(crate) fn observe(&mut self, file: usize, statement: &str, now: &Schema) {
        let at = self.moments.len();
        self.moments.push(Moment { file: file + 1, statement: statement.to_owned() });
        for (key, first) in &self.first.facts {
            let Some(last) = self.last.get(key).filter(|_| is_relied_on(key.kind())) else { continue };
            if !is_kept(first, last, now) {
                self.broken.entry(key).or_default().push(at);
            }
        }
    }

    /// The first thing that was missing or not valid at some moment. Where a whole was missing, it is the whole.
    pub(crate) fn gap(&self) -> Option<Gap> {
        let is_part_of_broken = |key: &Key| {
            let needs = self.first.get(key).map(|fact| &fact.needs);
            needs.is_some_and(|needs| {
                needs.iter().any(|(whole, need)| *need == Need::Part && self.broken.contains_key(whole))
            })
        };
        let (key, at) = self.broken.iter().find(|(key, _)| !is_part_of_broken(key))?;
        let (from, last) = at.first().copied().zip(at.last().copied())?;
        let moment = |at: usize| self.moments.get(at).cloned();
        Some(Gap { way: self.way, key: (*key).clone(), from: moment(from)?, until: moment(last + 1) })
    }
}

/// Whether other sessions rely on it. Comments and statistics change no result and no error.
fn is_relied_on(kind: Kind) -> bool {
    !matches!(kind, Kind::Comment | Kind::Statistics | Kind::Other | Kind::Subscription)
}

/// Whether the thing is there as the one schema has it, or the other, or something does its work meanwhile.
fn is_kept(first: &Fact, last: &Fact, now: &Schema) -> bool {
    now.get(&first.key).is_some_and(|fact| is_between(first, last, fact))
        || now.facts().any(|other| stands_in_for(other, first) || stands_in_for(other, last))
}

/// What both schemas say of it is so now, and of what differs, either is.
fn is_between(first: &Fact, last: &Fact, now: &Fact) -> bool {
    let names = [first, last, now].into_iter().flat_map(|fact| fact.attributes.keys());
    names.filter(|name| is_promise(name)).all(|name| {
        if !now.differs_in(name, first) || !now.differs_in(name, last) {
            return true;
        }
        match name.as_str() {
            // It becomes NOT NULL in two steps, or is no longer.
            "not_null_unchecked" => !first.has("not_null") || !last.has("not_null"),
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
    const OTHERS: [&str; 8] = [
        "clustered",
        "compression",
        "inherited_only",
        "options",
        "part_of_index",
        "statistics",
        "storage",
        "tablespace",
    ];
    !name.starts_with('_') && !OTHERS.contains(&name)
}

/// Whether it does the work of the other one under another name: a replacement beside it.
fn stands_in_for(other: &Fact, wanted: &Fact) -> bool {
    let kind = wanted.key.kind();
    if other.has("invalid") || !matches!(kind, Kind::Constraint | Kind::Index) {
        return false;
    }
    match other.key.kind() {
        Kind::Constraint if kind == Kind::Constraint => {
            wanted.key.path()[..2] == other.key.path()[..2] && !wanted.differs_in("definition", other)
        }
        Kind::Index => index::is_same_but_for_name(other, wanted),
        _ => false,
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { way, key, from, until } = self;
        let files = match way {
            Way::Up => "the migrations".to_owned(),
            Way::DownOf(number) => format!("the down of migration {number}"),
        };
        write!(f, "{files} would leave `{key}` missing or not valid between two transactions")?;
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
mod tests {
    use super::*;

    fn constraint(name: &str, attributes: &[(&str, &str)]) -> Fact {
        let path = ["public", "t", name].map(str::to_owned).to_vec();
        let attributes =
            attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Fact { key: Key::new(Kind::Constraint, path), attributes, needs: BTreeMap::new() }
    }

    #[test]
    fn a_constraint_is_kept_by_itself_or_by_another() {
        const OLD: &str = "CHECK ((a > 0))";
        const NEW: &str = "CHECK ((a > 1))";
        const NOT_VALID: &str = "CHECK ((a > 1)) NOT VALID";
        struct Case {
            now: &'static [(&'static str, &'static str)],
            kept: bool,
        }
        let first = Schema::new([constraint("c", &[("definition", OLD)])]);
        let last = Schema::new([constraint("c", &[("definition", NEW)])]);
        for Case { now, kept } in [
            Case { now: &[("c", OLD)], kept: true },
            Case { now: &[("c", NEW)], kept: true },
            Case { now: &[], kept: false },
            Case { now: &[("c", NOT_VALID)], kept: false },
            Case { now: &[("c__new", NEW)], kept: true },
            Case { now: &[("c__new", NOT_VALID)], kept: false },
            Case { now: &[("c", NOT_VALID), ("c__old", OLD)], kept: true },
        ] {
            let facts = now.iter().map(|(name, definition)| constraint(name, &[("definition", definition)]));
            let mut presence = Presence::new(Way::Up, &first, &last);
            presence.observe(0, "one", &Schema::new(facts));
            presence.observe(1, "two", &last);
            assert_eq!(presence.gap().is_none(), kept, "{now:?}");
        }
    }

    #[test]
    fn a_gap_names_where_it_begins_and_ends() {
        let schema = Schema::new([constraint("c", &[("definition", "UNIQUE (a)")])]);
        let mut presence = Presence::new(Way::Up, &schema, &schema);
        for (file, statement) in ["DROP", "BUILD", "ADD"].into_iter().enumerate() {
            let now = if statement == "ADD" { schema.clone() } else { Schema::default() };
            presence.observe(file, statement, &now);
        }
        let gap = presence.gap().map(|gap| gap.to_string());
        let expected = "the migrations would leave `constraint t.c` missing or not valid between two transactions\n\
                        from: in migration 1, `DROP`\nuntil: in migration 3, `ADD`";
        assert_eq!(gap.as_deref(), Some(expected));
    }
}
