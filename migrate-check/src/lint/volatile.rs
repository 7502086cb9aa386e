//! Whether a default is computed for each row: then adding its column rewrites the table.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode as _, Expr};

use super::name;

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
    Unknown(Vec<String>),
}

/// What calls in an expression name; `extract(…)` and its like are grammar.
pub(super) fn called(expression: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> {
    let calls = expression.descendants().filter_map(ast::CallExpr::cast);
    calls.filter_map(|call| match call.expr()? {
        Expr::NameRef(name) => Some(name.syntax().clone()),
        Expr::FieldExpr(it) => Some(it.syntax().clone()),
        _ => None,
    })
}

/// The name of a call, as far as it tells one function from another: the schema, if there is one, and the name.
pub(super) fn parts(call: &SyntaxNode) -> Vec<String> {
    match ast::FieldExpr::cast(call.clone()) {
        Some(it) => {
            let base = it.base().map(|base| name::last_part(base.syntax()));
            base.into_iter().chain(it.field().map(|field| field.text())).collect()
        }
        None => name::parts(call),
    }
}

pub(super) fn of(expr: &Expr) -> Volatility {
    let mut result = Volatility::Stable;
    for call in called(expr.syntax()) {
        let parts = parts(&call);
        let Some(name) = parts.last() else { continue };
        let is_own = parts.len() == 1 || parts[0] == "pg_catalog";
        if VOLATILE.contains(&&**name) {
            return Volatility::Volatile(name.clone());
        }
        if !(is_own && NOT_VOLATILE.contains(&&**name)) {
            result = Volatility::Unknown(parts);
        }
    }
    result
}
