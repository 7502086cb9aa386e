//! Random schemas. Each is a row of slots, of which some are empty, and what names a slot that is empty does without: so
//! that any slot may change by itself, and what is left still is a schema.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::subsequence;

use super::heirs::{Child, Whole, child, whole};

pub(crate) const COLUMNS: usize = 4;
pub(crate) const TABLES: usize = 4;

#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// Each a choice of values, in any order.
    pub(crate) enums: Vec<Option<Vec<&'static str>>>,
    pub(crate) domain: Option<Domain>,
    pub(crate) sequence: Option<(i8, bool)>,
    pub(crate) number: Option<Routine>,
    pub(crate) test: Option<Routine>,
    pub(crate) touch: Option<Routine>,
    pub(crate) tables: Vec<Option<Table>>,
    pub(crate) views: Vec<Option<View>>,
    pub(crate) whole: Option<Whole>,
    pub(crate) child: Option<Child>,
    /// The type that it is a range of, and what its multirange is called.
    pub(crate) range: Option<(&'static str, &'static str)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Domain {
    pub(crate) of: &'static str,
    pub(crate) check: Option<u8>,
    pub(crate) not_null: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Routine {
    pub(crate) body: u8,
    pub(crate) comment: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Plain(&'static str),
    Enum(usize),
    Enums(usize),
    Domain,
    Range,
    Multirange,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) of: Type,
    pub(crate) not_null: bool,
    pub(crate) value: Value,
    pub(crate) comment: Option<u8>,
    pub(crate) granted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    None,
    Default,
    /// By the function, or the sequence, if there is one and it fits.
    Called,
    Next,
    Identity(bool, &'static str),
    Serial,
    Generated,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) key: &'static str,
    /// What makes its rows apart, if anything does.
    pub(crate) keyed: Option<&'static str>,
    pub(crate) columns: Vec<Option<Column>>,
    pub(crate) references: Vec<Option<Reference>>,
    pub(crate) checks: Vec<Option<(usize, u8)>>,
    pub(crate) unique: Option<Vec<usize>>,
    /// A column, and what of it no two rows have.
    pub(crate) exclusion: Option<(usize, u8)>,
    pub(crate) indexes: Vec<Option<Index>>,
    pub(crate) trigger: Option<u8>,
    pub(crate) policy: Option<u8>,
    pub(crate) dress: Dress,
}

#[derive(Clone, Debug)]
pub(crate) struct Dress {
    pub(crate) unlogged: bool,
    pub(crate) fill: Option<u8>,
    pub(crate) secure: bool,
    pub(crate) comment: Option<u8>,
    pub(crate) grant: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) to: usize,
    pub(crate) tail: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) columns: Vec<usize>,
    pub(crate) unique: bool,
    pub(crate) partial: bool,
    pub(crate) descending: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct View {
    /// A table, or a view of a lower number.
    pub(crate) over: Result<usize, usize>,
    pub(crate) columns: Vec<usize>,
    pub(crate) materialized: bool,
    pub(crate) filtered: bool,
    pub(crate) comment: Option<u8>,
}

fn one<T: Clone + std::fmt::Debug + 'static>(of: &'static [T]) -> BoxedStrategy<T> {
    proptest::sample::select(of).boxed()
}

fn slots<S: Strategy + 'static>(count: usize, each: S) -> BoxedStrategy<Vec<Option<S::Value>>>
where
    S::Value: Clone,
{
    vec(of(each), count).boxed()
}

pub(crate) fn column() -> impl Strategy<Value = Column> {
    let plain = one(&[
        "integer",
        "bigint",
        "text",
        "varchar(20)",
        "numeric(10,2)",
        "boolean",
        "timestamptz",
        "jsonb",
        "date",
    ]);
    let kind = prop_oneof![
        6 => plain.prop_map(Type::Plain),
        2 => (0..2_usize).prop_map(Type::Enum),
        1 => (0..2_usize).prop_map(Type::Enums),
        1 => Just(Type::Domain),
        1 => Just(Type::Range),
        1 => Just(Type::Multirange),
    ];
    let bounds = one(&[
        "",
        " (MINVALUE 5 START WITH 7)",
        " (INCREMENT BY -1 MINVALUE -100 MAXVALUE -1 START WITH -1)",
        " (MAXVALUE 5000000000)",
    ]);
    let value = prop_oneof![
        5 => Just(Value::None),
        3 => Just(Value::Default),
        2 => Just(Value::Called),
        1 => Just(Value::Next),
        1 => (any::<bool>(), bounds).prop_map(|(always, bounds)| Value::Identity(always, bounds)),
        1 => Just(Value::Serial),
        1 => Just(Value::Generated),
    ];
    let comment = weighted(0.2, 0..3_u8);
    (kind, any::<bool>(), value, comment, proptest::bool::weighted(0.1))
        .prop_map(|(of, not_null, value, comment, granted)| Column { of, not_null, value, comment, granted })
}

fn table() -> impl Strategy<Value = Table> {
    let tails = &["", " ON DELETE CASCADE", " DEFERRABLE INITIALLY DEFERRED", " NOT VALID"];
    let reference = (0..TABLES, one(tails)).prop_map(|(to, tail)| Reference { to, tail });
    let some = || subsequence((0..COLUMNS).collect::<Vec<_>>(), 1..3).prop_shuffle();
    let index = (some(), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(columns, unique, partial, descending)| Index { columns, unique, partial, descending });
    let grants = &["SELECT", "SELECT, INSERT", "ALL"];
    let dress = (
        proptest::bool::weighted(0.1),
        weighted(0.2, 50..60_u8),
        proptest::bool::weighted(0.2),
        weighted(0.2, 0..3_u8),
        weighted(0.3, one(grants)),
    )
        .prop_map(|(unlogged, fill, secure, comment, grant)| Dress {
            unlogged,
            fill,
            secure,
            comment,
            grant,
        });
    (
        (one(&["integer", "bigint", "text"]), weighted(0.8, one(&["PRIMARY KEY", "UNIQUE"]))),
        slots(COLUMNS, column()),
        slots(2, reference),
        slots(2, (0..COLUMNS, 0..3_u8)),
        (weighted(0.3, some()), weighted(0.2, (0..COLUMNS, 0..3_u8))),
        slots(2, index),
        weighted(0.3, 0..4_u8),
        weighted(0.2, 0..3_u8),
        dress,
    )
        .prop_map(
            |(
                (key, keyed),
                columns,
                references,
                checks,
                (unique, exclusion),
                indexes,
                trigger,
                policy,
                dress,
            )| Table {
                key,
                keyed,
                columns,
                references,
                checks,
                unique,
                exclusion,
                indexes,
                trigger,
                policy,
                dress,
            },
        )
}

fn view(at: usize) -> impl Strategy<Value = View> {
    let over = if at == 0 {
        (0..TABLES).prop_map(Ok).boxed()
    } else {
        prop_oneof![(0..TABLES).prop_map(Ok), (0..at).prop_map(Err)].boxed()
    };
    let columns = subsequence((0..COLUMNS).collect::<Vec<_>>(), 0..COLUMNS);
    (over, columns, proptest::bool::weighted(0.25), any::<bool>(), weighted(0.2, 0..3_u8)).prop_map(
        |(over, columns, materialized, filtered, comment)| View {
            over,
            columns,
            materialized,
            filtered,
            comment,
        },
    )
}

type Slot = (usize, usize);

/// Which of a model's slots are another's: by what it is, and by its number.
fn places() -> Vec<Slot> {
    let counts = [2, 1, 1, 1, 1, 1, TABLES, 3, 1, 1, 1];
    counts.into_iter().enumerate().flat_map(|(what, count)| (0..count).map(move |at| (what, at))).collect()
}

pub(crate) fn model() -> BoxedStrategy<Model> {
    let values = subsequence(vec!["one", "two", "it's", "Four", "five"], 1..5).prop_shuffle();
    let domain = (one(&["integer", "text"]), of(0..3_u8), proptest::bool::weighted(0.2))
        .prop_map(|(of, check, not_null)| Domain { of, check, not_null });
    let routine = || of((0..4_u8, any::<bool>()).prop_map(|(body, comment)| Routine { body, comment }));
    let range = (one(&["float8", "integer"]), one(&["m1", "m2"]));
    let views = (of(view(0)), of(view(1)), of(view(2))).prop_map(|(one, two, three)| vec![one, two, three]);
    (
        slots(2, values),
        of(domain),
        of((1..4_i8, any::<bool>())),
        (routine(), routine(), routine()),
        slots(TABLES, table()),
        views,
        (of(whole()), weighted(0.4, child())),
        weighted(0.5, range),
    )
        .prop_map(|(enums, domain, sequence, (number, test, touch), tables, views, (whole, child), range)| {
            Model { enums, domain, sequence, number, test, touch, tables, views, whole, child, range }
        })
        .boxed()
}

/// A schema, and what becomes of it: some slots of it are those of another one, and some parts of its tables.
pub(crate) fn change() -> BoxedStrategy<(Model, Model)> {
    let places = places();
    let count = places.len();
    let parts = vec((0..TABLES, 0..8_usize), 0..6);
    let of_whole = subsequence((0..Whole::TAKEN).collect::<Vec<_>>(), 0..Whole::TAKEN / 2);
    (model(), model(), subsequence(places, 0..count / 2), parts, of_whole)
        .prop_map(|(before, other, places, parts, of_whole)| {
            let mut after = before.clone();
            for (what, at) in places {
                after.take(&other, what, at);
            }
            for (table, part) in parts {
                if let (Some(table), Some(other)) = (&mut after.tables[table], &other.tables[table]) {
                    table.take(other, part);
                }
            }
            if let (Some(whole), Some(other)) = (&mut after.whole, &other.whole) {
                for part in of_whole {
                    whole.take(other, part);
                }
            }
            (before, after)
        })
        .boxed()
}

impl Model {
    fn take(&mut self, other: &Self, what: usize, at: usize) {
        match what {
            0 => self.enums[at].clone_from(&other.enums[at]),
            1 => self.domain.clone_from(&other.domain),
            2 => self.sequence = other.sequence,
            3 => self.number.clone_from(&other.number),
            4 => self.test.clone_from(&other.test),
            5 => self.touch.clone_from(&other.touch),
            6 => self.tables[at].clone_from(&other.tables[at]),
            7 => self.views[at].clone_from(&other.views[at]),
            8 => self.whole.clone_from(&other.whole),
            9 => self.child.clone_from(&other.child),
            _ => self.range = other.range,
        }
    }
}

impl Table {
    fn take(&mut self, other: &Self, part: usize) {
        match part {
            0 => self.columns[0].clone_from(&other.columns[0]),
            1 => self.columns[1].clone_from(&other.columns[1]),
            2 => (self.key, self.keyed) = (other.key, other.keyed),
            3 => self.references.clone_from(&other.references),
            4 => self.checks.clone_from(&other.checks),
            5 => self.indexes.clone_from(&other.indexes),
            6 => {
                self.unique.clone_from(&other.unique);
                self.exclusion = other.exclusion;
            }
            _ => self.dress = other.dress.clone(),
        }
    }
}
