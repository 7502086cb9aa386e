//! Why a verb did not do it: one text that ends with what to do next, and the same for programs.

use std::fmt;

use migrate_runtime::cli::{self, Exit, NotApplied, Terminal, Told};
use migrate_source::{Code, CreateError, Faults, RenumberError, SealError, SquashError};
use serde_json::{Value, json};

/// Why a verb did not do it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    code: Code,
    text: String,
    /// What is wrong with the folder: what each is known by, and its text.
    faults: Vec<(&'static str, String)>,
    /// The same for programs.
    objects: Vec<Value>,
    exit: u8,
    /// The role that is not there, where that is why, and the place that names it.
    missing_role: Option<(String, Option<String>)>,
}

impl Failure {
    /// What is wrong, in a line, and what to do.
    pub(crate) fn new(code: Code, what: impl fmt::Display, help: impl fmt::Display) -> Self {
        Self::told(code, format!("{what}\nhelp: {help}"))
    }

    /// A text that says what to do by itself.
    pub(crate) fn told(code: Code, text: impl fmt::Display) -> Self {
        let (faults, objects) = (Vec::new(), Vec::new());
        Self { code, text: text.to_string(), faults, objects, exit: 1, missing_role: None }
    }

    /// An error of the runtime.
    pub(crate) fn of_run(error: &migrate_runtime::Error) -> Self {
        let told = Self::told(error.code(), cli::in_words_of_the_command(error));
        let position = error.position().map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let place = error.file().map(|file| format!("{file}{position}"));
        told.for_missing_role(migrate_schema::missing_role(error), place)
    }

    /// This role is missing, if one is, which a place names.
    pub(crate) fn for_missing_role(self, role: Option<String>, place: Option<String>) -> Self {
        Self { missing_role: role.map(|role| (role, place)), ..self }
    }

    /// The role that is not there, where that is why.
    pub(crate) fn missing_role(&self) -> Option<&str> {
        self.missing_role.as_ref().map(|(role, _)| &**role)
    }

    /// The place that names that role, where it is known.
    pub(crate) fn place_of_role(&self) -> Option<&str> {
        self.missing_role.as_ref()?.1.as_deref()
    }

    /// Somebody has pressed Ctrl-C.
    pub(crate) fn interrupted(what: &str) -> Self {
        let told = Self::told(Code::M0908, format!("interrupted: {what}"));
        Self { exit: Exit::Interrupted.code(), ..told }
    }

    /// The kind of error that it is.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// The same with another exit code.
    pub(crate) fn exiting(self, exit: Exit) -> Self {
        Self { exit: exit.code(), ..self }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }

    /// For people, without the code.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// For people, where it is a part of something else: with the code at the end of the first line.
    pub(crate) fn coded(&self) -> String {
        let (first, rest) = self.text.split_at(self.text.find('\n').unwrap_or(self.text.len()));
        format!("{first} [{}]{rest}", self.code)
    }

    /// Prints it.
    pub(crate) fn tell(&self, terminal: &mut Terminal) {
        for (at, (label, text)) in self.faults.iter().enumerate() {
            if at > 0 {
                terminal.note("");
            }
            terminal.error(label, text);
        }
        if self.faults.is_empty() {
            terminal.error(self.code.as_str(), &self.text);
        }
    }

    /// For programs: `message` is a line, `details` all there is to say, `next` what to do; `faults` where the folder is at
    /// fault.
    pub(crate) fn json(&self) -> Value {
        let ends = ["\nhelp: ", "\nnext: "].iter().find_map(|end| self.text.split_once(end));
        let (message, help) = ends.unwrap_or((&self.text, ""));
        let message = message.lines().next().unwrap_or_default();
        let mut error =
            json!({ "code": self.code.as_str(), "message": message, "details": self.text, "next": null });
        if !self.objects.is_empty() {
            error["message"] =
                json!(format!("{} in the folder of the migrations", count(self.objects.len(), "fault")));
            error["faults"] = Value::Array(self.objects.clone());
        } else if !help.is_empty() {
            error["next"] = json!(help);
        }
        error
    }
}

/// The code of an error of a crate that does not know the others' and writes its own down as a text.
pub(crate) fn of_other(code: &str) -> Code {
    // A test of the pages finds all that are written anywhere.
    Code::parse(code).unwrap_or(Code::M0910)
}

/// `1 fault`, `2 faults`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

impl From<NotApplied> for Failure {
    fn from(why: NotApplied) -> Self {
        Self { exit: why.exit.code(), ..Self::told(why.code, why.text) }
    }
}

impl From<Told> for Failure {
    fn from(why: Told) -> Self {
        Self::told(why.code(), why)
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        let object = |fault: &migrate_source::Fault| {
            json!({
                "code": fault.label(),
                "path": fault.path().display().to_string().replace('\\', "/"),
                "line": fault.line(),
                "column": fault.column(),
                "message": fault.kind().to_string(),
                "help": fault.kind().help(),
            })
        };
        Self {
            faults: faults.iter().map(|fault| (fault.label(), fault.unlabelled().to_string())).collect(),
            objects: faults.iter().map(object).collect(),
            ..Self::told(faults.code(), &faults)
        }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Faults(faults) => faults.into(),
            other => Self::told(other.code(), other),
        }
    }
}

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Faults(faults) => faults.into(),
            other => Self::told(other.code(), other),
        }
    }
}

impl From<SquashError> for Failure {
    fn from(error: SquashError) -> Self {
        match error {
            SquashError::Faults(faults) => faults.into(),
            other => Self::told(other.code(), other),
        }
    }
}

impl From<RenumberError> for Failure {
    fn from(error: RenumberError) -> Self {
        match error {
            RenumberError::Faults(faults) => faults.into(),
            other => Self::told(other.code(), other),
        }
    }
}
