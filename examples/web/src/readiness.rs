//! How far the service is with its schema, and what `/readyz` says about it.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use migrate_runtime::{Error, Report};
use serde_json::json;

use crate::{App, MIGRATIONS};

/// It goes forward only, and a failure is the end.
#[derive(Clone)]
pub(crate) enum Readiness {
    Migrating,
    Ready {
        /// Version and description of the newest migration that the database has, of those in this binary.
        version: Option<String>,
    },
    Failed {
        why: String,
    },
}

impl Readiness {
    pub(crate) fn ready(report: &Report) -> Self {
        Self::Ready { version: report.current().map(str::to_owned) }
    }

    /// The message of an error has no password in it, wherever it comes from.
    pub(crate) fn failed(error: &Error) -> Self {
        Self::Failed { why: error.to_string() }
    }
}

/// `/readyz`. It does not ask the database: one that is away for a moment would take all replicas out at once. The digest
/// tells whether two replicas have the same migrations in them.
pub(crate) async fn probe(State(app): State<App>) -> Response {
    let digest = MIGRATIONS.digest();
    let readiness = app.readiness.borrow().clone();
    let (code, answer) = match readiness {
        Readiness::Migrating => {
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "migrating", "digest": digest }))
        }
        Readiness::Ready { version } => {
            (StatusCode::OK, json!({ "status": "ready", "digest": digest, "version": version }))
        }
        Readiness::Failed { why } => {
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "failed", "digest": digest, "error": why }))
        }
    };
    (code, Json(answer)).into_response()
}

/// What stands before every route that needs the schema.
pub(crate) async fn required(State(app): State<App>, request: Request, next: Next) -> Response {
    if matches!(*app.readiness.borrow(), Readiness::Ready { .. }) {
        return next.run(request).await;
    }
    (StatusCode::SERVICE_UNAVAILABLE, "not ready: see /readyz\n").into_response()
}
