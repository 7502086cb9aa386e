//! A request that cannot be answered. What the reason is, is for whoever runs the service, and not for who asked.

use std::error::Error;
use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use process::whole;

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
