//! A connection to a tenant's database, which those that share the database use one after the other.

use std::pin::Pin;
use std::time::Duration;

use migrate_source::Code;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::outcome::Outcome;
use super::stop::Stop;
use super::trouble::{Trouble, Unmade};
use crate::connect::{self, Connected};
use crate::error::{Error, ErrorKind};
use crate::report::Report;

/// An open connection. It ends with this value.
pub(super) struct Open {
    client: Client,
    driver: JoinHandle<()>,
    /// Asks the server to cancel what it is at.
    cancel: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    permit: OwnedSemaphorePermit,
}

/// How many connections the server and the role have to spare; half of that is left to others. What a role may not see of
/// others' sessions, `pg_stat_database` counts.
const SPARE: &str = "SELECT pg_catalog.floor(LEAST( \
    pg_catalog.current_setting('max_connections')::pg_catalog.float8 \
    OPERATOR(pg_catalog.-) pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.float8 \
    OPERATOR(pg_catalog.-) (SELECT pg_catalog.sum(numbackends) FROM pg_catalog.pg_stat_database)::pg_catalog.float8, \
    (SELECT CASE WHEN rolconnlimit OPERATOR(pg_catalog.>=) 0 THEN rolconnlimit END FROM pg_catalog.pg_roles \
    WHERE rolname OPERATOR(pg_catalog.=) current_user)::pg_catalog.float8) OPERATOR(pg_catalog./) 2::pg_catalog.float8)::pg_catalog.int8";

/// How long a server that is gone is waited for to hear a goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long a server may take to cancel what it is at.
const TO_CANCEL: Duration = Duration::from_secs(5);

impl Open {
    /// Connects, or gives the permit back.
    pub(super) async fn new(
        url: &str,
        timeout: Duration,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, (Trouble, OwnedSemaphorePermit)> {
        match connect_within(url, timeout).await {
            Ok(Connected { client, connection, cancel, .. }) => {
                Ok(Self { client, driver: tokio::spawn(connection), cancel: Some(cancel), permit })
            }
            Err(trouble) => Err((trouble, permit)),
        }
    }

    /// Does something by it; where that is cancelled in the middle, the server is asked to, and has a moment to end it.
    /// `None`: it has not.
    pub(super) async fn at_work<'o, T>(
        &'o mut self,
        stop: &Stop,
        work: impl FnOnce(&'o mut Client) -> Pin<Box<dyn Future<Output = T> + Send + 'o>>,
    ) -> Option<T> {
        let mut work = work(&mut self.client);
        tokio::select! {
            done = &mut work => return Some(done),
            () = stop.cancelled() => {}
        }
        if let Some(cancel) = self.cancel.take() {
            cancel.await;
        }
        tokio::time::timeout(TO_CANCEL, work).await.ok()
    }

    /// The one value of a query, as text.
    pub(super) async fn value(&mut self, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
        let messages = self.client.simple_query(sql).await?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(row.map(str::to_owned))
    }

    /// How many connections there are to spare, as far as the server tells.
    pub(super) async fn spare(&mut self) -> Option<usize> {
        self.value(SPARE)
            .await
            .ok()
            .flatten()?
            .parse::<i64>()
            .ok()
            .map(|spare| usize::try_from(spare).unwrap_or(0))
    }

    /// It, unless the server has closed it.
    pub(super) fn if_usable(self) -> Option<Self> {
        (!self.client.is_closed()).then_some(self)
    }

    /// Says goodbye, and gives the permit back.
    pub(super) async fn close(mut self) -> OwnedSemaphorePermit {
        drop(self.client);
        if tokio::time::timeout(GOODBYE, &mut self.driver).await.is_err() {
            self.driver.abort();
        }
        self.permit
    }
}

async fn connect_within(url: &str, timeout: Duration) -> Result<Connected, Trouble> {
    let Ok(connected) = tokio::time::timeout(timeout, connect::connect(url)).await else {
        let text = format!("no connection within {} s: check host, port and firewall", timeout.as_secs_f32());
        let trouble = Trouble::new(Outcome::Unreachable, Code::M0505, &text);
        return Err(Trouble { unmade: Some(Unmade::Server), ..trouble });
    };
    connected.map_err(|error| {
        Trouble::of_connecting(&Error::new(ErrorKind::Connect(error), "", Report::default()))
    })
}
