//! One of the processes that share a run: it claims, visits, takes down what came of it, and claims again, until the whole
//! run is over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::SharedRun;
use super::claims::{Claimed, Claims, Standing};
use crate::backoff::Backoff;
use crate::fleet::desk::{Came, Desk};
use crate::fleet::engine::{canaries_failed, check_failed, tenants_failed};
use crate::fleet::error::FleetError;
use crate::fleet::listing::Tenants;
use crate::fleet::observer::Wave;
use crate::fleet::options::Fleet;
use crate::fleet::queue::Job;
use crate::fleet::report::{FleetReport, TenantReport};
use crate::fleet::rollout::waves;
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
    let mut claims = Claims::connect(run).await?;
    claims.join(&fleet.digest(), list, &waves, run.retries_failed).await?;
    let positions = list.iter().enumerate().map(|(at, tenant)| (tenant.slug(), at)).collect();
    let mut worker = Worker {
        fleet,
        tenants,
        positions,
        claims,
        desk: Desk::new(fleet, list, errand),
        waves: BTreeMap::new(),
        seen_wave: 0,
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
    /// Where a tenant is in the list.
    positions: BTreeMap<&'w str, usize>,
    claims: Claims,
    desk: Desk<'w>,
    /// The wave of each tenant that is claimed.
    waves: BTreeMap<usize, usize>,
    /// The last wave that was told of.
    seen_wave: usize,
}

/// What is to be done when there was nothing to claim.
enum Idle {
    Over,
    /// Others are at work; this process can do nothing but ask again.
    Wait,
    /// Something has changed.
    Again,
}

impl Worker<'_> {
    async fn work(&mut self, renewal: Duration) -> Result<(), FleetError> {
        let mut renewals = tokio::time::interval(renewal);
        renewals.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let backoff = || Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        let mut waiting = backoff();
        loop {
            let is_stopping = self.fleet.stop.is_called();
            if !is_stopping {
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
                        () = self.fleet.stop.called() => {}
                    },
                }
                continue;
            }
            let room = self.desk.room_found();
            tokio::select! {
                () = room.notified(), if !is_stopping => {}
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

    /// Claims as many as can be begun at once, and a few for whom there may be room.
    async fn claim(&mut self) -> Result<(), FleetError> {
        let at_hand = self.desk.under_way() + self.desk.queue.len();
        let wanted = self.desk.most().saturating_sub(at_hand);
        if wanted == 0 || !self.desk.queue.is_empty() {
            return Ok(());
        }
        let list = self.tenants.list();
        let at_hand: Vec<&str> = self.waves.keys().map(|position| list[*position].slug()).collect();
        for Claimed { slug, attempt, wave } in self.claims.claim(wanted, &at_hand).await? {
            if wave > self.seen_wave {
                self.seen_wave = wave;
                self.tell_of(wave).await?;
            }
            if let Some(position) = self.positions.get(&*slug) {
                self.waves.insert(*position, wave);
                self.desk.queue.push(self.tenants.list(), Job { tenant: *position, attempt });
            } else {
                let report = TenantReport::unknown(&slug, wave);
                self.claims.finish(&report).await?;
                report.tell(self.fleet.observer);
            }
        }
        Ok(())
    }

    async fn tell_of(&mut self, number: usize) -> Result<(), FleetError> {
        if let Some(observer) = self.fleet.observer {
            let Standing { waves, of_wave, .. } = self.claims.standing().await?;
            observer.wave_begun(&Wave { number, of: waves, tenants: of_wave });
        }
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), FleetError> {
        let renew = self.claims.sql().renew();
        self.claims.ask(&renew).await.map(drop)
    }

    async fn came(&mut self, came: Came<'_>) -> Result<(), FleetError> {
        let wave = self.waves.remove(&came.job.tenant).unwrap_or_default();
        if let Some(pause) = self.desk.pause_before_another(&came) {
            let later = self.claims.sql().later(came.tenant.slug(), came.job.attempt + 1, pause);
            return self.claims.ask(&later).await.map(drop);
        }
        let report = TenantReport::of(came, wave);
        // Whose lease had run out meanwhile is somebody else's, who finds what is done in the tenant's own history.
        if !self.claims.finish(&report).await? {
            tracing::warn!(slug = report.slug(), "the claim had run out before the tenant was done");
            return Ok(());
        }
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
            return Ok(Idle::Wait);
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
        let of = |tenant| {
            reports
                .remove(crate::fleet::Tenant::slug(tenant))
                .unwrap_or_else(|| TenantReport::not_begun(tenant))
        };
        let mut list: Vec<TenantReport> = self.tenants.list().iter().map(of).collect();
        // Those that only others know.
        list.extend(reports.into_values());
        let is_left = left > 0 || open_wave < waves;
        let stopped = stopped.or_else(|| is_left.then(|| LEFT_TO_OTHERS.to_owned()));
        Ok(FleetReport::new("up", list, self.tenants.skipped().to_vec(), stopped, duration))
    }
}

const LEFT_TO_OTHERS: &str = "this process was told to; others may go on with the run";
