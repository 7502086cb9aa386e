//! The loop of a fleet: wave after wave, as many visits at once as there is room for, until everybody has had a turn or the
//! rollout stops. Each tenant of the list is in the report once, whatever happens.

use std::time::{Duration, Instant};

use super::desk::{Came, Desk, Next};
use super::error::FleetError;
use super::listing::Tenants;
use super::observer::Wave;
use super::options::Fleet;
use super::queue::Job;
use super::report::{FleetReport, TenantReport};
use super::rollout::{Canaries, waves};
use super::tenant::Tenant;
use super::visit::Visit;
use crate::hooks::BoxError;

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
        desk: Desk::new(fleet, list, errand),
        limit: fleet.max_failures.filter(|_| is_rollout).map(|share| share.of(list.len()).max(1)),
        reports: vec![None; list.len()],
        failures: 0,
        stopped: None,
    };
    for (at, wave) in waves.iter().enumerate() {
        let event = Wave { number: at + 1, of: waves.len(), tenants: wave.len() };
        rollout.ride(wave, &event).await;
        if is_rollout && fleet.has_canaries(&event) && rollout.failures > 0 {
            rollout.stop(canaries_failed(rollout.failures, wave.len()));
        }
        if event.number < event.of {
            rollout.pass(&event).await;
        }
    }
    rollout.desk.clear().await;
    Ok(rollout.report(verb, tenants, start.elapsed()))
}

struct Rollout<'r> {
    fleet: &'r Fleet<'r>,
    tenants: &'r [Tenant],
    desk: Desk<'r>,
    /// How many failures it takes to stop.
    limit: Option<usize>,
    /// In the order of the list.
    reports: Vec<Option<TenantReport>>,
    failures: usize,
    /// Why nothing more is begun.
    stopped: Option<String>,
}

/// Why a rollout stops that somebody has stopped.
pub(super) const TOLD_TO: &str = "it was interrupted";

/// Why one stops whose canaries do not do well.
pub(super) fn canaries_failed(failures: usize, canaries: usize) -> String {
    format!("{failures} of {canaries} canaries failed")
}

/// Why one stops that has had enough failures.
pub(super) fn tenants_failed(failures: usize, tenants: usize) -> String {
    format!("{failures} of {tenants} tenants failed")
}

/// Why one stops that somebody does not want to go on.
pub(super) fn check_failed(wave: &Wave, error: &BoxError) -> String {
    format!("the check after wave {} of {} failed: {error}", wave.number, wave.of)
}

impl Rollout<'_> {
    /// One wave, to its end.
    async fn ride(&mut self, wave: &[usize], event: &Wave) {
        if self.is_over() {
            return;
        }
        if let Some(observer) = self.fleet.observer {
            observer.wave_begun(event);
        }
        for position in wave {
            self.desk.queue.push(self.tenants, Job::new(*position, 1));
        }
        loop {
            if self.fleet.stop.is_called() {
                self.stop(TOLD_TO.to_owned());
            }
            if !self.is_over() {
                self.desk.begin();
            }
            if self.desk.under_way() == 0 && (self.desk.queue.is_empty() || self.is_over()) {
                return;
            }
            let (next_time, is_over) = (self.desk.next_time(), self.is_over());
            let room = self.desk.room_found();
            tokio::select! {
                Some(visited) = self.desk.next() => {
                    let came = self.desk.settle(visited).await;
                    self.came(came, event.number);
                }
                () = room.notified(), if !is_over => {}
                () = Desk::until_later(next_time), if !is_over => {}
                () = self.fleet.stop.called(), if !is_over => {}
            }
        }
    }

    fn came(&mut self, came: Came<'_>, wave: usize) {
        let next = if self.is_over() { Next::Done } else { self.desk.next_after(&came) };
        let given_up = match next {
            Next::Done => Vec::new(),
            Next::Later(pause) => {
                let time = tokio::time::Instant::now() + pause;
                return self.desk.queue.push_later(time, came.job.again());
            }
            // Behind the others of its server: the next probe is another tenant's.
            Next::Away(_) => return self.desk.queue.push(self.tenants, came.job.again()),
            Next::GivenUp(place) => {
                let trouble = came.result.as_ref().err();
                let others = self.desk.queue.drain(&place).into_iter();
                let report = |job: Job| {
                    Some((
                        job,
                        TenantReport::unreached(
                            &self.tenants[job.tenant],
                            job.attempt - 1,
                            wave,
                            trouble?.clone(),
                        ),
                    ))
                };
                others.filter_map(report).collect()
            }
        };
        let job = came.job;
        self.over(job, TenantReport::of(came, wave));
        for (job, report) in given_up {
            self.over(job, report);
        }
    }

    /// A tenant has had its turn.
    fn over(&mut self, job: Job, report: TenantReport) {
        let position = job.tenant;
        self.failures += usize::from(report.outcome().is_failure());
        report.tell(self.fleet.observer);
        self.reports[position] = Some(report);
        if let Some(limit) = self.limit
            && self.failures >= limit
        {
            self.stop(tenants_failed(self.failures, self.tenants.len()));
        }
    }

    /// What comes between two waves.
    async fn pass(&mut self, wave: &Wave) {
        if self.is_over() {
            return;
        }
        tokio::select! {
            () = self.fleet.stop.called() => self.stop(TOLD_TO.to_owned()),
            passed = self.fleet.between(wave) => if let Err(error) = passed {
                self.stop(check_failed(wave, &error));
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
