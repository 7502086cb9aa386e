//! One visit to one tenant: connect, find out how many connections its server has to spare, do what is to be done there,
//! and give the connection back.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use migrate_source::Code;
use tokio_postgres::Client;
use tracing::Instrument as _;

use super::connection::Open;
use super::create;
use super::look::Seen;
use super::options::Fleet;
use super::outcome::Outcome;
use super::servers::{Room, Slot, Turn};
use super::tenant::Tenant;
use super::trouble::Trouble;
use crate::error::Error;
use crate::options::Runner;

/// What a visit comes to.
pub type VisitFuture<'v> = Pin<Box<dyn Future<Output = Result<Seen, Error>> + Send + 'v>>;

/// What is to be done at each tenant.
pub trait Visit: Sync {
    /// Does it, with the runner that the tenant has: its schema, where it has one, is said to it already.
    fn visit<'v>(
        &'v self,
        tenant: &'v Tenant,
        runner: &'v Runner<'v>,
        client: &'v mut Client,
    ) -> VisitFuture<'v>;
}

/// Brings it forward, once the check has found nothing wrong with it.
pub(super) struct Up<'u> {
    pub(super) check: Option<&'u dyn Visit>,
}

/// Looks how it stands.
pub(super) struct Look;

impl Visit for Up<'_> {
    fn visit<'v>(
        &'v self,
        tenant: &'v Tenant,
        runner: &'v Runner<'v>,
        client: &'v mut Client,
    ) -> VisitFuture<'v> {
        let Some(check) = self.check else {
            return Box::pin(runner.bring(client));
        };
        Box::pin(async move {
            let checked = check.visit(tenant, runner, client).await?;
            if checked.forbids() {
                return Ok(checked.left_alone());
            }
            Ok(runner.bring(client).await?.after(checked))
        })
    }
}

impl Visit for Look {
    fn visit<'v>(&'v self, _: &'v Tenant, runner: &'v Runner<'v>, client: &'v mut Client) -> VisitFuture<'v> {
        Box::pin(runner.look(client))
    }
}

/// What a visit came to.
pub(super) struct Visited {
    pub(super) result: Result<Seen, Trouble>,
    pub(super) duration: Duration,
    /// The connection, where it can be used again.
    pub(super) open: Option<Open>,
    /// It was to find out how many connections the server has to spare, and was not told.
    pub(super) was_not_told: bool,
}

/// Visits a tenant, by a connection that is open already or a new one.
pub(super) async fn visit(fleet: &Fleet<'_>, tenant: &Tenant, turn: Turn, errand: &dyn Visit) -> Visited {
    let Turn { slot, mut room } = turn;
    let start = Instant::now();
    let outcome = tracing::field::Empty;
    let span = tracing::info_span!("tenant", slug = tenant.slug(), database = tenant.database(), outcome);
    let work = async {
        match connect(fleet, tenant, slot).await {
            Ok(open) => at_work(fleet, tenant, open, &mut room, errand).await,
            Err(trouble) => (Err(trouble), None),
        }
    };
    let (result, open) = work.instrument(span.clone()).await;
    let outcome = result.as_ref().map_or_else(|trouble| trouble.outcome, Seen::outcome);
    span.record("outcome", outcome.key());
    Visited { result, duration: start.elapsed(), open, was_not_told: room.is_unknown }
}

async fn connect(fleet: &Fleet<'_>, tenant: &Tenant, slot: Slot) -> Result<Open, Trouble> {
    if let Some((code, problem)) = tenant.problem() {
        return Err(Trouble::new(Outcome::Failed, code, problem));
    }
    let permit = match slot {
        Slot::Open(open) => return Ok(open),
        Slot::New(permit) => permit,
        Slot::InPlaceOf(other) => other.close().await,
    };
    let timeout = fleet.connect_timeout;
    match Open::new(tenant.url(), timeout, permit).await {
        Err((trouble, permit)) => match &fleet.create {
            Some(how) if trouble.is_of_missing_database() => {
                let permit = create::database(tenant.url(), how, timeout, permit).await?;
                Open::new(tenant.url(), timeout, permit).await.map_err(|(trouble, _)| trouble)
            }
            _ => Err(trouble),
        },
        Ok(open) => Ok(open),
    }
}

/// The visit, once there is a connection, which is given back where it can be used again.
async fn at_work(
    fleet: &Fleet<'_>,
    tenant: &Tenant,
    mut open: Open,
    room: &mut Room,
    errand: &dyn Visit,
) -> (Result<Seen, Trouble>, Option<Open>) {
    if room.is_unknown
        && let Some(spare) = open.spare().await
    {
        room.is_found(spare);
    }
    if fleet.stop.is_cancelled() {
        return (
            Err(Trouble::new(Outcome::NotBegun, Code::M0908, "it was cancelled before anything was sent")),
            None,
        );
    }
    let runner = match fleet.runner_of(tenant, Arc::clone(&room.permits)) {
        Ok(runner) => runner,
        Err(trouble) => return (Err(trouble), open.if_usable()),
    };
    let seen = open.at_work(&fleet.stop, |client| errand.visit(tenant, &runner, client)).await;
    let result = match seen {
        Some(seen) => seen.map_err(|error| Trouble::of(&error)),
        None => Err(Trouble::new(Outcome::Failed, Code::M0908, NOT_CANCELLED)),
    };
    (result, open.if_usable())
}

const NOT_CANCELLED: &str = "the server did not cancel its statement in time, and may still run it: the tenant's history shows \
                             what was applied";
