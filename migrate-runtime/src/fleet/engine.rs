//! The loop of a fleet: wave after wave, as many visits at once as there is room for, until everybody has had a turn or the
//! rollout stops. Each tenant of the list is in the report once, whatever happens.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::error::FleetError;
use super::listing::Tenants;
use super::observer::Wave;
use super::options::Fleet;
use super::queue::{Job, Queue};
use super::report::{FleetReport, TenantReport};
use super::rollout::{Canaries, waves};
use super::servers::Servers;
use super::tenant::Tenant;
use super::visit::{Visit, Visited, visit};
use crate::runner::Compiled;

/// The first pause before a tenant is tried again that could not be reached; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Visits everybody.
pub(super) async fn go(
    fleet: &Fleet<'_>,
    verb: &'static str,
    tenants: &Tenants,
    errand: &dyn Visit,
    is_rollout: bool,
) -> Result<FleetReport, FleetError> {
    let start = Instant::now();
    let list = tenants.list();
    let waves = if is_rollout {
        waves(list, &fleet.canaries, &fleet.waves)?
    } else {
        waves(list, &Canaries::None, &[])?
    };
    let mut rollout = Rollout {
        fleet,
        tenants: list,
        errand,
        limit: fleet.max_failures.filter(|_| is_rollout).map(|share| share.of(list.len()).max(1)),
        servers: Servers::new(fleet.per_server),
        reports: vec![None; list.len()],
        failures: 0,
        stopped: None,
    };
    for (at, wave) in waves.iter().enumerate() {
        let of_canaries = at == 0 && is_rollout && fleet.canaries != Canaries::None && waves.len() > 1;
        let event = Wave { number: at + 1, of: waves.len(), tenants: wave.len() };
        rollout.ride(wave, &event).await;
        if of_canaries && rollout.failures > 0 {
            rollout.stop(format!("{} of {} canaries failed", rollout.failures, wave.len()));
        }
        if at + 1 < waves.len() {
            rollout.pass(&event).await;
        }
    }
    for open in rollout.servers.idle() {
        drop(open.close().await);
    }
    Ok(rollout.report(verb, tenants, start.elapsed()))
}

/// Why a rollout stops that somebody has stopped.
const TOLD_TO: &str = "it was told to";

struct Rollout<'r> {
    fleet: &'r Fleet<'r>,
    tenants: &'r [Tenant],
    errand: &'r dyn Visit,
    /// How many failures it takes to stop.
    limit: Option<usize>,
    servers: Servers,
    /// In the order of the list.
    reports: Vec<Option<TenantReport>>,
    failures: usize,
    /// Why nothing more is begun.
    stopped: Option<String>,
}

type UnderWay<'r> = FuturesUnordered<Compiled<'r, (Job, Visited)>>;

impl<'r> Rollout<'r> {
    /// One wave, to its end.
    async fn ride(&mut self, wave: &[usize], event: &Wave) {
        if self.is_over() {
            return;
        }
        if let Some(observer) = self.fleet.observer {
            observer.wave_begun(event);
        }
        let mut queue = Queue::default();
        for position in wave {
            queue.push(self.tenants, *position);
        }
        let mut under_way = UnderWay::new();
        loop {
            self.begin(&mut queue, &mut under_way);
            if under_way.is_empty() && (queue.is_empty() || self.is_over()) {
                return;
            }
            let next_time = queue.next_time();
            tokio::select! {
                Some((job, visited)) = under_way.next() => {
                    self.has_visited(job, visited, &mut queue, event.number).await;
                }
                () = sleep_until(next_time) => {}
                () = self.fleet.stop.called(), if !self.is_over() => {}
            }
        }
    }

    /// Begins as many visits as there is room for.
    fn begin(&mut self, queue: &mut Queue, under_way: &mut UnderWay<'r>) {
        if self.fleet.stop.is_called() {
            self.stop(TOLD_TO.to_owned());
        }
        while !self.is_over() && under_way.len() < self.fleet.jobs {
            let Some(job) = queue.pop(self.tenants, &self.servers) else { return };
            let tenant = &self.tenants[job.tenant];
            let Some(turn) = self.servers.take(tenant.server(), tenant.url()) else { return };
            if let Some(observer) = self.fleet.observer {
                observer.begun(tenant);
            }
            let (fleet, errand) = (self.fleet, self.errand);
            under_way.push(Box::pin(async move { (job, visit(fleet, tenant, turn, errand).await) }));
        }
    }

    async fn has_visited(&mut self, job: Job, visited: Visited, queue: &mut Queue, wave: usize) {
        let Visited { result, duration, open, spare, asked } = visited;
        let tenant = &self.tenants[job.tenant];
        if asked {
            self.servers.has_to_spare(tenant.server(), spare);
        }
        match open {
            Some(open) if queue.has_more_of(self.tenants, tenant) => {
                self.servers.keep(tenant.server(), tenant.url(), open);
            }
            Some(open) => drop(open.close().await),
            None => {}
        }
        if let Err(trouble) = &result
            && trouble.may_pass()
            && job.attempt < self.fleet.attempts
            && !self.is_over()
        {
            let pause = (FIRST_PAUSE * 2_u32.saturating_pow(job.attempt - 1)).min(LONGEST_PAUSE);
            if let Some(observer) = self.fleet.observer {
                observer.retried(tenant, &trouble.message, pause);
            }
            queue.push_later(tokio::time::Instant::now() + pause, Job { attempt: job.attempt + 1, ..job });
            return;
        }
        let report = TenantReport::of(tenant, wave, job.attempt, duration, result);
        self.failures += usize::from(report.outcome().is_failure());
        tracing::info!(slug = tenant.slug(), outcome = report.outcome().name(), ?duration, "visited");
        if let Some(observer) = self.fleet.observer {
            observer.done(&report);
        }
        self.reports[job.tenant] = Some(report);
        if let Some(limit) = self.limit
            && self.failures >= limit
        {
            self.stop(format!("{} of {} tenants failed", self.failures, self.tenants.len()));
        }
    }

    /// What comes between two waves.
    async fn pass(&mut self, wave: &Wave) {
        if self.is_over() {
            return;
        }
        let fleet = self.fleet;
        let between = async {
            tokio::time::sleep(fleet.pause).await;
            match fleet.gate {
                Some(gate) => gate.pass(wave).await,
                None => Ok(()),
            }
        };
        tokio::select! {
            () = fleet.stop.called() => self.stop(TOLD_TO.to_owned()),
            passed = between => if let Err(error) = passed {
                self.stop(format!("the check after wave {} of {} failed: {error}", wave.number, wave.of));
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stopped.is_some()
    }

    /// The first reason is the one that counts.
    fn stop(&mut self, why: String) {
        if self.stopped.is_none() {
            tracing::warn!(why, "the rollout stops");
            self.stopped = Some(why);
        }
    }

    fn report(self, verb: &'static str, tenants: &Tenants, duration: Duration) -> FleetReport {
        let Self { tenants: list, reports, stopped, .. } = self;
        let reports = reports.into_iter().zip(list);
        let reports =
            reports.map(|(report, tenant)| report.unwrap_or_else(|| TenantReport::not_begun(tenant)));
        FleetReport::new(verb, reports.collect(), tenants.skipped().to_vec(), stopped, duration)
    }
}

async fn sleep_until(time: Option<tokio::time::Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
