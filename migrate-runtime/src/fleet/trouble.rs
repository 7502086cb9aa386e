//! Why a tenant is not where it should be, as it is reported: texts, since errors hold connections.

use migrate_source::Code;

use super::look::Seen;
use super::outcome::Outcome;
use crate::error::Error;

/// What went wrong with a tenant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Trouble {
    #[serde(skip, default = "failed")]
    pub(super) outcome: Outcome,
    /// As it is written.
    pub(super) code: String,
    /// In one line, with the code at its end.
    pub(super) message: String,
    /// With the line of the file, and what the server said.
    pub(super) details: String,
    pub(super) sqlstate: Option<String>,
    /// No connection was made: whether the whole server is away, or it has none for this tenant.
    #[serde(skip)]
    pub(super) unmade: Option<Unmade>,
    /// Where the tenant stood before and stands now, as far as that was found out.
    #[serde(skip)]
    pub(super) found: Option<Seen>,
}

/// What there was no connection to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmade {
    /// The server does not answer, or is starting or stopping.
    Server,
    /// It has answered: no connection is free, or the pooler in between cannot make one.
    Tenant,
}

/// The outcome is beside it in a report.
fn failed() -> Outcome {
    Outcome::Failed
}

impl Trouble {
    pub(super) fn new(outcome: Outcome, code: Code, message: &str) -> Self {
        let message = format!("{message} [{code}]");
        Self {
            outcome,
            code: code.to_string(),
            details: message.clone(),
            message,
            sqlstate: None,
            unmade: None,
            found: None,
        }
    }

    pub(super) fn of(error: &Error) -> Self {
        let outcome = match () {
            () if error.is_contradiction() => Outcome::Changed,
            () if error.is_unreachable() => Outcome::Unreachable,
            () => Outcome::Failed,
        };
        Self {
            outcome,
            code: error.code().to_string(),
            message: error.to_string(),
            details: format!("{error:#}"),
            sqlstate: error.sqlstate().map(str::to_owned),
            unmade: None,
            found: error.report().is_found().then(|| Seen::of_report(error.report())),
        }
    }

    /// Why there was no connection at all.
    pub(super) fn of_connecting(error: &Error) -> Self {
        let trouble = Self::of(error);
        let is_of_tenant = |code: &str| code == "53300" || code.starts_with("08");
        let unmade = match trouble.sqlstate.as_deref() {
            _ if !trouble.may_pass() => None,
            Some(code) if is_of_tenant(code) => Some(Unmade::Tenant),
            _ => Some(Unmade::Server),
        };
        Self { unmade, ..trouble }
    }

    /// The kind of error that it is. One of a newer version of this crate, by way of a shared run, may not be known here.
    pub(super) fn code(&self) -> Option<Code> {
        Code::parse(&self.code)
    }

    /// The same may succeed a little later.
    pub(super) fn may_pass(&self) -> bool {
        self.outcome == Outcome::Unreachable
    }

    pub(super) fn is_of_missing_database(&self) -> bool {
        self.sqlstate.as_deref() == Some("3D000")
    }
}
