//! What programs get is of the shape that `schemas/cli.json` documents. The schema uses a few words of JSON Schema; this
//! knows these and no other.

use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(migrate_runtime::cli::JSON_SCHEMA).unwrap());

/// Panics where the value is not of the documented shape.
#[track_caller]
pub(crate) fn check(value: &Value) {
    let mut faults = Vec::new();
    fits(value, &SCHEMA, "$", &mut faults);
    assert!(faults.is_empty(), "{}\nin {value:#}", faults.join("\n"));
}

fn fits(value: &Value, schema: &Value, path: &str, faults: &mut Vec<String>) {
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                fits(value, &SCHEMA["$defs"][name], path, faults);
            }
            "type" => {
                let types: Vec<&Value> =
                    rule.as_array().map_or_else(|| vec![rule], |list| list.iter().collect());
                if !types.iter().any(|one| is(value, one.as_str().unwrap())) {
                    faults.push(format!("{path} is not of type {rule}"));
                }
            }
            "const" => {
                if value != rule {
                    faults.push(format!("{path} is not {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    faults.push(format!("{path} is none of {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        faults.push(format!("{path} has no {name}"));
                    }
                }
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        fits(value, rule, &format!("{path}.{name}"), faults);
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(rule, &Value::Bool(false));
                for name in value.as_object().into_iter().flat_map(|object| object.keys()) {
                    if schema["properties"].get(name).is_none() {
                        faults.push(format!("{path}.{name} is not documented"));
                    }
                }
            }
            "items" => {
                for (at, value) in value.as_array().into_iter().flatten().enumerate() {
                    fits(value, rule, &format!("{path}[{at}]"), faults);
                }
            }
            other => panic!("the schema says `{other}`, which this test does not know"),
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type of JSON: {other}"),
    }
}
