//! What is in the files of a new migration: comments that say what belongs there, and no statement.

use crate::create::Shape;
use crate::fault::FaultKind;
use crate::name::Direction;
use crate::script;

/// The names of the files with their texts, the up first.
pub(super) fn texts(shape: Shape, stem: &str, words: &[String]) -> Vec<(String, String)> {
    let title = title(words);
    let up = format!("-- {title}.\n{UP}");
    match shape {
        Shape::WithDown => {
            let down = format!("-- Reverts `{stem}.up.sql`.\n{DOWN}");
            vec![(format!("{stem}.up.sql"), up), (format!("{stem}.down.sql"), down)]
        }
        Shape::ForwardOnly => vec![(format!("{stem}.sql"), up)],
        Shape::Repeatable => vec![(format!("{stem}.sql"), format!("-- {title}.\n{REPEATABLE}"))],
    }
}

/// The text of a down that is given. One without a statement has nothing to do, and says so in a way that can be run.
pub(super) fn down_of(stem: &str, text: &str) -> String {
    let is_nothing = script::parse(text, Direction::Down)
        .is_err_and(|faults| faults.iter().all(|(_, kind)| *kind == FaultKind::NoStatement));
    if is_nothing {
        format!("-- Nothing is left of `{stem}.up.sql` that would have to be undone.\nSELECT 1;\n")
    } else {
        text.to_owned()
    }
}

const UP: &str = "--
-- These statements run in one transaction, together with the row that records them. What PostgreSQL refuses there, such
-- as CREATE INDEX CONCURRENTLY, goes into a migration of its own that begins with `-- migrate: no-transaction`.
-- `migrate lint` says what is dangerous on a database that is in use.

";

const DOWN: &str = "--
-- It brings the schema back to what it was before: the last change first, DROP TABLE for CREATE TABLE, DROP COLUMN for
-- ADD COLUMN. `migrate verify` tries that out on a scratch database.

";

const REPEATABLE: &str = "--
-- This file runs again, behind all others, whenever it changes: for views, functions and triggers. It must do no harm the
-- second time: CREATE OR REPLACE, or DROP … IF EXISTS before CREATE.

";

fn title(words: &[String]) -> String {
    let text = words.join(" ");
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_down_without_a_statement_can_be_run_all_the_same() {
        for text in ["", "\n", "-- migrate: no-transaction\n\n", "-- nothing\n"] {
            let down = down_of("0002_b", text);
            crate::check_script("0002_b.down.sql", down, &()).expect("no fault");
        }
        assert_eq!(down_of("0002_b", "DROP TABLE b;\n"), "DROP TABLE b;\n");
    }

    /// The comments are no directives, and end before what is written below them.
    #[test]
    fn a_statement_is_all_that_is_missing() {
        let words = ["add".to_owned(), "users".to_owned()];
        for (shape, stem) in [
            (Shape::WithDown, "0001_add_users"),
            (Shape::ForwardOnly, "0001_add_users"),
            (Shape::Repeatable, "R_add_users"),
        ] {
            for (file, text) in texts(shape, stem, &words) {
                crate::check_script(&file, format!("{text}SELECT 1;\n"), &()).expect("no fault");
                crate::check_script(&file, format!("-- migrate: function\n{text}"), &()).unwrap_or_else(
                    |faults| {
                        assert_eq!(shape, Shape::Repeatable, "{faults}");
                    },
                );
                let faults = crate::check_script(&file, text, &()).expect_err("a fault");
                assert!(faults.iter().all(|fault| *fault.kind() == FaultKind::NoStatement), "{faults}");
            }
        }
    }
}
