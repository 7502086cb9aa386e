//! Expressions that are made out of others, by a seed.

/// Numbers that follow from a seed (xorshift64*).
pub(crate) struct Random(u64);

/// Values that go together more or less: PostgreSQL refuses the rest.
const SORTS: [&[&str]; 5] = [
    &[
        "vc",
        "v8",
        "tx",
        "c3",
        "nm",
        "ds",
        "dw",
        "'a'",
        "'a'::varchar",
        "'b'::text",
        "'c'::varchar(3)",
        "'d'::char(3)",
        "lower(vc)",
        "vc || 'x'",
        "vc COLLATE \"C\"",
        "NULL",
        "v8::varchar(3)",
        "'e'::short",
        "current_user::text",
    ],
    &[
        "i",
        "s",
        "b",
        "n",
        "f8",
        "dp",
        "1",
        "2.5",
        "-1",
        "'3'::bigint",
        "i + 1",
        "abs(n)",
        "'4'::numeric(5, 1)",
        "NULL",
        "length(vc)",
        "ia[1]",
        "1::smallint",
        "10000000000",
        "-2.5",
        "(SELECT -1)",
    ],
    &[
        "d",
        "ts",
        "tz",
        "'2026-01-01'",
        "date '2026-01-01'",
        "now()",
        "ts + interval '1 day'",
        "tz AT TIME ZONE 'UTC'",
    ],
    &[
        "ta",
        "va",
        "da",
        "'{a}'",
        "ARRAY['a']",
        "ARRAY[vc]",
        "ARRAY['a'::varchar]",
        "string_to_array(tx, ',')",
        "ARRAY[ds, ds]",
    ],
    &["ci", "ne", "'10.0.0.0/8'", "'10.0.0.0/8'::cidr", "'10.0.0.1'::inet"],
];

/// `{b}` is a condition, `{v}` a value.
const SHAPES: [&str; 22] = [
    "{b} AND {b}",
    "{b} AND ({b} AND {b})",
    "({b} OR {b}) OR {b}",
    "({b} AND {b}) OR {b}",
    "NOT ({b} AND {b})",
    "{b} IS NOT TRUE OR {b}",
    "CASE WHEN {b} THEN {v} ELSE {v} END = {v}",
    "CASE {v} WHEN {v} THEN {b} ELSE {b} END",
    "coalesce({b}, {b})",
    "coalesce({v}, {v}) <> {v}",
    "{v} IN ({v}, {v}, {v})",
    "{v} NOT IN ({v}, {v})",
    "{v} BETWEEN {v} AND {v}",
    "{v} NOT BETWEEN SYMMETRIC {v} AND {v}",
    "{v} = ANY (ARRAY[{v}, {v}])",
    "{v} < ALL (ARRAY[{v}, {v}])",
    "{v} IS DISTINCT FROM {v}",
    "({v}, {v}) = ({v}, {v})",
    "({v}, {v}) >= ({v}, {v})",
    "few(VARIADIC ARRAY[{v}, {v}]) = {v}",
    "greatest({v}, {v}) > nullif({v}, {v})",
    "ARRAY[{v}, {v}] = ARRAY[{v}, {v}]",
];

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % count
    }

    pub(crate) fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }

    /// A condition over the columns of `t`.
    pub(crate) fn expression(&mut self) -> String {
        self.condition(3)
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.of(&["bo", "i = 1", "vc IN ('a', 'b')", "d IS NULL", "i BETWEEN 1 AND 2"]))
                .to_owned();
        }
        let (shape, sort) = (*self.of(&SHAPES), *self.of(&SORTS));
        let mut parts = shape.split('{');
        let mut sql = parts.next().unwrap().to_owned();
        for part in parts {
            let (hole, rest) = part.split_once('}').unwrap();
            let inside = if hole == "b" { self.condition(depth - 1) } else { (*self.of(sort)).to_owned() };
            sql.extend(["(", &inside, ")", rest]);
        }
        sql
    }
}
