//! A migration as a scenario wants it, whatever a tool calls its file.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The files of a folder, by their paths in it.
pub(crate) type Files = BTreeMap<PathBuf, String>;

#[derive(Clone)]
pub(crate) struct Migration {
    number: u32,
    description: &'static str,
    statements: Vec<String>,
    transaction: bool,
    sequence: bool,
    line_ending: &'static str,
    tail: &'static str,
}

impl Migration {
    pub(crate) fn new(number: u32, description: &'static str, statements: &[&str]) -> Self {
        Self {
            number,
            description,
            statements: statements.iter().map(|&statement| statement.to_owned()).collect(),
            transaction: true,
            sequence: false,
            line_ending: "\n",
            tail: "",
        }
    }

    /// Makes a table of the name of the migration.
    pub(crate) fn table(number: u32, name: &'static str) -> Self {
        Self::new(number, name, &[&format!("CREATE TABLE {name} (\n    id bigint PRIMARY KEY\n)")])
    }

    /// The same, to be run outside a transaction, where the tool can.
    pub(crate) fn outside(mut self) -> Self {
        self.transaction = false;
        self
    }

    /// The same, with a small number for a version, where the tool has timestamps.
    pub(crate) fn sequence(mut self) -> Self {
        self.sequence = true;
        self
    }

    /// The same, as a checkout on Windows has it.
    pub(crate) fn crlf(mut self) -> Self {
        self.line_ending = "\r\n";
        self
    }

    /// The same, with a comment at its end.
    pub(crate) fn comment(mut self) -> Self {
        self.tail = "-- What is above is right.\n";
        self
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn description(&self) -> &'static str {
        self.description
    }

    pub(crate) fn statements(&self) -> &[String] {
        &self.statements
    }

    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction
    }

    pub(crate) fn in_sequence(&self) -> bool {
        self.sequence
    }

    /// The script, with a line before the first statement and one between each two.
    pub(crate) fn text(&self, head: &str, between: &str) -> String {
        let between = if between.is_empty() { String::new() } else { format!("{between}\n") };
        let statements: Vec<String> = self.statements.iter().map(|sql| format!("{sql};\n")).collect();
        let text = format!("{head}{}{}", statements.join(&between), self.tail);
        text.replace('\n', self.line_ending)
    }
}
