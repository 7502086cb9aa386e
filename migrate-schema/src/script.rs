//! Statements as files: which of them go together in one transaction, and how they are written for review.

use std::collections::BTreeSet;

use crate::plan::Plan;
use crate::secret::PLACEHOLDER;
use crate::statement::{Hazard, InTransaction, Statement};

/// Statements for one file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Script {
    /// Whether all of them are run in one transaction. Otherwise each is run by itself.
    pub in_transaction: bool,
    /// In the order in which they are run.
    pub statements: Vec<Statement>,
}

/// Whether a value that an enum gets is used by the same plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewValues {
    /// Nobody knows: all goes into one transaction, and PostgreSQL says whether that will do.
    MayBeUnused,
    /// They are: what adds them is committed first.
    AreUsed,
}

impl Script {
    pub(crate) fn of(plan: Plan, values: NewValues) -> Vec<Self> {
        let mut statements = plan.statements;
        let mut scripts = Vec::new();
        if values == NewValues::AreUsed {
            // What adds a value needs nothing but its type, which is there.
            let (first, rest): (Vec<_>, Vec<_>) =
                statements.into_iter().partition(|statement| statement.transaction == InTransaction::Before);
            if !first.is_empty() {
                scripts.push(Self { in_transaction: true, statements: first });
            }
            statements = rest;
        }
        for statement in statements {
            let in_transaction = statement.transaction != InTransaction::Never;
            match scripts.last_mut() {
                Some(last) if last.in_transaction == in_transaction && !last.is_first_of_enum(values) => {
                    last.statements.push(statement);
                }
                _ => scripts.push(Self { in_transaction, statements: vec![statement] }),
            }
        }
        scripts
    }

    fn is_first_of_enum(&self, values: NewValues) -> bool {
        values == NewValues::AreUsed
            && self.statements.iter().any(|statement| statement.transaction == InTransaction::Before)
    }

    /// What is to be known of its statements.
    pub fn hazards(&self) -> BTreeSet<Hazard> {
        self.statements.iter().flat_map(|statement| statement.hazards.iter().copied()).collect()
    }

    /// Statements that nobody has tried.
    pub fn alone(statements: Vec<Statement>) -> Self {
        let is_plain = |statement: &Statement| statement.transaction != InTransaction::Never;
        Self { in_transaction: statements.iter().all(is_plain), statements }
    }

    /// The text of a migration's file: a paragraph for each statement, its hazards above it.
    pub fn sql(&self) -> String {
        format!("{}{}", self.head(), self.statements_sql())
    }

    /// The same as it may be shown to anybody: with placeholders for passwords.
    pub fn shown(&self) -> String {
        format!("{}{}", self.head(), paragraphs(&self.statements, Statement::shown))
    }

    /// The same for whoever sends it to psql as it is: what deletes or changes data is a comment, and so is what
    /// relies on that.
    pub fn guarded(&self) -> String {
        let text = |statement: &Statement| {
            let sql = statement.shown();
            let why = match statement {
                _ if statement.loses_data() => "-- Not run unless you remove the comment marks:\n",
                _ if statement.relies_on_loss => "-- Relies on a statement above that is not run either:\n",
                _ => return paragraph(sql, &statement.hazards),
            };
            let hazards = hazard_lines(sql, &statement.hazards);
            format!("{hazards}{why}{}", commented(&format!("{sql};")))
        };
        format!("{}{}", self.head(), self.statements.iter().map(text).collect::<Vec<_>>().join("\n"))
    }

    /// The text without what it says of itself as a migration.
    pub fn statements_sql(&self) -> String {
        paragraphs(&self.statements, |statement| &statement.sql)
    }

    fn head(&self) -> &'static str {
        if self.in_transaction { "" } else { "-- migrate: no-transaction\n\n" }
    }
}

/// A text as comments of SQL, line by line.
pub fn commented(text: &str) -> String {
    // A comment ends at either of them.
    let lines = text.lines().flat_map(|line| line.split('\r'));
    lines.map(|line| format!("-- {line}").trim_end().to_owned() + "\n").collect()
}

fn paragraphs(statements: &[Statement], text: impl Fn(&Statement) -> &str) -> String {
    let paragraphs = statements.iter().map(|statement| paragraph(text(statement), &statement.hazards));
    paragraphs.collect::<Vec<_>>().join("\n")
}

fn paragraph(sql: &str, hazards: &[Hazard]) -> String {
    format!("{}{sql};\n", hazard_lines(sql, hazards))
}

fn hazard_lines(sql: &str, hazards: &[Hazard]) -> String {
    let line = |hazard: &Hazard| match hazard {
        Hazard::ContainsPassword if sql.contains(PLACEHOLDER) => {
            format!("-- Hazard: {hazard}, which is not shown: put it in the place of {PLACEHOLDER}.\n")
        }
        hazard => format!("-- Hazard: {hazard}.\n"),
    };
    hazards.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(statements: &[(&str, InTransaction)]) -> Plan {
        let statement =
            |(sql, transaction): &(&str, InTransaction)| Statement::new(*sql).in_transaction(*transaction);
        Plan { statements: statements.iter().map(statement).collect() }
    }

    fn check(statements: &[(&str, InTransaction)], values: NewValues, expected: &[&str]) {
        let scripts = Script::of(plan(statements), values);
        let text = |script: &Script| {
            let sql: Vec<&str> = script.statements.iter().map(|statement| &*statement.sql).collect();
            format!("{}{}", if script.in_transaction { "" } else { "! " }, sql.join(" "))
        };
        assert_eq!(scripts.iter().map(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_goes_into_a_transaction_stays_together() {
        use InTransaction::{Before, Never, Yes};

        check(&[("a", Yes), ("b", Before), ("c", Yes)], NewValues::MayBeUnused, &["a b c"]);
        check(&[("a", Yes), ("b", Before), ("c", Yes)], NewValues::AreUsed, &["b", "a c"]);
        check(
            &[("a", Yes), ("b", Never), ("c", Never), ("d", Yes)],
            NewValues::MayBeUnused,
            &["a", "! b c", "d"],
        );
    }

    #[test]
    fn what_deletes_data_is_a_comment_where_it_is_guarded() {
        let statements = vec![
            Statement::new("DROP TABLE t\n\rDELETE FROM u").with(Hazard::DeletesData),
            // Its partitions have the rows.
            Statement::new("DROP TABLE p"),
            Statement::new("SELECT 1"),
        ];
        let script = Script { in_transaction: true, statements };
        let expected = "-- Hazard: deletes data.\n-- Not run unless you remove the comment marks:\n-- DROP TABLE t\n\
                        --\n-- DELETE FROM u;\n\n-- Not run unless you remove the comment marks:\n-- DROP TABLE p;\n\n\
                        SELECT 1;\n";
        assert_eq!(script.guarded(), expected);
    }

    #[test]
    fn a_paragraph_for_each() {
        let drop = Statement::new("DROP TABLE t").with(Hazard::DeletesData);
        let script = Script { in_transaction: false, statements: vec![drop, Statement::new("SELECT 1")] };
        let expected = "-- migrate: no-transaction\n\n-- Hazard: deletes data.\nDROP TABLE t;\n\nSELECT 1;\n";
        assert_eq!(script.sql(), expected);
    }
}
