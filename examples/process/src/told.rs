//! An error as whoever looks after the service needs it.

use std::error::Error;

/// The error with all that caused it: tokio-postgres's own says `db error` and no more.
pub fn whole(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // A pool repeats what its cause says.
        if !said.ends_with(&text) {
            said = format!("{said}: {text}");
        }
        cause = error.source();
    }
    said
}
