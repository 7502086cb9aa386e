//! What crashed runs have left behind, and templates that nobody uses any more. Nothing of a living process is touched:
//! each holds a lock as long as it lives.

use std::collections::BTreeSet;

use super::admin::Lease;
use super::create::drop_database;
use super::error::TestDbError;
use super::mark::{self, Mark};
use super::names;
use crate::identifier::quote_identifier;

/// How many seconds a template is kept that nobody uses.
const DAY: i64 = 24 * 60 * 60;

/// What there is, and after that who is alive: a process has its lock before it has a database. Both halves of a 64-bit
/// key are numbers without sign (view `pg_locks` in the manual).
fn question() -> String {
    format!(
        "SELECT 'database', datname, shobj_description(oid, 'pg_database'), \
         floor(extract(epoch FROM clock_timestamp()))::bigint FROM pg_database \
         WHERE datname ~ '{}' AND pg_has_role(datdba, 'USAGE'); \
         SELECT 'lock', ((classid::bigint << 32) | objid::bigint) FROM pg_locks \
         WHERE locktype = 'advisory' AND objsubid = 1 AND granted",
        names::PATTERN
    )
}

/// Drops what nobody will ask for. That somebody else does so at the same time, or that it cannot be done, is no reason
/// for a test to fail.
pub(super) async fn sweep(lease: &mut Lease<'_>) -> Result<(), TestDbError> {
    let doing = "looking for test databases that were left behind";
    let rows = lease.rows(&question()).await.map_err(TestDbError::server(doing))?;
    let (databases, locks): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.get(0) == Some("database"));
    let held = locks.iter().filter_map(|row| row.get(1)?.parse().ok()).collect();
    for row in databases {
        let name = row.get(1).unwrap_or_default();
        let mark = row.get(2).and_then(Mark::parse);
        let now = row.get(3).and_then(|now| now.parse().ok()).unwrap_or(0);
        if !is_left_behind(name, mark.as_ref(), now, &held) {
            continue;
        }
        let dropped = match names::owner(name) {
            Some(_) => drop_database(lease, name).await,
            None => drop_template(lease, name).await,
        };
        match dropped {
            Ok(()) => tracing::info!(database = name, "looked after what was left behind"),
            Err(error) => tracing::debug!(database = name, %error, "not dropped"),
        }
    }
    Ok(())
}

/// Under the lock of who makes one: it may be whole by now, or in use again.
async fn drop_template(lease: &mut Lease<'_>, name: &str) -> Result<(), TestDbError> {
    let doing = || TestDbError::server(format!("dropping the template {name}"));
    let key = names::lock_key(name);
    if !lease.try_lock(key).await.map_err(doing())? {
        return Ok(());
    }
    let dropped = drop_unused_template(lease, name).await.map_err(doing());
    let unlocked = lease.unlock(key).await.map_err(doing());
    dropped.and(unlocked)
}

async fn drop_unused_template(lease: &Lease<'_>, name: &str) -> Result<(), tokio_postgres::Error> {
    let rows = lease.rows(&mark::question(name)).await?;
    let Some((mark, now)) = rows.first().map(mark::answer) else {
        return Ok(());
    };
    if is_left_behind(name, mark.as_ref(), now, &BTreeSet::new()) {
        let name = quote_identifier(name);
        lease.execute(&format!("ALTER DATABASE {name} IS_TEMPLATE false")).await?;
        lease.execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
    }
    Ok(())
}

fn is_left_behind(name: &str, mark: Option<&Mark>, now: i64, held: &BTreeSet<i64>) -> bool {
    if let Some(owner) = names::owner(name) {
        return !matches!(mark, Some(Mark::Kept { .. })) && !held.contains(&names::lock_key(owner));
    }
    let is_old = match mark {
        Some(Mark::Complete { used: at } | Mark::Failed { at, .. }) => now - at > DAY,
        // Whoever made it has its lock, or is gone.
        _ => true,
    };
    is_old && !held.contains(&names::lock_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, mark: Option<&Mark>, held: &[&str], expected: bool) {
        let held = held.iter().map(|of| names::lock_key(of)).collect();
        assert_eq!(is_left_behind(name, mark, 1_000_000, &held), expected, "{name} {mark:?}");
    }

    #[test]
    fn what_is_left_behind() {
        let kept = Mark::Kept { test: "t".to_owned() };
        check("migrate_testdb_1_a_0", None, &["1_a"], false);
        check("migrate_testdb_1_a_0", None, &["2_a"], true);
        check("migrate_testdb_1_a_0", Some(&kept), &[], false);
        let template = "migrate_template_00";
        check(template, Some(&Mark::Complete { used: 999_000 }), &[], false);
        check(template, Some(&Mark::Complete { used: 1 }), &[], true);
        check(template, Some(&Mark::Complete { used: 1 }), &[template], false);
        check(template, None, &[template], false);
        check(template, None, &[], true);
    }
}
