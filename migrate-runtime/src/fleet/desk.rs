//! The visits under way: who waits for a turn, who has one, and the connections that go from one to the next. Whoever uses
//! it decides who is next and what an outcome means.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::look::Seen;
use super::observer::Observer;
use super::options::{Fleet, MOST_PER_SERVER};
use super::outages::{Outages, Place, Verdict, pause_after};
use super::queue::{Job, Queue};
use super::servers::Servers;
use super::tenant::Tenant;
use super::trouble::{Trouble, Unmade};
use super::visit::{Visit, Visited, visit};
use crate::runner::Compiled;

pub(super) struct Desk<'d> {
    fleet: &'d Fleet<'d>,
    tenants: &'d [Tenant],
    errand: &'d dyn Visit,
    servers: Servers,
    pub(super) queue: Queue,
    pub(super) outages: Outages,
    under_way: FuturesUnordered<Compiled<'d, (Job, Visited)>>,
    /// How many servers the tenants are on.
    places: usize,
}

/// A visit that is over.
pub(super) struct Came<'d> {
    pub(super) tenant: &'d Tenant,
    pub(super) job: Job,
    pub(super) result: Result<Seen, Trouble>,
    pub(super) duration: Duration,
}

/// What comes after a visit.
pub(super) enum Next {
    /// It is over.
    Done,
    /// The connection was lost: it is tried again after a pause.
    Later(Duration),
    /// There is no connection to this place, which is waited for.
    Away(Place),
    /// There is none, and it was waited for long enough.
    GivenUp(Place),
}

impl<'d> Desk<'d> {
    pub(super) fn new(fleet: &'d Fleet<'d>, tenants: &'d [Tenant], errand: &'d dyn Visit) -> Self {
        let (servers, queue) = (Servers::new(fleet.per_server), Queue::default());
        let places: BTreeSet<&str> = tenants.iter().map(Tenant::server).collect();
        let places = places.len();
        let outages = Outages::new(fleet.patience);
        Self { fleet, tenants, errand, servers, queue, outages, under_way: FuturesUnordered::new(), places }
    }

    /// By what it is told that there is more room than was known, and that more can be begun.
    pub(super) fn room_found(&self) -> Arc<Notify> {
        self.servers.room_found()
    }

    /// How many visits are under way.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// How many there may be, as far as is known: before the servers have told, a few.
    pub(super) fn most(&self) -> usize {
        let per_server = self.fleet.per_server.unwrap_or(MOST_PER_SERVER);
        per_server.saturating_mul(self.places).clamp(1, self.fleet.jobs)
    }

    /// Begins as many visits as there is room for.
    pub(super) fn begin(&mut self) {
        while self.under_way.len() < self.fleet.jobs {
            let Some(job) = self.queue.pop(self.tenants, &self.servers, &mut self.outages) else { return };
            let tenant = &self.tenants[job.tenant];
            let Some(turn) = self.servers.take(tenant.server(), tenant.url()) else { return };
            if let Some(observer) = self.fleet.observer {
                observer.begun(tenant);
            }
            let (fleet, errand) = (self.fleet, self.errand);
            self.under_way.push(Box::pin(async move { (job, visit(fleet, tenant, turn, errand).await) }));
        }
    }

    /// Waits for the end of a visit. `None`: none is under way. It can be given up and asked for again.
    pub(super) async fn next(&mut self) -> Option<(Job, Visited)> {
        self.under_way.next().await
    }

    /// Takes the connection back.
    pub(super) async fn settle(&mut self, (job, visited): (Job, Visited)) -> Came<'d> {
        let Visited { result, duration, open, was_not_told } = visited;
        let tenant = &self.tenants[job.tenant];
        if was_not_told {
            self.servers.was_not_told(tenant.server());
        }
        match open {
            Some(open) if self.queue.has_more_of(self.tenants, tenant) => {
                self.servers.keep(tenant.server(), tenant.url(), open);
            }
            Some(open) => drop(open.close().await),
            None => {}
        }
        Came { tenant, job, result, duration }
    }

    /// What comes after it, and what it says of its server.
    pub(super) fn next_after(&mut self, came: &Came<'_>) -> Next {
        let Job { tenant: position, attempt, is_probe } = came.job;
        let server = Place::Server(came.tenant.server().to_owned());
        let trouble = came.result.as_ref().err();
        let unmade = trouble.and_then(|trouble| trouble.unmade);
        if unmade != Some(Unmade::Server) {
            self.outages.forget(&server);
        }
        if unmade.is_none() {
            self.outages.forget(&Place::Tenant(position));
        }
        let Some(trouble) = trouble.filter(|trouble| trouble.may_pass()) else { return Next::Done };
        let place = match unmade {
            Some(Unmade::Server) => server,
            Some(Unmade::Tenant) => Place::Tenant(position),
            None if attempt >= self.fleet.attempts => return Next::Done,
            None => {
                let pause = pause_after(attempt);
                self.tell(|observer| observer.retried(came.tenant, &trouble.message, pause));
                return Next::Later(pause);
            }
        };
        match self.outages.failed(place.clone(), is_probe, trouble, Instant::now()) {
            Verdict::GivenUp => return Next::GivenUp(place),
            Verdict::Known => {}
            Verdict::Wait(pause) if unmade == Some(Unmade::Server) => {
                self.tell(|observer| observer.server_away(came.tenant.server(), &trouble.message, pause));
            }
            Verdict::Wait(pause) => {
                self.tell(|observer| observer.retried(came.tenant, &trouble.message, pause));
            }
        }
        Next::Away(place)
    }

    fn tell(&self, event: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = self.fleet.observer {
            event(observer);
        }
    }

    /// When the next visit may begin that waits for a pause to end.
    pub(super) fn next_time(&self) -> Option<Instant> {
        let probe = self.outages.next_time(|place| self.queue.has(place));
        // One that is due and was not begun waits for room, not for a time.
        let now = Instant::now();
        [self.queue.next_time(), probe].into_iter().flatten().filter(|time| *time > now).min()
    }

    /// Returns when one that waits for a pause to end may be tried again; never, where there is none.
    pub(super) async fn until_later(next_time: Option<Instant>) {
        match next_time {
            Some(time) => tokio::time::sleep_until(time).await,
            None => std::future::pending().await,
        }
    }

    /// Closes the connections that nobody waits for any more.
    pub(super) async fn clear(&mut self) {
        for open in self.servers.idle() {
            drop(open.close().await);
        }
    }
}
