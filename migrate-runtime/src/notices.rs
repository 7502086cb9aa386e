//! What the server says by the way, and of which file it speaks.

use std::sync::{Mutex, OnceLock};

use tokio_postgres::error::{DbError, Severity};

use crate::plan::Step;

/// The file whose script the server is at, as far as its answers tell; and who else than the log hears what it says.
#[derive(Default)]
pub(crate) struct Here {
    file: Mutex<Option<String>>,
    listener: OnceLock<Listener>,
}

/// Hears a notice, and the file that it is about.
pub(crate) type Listener = Box<dyn Fn(&DbError, Option<&str>) + Send + Sync>;

impl Here {
    /// Only the first listener hears anything.
    #[cfg(feature = "cli")]
    pub(crate) fn listen(&self, listener: Listener) {
        let _ = self.listener.set(listener);
    }

    pub(crate) fn set(&self, step: Option<&Step<'_>>) {
        let mut here = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if here.as_deref() != step.map(Step::file) {
            *here = step.map(|step| step.file().to_owned());
        }
    }

    fn get(&self) -> Option<String> {
        self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

/// Hands a notice of the server to the log of the service.
pub(crate) fn log(notice: &DbError, here: &Here) {
    let (sqlstate, message, file) = (notice.code().code(), notice.message(), here.get());
    if let Some(listener) = here.listener.get() {
        listener(notice, file.as_deref());
    }
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
