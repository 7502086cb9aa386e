//! Random tables that inherit from another, or are partitions of one, and what each has of its own.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use super::model::{COLUMNS, Column, Model, TABLES, Value, column};

pub(crate) const PARTS: usize = 3;

/// How a table is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Absent,
    /// Under its parent from the first.
    Born,
    /// By itself, and then put under its parent.
    Attached,
    /// By itself, and it stays so.
    Apart,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Range,
    List,
    Hash,
}

/// A partitioned table.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) by: By,
    pub(crate) column: Option<Column>,
    pub(crate) number: Number,
    pub(crate) check: Option<u8>,
    pub(crate) key: Option<&'static str>,
    pub(crate) indexes: Vec<Option<Index>>,
    pub(crate) parts: Vec<Part>,
}

/// What the column `n` has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    pub(crate) default: Option<u8>,
    pub(crate) not_null: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Index {
    pub(crate) on: &'static str,
    /// Those of the partitions come afterwards, and are attached.
    pub(crate) only: bool,
    /// It is made when the partitions are there.
    pub(crate) late: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) form: Form,
    pub(crate) own: Own,
    /// Whether it has partitions of its own, and one of these something that the others have not.
    pub(crate) below: Option<Number>,
    pub(crate) own_key: bool,
    pub(crate) own_index: bool,
}

/// What a table has unlike its parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    /// What is done with the default.
    pub(crate) default: Option<&'static str>,
    pub(crate) not_null: bool,
    pub(crate) check: bool,
}

/// A table that inherits from one of the others.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) form: Form,
    pub(crate) parent: usize,
    pub(crate) extra: bool,
    /// Which of the parent's columns it declares too.
    pub(crate) declares: Option<usize>,
    /// Of which of the parent's columns it has another default, or none.
    pub(crate) default: Option<(usize, bool)>,
    pub(crate) not_null: Option<usize>,
    pub(crate) check: bool,
    pub(crate) below: bool,
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        1 => Just(Form::Absent),
        3 => Just(Form::Born),
        2 => Just(Form::Attached),
        1 => Just(Form::Apart),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    (of(0..3_u8), any::<bool>()).prop_map(|(default, not_null)| Number { default, not_null })
}

const DEFAULTS: &[&str] = &["DROP DEFAULT", "SET DEFAULT 0", "SET DEFAULT 1", "SET DEFAULT 2"];

fn own() -> impl Strategy<Value = Own> {
    (
        weighted(0.3, proptest::sample::select(DEFAULTS)),
        proptest::bool::weighted(0.3),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(default, not_null, check)| Own { default, not_null, check })
}

pub(crate) fn whole() -> impl Strategy<Value = Whole> {
    let by = prop_oneof![3 => Just(By::Range), 1 => Just(By::List), 1 => Just(By::Hash)];
    let on = prop_oneof![Just("n"), Just("id"), Just("(n + 1)"), Just("id, n"), Just("n) WHERE (n > 0")];
    let index = (on, proptest::bool::weighted(0.2), any::<bool>()).prop_map(|(on, only, late)| Index {
        on,
        only,
        late,
    });
    let key = prop_oneof![Just("PRIMARY KEY"), Just("UNIQUE")];
    let part = (form(), own(), weighted(0.3, number()), proptest::bool::weighted(0.3), any::<bool>())
        .prop_map(|(form, own, below, own_key, own_index)| Part { form, own, below, own_key, own_index });
    (
        by,
        of(column()),
        number(),
        weighted(0.3, 0..2_u8),
        weighted(0.4, key),
        vec(weighted(0.4, index), 2),
        vec(part, PARTS),
    )
        .prop_map(|(by, column, number, check, key, indexes, parts)| Whole {
            by,
            column,
            number,
            check,
            key,
            indexes,
            parts,
        })
}

pub(crate) fn child() -> impl Strategy<Value = Child> {
    (
        form(),
        0..TABLES,
        any::<bool>(),
        weighted(0.3, 0..COLUMNS),
        weighted(0.4, (0..COLUMNS, any::<bool>())),
        weighted(0.4, 0..COLUMNS),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(form, parent, extra, declares, default, not_null, check, below)| Child {
            form,
            parent,
            extra,
            declares,
            default,
            not_null,
            check,
            below,
        })
}

impl Whole {
    /// How many of its parts may be another's.
    pub(crate) const TAKEN: usize = 5 + PARTS;

    pub(crate) fn take(&mut self, other: &Self, part: usize) {
        match part {
            0 => self.column.clone_from(&other.column),
            1 => self.number = other.number,
            2 => self.key = other.key,
            3 => self.indexes.clone_from(&other.indexes),
            4 => self.check = other.check,
            part => self.parts[part - 5] = other.parts[part - 5],
        }
    }

    /// The statements, in an order that will do.
    pub(crate) fn statements(&self, model: &Model) -> Vec<String> {
        let by = match self.by {
            By::Range => "RANGE (id)",
            By::List => "LIST (id)",
            By::Hash => "HASH (id)",
        };
        let column = self.column.as_ref();
        let column = column.map(|column| format!(", {}", model.column("c", column, "text", true)));
        let mut sql = vec![format!(
            "CREATE TABLE whole (id integer, n integer{}{}) PARTITION BY {by}",
            self.number.words(),
            column.as_deref().unwrap_or_default()
        )];
        sql.extend(
            self.check.map(|n| format!("ALTER TABLE whole ADD CONSTRAINT whole_check CHECK (n > {n})")),
        );
        sql.extend(self.key.map(|key| format!("ALTER TABLE whole ADD CONSTRAINT whole_key {key} (id, n)")));
        sql.extend(self.indexes(false));
        for (at, part) in self.parts.iter().enumerate() {
            sql.extend(self.part(at, part));
        }
        sql.extend(self.indexes(true));
        sql
    }

    fn indexes(&self, late: bool) -> Vec<String> {
        let made = self.indexes.iter().enumerate().filter_map(|(at, index)| Some((at, (*index)?)));
        let made = made.filter(|(_, index)| index.late == late);
        let create = |(at, index): (usize, Index)| {
            let only = if index.only { "ONLY " } else { "" };
            let mut sql = vec![format!("CREATE INDEX whole_index{at} ON {only}whole ({})", index.on)];
            let under = |part: &Part| matches!(part.form, Form::Born | Form::Attached);
            for (n, part) in self.parts.iter().enumerate().filter(|_| index.only && late) {
                if under(part) && part.own_index {
                    sql.push(format!("CREATE INDEX part{n}_own{at} ON part{n} ({})", index.on));
                    sql.push(format!("ALTER INDEX whole_index{at} ATTACH PARTITION part{n}_own{at}"));
                }
            }
            sql
        };
        made.flat_map(create).collect()
    }

    fn bound(&self, at: usize) -> String {
        match self.by {
            By::Range if at == 2 => "DEFAULT".to_owned(),
            By::Range => format!("FOR VALUES FROM ({at}0) TO ({at}9)"),
            By::List => format!("FOR VALUES IN ({at}, 1{at})"),
            By::Hash => format!("FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {at})"),
        }
    }

    fn part(&self, at: usize, part: &Part) -> Vec<String> {
        let below = if part.below.is_some() { " PARTITION BY RANGE (n)" } else { "" };
        let mut sql = match part.form {
            Form::Absent => return Vec::new(),
            Form::Born => vec![format!("CREATE TABLE part{at} PARTITION OF whole {}{below}", self.bound(at))],
            Form::Attached | Form::Apart => vec![format!(
                "CREATE TABLE part{at} (LIKE whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED){below}"
            )],
        };
        if part.form != Form::Born {
            if let (true, Some(key)) = (part.own_key, self.key) {
                sql.push(format!("ALTER TABLE part{at} ADD CONSTRAINT own_key{at} {key} (id, n)"));
            } else if self.key == Some("PRIMARY KEY") {
                sql.push(format!("ALTER TABLE part{at} ALTER id SET NOT NULL, ALTER n SET NOT NULL"));
            }
            if part.own_index {
                sql.push(format!("CREATE INDEX own_index{at} ON part{at} (n)"));
            }
        }
        if part.form == Form::Attached {
            sql.push(format!("ALTER TABLE whole ATTACH PARTITION part{at} {}", self.bound(at)));
        }
        let alter = format!("ALTER TABLE ONLY part{at}");
        if let Some(default) = part.own.default {
            sql.push(format!("{alter} ALTER n {default}"));
        }
        if part.own.not_null {
            sql.push(format!("ALTER TABLE part{at} ALTER n SET NOT NULL"));
        }
        if part.own.check {
            sql.push(format!("ALTER TABLE part{at} ADD CONSTRAINT own_check CHECK (n < 100)"));
        }
        if let Some(number) = part.below {
            sql.push(format!("CREATE TABLE part{at}_low PARTITION OF part{at} FOR VALUES FROM (0) TO (9)"));
            sql.push(format!(
                "CREATE TABLE part{at}_high PARTITION OF part{at} FOR VALUES FROM (10) TO (19)"
            ));
            let high = format!("ALTER TABLE part{at}_high ALTER n");
            sql.extend(number.default.map(|n| format!("{high} SET DEFAULT {n}")));
            sql.extend(number.not_null.then(|| format!("{high} SET NOT NULL")));
        }
        sql
    }
}

impl Number {
    fn words(self) -> String {
        let default = self.default.map(|n| format!(" DEFAULT {n}")).unwrap_or_default();
        default + if self.not_null { " NOT NULL" } else { "" }
    }
}

impl Child {
    /// The statements, in an order that will do once the parent is there.
    pub(crate) fn statements(&self, model: &Model) -> Vec<String> {
        let Some(parent) = &model.tables[self.parent] else { return Vec::new() };
        let mut columns: Vec<String> = Vec::new();
        let of_parent = |n: usize| parent.columns[n].as_ref().map(|column| (format!("c{n}"), column));
        columns.extend(
            self.declares
                .and_then(of_parent)
                .map(|(name, column)| format!("{name} {}", model.type_of(column))),
        );
        columns.extend(self.extra.then(|| "extra integer".to_owned()));
        let name = format!("t{}", self.parent);
        let mut sql = match self.form {
            Form::Absent => return Vec::new(),
            Form::Born => vec![format!("CREATE TABLE child ({}) INHERITS ({name})", columns.join(", "))],
            Form::Attached | Form::Apart => {
                let like =
                    [format!("LIKE {name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED")];
                let extra = self.extra.then(|| "extra integer".to_owned());
                vec![format!(
                    "CREATE TABLE child ({})",
                    like.into_iter().chain(extra).collect::<Vec<_>>().join(", ")
                )]
            }
        };
        if self.form == Form::Attached {
            sql.push(format!("ALTER TABLE child INHERIT {name}"));
        }
        if self.below {
            sql.push("CREATE TABLE grandchild (more integer) INHERITS (child)".to_owned());
        }
        let plain = |column: &Column| matches!(column.value, Value::None | Value::Default);
        if let Some(((name, column), drops)) = self
            .default
            .and_then(|(n, drops)| Some((of_parent(n).filter(|(_, column)| plain(column))?, drops)))
        {
            let default = model.default(column, &model.type_of(column));
            let to = if drops { "DROP DEFAULT".to_owned() } else { format!("SET{default}") };
            sql.push(format!("ALTER TABLE child ALTER {name} {to}"));
        }
        sql.extend(
            self.not_null
                .and_then(of_parent)
                .map(|(name, _)| format!("ALTER TABLE child ALTER {name} SET NOT NULL")),
        );
        sql.extend(
            self.check
                .then(|| "ALTER TABLE child ADD CONSTRAINT own_check CHECK (id IS NOT NULL)".to_owned()),
        );
        sql
    }
}
