//! What a schema guarantees to those who use it, and which things give which guarantee, whatever they are called: the one list
//! of that. Whether something else guarantees at least as much is decided here too.

use std::collections::BTreeMap;
use std::fmt;

use crate::fact::Fact;
use crate::key::qualified;
use crate::kind::Kind;
use crate::kinds::acl::Acl;
use crate::schema::Schema;
use crate::spelling;

/// Something that others rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guarantee {
    /// The path of the table, or of what the privilege is on.
    of: Vec<String>,
    what: What,
    /// Whether it holds for all rows, and not only for those that are written from now on.
    is_checked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// No two rows for which the condition holds are alike in all of the keys, each with its operator.
    Distinct {
        keys: Vec<[String; 2]>,
        condition: String,
        /// Whether two NULLs are alike as well.
        nulls: bool,
    },
    NotNull(String),
    /// The expression in parentheses.
    Check(String),
    Reference {
        pairs: Vec<[String; 2]>,
        to: String,
        is_full: bool,
    },
    /// Rows are found by these keys, each with the way in which it is searched for.
    Search {
        method: String,
        keys: Vec<[String; 2]>,
        condition: String,
    },
    Privilege {
        column: Option<String>,
        grantee: String,
        privilege: String,
    },
}

/// Which things give which guarantees.
pub(crate) fn given_by(fact: &Fact) -> Vec<Guarantee> {
    let table = || fact.key.path().iter().take(2).cloned().collect::<Vec<_>>();
    match (fact.key.kind(), fact.text("_type")) {
        // It waits for those of the partitions, or was never complete.
        (Kind::Constraint | Kind::Index, _) if fact.has("invalid") => Vec::new(),
        (Kind::Column, _) if fact.has("not_null") => {
            let what = What::NotNull(fact.key.leaf().to_owned());
            vec![Guarantee { of: table(), what, is_checked: !fact.has("not_null_unchecked") }]
        }
        (Kind::Constraint, "c") => restrictions(fact, table(), check),
        (Kind::Constraint, "f") => restrictions(fact, table(), reference),
        (Kind::Constraint, _) => index(fact, &table(), true),
        (Kind::Index, _) => index(fact, &fact.list("_table"), fact.has("_unique")),
        (Kind::Privileges, _) => privileges(fact),
        _ => Vec::new(),
    }
}

/// A constraint that may hold for new rows only, or for none.
fn restrictions(fact: &Fact, of: Vec<String>, what: fn(&Fact, &str) -> What) -> Vec<Guarantee> {
    let definition = fact.text("definition");
    if definition.ends_with(" NOT ENFORCED") {
        return Vec::new();
    }
    let definition = definition.trim_end_matches(" NOT VALID").trim_end_matches(" NO INHERIT");
    vec![Guarantee { of, what: what(fact, definition), is_checked: !fact.has("_not_valid") }]
}

fn check(fact: &Fact, definition: &str) -> What {
    let not_null = definition.strip_prefix("CHECK ((").and_then(|rest| rest.strip_suffix(" IS NOT NULL))"));
    match not_null.filter(|column| fact.list("_columns") == [*column]) {
        Some(column) => What::NotNull(column.to_owned()),
        None => What::Check(definition.trim_start_matches("CHECK ").to_owned()),
    }
}

fn reference(fact: &Fact, definition: &str) -> What {
    let pairs = fact.list("_columns").into_iter().zip(fact.list("_referred"));
    // Within a period, all rows with it are referred to together.
    let period = if definition.contains("PERIOD ") { " PERIOD" } else { "" };
    What::Reference {
        pairs: pairs.map(|(own, other)| [own, other]).collect(),
        to: format!("{}{period}", fact.text("_references")),
        is_full: definition.contains(") MATCH FULL"),
    }
}

/// An index serves whoever looks for its first keys alone.
fn index(fact: &Fact, of: &[String], is_distinct: bool) -> Vec<Guarantee> {
    let keys = keys(fact);
    let condition = || fact.text("_where").to_owned();
    let first = |count: usize| What::Search {
        method: fact.text("_method").to_owned(),
        keys: keys[..count].iter().map(|[key, how, _]| [key.clone(), how.clone()]).collect(),
        condition: condition(),
    };
    let distinct = || What::Distinct {
        keys: keys.iter().map(|[key, _, operator]| [key.clone(), operator.clone()]).collect(),
        condition: condition(),
        nulls: has_equal_nulls(fact),
    };
    let distinct = (is_distinct && !keys.is_empty()).then(distinct);
    let all = distinct.into_iter().chain((1..=keys.len()).map(first));
    all.map(|what| Guarantee { of: of.to_vec(), what, is_checked: true }).collect()
}

fn has_equal_nulls(fact: &Fact) -> bool {
    let definition = fact.text("definition");
    // In a primary key there are no NULLs that could be alike.
    fact.get("_type") == Some("p")
        || definition.starts_with("UNIQUE NULLS NOT DISTINCT ")
        || fact.key.kind() == Kind::Index && definition.contains(") NULLS NOT DISTINCT")
}

/// The keys of an index: what each is, how it is searched for, and by which operator two rows are alike.
fn keys(fact: &Fact) -> Vec<[String; 3]> {
    let rows: Vec<Vec<String>> =
        fact.get("_keys").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    rows.into_iter().filter_map(|row| row.try_into().ok()).collect()
}

fn privileges(fact: &Fact) -> Vec<Guarantee> {
    let (mut of, mut column) = (fact.key.path().to_vec(), None);
    if of.first().is_some_and(|what| what == "COLUMN") {
        column = of.pop();
        "TABLE".clone_into(&mut of[0]);
    }
    let acl = Acl::read(fact.text("acl"));
    let guarantee = |(grantee, privilege, _): (&str, &str, bool)| Guarantee {
        of: of.clone(),
        what: What::Privilege {
            column: column.clone(),
            grantee: grantee.to_owned(),
            privilege: privilege.to_owned(),
        },
        is_checked: true,
    };
    acl.entries().map(guarantee).collect()
}

impl Guarantee {
    /// The path of the table, or of what the privilege is on.
    pub(crate) fn of(&self) -> &[String] {
        &self.of
    }

    /// Whether whoever relies on the other one can rely on this one.
    pub(crate) fn implies(&self, other: &Self) -> bool {
        self == other
            || self.of == other.of && (self.is_checked || !other.is_checked) && self.what.implies(&other.what)
    }
}

impl What {
    fn implies(&self, other: &Self) -> bool {
        let covers = |one: &str, other: &str| one.is_empty() || spelling::is_same(one, other);
        match (self, other) {
            (
                Self::Distinct { keys, condition, nulls },
                Self::Distinct { keys: other, condition: when, nulls: other_nulls },
            ) => {
                // What is alike in more is alike in less.
                let has = |key: &[String; 2]| other.iter().any(|other| is_same(key, other));
                keys.iter().all(has) && covers(condition, when) && (*nulls || !other_nulls)
            }
            (Self::NotNull(column), Self::NotNull(other)) => column == other,
            (Self::Check(check), Self::Check(other)) => spelling::is_same(check, other),
            (
                Self::Reference { pairs, to, is_full },
                Self::Reference { pairs: other, to: other_to, is_full: other_full },
            ) => {
                let is_alike = pairs.len() == other.len() && pairs.iter().all(|pair| other.contains(pair));
                is_alike && to == other_to && (*is_full || !other_full)
            }
            (
                Self::Search { method, keys, condition },
                Self::Search { method: other_method, keys: other, condition: when },
            ) => {
                let is_first =
                    keys.len() >= other.len() && keys.iter().zip(other).all(|(a, b)| is_same(a, b));
                method == other_method && is_first && covers(condition, when)
            }
            (
                Self::Privilege { column, grantee, privilege },
                Self::Privilege { column: other_column, grantee: other, privilege: other_privilege },
            ) => {
                privilege == other_privilege
                    && (column.is_none() || column == other_column)
                    && (grantee == "PUBLIC" || grantee == other)
            }
            _ => false,
        }
    }
}

fn is_same(one: &[String; 2], other: &[String; 2]) -> bool {
    one[1] == other[1] && spelling::is_same(&one[0], &other[0])
}

/// All that a schema guarantees, by what it is of.
#[derive(Debug, Default)]
pub(crate) struct Guarantees(BTreeMap<Vec<String>, Vec<Guarantee>>);

impl Guarantees {
    pub(crate) fn of(schema: &Schema) -> Self {
        let mut all = Self::default();
        for guarantee in schema.facts().flat_map(given_by) {
            all.0.entry(guarantee.of.clone()).or_default().push(guarantee);
        }
        all
    }

    pub(crate) fn include(&self, guarantee: &Guarantee) -> bool {
        self.0.get(&guarantee.of).is_some_and(|given| is_among(guarantee, given))
    }

    /// What both guarantee, the one by what the other gives or by more.
    pub(crate) fn both<'g>(&'g self, other: &'g Self) -> Vec<&'g Guarantee> {
        let of_one = |(of, given): (&Vec<String>, &'g Vec<Guarantee>)| {
            let others = other.0.get(of).map_or(&[] as &[Guarantee], Vec::as_slice);
            let kept = given.iter().filter(|guarantee| is_among(guarantee, others));
            let weaker = others.iter().filter(|guarantee| is_among(guarantee, given));
            let mut both: Vec<&Guarantee> = Vec::new();
            for guarantee in kept.chain(weaker) {
                if !both.iter().any(|known| known.implies(guarantee) && guarantee.implies(known)) {
                    both.push(guarantee);
                }
            }
            both
        };
        self.0.iter().flat_map(of_one).collect()
    }
}

/// Whether one of them says it. Most often it is there as it is, which costs nothing to see.
fn is_among(guarantee: &Guarantee, given: &[Guarantee]) -> bool {
    given.contains(guarantee) || given.iter().any(|given| given.implies(guarantee))
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match &self.what {
            What::Privilege { .. } => qualified(&self.of[1..]),
            _ => qualified(&self.of),
        };
        write!(f, "`{of}` without `{}`", self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |keys: &[[String; 2]], at: usize| {
            keys.iter().map(|key| key[at].as_str()).collect::<Vec<_>>().join(", ")
        };
        let when = |condition: &str| {
            if condition.is_empty() { String::new() } else { format!(" WHERE {condition}") }
        };
        match self {
            Self::Distinct { keys, condition, .. } => {
                let operator = |key: &[String; 2]| key[1].split('(').next().unwrap_or_default().to_owned();
                if keys.iter().all(|key| operator(key) == "=") {
                    return write!(f, "UNIQUE ({}){}", list(keys, 0), when(condition));
                }
                let with = |key: &[String; 2]| format!("{} WITH {}", key[0], operator(key));
                let keys = keys.iter().map(with).collect::<Vec<_>>().join(", ");
                write!(f, "EXCLUDE ({keys}){}", when(condition))
            }
            Self::NotNull(column) => write!(f, "{column} NOT NULL"),
            Self::Check(expression) => write!(f, "CHECK {expression}"),
            Self::Reference { pairs, to, .. } => {
                write!(f, "FOREIGN KEY ({}) REFERENCES {to} ({})", list(pairs, 0), list(pairs, 1))
            }
            Self::Search { method, keys, condition } => {
                write!(f, "INDEX USING {method} ({}){}", list(keys, 0), when(condition))
            }
            Self::Privilege { column, grantee, privilege } => {
                let column = column.as_ref().map_or_else(String::new, |column| format!(" ({column})"));
                write!(f, "GRANT {privilege}{column} TO {grantee}")
            }
        }
    }
}
