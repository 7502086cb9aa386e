//! What programs get is of the shape that `schemas/verbs.json` documents.

use serde_json::Value;

#[path = "../../../tests/it/json_schema.rs"]
mod json_schema;

/// Panics where the value is not of the documented shape.
#[track_caller]
pub(crate) fn check(value: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/verbs.json")).unwrap();
    json_schema::check(&schema, value);
}
