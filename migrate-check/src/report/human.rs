//! For people.

use std::fmt::Write as _;

use crate::{Hazard, Level};

/// Each hazard with its line, a caret and what to do, and a last line that counts them.
pub fn human(hazards: &[Hazard]) -> String {
    let mut text = String::new();
    for hazard in hazards {
        let level = if hazard.level() == Level::Deny { "error" } else { "warning" };
        let _ = writeln!(text, "{level}: {hazard}\n");
    }
    let denied = hazards.iter().filter(|hazard| hazard.level() == Level::Deny).count();
    let _ = match (hazards.len(), denied) {
        (0, _) => writeln!(text, "no hazard was found"),
        (1, 0) => writeln!(text, "1 hazard"),
        (1, _) => writeln!(text, "1 hazard, which is denied"),
        (all, 0) => writeln!(text, "{all} hazards"),
        (all, denied) => writeln!(text, "{all} hazards, {denied} denied"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn hazards_with_their_lines() {
        insta::assert_snapshot!(human(&samples::hazards()));
        assert_eq!(human(&[]), "no hazard was found\n");
    }
}
