//! For code scanning: SARIF 2.1.0.

use std::fmt::Write as _;

use migrate_source::{Fault, Faults};
use serde_json::{Value, json};

use super::path;
use crate::{Hazard, Level, Lint};

/// One run, with every lint as a rule and every hazard as a result.
pub fn sarif(hazards: &[Hazard]) -> String {
    log(&hazards.iter().map(result).collect())
}

/// The same for what is wrong with the folder: a fault is an error, whose rule is its code.
pub fn sarif_faults(faults: &Faults) -> String {
    let result = |fault: &Fault| {
        let path = fault.path().display().to_string().replace('\\', "/");
        let mut place = json!({ "artifactLocation": { "uri": uri(&path) } });
        if let (Some(line), Some(column)) = (fault.line(), fault.column()) {
            place["region"] = json!({ "startLine": line, "startColumn": column });
        }
        json!({
            "ruleId": fault.label(),
            "level": "error",
            "message": { "text": format!("{}\n{}", fault.kind(), fault.kind().help()) },
            "locations": [{ "physicalLocation": place }],
        })
    };
    log(&faults.iter().map(result).collect())
}

fn log(results: &Value) -> String {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "migrate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": Lint::ALL.iter().map(|lint| rule(lint)).collect::<Value>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(lint: &Lint) -> Value {
    json!({
        "id": lint.name(),
        "shortDescription": { "text": lint.summary() },
        "fullDescription": { "text": lint.why() },
        "help": { "text": lint.instead() },
        "defaultConfiguration": { "enabled": lint.level() > Level::Allow, "level": "warning" },
    })
}

fn result(hazard: &Hazard) -> Value {
    json!({
        "ruleId": hazard.lint().name(),
        "ruleIndex": Lint::ALL.iter().position(|lint| *lint == hazard.lint()),
        "level": if hazard.level() == Level::Deny { "error" } else { "warning" },
        "message": { "text": format!("{}\n{}", hazard.message(), hazard.help()) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&path(hazard)) },
            "region": { "startLine": hazard.line(), "startColumn": hazard.column() },
        } }],
    })
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(byte.into());
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_result_a_hazard() {
        let mut log: Value = serde_json::from_str(&sarif(&samples::hazards())).expect("JSON");
        let rules = log["runs"][0]["tool"]["driver"]["rules"].take();
        let rules = rules.as_array().expect("an array");
        assert_eq!(rules.len(), Lint::ALL.len());
        for result in log["runs"][0]["results"].as_array().expect("an array") {
            let index =
                result["ruleIndex"].as_u64().and_then(|at| usize::try_from(at).ok()).expect("an index");
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        insta::assert_snapshot!(format!("{log:#}\n{:#}\n", rules[0]));
    }
}
