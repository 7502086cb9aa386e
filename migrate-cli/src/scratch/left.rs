//! Which scratch databases are on servers of others, and how they go, whatever becomes of the work: each is listed from before
//! it is made until after it is dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use migrate_runtime::cli::Terminal;
use migrate_runtime::tokio_postgres::error::SqlState;
use migrate_runtime::tokio_postgres::{Client, Error};
use migrate_server::Server;

use migrate_source::Code;

use super::Connection;
use crate::failure::Failure;

/// A scratch database on a server of others.
pub(super) struct Left {
    pub(super) home: Arc<Client>,
    pub(super) url: String,
    pub(super) name: String,
}

/// Those that are there now, or are being made.
static LEFT: Mutex<Vec<Left>> = Mutex::new(Vec::new());

pub(super) fn left() -> MutexGuard<'static, Vec<Left>> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops a scratch database, whatever is going on there.
pub(super) async fn drop_database(home: &Client, server: &Server, name: &str) -> Result<(), Error> {
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    match home.batch_execute(&drop).await {
        // One that has subscriptions is not dropped, not even so.
        Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {
            if let Ok(scratch) = Connection::open(&server.url_of(name)).await {
                let without = scratch.client.batch_execute(WITHOUT_SUBSCRIPTIONS).await;
                scratch.close().await;
                without?;
            }
            home.batch_execute(&drop).await
        }
        dropped => dropped,
    }
}

/// Drops the subscriptions without a word to their publishers, whose slots may be in use. Who is still at work on them is
/// sent away first.
const WITHOUT_SUBSCRIPTIONS: &str = "DO $$ DECLARE subscription name; BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
    FOR subscription IN SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE d.datname = current_database() LOOP
        EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', subscription);
        EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', subscription);
        EXECUTE format('DROP SUBSCRIPTION %I', subscription);
    END LOOP;
END $$";

/// Does the work, and stops at Ctrl-C, SIGTERM and SIGHUP. The scratch databases are dropped then too.
///
/// # Errors
///
/// Those of the work, or that it was interrupted.
pub(crate) async fn until_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    // It prints nothing: another one is at work.
    let mut signals = Terminal::standard();
    signals.listen();
    let done = tokio::select! {
        biased;
        () = signals.interrupted() => None,
        done = work => Some(done),
    };
    let dropped = tokio::select! {
        biased;
        () = signals.interrupted() => {
            return Err(Failure::interrupted("twice; the next run drops the scratch databases that are left"));
        }
        dropped = drop_left() => dropped,
    };
    match (done, dropped) {
        (Some(Ok(done)), dropped) => dropped.map(|()| done),
        (Some(failed), _) => failed,
        (None, Ok(())) => {
            Err(Failure::interrupted("the scratch databases are dropped, and nothing was written"))
        }
        (None, Err(failure)) => Err(Failure::interrupted(failure.text())),
    }
}

/// Does the work for whoever hears the signals themselves. Where it fails, the scratch databases are dropped.
///
/// # Errors
///
/// Those of the work.
pub(crate) async fn or_dropped<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let done = work.await;
    if done.is_err() {
        // The work's error is the one to report.
        let _ = drop_left().await;
    }
    done
}

/// Drops what work that did not come to its end has left on servers of others. One that is being made is waited for: a session
/// does one thing after the other.
async fn drop_left() -> Result<(), Failure> {
    let databases = std::mem::take(&mut *left());
    for Left { home, url, name } in databases {
        let dropped = drop_database(&home, &Server::given(&url), &name).await;
        dropped.map_err(|error| not_dropped(&name, &error))?;
    }
    Ok(())
}

pub(super) fn not_dropped(name: &str, error: &Error) -> Failure {
    let why = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    Failure::new(
        Code::M0842,
        format!("{name} is left over: {why}"),
        format!("drop it by hand: DROP DATABASE {name}"),
    )
}
