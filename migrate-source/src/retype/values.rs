//! What becomes of the values: by which conversion a column gets another type, and whether a value can be refused, or be another
//! one afterwards. `pg_cast` of PostgreSQL 14 to 18 says which casts there are; what they do was tried.
//!
//! A type may also be `enum(8)`, whose longest label has eight characters and none ends in a blank, `enum`, or `record`.

use super::{Rewrite, Type, rewrite_of};

/// How a value of one type becomes one of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// PostgreSQL assigns it, and refuses what does not fit a length.
    Assigned,
    /// Cast to this type, it can be assigned.
    Through(&'static str),
    /// Cast to the new type.
    Cast,
    /// Written as text and read again.
    Text,
}

/// What may become of a value, beside that it stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Values {
    /// The statement fails where a value does not fit.
    pub may_fail: bool,
    /// A value may be another one afterwards: cast to the old type, or to text, it is not what it was.
    pub may_change: bool,
}

const KEPT: Values = Values { may_fail: false, may_change: false };
const FITTED: Values = Values { may_fail: true, may_change: false };
const ROUNDED: Values = Values { may_fail: false, may_change: true };
const ANYTHING: Values = Values { may_fail: true, may_change: true };

/// By which conversion a column of the first type gets the second.
pub fn conversion(from: &str, to: &str) -> Conversion {
    conversion_of(&Type::parse(from), &Type::parse(to))
}

/// What that does to values.
pub fn values(from: &str, to: &str) -> Values {
    let (from, to) = (Type::parse(from), Type::parse(to));
    match (from.is_array, to.is_array) {
        (false, false) => of_one(&from, &to),
        // Of each element.
        (true, true) => of_one(&Type { is_array: false, ..from }, &Type { is_array: false, ..to }),
        (true, false) if is_text(&to) => of_text(&from, &to),
        _ => ANYTHING,
    }
}

/// The type's name as a cast needs it that cuts nothing, where another would: without a length.
pub fn uncut(ty: &str) -> Option<String> {
    let ty = Type::parse(ty);
    let name = match &*ty.name {
        // As a keyword it is `bit(1)`.
        "bit" => "\"bit\"",
        name @ ("varbit" | "varchar" | "bpchar") => name,
        _ => return None,
    };
    (!ty.limits.is_empty()).then(|| format!("{name}{}", if ty.is_array { "[]" } else { "" }))
}

/// An enum with these labels, as it is known here.
pub fn sort_of_enum(labels: &[impl AsRef<str>]) -> String {
    let longest = labels.iter().map(|label| label.as_ref().chars().count()).max().unwrap_or_default();
    if labels.iter().any(|label| label.as_ref().ends_with(' ')) {
        "enum".to_owned()
    } else {
        format!("enum({longest})")
    }
}

fn conversion_of(from: &Type, to: &Type) -> Conversion {
    if from.is_array != to.is_array {
        return if is_text(to) && !to.is_array { Conversion::Assigned } else { Conversion::Text };
    }
    // Two enums have the same name here.
    let is_assigned = is_text(to)
        || from.name == to.name && !is_one_of(&from.name, "enum record")
        || ASSIGNED.iter().any(|(these, those)| is_one_of(&from.name, these) && is_one_of(&to.name, those));
    match (&*from.name, &*to.name) {
        _ if is_assigned => Conversion::Assigned,
        ("bool", to) if is_one_of(to, NUMBERS) => Conversion::Through("integer"),
        (from, to) if CASTS.iter().any(|(one, others)| *one == from && is_one_of(to, others)) => {
            Conversion::Cast
        }
        (from, to) if is_range(from) && to == from.replace("range", "multirange") => Conversion::Cast,
        _ => Conversion::Text,
    }
}

const NUMBERS: &str = "int2 int4 int8 numeric float4 float8";
pub(super) const OIDS: &str = "regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure \
    regrole regtype";

/// What PostgreSQL assigns, apart from everything to the types of text.
const ASSIGNED: &[(&str, &str)] = &[
    (NUMBERS, NUMBERS),
    ("int4 int8 numeric", "money"),
    ("money", "numeric"),
    ("int2 int4 int8", "oid"),
    ("int2 int4 int8", OIDS),
    ("oid", "int4 int8"),
    ("oid", OIDS),
    (OIDS, "oid int4 int8"),
    ("text varchar", "regclass"),
    // Until PostgreSQL 14 it is one of the types of text.
    ("text varchar bpchar", "\"char\""),
    ("regproc", "regprocedure"),
    ("regprocedure", "regproc"),
    ("regoper", "regoperator"),
    ("regoperator", "regoper"),
    ("json jsonb", "json jsonb"),
    ("bit varbit", "bit varbit"),
    ("inet cidr", "inet cidr"),
    ("macaddr macaddr8", "macaddr macaddr8"),
    ("date", "timestamp timestamptz"),
    ("timestamp", "date time timestamptz"),
    ("timestamptz", "date time timetz timestamp"),
    ("time", "interval timetz"),
    ("timetz interval", "time"),
    ("point", "box"),
    ("box path", "polygon"),
    ("polygon", "path"),
];

/// Casts that must be written, where text would be refused or mean something else.
const CASTS: &[(&str, &str)] = &[
    ("int4", "bit"),
    ("int8", "bit"),
    ("bit", "int4 int8"),
    ("lseg", "point"),
    ("box", "point lseg circle"),
    ("polygon", "point box circle"),
    ("circle", "point box polygon"),
    ("xid8", "xid"),
];

pub(super) fn is_one_of(name: &str, names: &str) -> bool {
    names.split(' ').any(|one| one == name)
}

/// A type of `typcategory` S: everything is assigned to it as text.
fn is_text(ty: &Type) -> bool {
    matches!(&*ty.name, "text" | "varchar" | "bpchar" | "name") || is_citext(&ty.name)
}

pub(super) fn is_citext(name: &str) -> bool {
    name.rsplit('.').next() == Some("citext")
}

/// A range type of PostgreSQL's own.
fn is_range(name: &str) -> bool {
    is_one_of(name, "int4range int8range numrange tsrange tstzrange daterange")
}

#[allow(
    clippy::match_same_arms,
    reason = "a table in the order of the types: one outcome beside each pair says more than one pattern for each outcome"
)]
fn of_one(from: &Type, to: &Type) -> Values {
    let unlimited = to.limits.is_empty();
    let scale = |ty: &Type| ty.limits.get(1).copied().unwrap_or_default();
    if is_text(to) {
        return of_text(from, to);
    }
    match (&*from.name, &*to.name) {
        ("enum", "enum") | ("text" | "varchar" | "bpchar" | "name", "enum" | "json") => FITTED,
        ("record", "record") => ANYTHING,
        ("numeric", "numeric") => match () {
            () if unlimited => KEPT,
            () if from.limits.is_empty() || scale(from) > scale(to) => ANYTHING,
            () if whole_digits(from) <= whole_digits(to) => KEPT,
            () => FITTED,
        },
        ("bit" | "varbit", "bit" | "varbit") => match (from.limits.first(), to.limits.first()) {
            (_, None) => KEPT,
            (Some(old), Some(new))
                if from.name == to.name && old == new || old <= new && to.name == "varbit" =>
            {
                KEPT
            }
            _ => FITTED,
        },
        ("interval", "interval") if rewrite_of(from, to) != Rewrite::Nothing => ROUNDED,
        ("timestamp", "timestamp")
        | ("timestamptz", "timestamptz")
        | ("time", "time" | "timetz" | "interval")
        | ("timetz", "timetz")
            if to.digits() < from.digits() || !to.fields.is_empty() =>
        {
            ROUNDED
        }
        (one, other) if one == other => KEPT,
        // It is the first byte of what is written.
        (_, "\"char\"") => ROUNDED,
        ("int2", "int4" | "int8") | ("int4", "int8") => KEPT,
        ("int2" | "int4" | "int8" | "bool", "numeric") => match () {
            () if unlimited => KEPT,
            () if scale(to) < 0 => ANYTHING,
            () if digits(&from.name) <= whole_digits(to) => KEPT,
            () => FITTED,
        },
        ("int2" | "int4" | "float4", "float8") | ("int2", "float4") => KEPT,
        ("int4" | "int8", "float4") | ("int8", "float8") => ROUNDED,
        ("int4" | "int8", "int2") | ("int8", "int4" | "oid") => FITTED,
        // A number below zero becomes a great one, and the other way round.
        ("int4", to) if to == "oid" || is_one_of(to, OIDS) => ROUNDED,
        (from, "int4") if from == "oid" || is_one_of(from, OIDS) => ROUNDED,
        ("bool" | "int2" | "int4" | "int8" | "oid", "json" | "jsonb") => KEPT,
        ("int2" | "int4", "money") => KEPT,
        ("int2" | "int4" | "int8", "bool" | "money") => FITTED,
        ("bool", "int2" | "int4" | "int8" | "float4" | "float8") => KEPT,
        ("numeric", "int2" | "int4" | "int8") if !from.limits.is_empty() && scale(from) <= 0 => {
            if whole_digits(from) < digits(&to.name) {
                KEPT
            } else {
                FITTED
            }
        }
        ("money", "numeric") if unlimited => KEPT,
        ("bit", "int4" | "int8")
            if from.limits.iter().all(|bits| *bits <= if to.name == "int4" { 32 } else { 64 }) =>
        {
            KEPT
        }
        ("bit", "int4" | "int8") => FITTED,
        ("int4", "bit") if to.limits == [32] => KEPT,
        ("int8", "bit") if to.limits == [64] => KEPT,
        ("oid", to) if to == "int8" || is_one_of(to, OIDS) => KEPT,
        (from, "oid" | "int8") if is_one_of(from, OIDS) => KEPT,
        ("date", "timestamp" | "timestamptz") => FITTED,
        ("time", "timetz" | "interval") => KEPT,
        ("timetz" | "interval" | "timestamp" | "timestamptz", "time") | ("timestamptz", "timetz") => ROUNDED,
        ("jsonb", "json") | ("cidr", "inet") | ("macaddr", "macaddr8") => KEPT,
        ("macaddr8", "macaddr") => FITTED,
        ("jsonb", "bool" | "int2" | "int4" | "int8") => FITTED,
        ("jsonb", "numeric") if unlimited => FITTED,
        ("inet", "cidr") => ROUNDED,
        ("int4range", "int8range" | "numrange") | ("int8range", "numrange") => KEPT,
        ("int4multirange", "int8multirange" | "nummultirange") | ("int8multirange", "nummultirange") => KEPT,
        ("int8range", "int4range") | ("int8multirange", "int4multirange") => FITTED,
        (range, other) if is_range(range) && other == range.replace("range", "multirange") => KEPT,
        _ => ANYTHING,
    }
}

/// The decimal digits before the point that a `numeric` has at most.
fn whole_digits(ty: &Type) -> i64 {
    match ty.limits[..] {
        [digits, scale, ..] => digits - scale,
        _ => i64::MAX,
    }
}

/// The decimal digits of the greatest number.
fn digits(name: &str) -> i64 {
    match name {
        "bool" => 1,
        "int2" => 5,
        "int4" => 10,
        _ => 19,
    }
}

/// To a type of text, to which everything is assigned as it is written. An assignment cuts blanks, and refuses to cut others.
fn of_text(from: &Type, to: &Type) -> Values {
    let fits = |most: i64| longest(from).is_some_and(|longest| longest <= most);
    match (&*to.name, to.limits.first()) {
        ("name", _) => {
            // It has 63 bytes, and everything else is cut. A character has up to four.
            let bytes = if is_one_of(&from.name, "varchar bpchar enum") { 4 } else { 1 };
            let is_kept = from.name == "name" || longest(from).is_some_and(|longest| longest * bytes <= 63);
            Values { may_fail: false, may_change: !is_kept }
        }
        // Blanks at its end do not count.
        ("bpchar", None) => Values { may_fail: false, may_change: may_end_in_blanks(from) },
        ("bpchar", Some(most)) => Values { may_fail: !fits(*most), may_change: may_end_in_blanks(from) },
        ("varchar", Some(most)) => {
            Values { may_fail: !fits(*most), may_change: !fits(*most) && may_end_in_blanks(from) }
        }
        _ => KEPT,
    }
}

/// How many characters a value has at most when it is written. `None`: there is no limit, or it is not known.
fn longest(ty: &Type) -> Option<i64> {
    const DATES: &str = "timetz timestamp timestamptz";
    if ty.is_array {
        return None;
    }
    let limit = ty.limits.first().copied();
    Some(match &*ty.name {
        "varchar" | "bpchar" | "bit" | "varbit" | "enum" => limit?,
        "numeric" => {
            let (digits, scale) = (limit?, ty.limits[1]);
            // A sign, a point, a zero before it.
            let signs = 1 + i64::from(scale > 0) + i64::from(scale >= digits);
            digits.max(scale).max(digits - scale) + signs
        }
        "\"char\"" => 4,
        "bool" => 5,
        // In the years that there are, of which those before the first have `BC` behind them.
        "date" => 13,
        "int2" => 6,
        "oid" | "xid" | "cid" => 10,
        "int4" => 11,
        "float4" | "time" => 15,
        "macaddr" | "pg_lsn" => 17,
        "int8" | "xid8" => 20,
        "macaddr8" => 23,
        "float8" => 24,
        "uuid" => 36,
        "cidr" | "inet" => 43,
        "name" => 63,
        name if is_one_of(name, DATES) => 63,
        _ => return None,
    })
}

/// Whether a value can end in blanks when it is written.
fn may_end_in_blanks(ty: &Type) -> bool {
    const NEVER: &str = "bool int2 int4 int8 float4 float8 numeric money oid xid xid8 cid uuid bytea bit varbit bpchar date time \
        timetz timestamp timestamptz interval inet cidr macaddr macaddr8 jsonb jsonpath point line lseg box path polygon circle \
        tsvector tsquery tid pg_lsn pg_snapshot txid_snapshot record int4range int8range numrange tsrange tstzrange daterange \
        int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange";
    let is_enum = ty.name == "enum" && !ty.limits.is_empty();
    !(ty.is_array
        || is_enum
        || NEVER.split_whitespace().any(|name| name == ty.name)
        || is_one_of(&ty.name, OIDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_becomes_of_values() {
        let cases = [
            ("integer", "bigint", KEPT),
            ("bigint", "integer", FITTED),
            ("integer", "numeric", KEPT),
            ("integer", "numeric(10,0)", KEPT),
            ("integer", "numeric(10,2)", FITTED),
            ("integer", "numeric(10,-2)", ANYTHING),
            ("numeric(10,2)", "numeric(12,2)", KEPT),
            ("numeric(10,2)", "numeric(12,4)", KEPT),
            ("numeric(10,2)", "numeric(10,4)", FITTED),
            ("numeric(10,2)", "numeric(10,0)", ANYTHING),
            ("numeric", "numeric(10,2)", ANYTHING),
            ("numeric(4,0)", "smallint", KEPT),
            ("numeric(9,0)", "smallint", FITTED),
            ("bigint", "double precision", ROUNDED),
            ("real", "double precision", KEPT),
            ("double precision", "real", ANYTHING),
            ("integer", "oid", ROUNDED),
            ("regclass", "integer", ROUNDED),
            ("boolean", "jsonb", KEPT),
            ("timestamp(3) without time zone", "timestamp(6) without time zone", KEPT),
            ("timestamp without time zone", "timestamp(0) without time zone", ROUNDED),
            ("timestamp with time zone", "date", ANYTHING),
            ("time without time zone", "interval(2)", ROUNDED),
            ("interval", "interval year to month", ROUNDED),
            ("character varying(20)", "text", KEPT),
            ("text", "character varying(20)", ANYTHING),
            ("character(20)", "character varying(10)", FITTED),
            ("character varying(5)", "character(10)", ROUNDED),
            ("integer", "character varying(20)", KEPT),
            ("integer", "character varying(5)", FITTED),
            ("enum(5)", "character varying(5)", KEPT),
            ("enum(5)", "character varying(2)", FITTED),
            ("text", "enum(5)", FITTED),
            ("text", "integer", ANYTHING),
            ("text", "json", FITTED),
            ("text", "name", ROUNDED),
            ("uuid", "name", KEPT),
            ("json", "jsonb", ANYTHING),
            ("jsonb", "json", KEPT),
            ("inet", "cidr", ROUNDED),
            ("bit(3)", "bit varying(5)", KEPT),
            ("bit varying", "bit varying(5)", FITTED),
            ("bit(3)", "bit(5)", FITTED),
            ("bit varying(3)", "bit(3)", FITTED),
            ("bit(3)", "bit varying", KEPT),
            ("integer[]", "bigint[]", KEPT),
            ("text[]", "character varying(3)[]", ANYTHING),
            ("text[]", "text", KEPT),
            ("text", "text[]", ANYTHING),
            ("int4range", "int4multirange", KEPT),
        ];
        for (from, to, expected) in cases {
            assert_eq!(values(from, to), expected, "{from} → {to}");
        }
    }

    #[test]
    fn takes_the_cast_that_keeps_most() {
        use Conversion::{Assigned, Cast, Text, Through};

        let cases = [
            ("jsonb", "character varying(2)", Assigned),
            ("integer[]", "character varying(2)[]", Assigned),
            ("numeric(10,2)", "numeric(10,0)", Assigned),
            ("boolean", "bigint", Through("integer")),
            ("integer", "boolean", Text),
            ("enum(2)", "enum(2)", Text),
            ("text", "integer", Text),
            ("daterange", "datemultirange", Cast),
            ("integer", "bit(8)", Cast),
        ];
        for (from, to, expected) in cases {
            assert_eq!(conversion(from, to), expected, "{from} → {to}");
        }
        assert_eq!(uncut("bit(3)[]").as_deref(), Some("\"bit\"[]"));
        assert_eq!(uncut("numeric(3,1)"), None);
    }
}
