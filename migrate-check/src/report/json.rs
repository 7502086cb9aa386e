//! For programs.

use serde_json::{Value, json};

use super::path;
use crate::Hazard;

/// An array with an object a hazard: `lint`, `level` (`"warn"` or `"deny"`), `path`, `line` and `column` from 1,
/// `message`, `help`.
pub fn json(hazards: &[Hazard]) -> String {
    let object = |hazard: &Hazard| {
        json!({
            "lint": hazard.lint().name(),
            "level": hazard.level().name(),
            "path": path(hazard),
            "line": hazard.line(),
            "column": hazard.column(),
            "message": hazard.message(),
            "help": hazard.help(),
        })
    };
    format!("{:#}\n", hazards.iter().map(object).collect::<Value>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn an_object_a_hazard() {
        insta::assert_snapshot!(json(&samples::hazards()));
        assert_eq!(json(&[]), "[]\n");
    }
}
