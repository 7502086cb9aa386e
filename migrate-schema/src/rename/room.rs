//! What is in the way of a new name: something else has it that the plan drops or renames only later, as an index whose name
//! PostgreSQL has made up.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::is_movable;
use crate::hazard;
use crate::key::{self, Key, qualified, quoted, unquoted};
use crate::kind::{Kind, Namespace};
use crate::kinds::common::literal;
use crate::schema::Schema;
use crate::statement::Statement;

/// A statement, and the one that undoes it.
pub(crate) type ThereAndBack = (Statement, Statement);

/// Something that has a name, and the word by which `ALTER` speaks of it.
struct Occupant {
    word: String,
    /// Its schema and its name.
    path: [String; 2],
}

/// Whether a name is taken, as far as one thing has a name that another kind of thing may have.
pub(crate) async fn is_taken(client: &Client, key: &Key) -> Result<bool, tokio_postgres::Error> {
    Ok(!occupants(client, key, key).await?.is_empty())
}

/// Gives other names to what has the name that something is to get, and, where it goes to another schema, to those of its indexes
/// and sequences whose names are taken there.
pub(crate) async fn make(
    client: &Client,
    from: &Key,
    to: &Key,
) -> Result<Vec<ThereAndBack>, tokio_postgres::Error> {
    let mut in_the_way = occupants(client, from, to).await?;
    if is_movable(from) && from.path().first() != to.path().first() {
        in_the_way.extend(companions(client, from, &to.path()[0]).await?);
    }
    let mut statements = Vec::new();
    for Occupant { word, path: [schema, name] } in in_the_way {
        let aside = free_name(client, &name, [&schema, &to.path()[0]]).await?;
        let rename = |from: &str, to: &str| {
            let from = qualified(&[schema.clone(), from.to_owned()]);
            let mut statement = Statement::new(format!("ALTER {word} {from} RENAME TO {to}"));
            hazard::judge(&Schema::default(), &Schema::default(), std::slice::from_mut(&mut statement));
            statement
        };
        statements.push((rename(&name, &aside), rename(&aside, &name)));
    }
    Ok(statements)
}

const WORD: &str = "CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'i' THEN 'INDEX' \
    WHEN 'I' THEN 'INDEX' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END";

async fn occupants(client: &Client, from: &Key, to: &Key) -> Result<Vec<Occupant>, tokio_postgres::Error> {
    let [schema, .., name] = to.path() else { return Ok(Vec::new()) };
    let is_whole = to.path().len() == 2;
    let is_relation = match to.kind() {
        // A check has a name that only its table knows.
        Kind::Constraint => format!(
            "EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = {}::regclass AND k.conname = {} AND k.contype IN ('p', 'u', 'x'))",
            literal(&from.path()[..2].join(".")),
            literal(&unquoted(from.name())),
        ),
        Kind::Composite => is_whole.to_string(),
        kind => (kind.namespace() == Some(Namespace::Relation)).to_string(),
    };
    let has_type = match to.kind() {
        Kind::Sequence | Kind::Index => false,
        kind => is_whole && matches!(kind.namespace(), Some(Namespace::Relation | Namespace::Type)),
    };
    let (schema, name) = (literal(&unquoted(schema)), literal(&unquoted(name)));
    let sql = format!(
        "SELECT {WORD}, quote_ident(n.nspname), quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = {schema} AND c.relname = {name} AND ({is_relation} OR {has_type} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')) \
         UNION ALL SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, quote_ident(n.nspname), quote_ident(t.typname) \
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace \
         WHERE {has_type} AND n.nspname = {schema} AND t.typname = {name} AND t.typrelid = 0 AND NOT (t.typelem <> 0 AND t.typcategory = 'A')"
    );
    read(client, &sql).await
}

/// What goes to another schema with a table, and has a name that is taken there.
async fn companions(
    client: &Client,
    table: &Key,
    schema: &str,
) -> Result<Vec<Occupant>, tokio_postgres::Error> {
    if table.kind().namespace() != Some(Namespace::Relation) {
        return Ok(Vec::new());
    }
    let (table, schema) = (literal(&table.path().join(".")), literal(&unquoted(schema)));
    let sql = format!(
        "SELECT {WORD}, quote_ident(n.nspname), quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('i', 'I', 'S') AND c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = {table}::regclass \
             UNION ALL SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass \
                 AND refobjid = {table}::regclass AND deptype IN ('a', 'i')) \
         AND EXISTS (SELECT FROM pg_class o JOIN pg_namespace on_ ON on_.oid = o.relnamespace WHERE on_.nspname = {schema} AND o.relname = c.relname) \
         ORDER BY c.relname"
    );
    read(client, &sql).await
}

/// A name beside another one that nothing has in either schema.
pub(crate) async fn free_name(
    client: &Client,
    name: &str,
    schemas: [&String; 2],
) -> Result<String, tokio_postgres::Error> {
    let schemas = schemas.map(|schema| literal(&unquoted(schema))).join(", ");
    let mut number = 1;
    loop {
        let what = if number == 1 { "old".to_owned() } else { format!("old{number}") };
        let aside = key::beside(name, &what);
        let name = literal(&aside);
        let sql = format!(
            "SELECT '', '', '' FROM pg_namespace n WHERE n.nspname IN ({schemas}) \
             AND (EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = {name}) \
                 OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid AND t.typname = {name}))"
        );
        if read(client, &sql).await?.is_empty() {
            return Ok(quoted(&[&aside]));
        }
        number += 1;
    }
}

async fn read(client: &Client, sql: &str) -> Result<Vec<Occupant>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let occupants = messages.iter().filter_map(|message| {
        let SimpleQueryMessage::Row(row) = message else { return None };
        let text = |at: usize| row.get(at).map(str::to_owned);
        Some(Occupant { word: text(0)?, path: [text(1)?, text(2)?] })
    });
    Ok(occupants.collect())
}
