//! What programs get is of the shape that `schemas/cli.json` documents.

use std::sync::LazyLock;

use serde_json::Value;

use crate::json_schema;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(migrate_runtime::cli::JSON_SCHEMA).unwrap());

/// Panics where the value is not of the documented shape.
#[track_caller]
pub(crate) fn check(value: &Value) {
    json_schema::check(&SCHEMA, value);
}
