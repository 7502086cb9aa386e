//! Which change of a column's type leaves the rows as they are: the types are binary coercible, or the new limit is no narrower
//! (`ATColumnChangeRequiresRewrite` and the support functions of the length coercions). The lints and the
//! comparison of schemas judge by it.

mod values;

pub use values::{Conversion, Values, conversion, sort_of_enum, uncut, values};

/// What becomes of a table when the type of a column changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Only the catalog changes.
    Nothing,
    /// The table and its indexes are written anew.
    Everything,
    /// The same, unless the session's `TimeZone` is UTC.
    UnlessUtc,
}

/// What becomes of the table when a column of the first type gets the second, as `format_type` or a script has them, with the
/// conversion that PostgreSQL chooses itself.
pub fn rewrite(from: &str, to: &str) -> Rewrite {
    rewrite_of(&Type::parse(from), &Type::parse(to))
}

/// The same of a column whose type is a domain over the first: PostgreSQL does not look at its limit.
pub fn rewrite_of_domain(base: &str, to: &str) -> Rewrite {
    let unlimited = Type { limits: Vec::new(), fields: String::new(), ..Type::parse(base) };
    rewrite_of(&unlimited, &Type::parse(to))
}

fn rewrite_of(from: &Type, to: &Type) -> Rewrite {
    let is_free = from == to
        || match (&*from.name, &*to.name) {
            // A limit has every element checked; where there is none, an array is not looked at.
            _ if from.is_array || to.is_array => {
                from.is_array == to.is_array
                    && from.name == to.name
                    && to.limits.is_empty()
                    && to.fields.is_empty()
            }
            ("varchar" | "xml" | "citext", "text")
            | ("text" | "varchar", "citext")
            | ("cidr", "inet")
            | ("regproc", "regprocedure")
            | ("regprocedure", "regproc")
            | ("regoper", "regoperator")
            | ("regoperator", "regoper") => true,
            ("int4", to) if is_oid(to) => true,
            ("oid", to) if is_oid(to) || to == "int4" => true,
            (from, "oid" | "int4") if is_oid(from) => true,
            ("text" | "xml" | "citext", "varchar")
            | ("text" | "varchar" | "xml" | "citext", "bpchar")
            | ("bit", "varbit")
            | ("varbit", "bit") => to.limits.is_empty() && to.name != "bit",
            ("varchar", "varchar") | ("varbit", "varbit") | ("bpchar", "bpchar") if to.limits.is_empty() => {
                true
            }
            ("varchar", "varchar") | ("varbit", "varbit") => {
                from.limits.first().is_some_and(|old| Some(old) <= to.limits.first())
            }
            ("numeric", "numeric") => to.limits.is_empty() || is_wider(&from.limits, &to.limits),
            ("timestamp", "timestamp")
            | ("timestamptz", "timestamptz")
            | ("time", "time")
            | ("timetz", "timetz") => from.digits() <= to.digits(),
            ("interval", "interval") => {
                let is_unlimited = to.fields.is_empty() && to.limits.is_empty();
                let keeps_digits = from.least_field() > 0 || from.digits() <= to.digits();
                is_unlimited || (to.least_field() <= from.least_field() && keeps_digits)
            }
            _ => false,
        };
    let is_of_zone =
        [("timestamp", "timestamptz"), ("timestamptz", "timestamp")].contains(&(&*from.name, &*to.name));
    match () {
        () if is_free => Rewrite::Nothing,
        () if is_of_zone && !from.is_array && !to.is_array && from.digits() <= to.digits() => {
            Rewrite::UnlessUtc
        }
        () => Rewrite::Everything,
    }
}

/// Whether what a value becomes depends on the time zone of the session that converts it.
pub fn is_by_time_zone(from: &str, to: &str) -> bool {
    let (from, to) = (Type::parse(from), Type::parse(to));
    let has_zone = |ty: &Type| ty.name == "timestamptz";
    has_zone(&from) != has_zone(&to)
}

/// `oid`, or one of the types that are an `oid` and show a name.
fn is_oid(name: &str) -> bool {
    name == "oid" || values::is_one_of(name, values::OIDS)
}

/// Whether an index over values of the first type has the order that it would have over the same values of the second type:
/// PostgreSQL takes the same operator class for both.
pub fn is_of_one_order(from: &str, to: &str) -> bool {
    let order = |text: &str| {
        let ty = Type::parse(text);
        let name = match &*ty.name {
            "varchar" => "text",
            "cidr" => "inet",
            name if is_oid(name) => "oid",
            name => name,
        };
        (name.to_owned(), ty.is_array)
    };
    order(from) == order(to)
}

/// Whether `numeric(p, s)` has the same scale and no fewer digits.
fn is_wider(from: &[i64], to: &[i64]) -> bool {
    let scale = |limits: &[i64]| limits.get(1).copied().unwrap_or_default();
    !from.is_empty() && scale(from) == scale(to) && from[0] <= to[0]
}

/// A type, by the name that the catalog has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    pub name: String,
    /// What is in parentheses.
    pub limits: Vec<i64>,
    /// Of an interval: `year to month`.
    fields: String,
    is_array: bool,
}

/// The seconds' digits that are kept where nothing is said.
const DIGITS: i64 = 6;

impl Type {
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let element = text.split(['[']).next().unwrap_or_default().trim();
        let is_array = element.len() < text.len() || ends_in_array(element);
        let (head, rest) = element.split_once('(').unwrap_or((element, ""));
        let (inside, tail) = rest.split_once(')').unwrap_or(("", ""));
        let limits: Vec<i64> =
            inside.split(',').filter_map(|number| number.trim().replace('_', "").parse().ok()).collect();
        let quoted = head.contains('"');
        let mut words: Vec<String> = [head, tail]
            .into_iter()
            .flat_map(str::split_whitespace)
            .map(|word| if quoted { word.to_owned() } else { word.to_ascii_lowercase() })
            .collect();
        if words.last().is_some_and(|last| last == "array") {
            words.pop();
        }
        let mut name = words.join(" ");
        for schema in ["pg_catalog.", "pg_catalog ."] {
            name = name.strip_prefix(schema).map(|name| name.trim().to_owned()).unwrap_or(name);
        }
        let mut fields = String::new();
        if let Some(behind) = name.strip_prefix("interval ") {
            behind.clone_into(&mut fields);
            "interval".clone_into(&mut name);
        }
        let (name, limits) = known(&name, limits);
        Self { name, limits, fields, is_array }
    }

    fn digits(&self) -> i64 {
        self.limits.first().copied().unwrap_or(DIGITS)
    }

    /// The smallest field of an interval, counted from the second.
    fn least_field(&self) -> usize {
        const FIELDS: [&str; 6] = ["second", "minute", "hour", "day", "month", "year"];
        let last = self.fields.split_whitespace().next_back();
        last.and_then(|last| FIELDS.iter().position(|field| *field == last)).unwrap_or_default()
    }
}

fn ends_in_array(element: &str) -> bool {
    element.to_ascii_lowercase().ends_with(" array")
}

/// The catalog's name of a type, and its limits where the short name implies one.
fn known(name: &str, mut limits: Vec<i64>) -> (String, Vec<i64>) {
    let known = match name {
        "int" | "integer" | "int4" | "serial" | "serial4" => "int4",
        "bigint" | "int8" | "bigserial" | "serial8" => "int8",
        "smallint" | "int2" | "smallserial" | "serial2" => "int2",
        "bool" | "boolean" => "bool",
        "real" | "float4" => "float4",
        "float" if limits.first().is_some_and(|bits| *bits <= 24) => {
            limits.clear();
            "float4"
        }
        "float" | "double precision" | "float8" => {
            limits.clear();
            "float8"
        }
        "decimal" | "dec" | "numeric" => "numeric",
        "varchar" | "character varying" | "char varying" | "national character varying" | "nchar varying" => {
            "varchar"
        }
        "char" | "character" | "nchar" | "national character" => {
            if limits.is_empty() {
                limits.push(1);
            }
            "bpchar"
        }
        "bit varying" | "varbit" => "varbit",
        "bit" => {
            if limits.is_empty() {
                limits.push(1);
            }
            "bit"
        }
        "timestamp" | "timestamp without time zone" => "timestamp",
        "timestamptz" | "timestamp with time zone" => "timestamptz",
        "time" | "time without time zone" => "time",
        "timetz" | "time with time zone" => "timetz",
        // An extension may be in any schema.
        other if values::is_citext(other) => "citext",
        other => other,
    };
    // `numeric(5)` is `numeric(5, 0)`.
    if known == "numeric" && limits.len() == 1 {
        limits.push(0);
    }
    (known.to_owned(), limits)
}
