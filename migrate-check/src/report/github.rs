//! For the annotations of a pull request on GitHub: commands that a workflow's step prints.

use std::fmt::Write as _;

use migrate_source::Faults;

use super::path;
use crate::{Hazard, Level};

/// A line a hazard, `::warning …` or `::error …`.
pub fn github(hazards: &[Hazard]) -> String {
    let mut text = String::new();
    for hazard in hazards {
        let command = if hazard.level() == Level::Deny { "error" } else { "warning" };
        let _ = writeln!(
            text,
            "::{command} file={},line={},col={},title={}::{}",
            property(&path(hazard)),
            hazard.line(),
            hazard.column(),
            property(hazard.lint().name()),
            data(&format!("{}\n{}", hazard.message(), hazard.help())),
        );
    }
    text
}

/// The same for what is wrong with the folder, each an error.
pub fn github_faults(faults: &Faults) -> String {
    let mut text = String::new();
    for fault in faults {
        let file = fault.path().display().to_string().replace('\\', "/");
        let _ = write!(text, "::error file={}", property(&file));
        if let (Some(line), Some(column)) = (fault.line(), fault.column()) {
            let _ = write!(text, ",line={line},col={column}");
        }
        let title = property(fault.label());
        let _ =
            writeln!(text, ",title={title}::{}", data(&format!("{}\n{}", fault.kind(), fault.kind().help())));
    }
    text
}

/// What stands behind the last colons.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands between them, where a comma would begin the next property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_line_a_hazard() {
        insta::assert_snapshot!(github(&samples::hazards()));
        assert_eq!(github(&[]), "");
    }
}
