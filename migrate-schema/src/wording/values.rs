//! Values of attributes in words: a list or a map of the catalog's is JSON, and some of its letters and names are PostgreSQL's
//! own.

use serde_json::{Map, Value};

use crate::key::qualified;

/// A value in one line.
pub(super) fn readable(attribute: &str, value: &str) -> String {
    match serde_json::from_str(value) {
        Ok(Value::Array(list)) => listed(attribute, &list),
        Ok(Value::Object(map)) => mapped(attribute, &map),
        _ => one_line(letter(attribute, value).unwrap_or(value)),
    }
}

fn listed(attribute: &str, list: &[Value]) -> String {
    let texts: Vec<String> = list.iter().map(|item| text(attribute, item)).collect();
    match attribute {
        "family" | "parser" | "part_of_index" | "part_of_key" | "template" => {
            // The last is the key of a table.
            if texts.is_empty() { String::new() } else { qualified(&texts) }
        }
        "states" => states(&texts),
        _ => joined(texts, ", "),
    }
}

fn mapped(attribute: &str, map: &Map<String, Value>) -> String {
    let each = map.iter().map(|(name, value)| match (attribute, value) {
        ("acl", Value::Object(privileges)) => granted(name, privileges),
        // The name is the beginning of it.
        ("members", _) => text(attribute, value),
        (_, Value::Object(inner)) => {
            let inner = inner.iter().map(|(name, value)| format!("{name} {}", text(attribute, value)));
            format!("{name}: {}", joined(inner, ", "))
        }
        _ => format!("{name}: {}", text(attribute, value)),
    });
    if map.is_empty() { "none".to_owned() } else { joined(each, "; ") }
}

/// What one role may do.
fn granted(grantee: &str, privileges: &Map<String, Value>) -> String {
    let each = privileges.iter().map(|(privilege, may_pass_on)| {
        let option = if *may_pass_on == Value::Bool(true) { " WITH GRANT OPTION" } else { "" };
        format!("{privilege}{option}")
    });
    let grantee = if grantee == "OWNER" { "the owner" } else { grantee };
    format!("{} to {grantee}", joined(each, ", "))
}

fn text(attribute: &str, value: &Value) -> String {
    match value {
        Value::String(text) => {
            let inner = (attribute == "column_settings").then(|| serde_json::from_str(text).ok()).flatten();
            match inner {
                Some(Value::Array(list)) => listed(attribute, &list),
                _ => one_line(letter(attribute, text).unwrap_or(text)),
            }
        }
        // A name with its type, and no collation.
        Value::Array(parts) => {
            joined(parts.iter().map(|part| text(attribute, part)).filter(|part| part != "-"), " ")
        }
        other => other.to_string(),
    }
}

/// What a letter of the catalog's says.
fn letter(attribute: &str, letter: &str) -> Option<&'static str> {
    Some(match (attribute, letter) {
        ("argument_modes", "i") => "IN",
        ("argument_modes", "o") => "OUT",
        ("argument_modes", "b") => "INOUT",
        ("argument_modes", "v") => "VARIADIC",
        ("argument_modes", "t") => "TABLE",
        ("kind_of", "o") => "ordered-set aggregate",
        ("kind_of", "h") => "hypothetical-set aggregate",
        ("routine", "f") => "function",
        ("routine", "p") => "procedure",
        ("routine", "w") => "WINDOW function",
        _ => return None,
    })
}

/// When a constraint is enforced: PostgreSQL does it by triggers, each of which has a function.
fn states(each: &[String]) -> String {
    let split = || each.iter().filter_map(|text| text.split_once(' '));
    match split().next() {
        Some((_, first)) if split().all(|(_, state)| state == first) => first.to_owned(),
        _ => joined(split().map(|(function, state)| format!("{state} {}", occasion(function))), ", "),
    }
}

fn occasion(function: &str) -> &'static str {
    match function {
        "RI_FKey_check_ins" => "on INSERT",
        "RI_FKey_check_upd" => "on UPDATE",
        function if function.ends_with("_del") => "on DELETE of what is referred to",
        function if function.ends_with("_upd") => "on UPDATE of what is referred to",
        _ => "when the key is looked at once more",
    }
}

fn joined(texts: impl IntoIterator<Item = String>, with: &str) -> String {
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    texts.join(with)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
