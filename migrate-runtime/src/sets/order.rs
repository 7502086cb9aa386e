//! The order of several sets: a topological one that keeps to the list where it can, and what is wrong with a list that
//! has none.

use std::fmt;

use migrate_source::Code;

use super::NamedSet;

/// Why a list of sets cannot be applied to one database, and what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSets(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    SameName(String),
    /// Two sets, and the table that both would write to, as it stands in SQL.
    SameTable {
        sets: [String; 2],
        table: String,
    },
    Unknown {
        set: String,
        after: String,
        known: Vec<String>,
    },
    /// Each comes after the one that follows it, and the last after the first.
    Cycle(Vec<String>),
}

/// The same sets, each behind those that it comes after.
pub(super) fn order(sets: Vec<NamedSet<'_>>) -> Result<Vec<NamedSet<'_>>, InvalidSets> {
    check(&sets).map_err(InvalidSets)?;
    let (mut waiting, mut ordered) = (sets, Vec::<NamedSet<'_>>::new());
    while !waiting.is_empty() {
        let is_ready = |set: &NamedSet<'_>| set.after.iter().all(|name| is_among(&ordered, name));
        let Some(next) = waiting.iter().position(is_ready) else {
            return Err(InvalidSets(Kind::Cycle(cycle(&waiting))));
        };
        ordered.push(waiting.remove(next));
    }
    Ok(ordered)
}

fn is_among(sets: &[NamedSet<'_>], name: &str) -> bool {
    sets.iter().any(|set| set.name == name)
}

fn check(sets: &[NamedSet<'_>]) -> Result<(), Kind> {
    for (at, set) in sets.iter().enumerate() {
        for earlier in &sets[..at] {
            if earlier.name == set.name {
                return Err(Kind::SameName(set.name.clone()));
            }
            if let Some(table) = earlier.runner.history.shares_with(&set.runner.history) {
                return Err(Kind::SameTable { sets: [earlier.name.clone(), set.name.clone()], table });
            }
        }
        if let Some(after) = set.after.iter().find(|name| !is_among(sets, name)) {
            let known = sets.iter().map(|set| set.name.clone()).filter(|name| *name != set.name).collect();
            return Err(Kind::Unknown { set: set.name.clone(), after: after.clone(), known });
        }
    }
    Ok(())
}

/// A circle among sets each of which waits for another of them: who follows one that waits, comes to one a second time.
fn cycle(waiting: &[NamedSet<'_>]) -> Vec<String> {
    let mut path = vec![&waiting[0]];
    loop {
        let last = path[path.len() - 1];
        let next = last.after.iter().find_map(|name| waiting.iter().find(|set| set.name == *name));
        let next = next.expect("each of these waits for one of them");
        if let Some(begins) = path.iter().position(|set| set.name == next.name) {
            return path[begins..].iter().map(|set| set.name.clone()).collect();
        }
        path.push(next);
    }
}

impl InvalidSets {
    /// The kind of error that it is: `migrate explain` has its page.
    pub fn code(&self) -> Code {
        match &self.0 {
            Kind::SameName(_) => Code::M0551,
            Kind::SameTable { .. } => Code::M0552,
            Kind::Unknown { .. } => Code::M0553,
            Kind::Cycle(_) => Code::M0554,
        }
    }
}

impl std::error::Error for InvalidSets {}

impl fmt::Display for InvalidSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.0, self.code())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::SameName(name) => {
                write!(
                    f,
                    "two sets are called {name}: they are told apart by their names, so give each one of its own"
                )
            }
            Kind::SameTable { sets: [one, other], table } => write!(
                f,
                "the sets {one} and {other} would both keep their history in {table}: give one of them another \
                 `history-table` in its migrate.toml, or by Runner::history_table"
            ),
            Kind::Unknown { set, after, known } if known.is_empty() => {
                write!(f, "the set {set} comes after {after}, and there is no other set: list that one too")
            }
            Kind::Unknown { set, after, known } => write!(
                f,
                "the set {set} comes after {after}, and there is no set of that name: list it too, or correct the name; \
                 the others are {}",
                known.join(", ")
            ),
            Kind::Cycle(names) if names.len() == 1 => {
                write!(f, "the set {} comes after itself: remove that", names[0])
            }
            Kind::Cycle(names) => write!(
                f,
                "these sets wait for each other, so that none can be the first: {} after {}; remove one of these",
                names.join(" after "),
                names[0]
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::order;
    use crate::{MigrationSet, NamedSet, Runner};

    /// A set by its name, and the names of those before it: each with a history of its own.
    fn set(name: &str, after: &[&str]) -> NamedSet<'static> {
        static EMPTY: MigrationSet = MigrationSet::EMPTY;
        let runner = Runner::new(&EMPTY).history_table("public", name).expect("a plain word");
        after.iter().fold(NamedSet::new(name, runner), |set, name| set.after(*name))
    }

    fn check(sets: &[(&str, &[&str])], expected: Result<&str, &str>) {
        let result = order(sets.iter().map(|(name, after)| set(name, after)).collect());
        let result = result.map(|sets| sets.iter().map(NamedSet::name).collect::<Vec<_>>().join(" "));
        let result = result.map_err(|error| error.0.to_string());
        assert_eq!(result.as_deref().map_err(String::as_str), expected, "{sets:?}");
    }

    #[test]
    fn each_comes_behind_those_that_it_needs_and_keeps_its_place_otherwise() {
        check(&[], Ok(""));
        check(&[("c", &[]), ("a", &[]), ("b", &[])], Ok("c a b"));
        check(&[("shop", &["audit", "jobs"]), ("jobs", &["audit"]), ("audit", &[])], Ok("audit jobs shop"));
        check(&[("a", &[]), ("b", &["d"]), ("c", &[]), ("d", &[])], Ok("a c d b"));
        check(&[("b", &["a", "a"]), ("a", &[])], Ok("a b"));
    }

    #[test]
    fn a_list_without_an_order_says_why() {
        let cycle = "these sets wait for each other, so that none can be the first: a after b after c after a; remove one of these";
        check(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"])], Err(cycle));
        // Who only waits for the circle is not part of it.
        check(&[("x", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("y", &[])], Err(cycle));
        check(&[("a", &["a"])], Err("the set a comes after itself: remove that"));
        let unknown = "the set a comes after z, and there is no set of that name: list it too, or correct the name; the \
                       others are b, c";
        check(&[("a", &["z"]), ("b", &[]), ("c", &[])], Err(unknown));
        check(&[("a", &["z"])], Err("the set a comes after z, and there is no other set: list that one too"));
        let same = "two sets are called a: they are told apart by their names, so give each one of its own";
        check(&[("a", &[]), ("a", &[])], Err(same));
    }

    #[test]
    fn no_table_has_the_history_of_two() {
        let same = |table: &str| {
            let told = format!(
                "the sets a and b would both keep their history in \"public\".\"{table}\": give one of them another \
                 `history-table` in its migrate.toml, or by Runner::history_table"
            );
            Err(told)
        };
        let check = |one: (&str, &str), other: (&str, &str), expected: Result<(), String>| {
            static EMPTY: MigrationSet = MigrationSet::EMPTY;
            let set = |name: &str, (schema, table): (&str, &str)| {
                NamedSet::new(name, Runner::new(&EMPTY).history_table(schema, table).expect("plain words"))
            };
            let result = order(vec![set("a", one), set("b", other)]);
            assert_eq!(result.map(drop).map_err(|error| error.0.to_string()), expected);
        };
        check(("public", "h"), ("public", "h"), same("h"));
        // The log and the lock are tables as well.
        check(("public", "h"), ("public", "h_log"), same("h_log"));
        check(("public", "h_lock"), ("public", "h"), same("h_lock"));
        check(("public", "h"), ("other", "h"), Ok(()));
        check(("public", "h"), ("public", "H"), Ok(()));
    }
}
