//! The levels of the lints: those of the catalogue, and what `migrate.toml` says otherwise.

use std::collections::BTreeMap;

use migrate_source::LintSetting;

use super::catalogue::{Level, Lint};

/// Stands for all lints that warn by default.
const WARNINGS: &str = "warnings";

/// What is made of each lint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// Of those that warn by default.
    warnings: Option<Level>,
    single: BTreeMap<&'static str, Level>,
}

impl Levels {
    /// Reads the table `[lints]`.
    ///
    /// # Errors
    ///
    /// What is wrong in it, by byte offset.
    pub(crate) fn parse(settings: &[LintSetting]) -> Result<Self, Vec<(usize, String)>> {
        let mut levels = Self::default();
        let mut faults = Vec::new();
        for setting in settings {
            let Some(level) = Level::parse(&setting.level) else {
                let what = format!("`{}` is `\"allow\"`, `\"warn\"` or `\"deny\"`", setting.name);
                faults.push((setting.level_offset, what));
                continue;
            };
            match Lint::named(&setting.name) {
                Some(lint) => drop(levels.single.insert(lint.name(), level)),
                None if setting.name == WARNINGS => levels.warnings = Some(level),
                None => faults.push((setting.name_offset, unknown(&setting.name))),
            }
        }
        if faults.is_empty() { Ok(levels) } else { Err(faults) }
    }

    /// What is made of a lint.
    pub(crate) fn of(&self, lint: &Lint) -> Level {
        let of_group = self.warnings.filter(|_| lint.level() == Level::Warn);
        self.single.get(lint.name()).copied().or(of_group).unwrap_or(lint.level())
    }
}

/// There is no such lint; which one was probably meant.
pub(super) fn unknown(name: &str) -> String {
    match Lint::resembling(name) {
        Some(lint) => format!("there is no lint `{name}`; did you mean `{}`?", lint.name()),
        None => format!("there is no lint `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{drop, index, rename};
    use super::*;

    fn setting(name: &str, level: &str) -> LintSetting {
        LintSetting { name: name.to_owned(), level: level.to_owned(), name_offset: 1, level_offset: 2 }
    }

    #[test]
    fn a_single_lint_comes_before_the_group() {
        let levels = Levels::parse(&[
            setting("drop-table", "allow"),
            setting("warnings", "deny"),
            setting("drop-trigger", "warn"),
        ]);
        let levels = levels.expect("no fault");
        assert_eq!(levels.of(&drop::TABLE), Level::Allow);
        assert_eq!(levels.of(&index::REINDEX), Level::Deny);
        assert_eq!(levels.of(&drop::TRIGGER), Level::Warn);
        assert_eq!(Levels::default().of(&rename::TABLE), Level::Warn);
    }

    #[test]
    fn faults() {
        let found = Levels::parse(&[setting("drop-tabel", "deny"), setting("drop-table", "error")]);
        let expected = [
            (1, "there is no lint `drop-tabel`; did you mean `drop-table`?".to_owned()),
            (2, "`drop-table` is `\"allow\"`, `\"warn\"` or `\"deny\"`".to_owned()),
        ];
        assert_eq!(found, Err(expected.to_vec()));
    }
}
