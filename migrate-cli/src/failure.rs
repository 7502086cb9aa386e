//! Why a verb did not do it: one text that ends with what to do next, and the same for programs.

use std::fmt;

use migrate_runtime::cli::{self, Exit, NotApplied};
use migrate_source::{CreateError, Faults, RenumberError, SealError, SquashError};
use serde_json::{Value, json};

/// Why a verb did not do it.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    faults: Vec<Value>,
    code: u8,
}

impl Failure {
    /// What is wrong, in a line, and what to do.
    pub(crate) fn new(what: impl fmt::Display, help: impl fmt::Display) -> Self {
        Self { text: format!("{what}\nhelp: {help}"), faults: Vec::new(), code: 1 }
    }

    /// A text that says what to do by itself.
    pub(crate) fn told(text: impl fmt::Display) -> Self {
        Self { text: text.to_string(), faults: Vec::new(), code: 1 }
    }

    /// An error of the runtime.
    pub(crate) fn of_run(error: &migrate_runtime::Error) -> Self {
        Self::told(cli::in_words_of_the_command(error))
    }

    /// Somebody has pressed Ctrl-C.
    pub(crate) fn interrupted(what: &str) -> Self {
        Self { text: format!("interrupted: {what}"), faults: Vec::new(), code: Exit::Interrupted.code() }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// For people.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// For programs: `message` is a line, `details` all there is to say, `next` what to do; `faults` where the folder is at
    /// fault.
    pub(crate) fn json(&self) -> Value {
        let ends = ["\nhelp: ", "\nnext: "].iter().find_map(|end| self.text.split_once(end));
        let (message, help) = ends.unwrap_or((&self.text, ""));
        let message = message.lines().next().unwrap_or_default();
        let mut error = json!({ "message": message, "details": self.text, "next": null });
        if !self.faults.is_empty() {
            error["message"] =
                json!(format!("{} in the folder of the migrations", count(self.faults.len(), "fault")));
            error["faults"] = Value::Array(self.faults.clone());
        } else if !help.is_empty() {
            error["next"] = json!(help);
        }
        error
    }
}

/// `1 fault`, `2 faults`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

impl From<NotApplied> for Failure {
    fn from(why: NotApplied) -> Self {
        Self { text: why.text, faults: Vec::new(), code: why.exit.code() }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        let object = |fault: &migrate_source::Fault| {
            json!({
                "path": fault.path().display().to_string().replace('\\', "/"),
                "line": fault.line(),
                "column": fault.column(),
                "message": fault.kind().to_string(),
                "help": fault.kind().help(),
            })
        };
        Self { text: faults.to_string(), faults: faults.iter().map(object).collect(), code: 1 }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Faults(faults) => faults.into(),
            other => Self::told(other),
        }
    }
}

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Faults(faults) => faults.into(),
            other => Self::told(other),
        }
    }
}

impl From<SquashError> for Failure {
    fn from(error: SquashError) -> Self {
        match error {
            SquashError::Faults(faults) => faults.into(),
            other => Self::told(other),
        }
    }
}

impl From<RenumberError> for Failure {
    fn from(error: RenumberError) -> Self {
        match error {
            RenumberError::Faults(faults) => faults.into(),
            other => Self::told(other),
        }
    }
}
