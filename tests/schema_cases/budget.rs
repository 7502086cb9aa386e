//! What a plan may cost: `budget.json` beside a case says for each way what it must do, and what it must not.

use std::path::Path;

use migrate_schema::Plan;
use serde_json::Value;

/// What came of the lines of a budget.
#[derive(Default)]
pub(crate) struct Budget {
    pub(crate) kept: Vec<String>,
    pub(crate) broken: Vec<String>,
    /// What is about something that belongs to the server and not to a database.
    pub(crate) not_covered: Vec<String>,
}

impl Budget {
    /// Nothing where a case has no budget.
    pub(crate) fn of(folder: &Path, there: &Plan, back: &Plan) -> Self {
        let mut budget = Self::default();
        let Ok(text) = std::fs::read_to_string(folder.join("budget.json")) else { return budget };
        let file: Value = serde_json::from_str(&text).unwrap();
        for (way, plan) in [("a-to-b", there), ("b-to-a", back)] {
            for (word, is_wanted) in [("require", true), ("forbid", false)] {
                for what in
                    file[way][word].as_array().into_iter().flatten().map(|what| what.as_str().unwrap())
                {
                    let line = format!("{way} {word} {what}");
                    match does(plan, what) {
                        None => budget.not_covered.push(line),
                        Some(does) if does == is_wanted => budget.kept.push(line),
                        Some(_) => budget.broken.push(line),
                    }
                }
            }
        }
        budget
    }
}

/// Whether a plan does such a thing: `alter:column`, `replacement:view`.
fn does(plan: &Plan, what: &str) -> Option<bool> {
    let (act, kind) = what.split_once(':').unwrap();
    let kind = kind.replace('_', " ").to_uppercase();
    let has = |words: &str| plan.statements.iter().any(|statement| statement.sql.contains(words));
    let begins = |words: &str| plan.statements.iter().any(|statement| statement.sql.starts_with(words));
    match (act, kind.as_str()) {
        (_, "ROLE") => None,
        ("alter", "COLUMN") => Some(has("ALTER COLUMN ")),
        ("replacement", "COLUMN") => Some(has("DROP COLUMN ") && has("ADD COLUMN ")),
        ("alter", kind) => Some(begins(&format!("ALTER {kind} "))),
        ("replacement", kind) => Some(begins(&format!("DROP {kind} ")) && begins(&format!("CREATE {kind} "))),
        _ => panic!("a budget speaks of {what}"),
    }
}
