//! What programs get is of the shape that `schemas/verbs.json` documents. The schema uses a few words of JSON Schema; this
//! knows these and no other.

use serde_json::Value;

/// Panics where the value is not of the documented shape.
#[track_caller]
pub(crate) fn check(value: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/verbs.json")).unwrap();
    let mut faults = Vec::new();
    Schema(&schema).fits(value, &schema, "$", &mut faults);
    assert!(faults.is_empty(), "{}\nin {value:#}", faults.join("\n"));
}

struct Schema<'s>(&'s Value);

impl Schema<'_> {
    fn fits(&self, value: &Value, schema: &Value, path: &str, faults: &mut Vec<String>) {
        let object = value.as_object();
        for (word, rule) in schema.as_object().unwrap() {
            match word.as_str() {
                "$schema" | "$defs" | "title" | "description" => {}
                "$ref" => {
                    let name = rule.as_str().unwrap().rsplit('/').next().unwrap();
                    self.fits(value, &self.0["$defs"][name], path, faults);
                }
                "type" => {
                    let is = |name: &Value| name == kind(value);
                    if !rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is)) {
                        faults.push(format!("{path} is not of type {rule}"));
                    }
                }
                "enum" => {
                    if !rule.as_array().unwrap().contains(value) {
                        faults.push(format!("{path} is none of {rule}"));
                    }
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        if object.is_some_and(|object| !object.contains_key(name.as_str().unwrap())) {
                            faults.push(format!("{path} has no {name}"));
                        }
                    }
                }
                "properties" => {
                    for (name, value) in object.into_iter().flatten() {
                        match rule.get(name) {
                            Some(rule) => self.fits(value, rule, &format!("{path}.{name}"), faults),
                            None => faults.push(format!("{path}.{name} is not documented")),
                        }
                    }
                }
                // Nothing else is allowed anywhere.
                "additionalProperties" => assert_eq!(rule, &Value::Bool(false)),
                "items" => {
                    for (at, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.fits(value, rule, &format!("{path}[{at}]"), faults);
                    }
                }
                other => panic!("the schema says `{other}`, which this test does not know"),
            }
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
