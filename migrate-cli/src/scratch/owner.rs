//! Whose a scratch database is, and whether that process lives: the name says whose it is, and as long as a process lives it
//! holds a lock on every server where it makes some. It has the lock before it has a database.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;
use std::time::SystemTime;

use migrate_runtime::tokio_postgres::{Client, Error, SimpleQueryMessage};

const PREFIX: &str = "migrate_scratch_";

/// This process, in contrast to all others that there ever were.
fn this_process() -> &'static str {
    static OWNER: OnceLock<String> = OnceLock::new();
    OWNER.get_or_init(|| {
        let start = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let random = RandomState::new().hash_one((std::process::id(), start));
        format!("{random:016x}")
    })
}

/// The name of a scratch database of this process.
pub(super) fn name(number: u32) -> String {
    format!("{PREFIX}{}_{number}", this_process())
}

/// The key of the advisory lock of a process, as SQL.
fn key(owner: &str) -> String {
    format!("pg_catalog.hashtextextended('{PREFIX}' || {owner}, 0)")
}

/// Says on this connection that this process lives, for as long as it does. Nothing there cuts the connection short.
pub(super) async fn mark(home: &Client) -> Result<(), Error> {
    let lock = key(&format!("'{}'", this_process()));
    home.batch_execute(&format!(
        "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings \
         WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_session_timeout', 'transaction_timeout'); \
         SELECT pg_catalog.pg_advisory_lock_shared({lock})"
    ))
    .await
}

/// The scratch databases of processes that are gone. Locks are of the database that the process is connected to, which may be
/// another one: so they are looked for and not tried. They are looked at after the databases.
pub(super) async fn left_behind(home: &Client) -> Result<Vec<String>, Error> {
    let owner = format!("pg_catalog.split_part(pg_catalog.substr(d.datname, {}), '_', 1)", PREFIX.len() + 1);
    let question = format!(
        "SELECT d.datname FROM pg_catalog.pg_database d \
         WHERE d.datname ~ '^{PREFIX}[0-9a-f]{{16}}_[0-9]+$' AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted \
         AND (l.classid::bigint << 32 | l.objid::bigint) = {})",
        key(&owner)
    );
    let answer = home.simple_query(&question).await?;
    let name = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(answer.iter().filter_map(name).collect())
}
