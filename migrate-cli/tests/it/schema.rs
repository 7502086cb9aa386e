//! What programs get is of the shape that is documented: in `schemas/verbs.json`, or in `schemas/cli.json` of the runtime.

use serde_json::Value;

#[path = "../../../tests/it/json_schema.rs"]
mod json_schema;

/// Panics where a line of what a fleet's verbs print is not of the documented shape.
#[track_caller]
pub(crate) fn check_line(line: &str) -> Value {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    json_schema::check(&serde_json::from_str(migrate_runtime::cli::fleet::JSON_SCHEMA).unwrap(), &value);
    value
}

/// Panics where the value is not of the documented shape.
#[track_caller]
pub(crate) fn check(value: &Value) {
    let parse = |text| serde_json::from_str::<Value>(text).unwrap();
    let of_databases = parse(migrate_runtime::cli::JSON_SCHEMA);
    let verbs = of_databases["properties"]["verb"]["enum"].as_array().unwrap();
    // What fails before it comes to a database is told by the command.
    let is_of_command =
        value["error"]["faults"].is_array() || (value["exit_code"] == 64 && !value["error"].is_null());
    let is_of_databases = verbs.contains(&value["verb"]) && !is_of_command;
    let of_command = parse(include_str!("../../schemas/verbs.json"));
    json_schema::check(if is_of_databases { &of_databases } else { &of_command }, value);
}
