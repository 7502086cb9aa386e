//! Whether a value is of the shape that a JSON schema documents. The schemas here use a few words of JSON Schema; this
//! knows these and no other. The tests of the command `migrate` use it too.

use serde_json::Value;

/// Panics where the value is not of the documented shape.
#[track_caller]
pub(crate) fn check(schema: &Value, value: &Value) {
    let mut faults = Vec::new();
    Schema(schema).fits(value, schema, "$", &mut faults);
    assert!(faults.is_empty(), "{}\nin {value:#}", faults.join("\n"));
}

/// The whole, in which references are looked up.
struct Schema<'s>(&'s Value);

impl Schema<'_> {
    fn fits(&self, value: &Value, schema: &Value, path: &str, faults: &mut Vec<String>) {
        let object = value.as_object();
        for (word, rule) in schema.as_object().unwrap() {
            match word.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => {}
                "$ref" => {
                    let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.fits(value, &self.0["$defs"][name], path, faults);
                }
                "type" => {
                    let is = |name: &Value| is(value, name.as_str().unwrap());
                    if !rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is)) {
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
                // Nothing else is allowed anywhere; where there are no properties, nothing at all.
                "additionalProperties" => {
                    assert_eq!(rule, &Value::Bool(false));
                    let is_bare = schema.get("properties").is_none();
                    for name in object.into_iter().flatten().map(|(name, _)| name).filter(|_| is_bare) {
                        faults.push(format!("{path}.{name} is not documented"));
                    }
                }
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
