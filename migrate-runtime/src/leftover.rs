//! What a statement that was cut may have left behind: an index that is not valid, the finished thing, or nothing.

use migrate_source::{BuiltIndex, index_built_concurrently, index_dropped_concurrently};
use tokio_postgres::Error;

use crate::identifier::{literal, quote_identifier};
use crate::session::Session;
use crate::step::Resume;

/// Drops the invalid index of a build that was cut, and no other. True: there is nothing left to do, because the build,
/// or the drop, had finished when its process went away. The comment shows to whom the message belongs.
pub(crate) async fn is_done(
    session: &Session<'_>,
    sql: &str,
    resume: Option<&Resume>,
    comment: &str,
) -> Result<bool, Error> {
    let Some(resume) = resume else {
        return Ok(false);
    };
    if let Some(index) = index_dropped_concurrently(sql) {
        return Ok(resume.was_cut && is_gone(session, index).await?);
    }
    let Some(index) = index_built_concurrently(sql) else {
        return Ok(false);
    };
    match find_index(session, &index).await? {
        Some(found) if !found.is_valid => {
            tracing::warn!(index = found.name, "dropping the invalid index of a build that was cut");
            session.execute(&format!("{comment}DROP INDEX CONCURRENTLY {}", found.name)).await?;
            Ok(false)
        }
        Some(_) => Ok(resume.was_cut),
        None => Ok(false),
    }
}

/// Whether there is no relation of this name.
async fn is_gone(session: &Session<'_>, name: &str) -> Result<bool, Error> {
    let rows = session.query(&format!("SELECT pg_catalog.to_regclass({}) IS NULL", literal(name))).await?;
    Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
}

/// An index in the catalog.
struct FoundIndex {
    /// Qualified and quoted.
    name: String,
    is_valid: bool,
}

async fn find_index(session: &Session<'_>, index: &BuiltIndex<'_>) -> Result<Option<FoundIndex>, Error> {
    let sql = format!(
        "SELECT namespace.nspname, class.relname, index.indisvalid \
         FROM pg_catalog.pg_index AS index \
         JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) index.indexrelid \
         JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
         WHERE class.relname OPERATOR(pg_catalog.=) {name}::pg_catalog.name \
         AND index.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({table})",
        name = literal(&index.name),
        table = literal(index.table),
    );
    let rows = session.query(&sql).await?;
    let parse = |row: &tokio_postgres::SimpleQueryRow| {
        let name = format!("{}.{}", quote_identifier(row.get(0)?), quote_identifier(row.get(1)?));
        Some(FoundIndex { name, is_valid: row.get(2)? == "t" })
    };
    Ok(rows.first().and_then(parse))
}
