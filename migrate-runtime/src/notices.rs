//! What the server says by the way, and of which file it speaks.

use std::sync::Mutex;

use tokio_postgres::error::{DbError, Severity};

use crate::plan::Step;

/// The file whose script the server is at, as far as its answers tell.
#[derive(Debug, Default)]
pub(crate) struct Here(Mutex<Option<String>>);

impl Here {
    pub(crate) fn set(&self, step: Option<&Step<'_>>) {
        let mut here = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if here.as_deref() != step.map(Step::file) {
            *here = step.map(|step| step.file().to_owned());
        }
    }

    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

/// Hands a notice of the server to the log of the service.
pub(crate) fn log(notice: &DbError, here: &Here) {
    let (sqlstate, message, file) = (notice.code().code(), notice.message(), here.get());
    match notice.parsed_severity() {
        Some(Severity::Warning) => {
            tracing::warn!(target: "migrate_runtime::notice", sqlstate, file, "{message}");
        }
        Some(Severity::Debug) => {
            tracing::debug!(target: "migrate_runtime::notice", sqlstate, file, "{message}");
        }
        _ => tracing::info!(target: "migrate_runtime::notice", sqlstate, file, "{message}"),
    }
}
