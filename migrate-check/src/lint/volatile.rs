//! Whether a default is computed for each row: then adding its column rewrites the table.

use squawk_syntax::ast::{self, AstNode as _, Expr};

/// PostgreSQL's own functions that a default may call and that are not volatile: one value for all rows.
const NOT_VOLATILE: [&str; 76] = [
    "abs",
    "age",
    "array_fill",
    "ascii",
    "bit_length",
    "btrim",
    "ceil",
    "char_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "current_database",
    "current_schema",
    "current_setting",
    "current_timestamp",
    "date",
    "date_bin",
    "date_part",
    "date_trunc",
    "decode",
    "digest",
    "encode",
    "floor",
    "format",
    "greatest",
    "hashtext",
    "initcap",
    "int4range",
    "int8range",
    "jsonb_build_array",
    "jsonb_build_object",
    "json_build_array",
    "json_build_object",
    "least",
    "left",
    "length",
    "localtime",
    "localtimestamp",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "now",
    "nullif",
    "numrange",
    "octet_length",
    "power",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row_to_json",
    "rpad",
    "rtrim",
    "sha256",
    "split_part",
    "statement_timestamp",
    "string_to_array",
    "substr",
    "timezone",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_timestamp",
    "to_tsvector",
    "transaction_timestamp",
    "trunc",
    "upper",
];

/// PostgreSQL's own volatile functions that defaults are known to call.
const VOLATILE: [&str; 9] = [
    "clock_timestamp",
    "gen_random_bytes",
    "gen_random_uuid",
    "nextval",
    "random",
    "timeofday",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// What is known of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Volatility {
    /// It has one value for all rows.
    Stable,
    /// It calls this function, which has another value for each row.
    Volatile(String),
    /// It calls this function, which is nobody knows what; volatile unless it was declared otherwise.
    Unknown(String),
}

pub(super) fn of(expr: &Expr) -> Volatility {
    let calls = expr.syntax().descendants().filter_map(ast::CallExpr::cast);
    let mut result = Volatility::Stable;
    for call in calls {
        let name = match call.expr() {
            Some(Expr::NameRef(name)) => name.text(),
            Some(Expr::FieldExpr(it)) => it.field().map(|field| field.text()).unwrap_or_default(),
            // `extract(…)` and its like, which are grammar.
            _ => continue,
        };
        if VOLATILE.contains(&&*name) {
            return Volatility::Volatile(name);
        }
        if !NOT_VOLATILE.contains(&&*name) {
            result = Volatility::Unknown(name);
        }
    }
    result
}
