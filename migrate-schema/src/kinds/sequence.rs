//! Sequences, and the columns that they belong to.

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::column::unquoted;
use crate::kinds::{common, position};
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Sequence;

impl Rule for Sequence {
    fn query(&self) -> &'static str {
        include_str!("../catalog/sequence.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let unlogged = if fact.has("unlogged") { "UNLOGGED " } else { "" };
        let mut sql = format!("CREATE {unlogged}SEQUENCE {}", fact.key.sql());
        for (name, words, _) in OPTIONS {
            if let Some(value) = fact.get(name) {
                sql += &format!(" {}", option(name, words, value));
            }
        }
        let create = common::create_owned("SEQUENCE", fact, sql);
        let (before, after) = position::of_sequence(fact, world);
        before.into_iter().chain(create).chain(after).collect()
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        if let Some(name) = position::aside(fact, world) {
            return vec![Statement::new(format!("DROP SEQUENCE {name}"))];
        }
        let drop = Statement::new(format!("DROP SEQUENCE {}", fact.key.sql()));
        vec![if position::is_continued(fact, world) { drop } else { drop.with(Hazard::DeletesData) }]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let changes = old.changes(new);
        let alter = format!("ALTER SEQUENCE {}", new.key.sql());
        let mut statements = Vec::new();
        let (before, after) = (Span::of(old), Span::of(new));
        let is_bound = |name: &str| ["start", "minimum", "maximum"].contains(&name);
        let mut parts: Vec<String> = OPTIONS
            .iter()
            .filter(|(name, ..)| changes.contains(name) && !is_bound(name))
            .map(|(name, words, none)| {
                new.get(name).map_or_else(|| (*none).to_owned(), |value| option(name, words, value))
            })
            .collect();
        let [from, to] = [old, new].map(|fact| fact.get("type").unwrap_or("bigint"));
        parts.extend(before.bounds_of_type(from, to).bounds_to(&after));
        if before.start != after.start {
            parts.push(format!("START WITH {}", after.start));
        }
        statements.extend(before.altered_into(&after, &new.key.sql(), &alter, parts));
        if changes.contains("unlogged") {
            let to = if new.has("unlogged") { "UNLOGGED" } else { "LOGGED" };
            statements.push(Statement::new(format!("{alter} SET {to}")));
        }
        // What belongs to a column has the owner of its table, and follows it.
        if column_of(old, world.old).is_none() || column_of(new, world.new).is_none() {
            statements.extend(common::alter_owner("SEQUENCE", old, new));
        }
        Change::by(statements)
    }

    fn dropped_with(&self, fact: &Fact, world: World<'_>) -> Option<Key> {
        column_of(fact, world.old).cloned()
    }

    fn made_within<'f>(&self, fact: &'f Fact, world: World<'f>) -> Option<&'f Key> {
        serial_column(fact, world.new)
    }
}

/// The column that a sequence belongs to.
fn column_of<'s>(fact: &Fact, schema: &'s Schema) -> Option<&'s Key> {
    let owner = schema.find(Kind::SequenceOwner, fact.key.path())?;
    owner.needs.keys().find(|key| key.kind() == Kind::Column)
}

/// The column that has the sequence by being `serial`: all three, the sequence, that it belongs to the column, and the
/// column's default, are as that makes them.
fn serial_column<'s>(fact: &Fact, schema: &'s Schema) -> Option<&'s Key> {
    let column = column_of(fact, schema)?;
    let [schema_name, table, name] = column.path() else { return None };
    let [of, sequence] = fact.key.path() else { return None };
    let default = schema.find(Kind::Default, column.path())?;
    let by_name = unquoted(sequence) == format!("{}_{}_seq", unquoted(table), unquoted(name));
    let by_type = serial(schema.get(column)?) == Some(fact.get("type").unwrap_or("bigint"));
    let is_plain = fact.attributes.keys().all(|name| name == "type" || name.starts_with('_'));
    let is_next = default.text("expression").starts_with("nextval(") && default.needs.contains_key(&fact.key);
    (of == schema_name && by_name && by_type && is_plain && is_next).then_some(column)
}

/// The type of the sequence that `serial` makes for a column of this type.
fn serial(column: &Fact) -> Option<&str> {
    let is_not_null = column.has("not_null");
    column.get("type").filter(|kind| is_not_null && ["smallint", "integer", "bigint"].contains(kind))
}

/// What stands for the type of a column that comes with its sequence: `bigserial`.
pub(crate) fn serial_type(column: &Fact, within: &[&Fact], world: World<'_>) -> Option<&'static str> {
    let has = |kind: Kind| {
        within.iter().any(|part| {
            part.key.kind() == kind
                && match kind {
                    Kind::Default => part.key.path() == column.key.path(),
                    Kind::Sequence => serial_column(part, world.new) == Some(&column.key),
                    _ => part.needs.contains_key(&column.key),
                }
        })
    };
    let name = match column.text("type") {
        "smallint" => "smallserial",
        "integer" => "serial",
        _ => "bigserial",
    };
    (has(Kind::Default) && has(Kind::Sequence) && has(Kind::SequenceOwner)).then_some(name)
}

/// What is made around a statement whose column has a part of a `serial` and not all of it: the sequence before, and that it
/// belongs to the column behind.
pub(crate) fn around_serial(within: &[&Fact], world: World<'_>) -> (Vec<Statement>, Vec<Statement>) {
    let of_serial = |part: &&&Fact| {
        let column = match part.key.kind() {
            Kind::Sequence => serial_column(part, world.new),
            Kind::SequenceOwner => part.needs.keys().find(|key| key.kind() == Kind::Column),
            _ => return false,
        };
        let column = column.and_then(|column| world.new.get(column));
        column.is_none_or(|column| serial_type(column, within, world).is_none())
    };
    let parts =
        within.iter().filter(of_serial).map(|part| (part, part.key.kind().rule().create(part, &[], world)));
    let (before, after): (Vec<_>, Vec<_>) = parts.partition(|(part, _)| part.key.kind() == Kind::Sequence);
    let statements =
        |parts: Vec<(&&Fact, Vec<Statement>)>| parts.into_iter().flat_map(|(_, made)| made).collect();
    (statements(before), statements(after))
}

/// An attribute, the words for it, and those for how it is by default.
const OPTIONS: [(&str, &str, &str); 7] = [
    ("type", "AS", "AS bigint"),
    ("increment", "INCREMENT BY", "INCREMENT BY 1"),
    ("minimum", "MINVALUE", "NO MINVALUE"),
    ("maximum", "MAXVALUE", "NO MAXVALUE"),
    ("start", "START WITH", "START WITH"),
    ("cache", "CACHE", "CACHE 1"),
    ("cycle", "CYCLE", "NO CYCLE"),
];

fn option(name: &str, words: &str, value: &str) -> String {
    if name == "cycle" { words.to_owned() } else { format!("{words} {value}") }
}

/// The numbers that a sequence gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Span {
    minimum: i64,
    maximum: i64,
    start: i64,
    goes_down: bool,
}

/// How a sequence gets behind the rows of a column.
pub(crate) struct Last {
    pub(crate) position: String,
    /// Whether there is a row that it must get behind.
    pub(crate) condition: String,
}

impl Span {
    pub(crate) fn of(fact: &Fact) -> Self {
        Self::new(fact.get("type").unwrap_or("bigint"), |name| fact.get(name).map(str::to_owned))
    }

    /// Of a sequence of this type, with what is known by the names of its attributes.
    pub(crate) fn new(of: &str, get: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| get(name).and_then(|text| text.parse::<i64>().ok());
        let (least, most) = limits(of);
        let goes_down = number("increment").is_some_and(|by| by < 0);
        let minimum = number("minimum").unwrap_or(if goes_down { least } else { 1 });
        let maximum = number("maximum").unwrap_or(if goes_down { -1 } else { most });
        let start = number("start").unwrap_or(if goes_down { maximum } else { minimum });
        Self { minimum, maximum, start, goes_down }
    }

    /// Where a sequence of this span continues after one of another span stood at `last_value`. `None`: nowhere, since none of
    /// the numbers before is one of these.
    pub(crate) fn position_from(&self, old: &Self) -> Option<String> {
        let further = if self.goes_down { self.start < old.start } else { self.start > old.start };
        let furthest = if self.goes_down { "least" } else { "greatest" };
        let mut position = "last_value".to_owned();
        if further {
            position = format!(
                "CASE WHEN is_called THEN last_value ELSE {furthest}(last_value, {}) END",
                self.start
            );
        }
        if self.minimum > old.minimum {
            position = format!("greatest({position}, {})", self.minimum);
        }
        if self.maximum < old.maximum {
            position = format!("least({position}, {})", self.maximum);
        }
        self.has_some_of(old).then_some(position)
    }

    /// Where a sequence gets behind the rows of a column, unless it is by then: `standing` is its name if it may be.
    pub(crate) fn last_of(&self, column: &str, of: &str, standing: Option<&str>) -> Last {
        let ((least, most), Self { minimum, maximum, .. }) = (limits(of), self);
        let first = if self.goes_down { maximum } else { minimum };
        let first = standing
            .map_or_else(|| first.to_string(), |standing| format!("(SELECT last_value FROM {standing})"));
        let (last, condition) = if self.goes_down {
            (format!("min({column})"), format!("min({column}) <= {first}"))
        } else {
            (format!("max({column})"), format!("max({column}) >= {first}"))
        };
        let position = match self.goes_down {
            true if *minimum > least => format!("greatest({last}, {minimum})"),
            false if *maximum < most => format!("least({last}, {maximum})"),
            _ => last,
        };
        Last { position, condition }
    }

    /// Whether a sequence of this span stands before a position that another one has, in a query of that one.
    pub(crate) fn is_behind(&self, sequence: &str, position: &str) -> String {
        let (not, further) = if self.goes_down { ("NOT ", "<") } else { ("", ">") };
        format!("({position}, {not}is_called) {further} (SELECT last_value, {not}is_called FROM {sequence})")
    }

    /// Without the numbers that a type does not have.
    pub(crate) fn within(&self, of: &str) -> Self {
        let (least, most) = limits(of);
        Self { minimum: self.minimum.max(least), maximum: self.maximum.min(most), ..*self }
    }

    /// What PostgreSQL makes of it by itself when the sequence gets another type: a bound that is the old type's becomes the
    /// new one's.
    fn bounds_of_type(&self, from: &str, to: &str) -> Self {
        let ((old_least, old_most), (least, most)) = (limits(from), limits(to));
        let minimum = if self.minimum == old_least { least } else { self.minimum };
        let maximum = if self.maximum == old_most { most } else { self.maximum };
        Self { minimum, maximum, ..*self }
    }

    /// The options that give a sequence the bounds of the other span. They are numbers: what PostgreSQL takes where there is no
    /// bound depends on the type before, too.
    fn bounds_to(&self, other: &Self) -> Vec<String> {
        let minimum = (self.minimum != other.minimum).then(|| format!("MINVALUE {}", other.minimum));
        let maximum = (self.maximum != other.maximum).then(|| format!("MAXVALUE {}", other.maximum));
        minimum.into_iter().chain(maximum).collect()
    }

    /// Whether a sequence of this span that gets another one may give out numbers that it gave out before.
    pub(crate) fn may_fall_back_in(&self, other: &Self) -> bool {
        let is_cut = if self.goes_down { self.minimum < other.minimum } else { self.maximum > other.maximum };
        is_cut || self.goes_down != other.goes_down
    }

    /// What makes a sequence of this span one of the other, by `alter` with these parts. Where it may lose its position by
    /// that, the first statement says so: the others rely on it.
    pub(crate) fn altered_into(
        &self,
        other: &Self,
        sequence: &str,
        alter: &str,
        mut parts: Vec<String>,
    ) -> Vec<Statement> {
        let mut statements: Vec<Statement> = self.moved_into(other, sequence).into_iter().collect();
        parts.extend(self.restarted(other));
        if !parts.is_empty() {
            statements.push(Statement::new(format!("{alter} {}", parts.join(" "))));
        }
        if let Some(first) = statements.first_mut().filter(|_| self.may_fall_back_in(other)) {
            first.hazards.push(Hazard::ChangesValues);
        }
        statements
    }

    fn has_some_of(&self, other: &Self) -> bool {
        self.minimum <= other.maximum && other.minimum <= self.maximum
    }

    /// PostgreSQL refuses limits that the sequence's last value is not within.
    fn moved_into(&self, other: &Self, sequence: &str) -> Option<Statement> {
        let (from, to) = (other.minimum, other.maximum);
        let is_wider = from <= self.minimum && self.maximum <= to;
        let sql = format!(
            "SELECT setval({}, least(greatest(last_value, {from}), {to}), is_called) FROM {sequence}\n\
             WHERE last_value NOT BETWEEN {from} AND {to}",
            common::literal(sequence),
        );
        (!is_wider && self.has_some_of(other)).then(|| Statement::new(sql))
    }

    /// No last value is within limits that have no number in common with those before.
    fn restarted(&self, other: &Self) -> Option<String> {
        (!self.has_some_of(other)).then(|| "RESTART".to_owned())
    }
}

/// The least and the greatest number of a type.
pub(crate) fn limits(of: &str) -> (i64, i64) {
    match of {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

#[derive(Debug)]
pub(crate) struct SequenceOwner;

impl Rule for SequenceOwner {
    fn query(&self) -> &'static str {
        include_str!("../catalog/sequence_owner.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("ALTER SEQUENCE {} OWNED BY {}", fact.key.sql(), fact.text("column")))]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("ALTER SEQUENCE {} OWNED BY NONE", fact.key.sql()))]
    }

    fn alter(&self, _old: &Fact, new: &Fact, world: World<'_>) -> Change {
        Change::by(self.create(new, &[], world))
    }

    fn made_within<'f>(&self, fact: &'f Fact, world: World<'f>) -> Option<&'f Key> {
        let sequence = world.new.find(Kind::Sequence, fact.key.path())?;
        // One that is there is not made by a `serial`.
        let is_new = world.old.get(&sequence.key).is_none();
        serial_column(sequence, world.new).filter(|_| is_new)
    }
}
