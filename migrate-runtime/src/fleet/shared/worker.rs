//! One of the processes that share a run: it claims, visits, takes down what came of it, and claims again, until the whole
//! run is over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::SharedRun;
use super::claims::{Claimed, Claims, Standing};
use super::tables::{MOST_LOST, PassedOn, Wanted};
use crate::backoff::Backoff;
use crate::fleet::desk::{Came, Desk, Next};
use crate::fleet::engine::{canaries_failed, check_failed, tenants_failed};
use crate::fleet::error::FleetError;
use crate::fleet::listing::Tenants;
use crate::fleet::observer::Wave;
use crate::fleet::options::Fleet;
use crate::fleet::outages::Place;
use crate::fleet::queue::Job;
use crate::fleet::report::{FleetReport, TenantReport};
use crate::fleet::rollout::waves;
use crate::fleet::tenant::Tenant;
use crate::fleet::visit::Visit;

/// Takes part in a run until it is over, or until this process is told to stop.
pub(super) async fn take_part(
    fleet: &Fleet<'_>,
    tenants: &Tenants,
    run: &SharedRun,
    errand: &dyn Visit,
) -> Result<FleetReport, FleetError> {
    let start = Instant::now();
    let list = tenants.list();
    let waves = waves(list, &fleet.canaries, &fleet.waves)?;
    let mut claims = Claims::connect(run, fleet.observer).await?;
    claims.join(&fleet.digest(), list, &waves, run.retries_failed).await?;
    let positions = list.iter().enumerate().map(|(at, tenant)| (tenant.slug(), at)).collect();
    let mut worker = Worker {
        fleet,
        tenants,
        run,
        positions,
        claims,
        desk: Desk::new(fleet, list, errand),
        waves: BTreeMap::new(),
        seen_wave: 0,
        has_suspect: false,
    };
    let worked = worker.work(run.lease / 3).await;
    worker.desk.clear().await;
    // What nobody has begun here is somebody else's now, whatever happened.
    let release = worker.claims.sql().release();
    let released = worker.claims.ask(&release).await;
    worked?;
    released?;
    let report = worker.report(start.elapsed()).await;
    worker.claims.close().await;
    report
}

struct Worker<'w> {
    fleet: &'w Fleet<'w>,
    tenants: &'w Tenants,
    run: &'w SharedRun,
    /// Where a tenant is in the list.
    positions: BTreeMap<&'w str, usize>,
    claims: Claims<'w>,
    desk: Desk<'w>,
    /// The wave of each tenant that is claimed.
    waves: BTreeMap<usize, usize>,
    /// The last wave that was told of.
    seen_wave: usize,
    /// A tenant is at hand at which others have died: it has this process for itself.
    has_suspect: bool,
}

/// What is to be done when there was nothing to claim.
enum Idle {
    Over,
    /// Others are at work; this process can do nothing but ask again.
    Wait,
    /// Something has changed.
    Again,
}

impl<'w> Worker<'w> {
    async fn work(&mut self, renewal: Duration) -> Result<(), FleetError> {
        let mut renewals = tokio::time::interval(renewal);
        renewals.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let backoff = || Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        let mut waiting = backoff();
        loop {
            let is_stopping = self.fleet.stop.is_called();
            if !is_stopping {
                self.probe().await?;
                self.claim().await?;
                self.desk.begin();
            }
            if self.desk.under_way() == 0 {
                if is_stopping {
                    return Ok(());
                }
                match self.idle(&mut renewals).await? {
                    Idle::Over => return Ok(()),
                    Idle::Again => waiting = backoff(),
                    Idle::Wait => tokio::select! {
                        () = waiting.pause() => {}
                        _ = renewals.tick() => self.renew().await?,
                        () = self.fleet.stop.called() => {}
                    },
                }
                continue;
            }
            let room = self.desk.room_found();
            let now = tokio::time::Instant::now();
            let next_probe = self.desk.outages.next_time(|_| true).filter(|time| *time > now);
            tokio::select! {
                () = room.notified(), if !is_stopping => {}
                () = Desk::until_later(next_probe), if !is_stopping => {}
                Some(visited) = self.desk.next() => {
                    waiting = backoff();
                    let came = self.desk.settle(visited).await;
                    self.came(came).await?;
                }
                _ = renewals.tick() => self.renew().await?,
                () = self.fleet.stop.called(), if !is_stopping => {}
            }
        }
    }

    /// Claims one tenant of each place that may be back: no other task of this process tries those that it has passed on.
    async fn probe(&mut self) -> Result<(), FleetError> {
        for place in self.desk.outages.due(tokio::time::Instant::now()) {
            if self.has_suspect || self.desk.queue.has(&place) {
                continue;
            }
            let slugs = self.slugs_at(&place);
            let at_hand = self.at_hand();
            let claimed = self.claims.claim(Wanted::PassedOn(&slugs), &at_hand).await?;
            if claimed.is_empty() {
                // Others have them, or have had them.
                if self.claims.has_passed_on(&slugs).await? {
                    self.desk.outages.postpone(&place, tokio::time::Instant::now());
                } else {
                    self.desk.outages.forget(&place);
                }
            }
            self.take(claimed).await?;
        }
        Ok(())
    }

    /// Claims as many as can be begun at once, and a few for whom there may be room.
    async fn claim(&mut self) -> Result<(), FleetError> {
        loop {
            let at_hand = self.desk.under_way() + self.desk.queue.len();
            let wanted = self.desk.most().saturating_sub(at_hand);
            self.has_suspect &= at_hand > 0;
            if wanted == 0 || !self.desk.queue.is_empty() || self.has_suspect {
                return Ok(());
            }
            let slugs = self.at_hand();
            let mut claimed = self.claims.claim(Wanted::Due(wanted), &slugs).await?;
            if claimed.is_empty() && at_hand == 0 {
                claimed = self.claims.claim(Wanted::Suspect, &slugs).await?;
                self.has_suspect = !claimed.is_empty();
            }
            if claimed.is_empty() {
                return Ok(());
            }
            self.take(claimed).await?;
        }
    }

    /// Queues what was claimed, and leaves to others what this process cannot have.
    async fn take(&mut self, claimed: Vec<Claimed>) -> Result<(), FleetError> {
        let list = self.tenants.list();
        let now = tokio::time::Instant::now();
        let mut passed_on = BTreeMap::<Option<Place>, Vec<(u32, TenantReport)>>::new();
        for Claimed { slug, attempt, wave, lost, lost_by } in claimed {
            if wave > self.seen_wave {
                self.seen_wave = wave;
                self.tell_of(wave).await?;
            }
            let Some(position) = self.positions.get(&*slug).copied() else {
                passed_on.entry(None).or_default().push((attempt, TenantReport::unknown(&slug, wave)));
                continue;
            };
            let tenant = &list[position];
            if lost >= MOST_LOST {
                self.finish(TenantReport::fatal(tenant, wave, lost, &lost_by)).await?;
                continue;
            }
            let places = [Place::Server(tenant.server().to_owned()), Place::Tenant(position)];
            let away = places.into_iter().find_map(|place| {
                let trouble = self.desk.outages.trouble(&place)?.clone();
                // One of them is enough to find out whether it is back.
                let is_probe = self.desk.outages.lets_pass(&place, now) && !self.desk.queue.has(&place);
                (!is_probe).then_some((place, trouble))
            });
            if let Some((place, trouble)) = away {
                let report = TenantReport::unreached(tenant, attempt - 1, wave, trouble);
                passed_on.entry(Some(place)).or_default().push((attempt, report));
                continue;
            }
            self.waves.insert(position, wave);
            self.desk.queue.push(list, Job::new(position, attempt));
        }
        for (place, reports) in passed_on {
            self.pass_on(place.as_ref(), &reports).await?;
        }
        Ok(())
    }

    /// Leaves turns to others: those of a place that is away, or of tenants that are not in the list of this process.
    async fn pass_on(
        &mut self,
        place: Option<&Place>,
        reports: &[(u32, TenantReport)],
    ) -> Result<(), FleetError> {
        let now = tokio::time::Instant::now();
        let patience = place.map_or(Duration::ZERO, |place| self.desk.outages.patience_left(place, now));
        let list = reports.iter();
        let list = list.map(|(attempt, report)| PassedOn { slug: report.slug(), attempt: *attempt, report });
        self.claims.pass_on(list, patience).await
    }

    fn at_hand(&self) -> Vec<&'w str> {
        let list = self.tenants.list();
        self.waves.keys().map(|position| list[*position].slug()).collect()
    }

    fn slugs_at(&self, place: &Place) -> Vec<&'w str> {
        let list = self.tenants.list();
        match place {
            Place::Tenant(position) => vec![list[*position].slug()],
            Place::Server(server) => {
                list.iter().filter(|tenant| tenant.server() == server).map(Tenant::slug).collect()
            }
        }
    }

    async fn tell_of(&mut self, number: usize) -> Result<(), FleetError> {
        if let Some(observer) = self.fleet.observer {
            let Standing { waves, of_wave, .. } = self.claims.standing().await?;
            observer.wave_begun(&Wave { number, of: waves, tenants: of_wave });
        }
        Ok(())
    }

    /// A process that begins nothing more has its own tenants, and others need not wait for it to try theirs.
    async fn renew(&mut self) -> Result<(), FleetError> {
        let sql = self.claims.sql();
        let is_stopping = self.fleet.stop.is_called();
        let renew = format!("{}; {}", sql.renew(), if is_stopping { sql.leave() } else { sql.is_alive() });
        self.claims.ask(&renew).await.map(drop)
    }

    async fn came(&mut self, came: Came<'_>) -> Result<(), FleetError> {
        let wave = self.waves.remove(&came.job.tenant).unwrap_or_default();
        let server = Place::Server(came.tenant.server().to_owned());
        let was_away = self.desk.outages.trouble(&server).is_some();
        match self.desk.next_after(&came) {
            Next::Later(pause) => {
                let later = self.claims.sql().later(came.tenant.slug(), came.job.attempt + 1, pause);
                self.claims.ask(&later).await?;
            }
            Next::Away(place) | Next::GivenUp(place) => {
                let list = self.tenants.list();
                let trouble = came.result.as_ref().err().cloned();
                let mut reports = vec![(came.job.attempt + 1, TenantReport::of(came, wave))];
                // What has not been begun there waits for it no longer here.
                for job in self.desk.queue.drain(&place) {
                    let wave = self.waves.remove(&job.tenant).unwrap_or_default();
                    reports.extend(trouble.clone().map(|trouble| {
                        (
                            job.attempt,
                            TenantReport::unreached(&list[job.tenant], job.attempt - 1, wave, trouble),
                        )
                    }));
                }
                return self.pass_on(Some(&place), &reports).await;
            }
            Next::Done => self.finish(TenantReport::of(came, wave)).await?,
        }
        if was_away && self.desk.outages.trouble(&server).is_none() {
            let take_back = self.claims.sql().take_back(&self.slugs_at(&server));
            self.claims.ask(&take_back).await?;
        }
        Ok(())
    }

    /// Takes down what came of a tenant.
    async fn finish(&mut self, report: TenantReport) -> Result<(), FleetError> {
        // Whose lease had run out meanwhile is somebody else's, who finds what is done in the tenant's own history.
        if !self.claims.finish(&report).await? {
            tracing::warn!(slug = report.slug(), "the claim had run out before the tenant was done");
            return Ok(());
        }
        self.over(&report).await
    }

    /// A tenant is done for the whole run.
    async fn over(&mut self, report: &TenantReport) -> Result<(), FleetError> {
        report.tell(self.fleet.observer);
        if report.outcome().is_failure()
            && let Some(share) = self.fleet.max_failures
        {
            let Standing { failed, tenants, .. } = self.claims.standing().await?;
            if failed >= share.of(tenants).max(1) {
                self.stop(&tenants_failed(failed, tenants)).await?;
            }
        }
        Ok(())
    }

    async fn stop(&mut self, why: &str) -> Result<(), FleetError> {
        tracing::warn!(why, "the rollout stops");
        let stop = self.claims.sql().stop(why);
        self.claims.ask(&stop).await.map(drop)
    }

    /// There is nothing to claim: others are at it, or the wave is over.
    async fn idle(&mut self, renewals: &mut tokio::time::Interval) -> Result<Idle, FleetError> {
        let Standing { stopped, open_wave, waves, left, failed_of_wave, of_wave, claimed, .. } =
            self.claims.standing().await?;
        if stopped.is_some() {
            // What others have begun is finished first: the report is the whole run's.
            return Ok(if claimed == 0 { Idle::Over } else { Idle::Wait });
        }
        if left > 0 {
            let given_up = self.claims.give_up().await?;
            for report in &given_up {
                self.over(report).await?;
            }
            return Ok(if given_up.is_empty() { Idle::Wait } else { Idle::Again });
        }
        if open_wave >= waves {
            return Ok(Idle::Over);
        }
        if !self.claims.stands_at_gate(open_wave).await? {
            return Ok(Idle::Wait);
        }
        let wave = Wave { number: open_wave, of: waves, tenants: of_wave };
        if self.fleet.has_canaries(&wave) && failed_of_wave > 0 {
            self.stop(&canaries_failed(failed_of_wave, of_wave)).await?;
            return Ok(Idle::Again);
        }
        let fleet = self.fleet;
        let mut between = std::pin::pin!(fleet.between(&wave));
        let passed = loop {
            tokio::select! {
                passed = &mut between => break passed,
                _ = renewals.tick() => self.renew().await?,
                // Somebody else may stand there then.
                () = fleet.stop.called() => return Ok(Idle::Again),
            }
        };
        match passed {
            Ok(()) => {
                let open = self.claims.sql().open_gate(open_wave);
                self.claims.ask(&open).await?;
            }
            Err(error) => self.stop(&check_failed(&wave, &error)).await?,
        }
        Ok(Idle::Again)
    }

    /// The whole run, whoever visited which tenant.
    async fn report(&mut self, duration: Duration) -> Result<FleetReport, FleetError> {
        let mut reports = self.claims.reports().await?;
        let Standing { stopped, left, open_wave, waves, .. } = self.claims.standing().await?;
        let of = |tenant: &Tenant| match reports.remove(tenant.slug()) {
            Some(report) => report.unwrap_or_else(|| TenantReport::not_begun(tenant)),
            None => TenantReport::not_in_run(tenant, &self.run.name),
        };
        let mut list: Vec<TenantReport> = self.tenants.list().iter().map(of).collect();
        // Those that only others know.
        list.extend(reports.into_values().flatten());
        let is_left = left > 0 || open_wave < waves;
        let stopped = stopped.or_else(|| is_left.then(|| LEFT_TO_OTHERS.to_owned()));
        Ok(FleetReport::new("up", list, self.tenants.skipped().to_vec(), stopped, duration))
    }
}

const LEFT_TO_OTHERS: &str = "this process was interrupted; others may continue the run";
