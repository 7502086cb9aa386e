//! The tenants: all are brought forward when the service starts, and new ones are made by the same way.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use migrate_runtime::fleet::{CreateDatabase, Fleet, FleetError, Tenant, TenantReport, Tenants};
use migrate_runtime::{MigrationSet, Runner, embed_migrations};

use crate::App;
use crate::failed::Failed;

/// What each tenant has.
static TENANTS: MigrationSet = embed_migrations!();

/// Without a column `database_url`, a tenant is in the control database.
const WHO: &str = "SELECT slug, 'tenant_' || slug AS schema, database_type FROM tenants WHERE deleted_at IS NULL ORDER BY slug";

pub(crate) struct Registry {
    database_url: String,
    /// Why some tenants cannot be served, by their slugs.
    troubled: BTreeMap<String, String>,
}

impl Registry {
    /// Brings all tenants forward. That some fail is no error: the others are served.
    pub(crate) async fn open(database_url: &str) -> Result<Self, FleetError> {
        let tenants = Tenants::from_query(database_url, WHO).await?;
        let report = fleet().up(&tenants).await?;
        println!("{report}");
        let troubled =
            report.tenants().iter().filter_map(|tenant| Some((tenant.slug().to_owned(), trouble(tenant)?)));
        Ok(Self { database_url: database_url.to_owned(), troubled: troubled.collect() })
    }

    pub(crate) fn trouble_of(&self, slug: &str) -> Option<&str> {
        self.troubled.get(slug).map(String::as_str)
    }
}

/// A schema that is missing is that tenant's trouble, and is not made anew: it would be served as if it never had anything.
fn fleet() -> Fleet<'static> {
    Fleet::new(Runner::new(&TENANTS))
}

fn trouble(tenant: &TenantReport) -> Option<String> {
    let why = tenant.error().unwrap_or("it had no turn");
    tenant.outcome().is_trouble().then(|| why.to_owned())
}

#[derive(serde::Deserialize)]
pub(crate) struct NewTenant {
    slug: String,
    name: String,
}

/// First the schema and its tables, then the row: whoever is listed can be served. Where this is cut between the two, the
/// same request finds the schema there and goes on.
pub(crate) async fn create(State(app): State<App>, Json(new): Json<NewTenant>) -> Result<Response, Failed> {
    if !is_slug(&new.slug) {
        let rule = "a slug has letters, digits and `-`, as in a host name, and no more than 40 of them\n";
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, rule).into_response());
    }
    if new.name.trim().is_empty() || new.name.contains('\0') {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, "a tenant has a name\n").into_response());
    }
    // The slug of a tenant that was deleted is never given to another: its schema may be there yet.
    let client = app.pool.get().await?;
    if client.query_opt("SELECT FROM tenants WHERE slug = $1", &[&new.slug]).await?.is_some() {
        return Ok(StatusCode::CONFLICT.into_response());
    }
    // It is given back while the schema is made, which takes its time.
    drop(client);
    let schema = schema_of(&new.slug);
    let tenant = Tenant::new(&new.slug, &app.registry.database_url).in_schema(schema);
    let report = fleet().create_missing(CreateDatabase::new()).up(&Tenants::new([tenant])?).await?;
    if let Some(why) = report.tenants().first().and_then(trouble) {
        return Err(Failed::because(why));
    }
    let client = app.pool.get().await?;
    let insert = "INSERT INTO tenants (slug, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let is_new = client.execute(insert, &[&new.slug, &new.name]).await? > 0;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::CONFLICT }.into_response())
}

/// As `WHO` says it.
pub(crate) fn schema_of(slug: &str) -> String {
    format!("tenant_{slug}")
}

/// Whatever comes here becomes the name of a schema: it is looked at before anything is made, and short enough for the 63
/// bytes of a name.
fn is_slug(slug: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_framed = !slug.starts_with('-') && !slug.ends_with('-');
    (1..=40).contains(&slug.len()) && slug.bytes().all(is_allowed) && is_framed
}
