//! What a verb came to: the exit code, the fields of the JSON object, and the error with what to do about it.

use migrate_source::Code;
use serde_json::{Map, Value, json};
use tokio_postgres::error::SqlState;

use super::words::Words;
use super::work::Ended;
use super::{Exit, Told};
use crate::error::{Error, Uncoded};
use crate::remedy;
use crate::report::Report;

/// What a verb came to. What people read of it is printed already, but for the error.
pub(super) struct Outcome {
    pub(super) exit: Exit,
    pub(super) fields: Map<String, Value>,
    pub(super) problem: Option<Problem>,
}

/// Why it did not come to more.
pub(super) struct Problem {
    /// For people: all there is to say.
    text: String,
    code: Code,
    fields: Value,
}

/// As the history has it.
const GOES_ON: &str = "run it again to continue; completed work is recorded";

impl Outcome {
    pub(super) fn done() -> Self {
        Self { exit: Exit::Done, fields: Map::new(), problem: None }
    }

    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    pub(super) fn exiting(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// It failed before anything was asked of the server.
    pub(super) fn failed(why: &Told) -> Self {
        let (code, text) = (why.code(), why.to_string());
        let (message, next) = text.split_once("\nhelp: ").unzip();
        let message = message.unwrap_or(&text).lines().next().unwrap_or_default();
        let fields = json!({ "code": code.as_str(), "message": message, "details": text, "next": next });
        Self { problem: Some(Problem { text, code, fields }), ..Self::done() }.exiting(Exit::Error)
    }

    /// The same, with what to do next.
    pub(super) fn refused(code: Code, what: &str, next: &str) -> Self {
        let text = format!("{what}\nnext: {next}");
        let fields = json!({ "code": code.as_str(), "message": what, "details": what, "next": next });
        Self { problem: Some(Problem { text, code, fields }), ..Self::done() }.exiting(Exit::Error)
    }

    pub(super) fn of_error(error: &Error) -> Self {
        let report = report(error.report());
        Self { problem: Some(Problem::of(error)), ..Self::done() }.exiting(Exit::Error).with("report", report)
    }

    pub(super) fn interrupted(what: &str) -> Self {
        Self::failed(&Told::new(Code::M0908, format!("interrupted{what}"))).exiting(Exit::Interrupted)
    }

    /// What has not ended well, or else what is made of the value.
    pub(super) fn of<T>(ended: Ended<T>, done: impl FnOnce(T) -> Self) -> Self {
        match ended {
            Ended::Done(value) => done(value),
            Ended::Failed(error) => Self::of_error(&error),
            Ended::Interrupted(None) => Self::in_the_middle(),
            // All of it was done, or nothing was begun after what was in hand.
            Ended::Interrupted(Some(Ok(value))) => Self { problem: None, ..done(value) }.interrupted_late(),
            Ended::Interrupted(Some(Err(error))) if error.is_refused() => {
                let report = report(error.report());
                Self::in_the_middle().with("report", report)
            }
            Ended::Interrupted(Some(Err(error))) if is_cancelled(&error) => {
                let problem = Problem::of_cancelled(&error);
                Self { problem: Some(problem), ..Self::of_error(&error) }.exiting(Exit::Interrupted)
            }
            Ended::Interrupted(Some(Err(error))) => Self::of_error(&error).exiting(Exit::Interrupted),
        }
    }

    fn in_the_middle() -> Self {
        Self::interrupted(&format!("\nhelp: {GOES_ON}"))
    }

    fn interrupted_late(self) -> Self {
        Self { problem: Self::interrupted(" when all was done").problem, ..self }.exiting(Exit::Interrupted)
    }
}

impl Problem {
    pub(super) fn of(error: &Error) -> Self {
        let told = Uncoded(error);
        Self::told(error.code(), error, [told.to_string(), format!("{told:#}")], next(error))
    }

    /// The statement in hand was cancelled because somebody wanted it.
    fn of_cancelled(error: &Error) -> Self {
        let remedy = format!("; {}", remedy::CANCELED_MIGRATION);
        let told = |text: String| format!("interrupted: {}", text.replacen(&remedy, "", 1));
        let uncoded = Uncoded(error);
        let texts = [told(uncoded.to_string()), told(format!("{uncoded:#}"))];
        Self::told(Code::M0908, error, texts, Some(GOES_ON))
    }

    fn told(code: Code, error: &Error, told: [String; 2], next: Option<&'static str>) -> Self {
        let [message, details] = told;
        let text = match next {
            Some(next) => format!("{details}\nnext: {next}"),
            None => details.clone(),
        };
        let (line, column) = error.position().unzip();
        let fields = json!({
            "code": code.as_str(),
            "message": message,
            "details": details,
            "next": next,
            "version": error.version(),
            "sqlstate": error.sqlstate(),
            "file": error.file(),
            "line": line,
            "column": column,
        });
        Self { text, code, fields }
    }

    /// In the words of whoever has called the verb.
    pub(super) fn said(mut self, words: Words) -> Self {
        self.text = words.say(&self.text);
        for field in ["message", "details", "next"] {
            if let Some(value) = self.fields.get_mut(field) {
                words.say_of(value);
            }
        }
        self
    }

    pub(super) fn code(&self) -> Code {
        self.code
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn fields(&self) -> &Value {
        &self.fields
    }
}

/// By the server, which was asked to.
fn is_cancelled(error: &Error) -> bool {
    error.is_migration() && error.sqlstate() == Some(SqlState::QUERY_CANCELED.code())
}

/// The server may answer yet: neither TLS nor a certificate is in the way.
fn is_unreachable(error: &Error) -> bool {
    error.is_connect() && matches!(error.code(), Code::M0504 | Code::M0505 | Code::M0506)
}

/// Which verb comes next.
fn next(error: &Error) -> Option<&'static str> {
    // What it says is what to do.
    if error.is_edited_draft() {
        return None;
    }
    let advice = [
        (is_unreachable(error), "`wait` waits until the server answers"),
        (
            error.is_changed(),
            "restore the file as it was applied; or, if the database has what the file says now, `repair` shows what \
             would be recorded and asks",
        ),
        (
            error.is_out_of_order(),
            "`status` shows the order; `skip` records it if the database has already what it does",
        ),
        (error.is_missing(), "`status` shows which; restore the file, or deploy what has it"),
        (error.is_ahead(), "deploy what has the newer files"),
        (
            error.is_irreversible(),
            "`status` shows how each stands; `down --to VERSION` goes back as far as one that stays",
        ),
        (
            error.code() == Code::M0427,
            "`up` creates them; if they are missing on purpose, say --allow-missing",
        ),
        (error.is_of_caller(), "`status` shows every migration and how it stands"),
    ];
    advice.into_iter().find(|(applies, _)| *applies).map(|(_, next)| next)
}

/// The report as programs get it.
pub(super) fn report(report: &Report) -> Value {
    let done = |list: &[crate::Done]| -> Vec<Value> { list.iter().map(done).collect() };
    json!({
        "applied": done(report.applied()),
        "reverted": done(report.reverted()),
        "recorded": report.recorded(),
        "already_applied": report.already_applied(),
        "ahead": report.ahead(),
        "current": report.current(),
        "warnings": report.warnings(),
        "milliseconds": milliseconds(report.duration()),
    })
}

/// A migration that was run.
pub(super) fn done(done: &crate::Done) -> Value {
    json!({
        "version": done.version(),
        "migration": done.stem(),
        "milliseconds": milliseconds(done.duration()),
    })
}

/// With three digits behind the point: the server's clock has no more.
pub(super) fn milliseconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
