//! A statement of a plan, and what is to be known of it before it is run.

/// What a statement does beside what it is for.
pub use migrate_check::Effect as Hazard;

use crate::spelling;

/// One statement, without a semicolon at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// What is to be known before it is run on a database in use.
    pub hazards: Vec<Hazard>,
    /// Whether other statements may stand in its transaction.
    pub transaction: InTransaction,
    pub(crate) phase: Phase,
    pub(crate) role: Role,
    /// The SQL without the passwords that are in it.
    pub(crate) shown: Option<String>,
    pub(crate) length: Length,
    /// It has a server speak to another one, which a trial must not.
    pub(crate) reaches_out: bool,
    /// A valid check says of the rows what it would have to look for, which no lint can see.
    pub(crate) is_proved: bool,
    /// It cannot work unless a statement before it that deletes data is run.
    pub(crate) relies_on_loss: bool,
}

/// When a statement has its turn, whatever its place in the order. All are of the first one, unless a plan is made for a
/// database in use: there, what takes long is done by itself, and what relies on it comes after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    #[default]
    Change,
    /// Checks hold for new rows, by now with the defaults that they need.
    Restrict,
    /// Indexes are built, and checks are looked at.
    Build,
    /// What was built is put to use.
    Use,
    /// Foreign keys, which rely on keys that were put to use.
    Refer,
    /// Foreign keys are looked at.
    Validate,
    /// Foreign keys that were looked at take the place of others.
    Swap,
    /// What nobody uses any more goes.
    Clean,
}

/// What a statement is among those that make or alter one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// It makes something beside what is there, which stays as it is.
    Prepares,
    /// After it, the thing is there as it is wanted.
    #[default]
    Does,
    /// What needs the thing need not wait for it.
    Follows,
}

/// How long a statement takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Length {
    #[default]
    Short,
    /// It reads all rows and locks nobody out, unless others of its transaction do.
    Scan,
}

/// How a statement gets on with a transaction block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum InTransaction {
    /// As any other.
    #[default]
    Yes,
    /// What it does can be used only after COMMIT, as a new value of an enum: what uses it comes in a later transaction.
    Before,
    /// PostgreSQL refuses it in a transaction block.
    Never,
}

impl Statement {
    /// Definitions are in it as PostgreSQL prints them.
    pub(crate) fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: spelling::written(sql.into()),
            hazards: Vec::new(),
            transaction: InTransaction::Yes,
            phase: Phase::Change,
            role: Role::Does,
            shown: None,
            length: Length::Short,
            reaches_out: false,
            is_proved: false,
            relies_on_loss: false,
        }
    }

    /// Whether rows or values are lost or changed: also those of a table's partitions, which go with it.
    pub(crate) fn loses_data(&self) -> bool {
        self.hazards.iter().any(|hazard| hazard.needs_consent()) || self.sql.starts_with("DROP TABLE ")
    }

    pub(crate) fn reaching_out(self) -> Self {
        Self { reaches_out: true, ..self }
    }

    /// The SQL as it may be shown to anybody: with placeholders for passwords.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.sql)
    }

    pub(crate) fn shown_as(self, shown: String) -> Self {
        Self { shown: Some(shown), ..self }
    }

    pub(crate) fn with(mut self, hazard: Hazard) -> Self {
        self.hazards.push(hazard);
        self
    }

    pub(crate) fn of_phase(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }

    pub(crate) fn of_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    pub(crate) fn in_transaction(mut self, transaction: InTransaction) -> Self {
        self.transaction = transaction;
        self
    }
}
