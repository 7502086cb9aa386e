//! A script that is in no folder: one that was stored, and is read back under the rules of a folder.

use std::path::Path;

use crate::checksum::Checksum;
use crate::fault::Faults;
use crate::layout::{self, ScriptLayout};
use crate::migration::Script;
use crate::name::{Direction, FileName};
use crate::named_file::parse_script;
use crate::set::strip_byte_order_mark;

/// A script by itself, with the text that it owns. What exists is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredScript {
    file: String,
    text: String,
    checksum: Checksum,
    /// See [`crate::layout`].
    layout: Vec<u8>,
}

impl StoredScript {
    /// Checks a text as if it were in a folder, under this file name, which is not checked itself: it says whether the
    /// script is repeatable, and it is the path in the faults.
    ///
    /// # Errors
    ///
    /// Every fault of the text, sorted by position.
    pub fn parse(file: String, text: String) -> Result<Self, Faults> {
        let direction = FileName::parse(&file).map_or(Direction::Forward, |name| name.direction);
        let parsed = parse_script(Path::new(&file), &text, direction).map_err(Faults::sorted)?;
        let mut layout = Vec::new();
        layout::encode(&mut layout, text.len(), &parsed);
        Ok(Self { file, text, checksum: parsed.checksum, layout })
    }

    /// The script.
    pub fn script(&self) -> Script<'_> {
        Script {
            file: &self.file,
            text: strip_byte_order_mark(&self.text),
            checksum: self.checksum.as_bytes(),
            layout: ScriptLayout::take(&mut &*self.layout),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_faults(file: &str, text: &str, expected: &str) {
        let faults = StoredScript::parse(file.to_owned(), text.to_owned()).expect_err("faults");
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let firsts: Vec<&str> = told.iter().filter_map(|fault| fault.lines().next()).collect();
        assert_eq!(firsts.join("\n"), expected);
    }

    /// All that a script tells.
    fn parts(script: Script<'_>) -> impl PartialEq + std::fmt::Debug {
        let statements: Vec<_> = script.statements().collect();
        let how = (script.is_transactional(), script.is_function(), statements);
        (script.file(), script.text(), script.checksum(), script.tokens_checksum(), how)
    }

    #[test]
    fn it_is_what_a_folder_has() {
        let folder = tempfile::tempdir().expect("a folder");
        let texts = [
            ("0001_a.down.sql", "\u{feff}DROP TABLE a; -- all\r\nDROP TABLE b;\n"),
            ("0001_a.up.sql", "-- migrate: no-transaction\nVACUUM;"),
            ("0002_b.sql", "-- migrate: function"),
            ("R_views.sql", "SELECT 1;"),
        ];
        for (file, text) in texts {
            std::fs::write(folder.path().join(file), text).expect("a file");
        }
        let set = crate::load(folder.path()).expect("no fault");
        let migrations = set.iter().chain(set.repeatables());
        let scripts = migrations.flat_map(|migration| [Some(migration.up()), migration.down()]).flatten();
        assert_eq!(scripts.clone().count(), texts.len());
        for script in scripts {
            let text = texts.iter().find(|(file, _)| *file == script.file()).map(|(_, text)| *text);
            let stored = StoredScript::parse(script.file().to_owned(), text.expect("a text").to_owned());
            let stored = stored.expect("no fault");
            assert_eq!(parts(stored.script()), parts(script));
        }
    }

    #[test]
    fn the_rules_are_those_of_a_folder() {
        check_faults("0001_a.down.sql", "", "0001_a.down.sql: there is no statement in this file [M0112]");
        check_faults(
            "0001_a.down.sql",
            "VACUUM;\nSELECT 'a",
            "0001_a.down.sql:1:1: PostgreSQL refuses VACUUM inside a transaction [M0208]\n\
             0001_a.down.sql:2:8: this string is never closed [M0201]",
        );
        check_faults(
            "R_a.sql",
            "-- migrate: no-transaction\nSELECT 1;",
            "R_a.sql:1:1: `no-transaction` in a repeatable migration [M0228]",
        );
    }
}
