//! A column that gets its numbers from another sequence: that one continues where the old one stood, so that no number is given
//! out twice, not even one whose row is deleted. A sequence that has a position already, or continues several others, takes the
//! position that is farthest on.

use crate::fact::Fact;
use crate::key::{Key, qualified, split_outside_quotes};
use crate::kind::Kind;
use crate::kinds::column::unquoted;
use crate::kinds::sequence::Span;
use crate::kinds::{common, convert, identity, table};
use crate::rule::World;
use crate::schema::Schema;
use crate::statement::{Hazard, Statement};

/// Where a column's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source<'s> {
    /// The column is an identity.
    Identity(&'s Fact),
    /// Its default uses the next number of a sequence.
    Sequence(&'s Fact),
    /// Whoever inserts a row says the number.
    Rows(&'s Fact),
}

impl<'s> Source<'s> {
    fn of(column: &[String], schema: &'s Schema) -> Option<Self> {
        let column = schema.find(Kind::Column, column)?;
        if column.has("identity") {
            return Some(Self::Identity(column));
        }
        let default = schema.find(Kind::Default, column.key.path());
        let sequence = default.and_then(|default| sequence_of(default, schema));
        Some(sequence.map_or(Self::Rows(column), Self::Sequence))
    }
}

/// A sequence that continues another one.
struct Target {
    /// Its name, as an argument.
    argument: String,
    span: Span,
    /// Its name, as a query has it.
    name: String,
    /// Whether it may stand farther on than the one that it continues.
    may_be_farther: bool,
}

impl Target {
    fn of_identity(column: &Fact) -> Self {
        let span = identity::span(column, column.text("type"));
        let name = column.text("_sequence").to_owned();
        Self { argument: of_column(column), span, name, may_be_farther: false }
    }

    fn of_sequence(sequence: &Fact, world: World<'_>) -> Self {
        let name = sequence.key.sql();
        let defaults =
            world.new.dependents(&sequence.key).filter(|fact| sequence_of(fact, world.new).is_some());
        let columns = defaults.map(|default| default.key.path()).filter(|column| stays(column, world));
        let mut sources = columns.filter_map(|column| Source::of(column, world.old));
        let first = sources.next();
        let is_first = world.old.get(&sequence.key).is_none() && sources.all(|source| Some(source) == first);
        let argument = common::literal(&name);
        Self { argument, span: Span::of(sequence), name, may_be_farther: !is_first }
    }

    /// Its name in a query, if it may stand farther on.
    fn standing(&self) -> Option<&str> {
        self.may_be_farther.then_some(&self.name)
    }
}

/// A sequence that another one continues.
#[derive(Clone, Copy)]
struct Before<'s> {
    path: &'s [String],
    span: &'s Span,
    /// Whether its numbers are in the column as they are.
    is_plain: bool,
}

impl<'s> Before<'s> {
    fn new(path: &'s [String], span: &'s Span) -> Self {
        Self { path, span, is_plain: true }
    }
}

/// The sequence whose next number a default uses, if it uses that of one.
fn sequence_of<'s>(default: &Fact, schema: &'s Schema) -> Option<&'s Fact> {
    let is_next =
        |key: &&Key| key.kind() == Kind::Sequence && default.text("expression").contains(&next_number(key));
    let mut sequences = default.needs.keys().filter(|_| default.key.kind() == Kind::Default).filter(is_next);
    let only = sequences.next().filter(|_| sequences.next().is_none());
    only.and_then(|key| schema.get(key))
}

/// The next number of a sequence, as PostgreSQL prints it.
fn next_number(sequence: &Key) -> String {
    format!("nextval({}::regclass)", common::literal(&sequence.sql()))
}

/// Whether a column gets the next number of a sequence as it is, and not something that is made of it.
fn is_plain(column: &[String], sequence: &Key, schema: &Schema) -> bool {
    let default = schema.find(Kind::Default, column);
    default.is_some_and(|default| default.text("expression") == next_number(sequence))
}

/// The columns that get their numbers from a sequence. Those that inherit one do as it does.
fn columns_of<'s>(sequence: &Key, schema: &'s Schema) -> impl Iterator<Item = &'s [String]> {
    let is_number = |fact: &&Fact| !fact.has("_inherited") && sequence_of(fact, schema).is_some();
    schema.dependents(sequence).filter(is_number).map(|default| default.key.path())
}

/// The columns that continue with another sequence when this one is dropped, and where that comes from.
fn heirs<'s>(sequence: &'s Fact, world: World<'s>) -> impl Iterator<Item = (&'s [String], Source<'s>)> {
    let is_dropped = world.new.get(&sequence.key).is_none();
    let columns =
        columns_of(&sequence.key, world.old).filter(move |column| is_dropped && stays(column, world));
    let continued = columns.filter_map(move |column| Some((column, Source::of(column, world.new)?)));
    continued.filter(|(_, source)| !matches!(source, Source::Rows(_)))
}

/// Whether a column is altered at most.
fn stays(column: &[String], world: World<'_>) -> bool {
    let facts = |kind: Kind, path: &[String]| world.old.find(kind, path).zip(world.new.find(kind, path));
    facts(Kind::Table, &column[..2]).is_some_and(|(old, new)| !table::is_replaced(old, new))
        && facts(Kind::Column, column)
            .is_some_and(|(old, new)| old.get("inherited_only") == new.get("inherited_only"))
}

/// The columns that get their numbers from a sequence, and were identities.
fn identities_before<'s>(sequence: &Key, world: World<'s>) -> impl Iterator<Item = &'s Fact> {
    let columns = columns_of(sequence, world.new).filter(move |column| stays(column, world));
    columns.filter_map(move |column| match Source::of(column, world.old) {
        Some(Source::Identity(column)) => Some(column),
        _ => None,
    })
}

/// Whether a sequence makes room for the one that continues it: no other column had its numbers from it.
fn is_set_aside(sequence: &Fact, world: World<'_>) -> bool {
    is_continued(sequence, world) && columns_of(&sequence.key, world.old).nth(1).is_none()
}

/// Whether others have the position of a sequence by the time it is dropped.
pub(crate) fn is_continued(sequence: &Fact, world: World<'_>) -> bool {
    heirs(sequence, world).next().is_some()
}

/// What a sequence is called when it is dropped, if it made room for the one that continues it.
pub(crate) fn aside(sequence: &Fact, world: World<'_>) -> Option<String> {
    is_set_aside(sequence, world).then(|| qualified(&convert::aside_path(sequence.key.path())))
}

/// What reads the position of what: it is done before the other is dropped, or is an identity no more.
pub(crate) fn readers(world: World<'_>) -> impl Iterator<Item = (Key, &Key)> {
    let sequences = world.old.facts().filter(|fact| fact.key.kind() == Kind::Sequence);
    let dropped = sequences.flat_map(move |sequence| {
        heirs(sequence, world).map(|(column, source)| {
            let kind = if matches!(source, Source::Identity(_)) { Kind::Column } else { Kind::Default };
            (Key::new(kind, column.to_vec()), &sequence.key)
        })
    });
    let sequences = world.new.facts().filter(|fact| fact.key.kind() == Kind::Sequence);
    let altered = sequences.flat_map(move |sequence| {
        let columns = identities_before(&sequence.key, world);
        columns.map(|column| (sequence.key.clone(), &column.key)).collect::<Vec<_>>()
    });
    dropped.chain(altered)
}

/// What a new sequence takes over from the identities of columns that are to have their numbers from it: before it is made,
/// and after.
pub(crate) fn of_sequence(new: &Fact, world: World<'_>) -> (Vec<Statement>, Vec<Statement>) {
    let to = Target::of_sequence(new, world);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for column in identities_before(&new.key, world) {
        let Some(path) = path_of_identity(column) else { continue };
        let span = identity::span(column, column.text("type"));
        before.push(move_aside(&path));
        after.extend(continued(&to, column, Before::new(&convert::aside_path(&path), &span)));
    }
    (before, after)
}

/// What a sequence that is there takes over from a column before that is an identity no more.
pub(crate) fn of_former_identity(old: &Fact, world: World<'_>) -> Option<Statement> {
    let Source::Sequence(to) = Source::of(old.key.path(), world.new)? else { return None };
    world.old.get(&to.key)?;
    let span = identity::span(old, old.text("type"));
    continued(&Target::of_sequence(to, world), old, Before::new(&path_of_identity(old)?, &span))
}

/// What a column that is an identity from now on takes over: before it is one, and after.
pub(crate) fn of_identity(old: &Fact, new: &Fact, world: World<'_>) -> (Option<Statement>, Vec<Statement>) {
    taken_over(Target::of_identity(new), old.key.path(), world)
}

/// What a column takes over whose default is the next number of another sequence from now on.
pub(crate) fn of_default(new: &Fact, world: World<'_>) -> Vec<Statement> {
    let Some(sequence) = sequence_of(new, world.new) else { return Vec::new() };
    let before = world.old.find(Kind::Default, new.key.path());
    if before.and_then(|before| sequence_of(before, world.old)).is_some_and(|it| it.key == sequence.key) {
        return Vec::new();
    }
    let (before, after) = taken_over(Target::of_sequence(sequence, world), new.key.path(), world);
    before.into_iter().chain(after).collect()
}

fn taken_over(to: Target, path: &[String], world: World<'_>) -> (Option<Statement>, Vec<Statement>) {
    let counts = match Source::of(path, world.new) {
        Some(Source::Sequence(sequence)) => is_plain(path, &sequence.key, world.new),
        source => matches!(source, Some(Source::Identity(_))),
    };
    match Source::of(path, world.old).filter(|_| stays(path, world)) {
        Some(Source::Sequence(from)) => {
            let is_aside = is_set_aside(from, world);
            let from_path =
                if is_aside { convert::aside_path(from.key.path()) } else { from.key.path().to_vec() };
            let is_plain = is_plain(path, &from.key, world.old);
            let before = Before { path: &from_path, span: &Span::of(from), is_plain };
            let Some(column) = world.old.find(Kind::Column, path) else { return (None, Vec::new()) };
            let mut set: Vec<Statement> = continued(&to, column, before).into_iter().collect();
            // What was made of the numbers may be farther on than they are.
            let to = Target { may_be_farther: true, ..to };
            set.extend(beyond_rows(&to, column).filter(|_| counts && !is_plain));
            (is_aside.then(|| move_aside(from.key.path())), set)
        }
        Some(Source::Rows(column)) => {
            (None, beyond_rows(&to, column).filter(|_| counts).into_iter().collect())
        }
        // The sequence has taken it over by then.
        Some(Source::Identity(_)) | None => (None, Vec::new()),
    }
}

/// What keeps the position of a sequence that is dropped with its table, where the table is made anew.
pub(crate) struct Kept {
    /// Before the table is dropped.
    pub(crate) before: Vec<Statement>,
    /// When it is there again.
    pub(crate) after: Vec<Statement>,
}

/// The positions of the columns of a table that is made anew: its partitions may have the numbers still.
pub(crate) fn of_table(table: &Key, world: World<'_>) -> Vec<Kept> {
    let tables = world.old.get(table).zip(world.new.get(table));
    if !tables.is_some_and(|(old, new)| table::is_replaced(old, new)) {
        return Vec::new();
    }
    let columns = world.old.parts(table, Kind::Column).filter(|column| !column.has("_inherited"));
    columns.filter_map(|column| kept(column, world)).collect()
}

fn kept(column: &Fact, world: World<'_>) -> Option<Kept> {
    let (old, new) = (Source::of(column.key.path(), world.old)?, Source::of(column.key.path(), world.new)?);
    let to = match new {
        Source::Identity(column) => Target::of_identity(column),
        Source::Sequence(to) => Target::of_sequence(to, world),
        Source::Rows(_) => return None,
    };
    let is_plain = match old {
        Source::Sequence(from) => is_plain(column.key.path(), &from.key, world.old),
        _ => true,
    };
    let (from, old) = match old {
        Source::Identity(column) => (path_of_identity(column)?, identity::span(column, column.text("type"))),
        Source::Sequence(from) if world.new.get(&from.key).is_none() => {
            (from.key.path().to_vec(), Span::of(from))
        }
        Source::Sequence(from) => {
            let is_same = matches!(new, Source::Sequence(to) if to.key == from.key);
            let before = Before { path: from.key.path(), span: &Span::of(from), is_plain };
            let set = continued(&to, column, before).filter(|_| !is_same);
            return Some(Kept { before: Vec::new(), after: set.into_iter().collect() });
        }
        Source::Rows(_) => return None,
    };
    let path = convert::aside_path(&from);
    let (from, aside) = (qualified(&from), qualified(&path));
    let create = format!("CREATE SEQUENCE {aside} MINVALUE {}", i64::MIN);
    let keep = format!("SELECT setval({}, last_value, is_called) FROM {from}", common::literal(&aside));
    let before = Before { path: &path, span: &old, is_plain };
    let mut after: Vec<Statement> = continued(&to, column, before).into_iter().collect();
    after.push(Statement::new(format!("DROP SEQUENCE {aside}")));
    Some(Kept { before: vec![Statement::new(create), Statement::new(keep)], after })
}

fn path_of_identity(column: &Fact) -> Option<Vec<String>> {
    let path = split_outside_quotes(column.text("_sequence"), '.')?;
    Some(path.into_iter().map(str::to_owned).collect())
}

/// The sequence of an identity, as an argument.
fn of_column(column: &Fact) -> String {
    let (table, name) = (column.key.owner(), unquoted(column.key.leaf()));
    format!("pg_get_serial_sequence({}, {})", common::literal(&table), common::literal(&name))
}

/// Nobody takes a number from it after that, whoever names it.
fn move_aside(path: &[String]) -> Statement {
    let name = convert::aside_path(path).pop().unwrap_or_default();
    Statement::new(format!("ALTER SEQUENCE {} RENAME TO {name}", qualified(path)))
}

/// The sequence stands where the old one stood, or behind the rows where that is no place in it; farther on if it does already.
fn continued(to: &Target, column: &Fact, from: Before<'_>) -> Option<Statement> {
    let Some(position) = to.span.position_from(from.span) else { return beyond_rows(to, column) };
    let mut sql =
        format!("SELECT setval({}, {position}, is_called) FROM {}", to.argument, qualified(from.path));
    if let Some(standing) = to.standing() {
        sql += &format!("\nWHERE {}", to.span.is_behind(standing, &position));
    }
    // The column never had a number that its type has no room for.
    let of = if from.is_plain { column.text("type") } else { "bigint" };
    let may_fall_back = from.span.within(of).may_fall_back_in(&to.span);
    let set = Statement::new(sql);
    Some(if may_fall_back { set.with(Hazard::ChangesValues) } else { set })
}

/// The sequence begins behind the rows that are there.
fn beyond_rows(to: &Target, column: &Fact) -> Option<Statement> {
    let is_number = ["smallint", "integer", "bigint"].contains(&column.text("type"));
    let last = to.span.last_of(column.key.leaf(), column.text("type"), to.standing());
    let (table, argument) = (column.key.owner(), &to.argument);
    let sql = format!("SELECT setval({argument}, {}) FROM {table}\nHAVING {}", last.position, last.condition);
    is_number.then(|| Statement::new(sql))
}
