//! The service itself: it takes in mail that a worker sends.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use deadpool_postgres::PoolError;
use migrate_runtime::tokio_postgres::error::SqlState;
use process::whole;
use serde_json::json;

use crate::App;

#[derive(serde::Deserialize)]
pub(crate) struct Email {
    recipient: String,
    body: String,
}

pub(crate) async fn queue(State(app): State<App>, Json(email): Json<Email>) -> Result<Response, Failed> {
    let client = app.pool.get().await?;
    let insert = "INSERT INTO emails (recipient, body) VALUES ($1, $2) RETURNING id";
    let id: i64 = client.query_one(insert, &[&email.recipient, &email.body]).await?.get(0);
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))).into_response())
}

pub(crate) async fn show(State(app): State<App>, Path(id): Path<i64>) -> Result<Response, Failed> {
    let client = app.pool.get().await?;
    let select = "SELECT recipient, sent_by FROM emails WHERE id = $1";
    let Some(row) = client.query_opt(select, &[&id]).await? else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let (recipient, sent_by): (String, Option<String>) = (row.get(0), row.get(1));
    Ok(Json(json!({ "recipient": recipient, "sent_by": sent_by })).into_response())
}

/// A query that did not succeed.
pub(crate) struct Failed(PoolError);

impl<E: Into<PoolError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let Self(error) = self;
        if matches!(&error, PoolError::Backend(error) if error.code() == Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE))
        {
            return (StatusCode::UNPROCESSABLE_ENTITY, "a text has no NUL in it\n").into_response();
        }
        // What a constraint of the table does not take is the caller's to mend; all else is not for their eyes.
        if matches!(&error, PoolError::Backend(error) if error.code() == Some(&SqlState::CHECK_VIOLATION)) {
            return (StatusCode::UNPROCESSABLE_ENTITY, "this is no address\n").into_response();
        }
        eprintln!("error: {}", whole(&error));
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
