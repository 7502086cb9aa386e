//! What a tenant has: each request is a transaction in which names mean that tenant's schema.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use deadpool_postgres::{Client, Transaction};

use crate::App;
use crate::failed::Failed;
use crate::registry::schema_of;

#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Note {
    body: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    Path(slug): Path<String>,
) -> Result<Json<Vec<Note>>, Failed> {
    let mut client = app.client_for(&slug).await?;
    let transaction = of_tenant(&mut client, &slug).await?;
    let rows = transaction.query("SELECT body FROM notes ORDER BY id", &[]).await?;
    Ok(Json(rows.iter().map(|row| Note { body: row.get(0) }).collect()))
}

pub(crate) async fn add(
    State(app): State<App>,
    Path(slug): Path<String>,
    Json(note): Json<Note>,
) -> Result<StatusCode, Failed> {
    let mut client = app.client_for(&slug).await?;
    let transaction = of_tenant(&mut client, &slug).await?;
    transaction.execute("INSERT INTO notes (body) VALUES ($1)", &[&note.body]).await?;
    transaction.commit().await?;
    Ok(StatusCode::CREATED)
}

impl App {
    /// A connection for a tenant that is there and can be served.
    async fn client_for(&self, slug: &str) -> Result<Client, Failed> {
        let client = self.pool.get().await?;
        let select = "SELECT FROM tenants WHERE slug = $1 AND deleted_at IS NULL";
        if client.query_opt(select, &[&slug]).await?.is_none() {
            return Err(Failed::Unknown);
        }
        match self.registry.trouble_of(slug) {
            Some(why) => Err(Failed::because(format!("the tenant {slug} cannot be served: {why}"))),
            None => Ok(client),
        }
    }
}

/// The path ends with the transaction: the next one on this connection is perhaps another tenant's.
async fn of_tenant<'c>(client: &'c mut Client, slug: &str) -> Result<Transaction<'c>, Failed> {
    let transaction = client.transaction().await?;
    let path = "SELECT set_config('search_path', quote_ident($1) || ', pg_temp', true)";
    transaction.query_one(path, &[&schema_of(slug)]).await?;
    Ok(transaction)
}
