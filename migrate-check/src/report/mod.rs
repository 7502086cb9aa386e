//! Hazards as text: for people, for programs, for code scanning and for the annotations of a pull request.

mod github;
mod human;
mod json;
mod sarif;

pub use github::{github, github_faults};
pub use human::human;
pub use json::json;
pub use sarif::{sarif, sarif_faults};

use crate::Hazard;

/// The path with slashes, on every system.
fn path(hazard: &Hazard) -> String {
    hazard.path().display().to_string().replace('\\', "/")
}

#[cfg(test)]
mod samples {
    //! A folder with a few hazards, one of them denied, and names that need escaping.

    use std::fs;
    use std::path::Path;

    use crate::Hazard;

    pub(super) fn hazards() -> Vec<Hazard> {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        write("migrate.toml", "[lints]\ndrop-table = \"deny\"\n");
        write("0001_a.sql", "-- Ünused.\n/* é */ DROP TABLE \"a\n%b\";\n");
        write("0002_b.sql", "ALTER TABLE users\n\tALTER email SET NOT NULL;\n");
        let hazards = crate::lint(folder.path()).expect("no fault");
        let to = Path::new("my, 100%: migrations");
        hazards.into_iter().map(|hazard| hazard.shown_in(folder.path(), to)).collect()
    }
}
