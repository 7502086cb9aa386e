//! A request that cannot be answered. What the reason is, is for whoever runs the service, and not for who asked.

use std::error::Error;
use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

pub(crate) enum Failed {
    /// There is no such tenant.
    Unknown,
    /// This tenant cannot be served now.
    Because(String),
}

impl Failed {
    pub(crate) fn because(why: impl fmt::Display) -> Self {
        Self::Because(why.to_string())
    }
}

impl<E: Error + 'static> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Because(whole(&error))
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND.into_response(),
            Self::Because(why) => {
                eprintln!("error: {why}");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

/// The error with all that caused it: tokio-postgres's own says `db error` and no more.
fn whole(error: &dyn Error) -> String {
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
