//! The ledger of shared runs as SQL: its two tables, and every statement on them.

use std::time::Duration;

use crate::catalog;
use crate::fleet::outcome::Outcome;
use crate::fleet::report::TenantReport;
use crate::identifier::{Identifier, literal};

/// Those that count as failures where a run stops after so many.
fn failures() -> String {
    let names = Outcome::ALL.into_iter().filter(|outcome| outcome.is_failure());
    names.map(|outcome| literal(outcome.key())).collect::<Vec<_>>().join(", ")
}

/// The statements on one run, by one worker.
pub(super) struct Sql {
    is_there: String,
    runs: String,
    turns: String,
    workers: String,
    run: String,
    claim: String,
    worker: String,
    lease: String,
}

/// Which turns are claimed.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'w> {
    /// Those that are due, so many, but for those that ended two processes.
    Due(usize),
    /// One that ended two processes.
    Suspect,
    /// One of these, which this worker has passed on.
    PassedOn(&'w [&'w str]),
}

/// A turn that this worker cannot have: its slug, the attempt that comes next, and what was found out.
pub(super) struct PassedOn<'p> {
    pub(super) slug: &'p str,
    pub(super) attempt: u32,
    pub(super) report: &'p TenantReport,
}

/// What a role needs to take part without having created the tables.
pub(super) const PRIVILEGES: &str = "SELECT, INSERT, UPDATE and DELETE on the tables migrate_fleet_runs, \
                                     migrate_fleet_turns and migrate_fleet_workers";

/// How many processes may die at a tenant.
pub(super) const MOST_LOST: u32 = 3;

/// A tenant at which so many have died has a process for itself, so that no other is blamed for what it does.
const SUSPECT: u32 = 2;

impl Sql {
    pub(super) fn new(schema: &Identifier, run: &str, claim: &str, worker: &str, lease: Duration) -> Self {
        // The last one that is created.
        let last = Identifier::new("migrate_fleet_workers").expect("a plain word is an identifier");
        Self {
            is_there: catalog::has_relation(schema, &last),
            runs: format!("{schema}.migrate_fleet_runs"),
            turns: format!("{schema}.migrate_fleet_turns"),
            workers: format!("{schema}.migrate_fleet_workers"),
            run: literal(run),
            claim: literal(claim),
            worker: literal(worker),
            lease: format!("(clock_timestamp() + interval '{} milliseconds')", lease.as_millis()),
        }
    }

    /// Whether the tables are there: one row. Only their owner may say that they are to be there.
    pub(super) fn is_there(&self) -> String {
        format!("SELECT {}", self.is_there)
    }

    /// Makes the tables, without effect where they are there, and adds what those of an older version lack.
    pub(super) fn create(&self) -> String {
        let Self { runs, turns, workers, .. } = self;
        format!(
            "CREATE TABLE IF NOT EXISTS {runs} (
    name text PRIMARY KEY,
    digest text NOT NULL,
    waves integer NOT NULL,
    open_wave integer NOT NULL DEFAULT 1,
    gate_claim text,
    gate_until timestamptz,
    stopped text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS {turns} (
    run text NOT NULL REFERENCES {runs} ON DELETE CASCADE,
    slug text NOT NULL,
    wave integer NOT NULL,
    position integer NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'done')),
    attempt integer NOT NULL DEFAULT 1,
    not_before timestamptz,
    claim text,
    lease_until timestamptz,
    worker text,
    outcome text,
    report jsonb,
    finished_at timestamptz,
    PRIMARY KEY (run, slug)
);
ALTER TABLE {turns}
    ADD COLUMN IF NOT EXISTS passed_by text[] NOT NULL DEFAULT '{{}}',
    ADD COLUMN IF NOT EXISTS wait_until timestamptz,
    ADD COLUMN IF NOT EXISTS lost integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS lost_by text;
CREATE INDEX IF NOT EXISTS migrate_fleet_turns_next_idx ON {turns} (run, wave, position) WHERE state <> 'done';
CREATE TABLE IF NOT EXISTS {workers} (
    run text NOT NULL REFERENCES {runs} ON DELETE CASCADE,
    claim text NOT NULL,
    worker text NOT NULL,
    alive_until timestamptz NOT NULL,
    PRIMARY KEY (run, claim)
)"
        )
    }

    /// Writes the run down with its turns unless it is there, and this worker as one of it; the last row: the digest. All of
    /// it is one message, and with that one transaction, which has the same effect when it is sent again.
    pub(super) fn join<'t>(
        &self,
        digest: &str,
        waves: usize,
        list: impl Iterator<Item = (&'t str, usize, usize)>,
        retries_failed: bool,
    ) -> String {
        let Self { runs, turns, run, .. } = self;
        let digest = literal(digest);
        let is_same = format!("EXISTS (SELECT FROM {runs} WHERE name = {run} AND digest = {digest})");
        let mut statements = vec![
            format!(
                "INSERT INTO {runs} (name, digest, waves) VALUES ({run}, {digest}, {waves}) ON CONFLICT DO NOTHING"
            ),
            format!("SELECT FROM {runs} WHERE name = {run} FOR UPDATE"),
        ];
        let rows: Vec<String> =
            list.map(|(slug, wave, position)| format!("({}, {wave}, {position})", literal(slug))).collect();
        if !rows.is_empty() {
            statements.push(format!(
                "INSERT INTO {turns} (run, slug, wave, position) SELECT {run}, listed.* \
                 FROM (VALUES {}) AS listed (slug, wave, position) \
                 WHERE {is_same} AND NOT EXISTS (SELECT FROM {turns} WHERE run = {run})",
                rows.join(", ")
            ));
        }
        if retries_failed {
            statements.push(format!(
                "UPDATE {turns} SET state = 'waiting', claim = NULL, attempt = 1, outcome = NULL, report = NULL, \
                 passed_by = '{{}}', wait_until = NULL, lost = 0, lost_by = NULL \
                 WHERE run = {run} AND state = 'done' AND outcome IN ({}) AND {is_same}",
                failures()
            ));
            statements
                .push(format!("UPDATE {runs} SET stopped = NULL WHERE name = {run} AND digest = {digest}"));
        }
        statements.push(self.is_alive());
        statements.push(format!("SELECT digest FROM {runs} WHERE name = {run}"));
        statements.join("; ")
    }

    /// Says that this worker is one of the run, for the length of a lease.
    pub(super) fn is_alive(&self) -> String {
        let Self { workers, run, claim, worker, lease, .. } = self;
        format!(
            "INSERT INTO {workers} (run, claim, worker, alive_until) VALUES ({run}, {claim}, {worker}, {lease}) \
             ON CONFLICT (run, claim) DO UPDATE SET alive_until = EXCLUDED.alive_until"
        )
    }

    /// Says that it takes part no more.
    pub(super) fn leave(&self) -> String {
        let Self { workers, run, claim, .. } = self;
        format!("DELETE FROM {workers} WHERE run = {run} AND claim = {claim}")
    }

    /// Claims turns that are due, or whose claim has run out; a row each: slug, attempt, wave, how many processes have died
    /// at it, and the name of the last of those.
    ///
    /// What this worker has claimed already and does not know of, because the answer was lost, is claimed again.
    pub(super) fn claim(&self, wanted: Wanted<'_>, at_hand: &[&str]) -> String {
        let Self { runs, turns, run, claim, worker, lease, .. } = self;
        let is_lost = format!("turns.state = 'claimed' AND turns.claim <> {claim}");
        let lost = format!("(turns.lost + CASE WHEN {is_lost} THEN 1 ELSE 0 END)");
        let passed_on = format!("{claim} = ANY (turns.passed_by)");
        let (count, condition) = match wanted {
            Wanted::Due(count) => (count, format!("NOT {passed_on} AND {lost} < {SUSPECT}")),
            Wanted::Suspect => (1, format!("NOT {passed_on} AND {lost} >= {SUSPECT}")),
            Wanted::PassedOn(slugs) => (1, format!("{passed_on} AND turns.slug = ANY ({})", texts(slugs))),
        };
        format!(
            "WITH due AS (SELECT turns.slug, {lost} AS lost, \
             CASE WHEN {is_lost} THEN turns.worker ELSE turns.lost_by END AS lost_by FROM {turns} AS turns JOIN {runs} AS runs \
             ON runs.name = turns.run WHERE turns.run = {run} AND runs.stopped IS NULL AND turns.wave <= runs.open_wave \
             AND (turns.state = 'waiting' AND coalesce(turns.not_before <= clock_timestamp(), true) \
             OR turns.state = 'claimed' AND (turns.lease_until < clock_timestamp() OR turns.claim = {claim}) \
             AND turns.slug <> ALL ({at_hand})) AND {condition} \
             ORDER BY turns.wave, turns.position LIMIT {count} FOR UPDATE OF turns SKIP LOCKED) \
             UPDATE {turns} AS turns SET state = 'claimed', claim = {claim}, worker = {worker}, \
             lease_until = {lease}, lost = due.lost, lost_by = due.lost_by \
             FROM due WHERE turns.run = {run} AND turns.slug = due.slug \
             RETURNING turns.slug, turns.attempt, turns.wave, turns.lost, turns.lost_by",
            at_hand = texts(at_hand),
        )
    }

    /// Leaves turns to others, that this worker cannot have for want of a connection; they are waited for so long at the
    /// least.
    pub(super) fn pass_on<'p>(&self, list: impl Iterator<Item = PassedOn<'p>>, patience: Duration) -> String {
        let Self { turns, run, claim, .. } = self;
        let row = |PassedOn { slug, attempt, report }: PassedOn<'_>| {
            let report = serde_json::to_string(report).unwrap_or_default();
            format!("({}, {attempt}, {})", literal(slug), literal(&report))
        };
        format!(
            "UPDATE {turns} AS turns SET state = 'waiting', claim = NULL, lease_until = NULL, attempt = passed.attempt, \
             passed_by = array_append(array_remove(turns.passed_by, {claim}), {claim}), report = passed.report::jsonb, \
             wait_until = greatest(turns.wait_until, clock_timestamp() + interval '{} milliseconds') \
             FROM (VALUES {}) AS passed (slug, attempt, report) \
             WHERE turns.run = {run} AND turns.slug = passed.slug AND turns.state = 'claimed' AND turns.claim = {claim}",
            patience.as_millis(),
            list.map(row).collect::<Vec<_>>().join(", "),
        )
    }

    /// One row where one of these that this worker has passed on is not done.
    pub(super) fn has_passed_on(&self, slugs: &[&str]) -> String {
        let Self { turns, run, claim, .. } = self;
        format!(
            "SELECT slug FROM {turns} WHERE run = {run} AND state <> 'done' AND {claim} = ANY (passed_by) \
             AND slug = ANY ({}) LIMIT 1",
            texts(slugs)
        )
    }

    /// This worker can have these after all.
    pub(super) fn take_back(&self, slugs: &[&str]) -> String {
        let Self { turns, run, claim, .. } = self;
        format!(
            "UPDATE {turns} SET passed_by = array_remove(passed_by, {claim}) WHERE run = {run} AND state = 'waiting' \
             AND {claim} = ANY (passed_by) AND slug = ANY ({})",
            texts(slugs)
        )
    }

    /// Gives those up that were waited for and that no worker which is alive can have; a row each: the report.
    pub(super) fn give_up(&self) -> String {
        let Self { turns, workers, run, .. } = self;
        format!(
            "UPDATE {turns} AS turns SET state = 'done', outcome = turns.report ->> 'outcome', \
             finished_at = clock_timestamp() WHERE turns.run = {run} AND turns.state = 'waiting' \
             AND cardinality(turns.passed_by) > 0 AND turns.wait_until <= clock_timestamp() \
             AND NOT EXISTS (SELECT FROM {workers} AS workers WHERE workers.run = {run} \
             AND workers.alive_until >= clock_timestamp() AND workers.claim <> ALL (turns.passed_by)) \
             RETURNING turns.report"
        )
    }

    /// Makes sure that what is claimed stays so, the gate included.
    pub(super) fn renew(&self) -> String {
        let Self { runs, turns, run, claim, lease, .. } = self;
        format!(
            "UPDATE {turns} SET lease_until = {lease} WHERE run = {run} AND state = 'claimed' \
             AND claim = {claim}; \
             UPDATE {runs} SET gate_until = {lease} WHERE name = {run} AND gate_claim = {claim}"
        )
    }

    /// Gives back what is claimed, and takes part no more.
    pub(super) fn release(&self) -> String {
        let Self { runs, turns, run, claim, .. } = self;
        format!(
            "UPDATE {turns} SET state = 'waiting', claim = NULL, lease_until = NULL WHERE run = {run} \
             AND state = 'claimed' AND claim = {claim}; \
             UPDATE {runs} SET gate_claim = NULL, gate_until = NULL WHERE name = {run} AND gate_claim = {claim}; {}",
            self.leave()
        )
    }

    /// Takes down what came of a turn, if it is still this worker's.
    pub(super) fn finish(&self, report: &TenantReport) -> String {
        let Self { turns, run, claim, .. } = self;
        let object = serde_json::to_string(report).unwrap_or_default();
        format!(
            "UPDATE {turns} SET state = 'done', lease_until = NULL, outcome = {}, report = {}, \
             finished_at = clock_timestamp() WHERE run = {run} AND slug = {} AND state <> 'waiting' AND claim = {claim} \
             RETURNING slug",
            literal(report.outcome().key()),
            literal(&object),
            literal(report.slug()),
        )
    }

    /// Lets it be tried again after a pause, by whoever comes.
    pub(super) fn later(&self, slug: &str, attempt: u32, pause: Duration) -> String {
        let Self { turns, run, claim, .. } = self;
        format!(
            "UPDATE {turns} SET state = 'waiting', claim = NULL, lease_until = NULL, attempt = {attempt}, \
             passed_by = '{{}}', wait_until = NULL, report = NULL, not_before = clock_timestamp() + interval '{} milliseconds' \
             WHERE run = {run} AND slug = {} AND state = 'claimed' AND claim = {claim}",
            pause.as_millis(),
            literal(slug),
        )
    }

    /// Where the run stands; one row: why it stopped, the open wave, how many waves, how many turns are not done up to the
    /// open wave, how many of them have failed, how many tenants that wave has, how many failures in all, tenants in all.
    pub(super) fn standing(&self) -> String {
        let Self { runs, turns, run, .. } = self;
        let failures = failures();
        format!(
            "SELECT runs.stopped, runs.open_wave, runs.waves, \
             count(*) FILTER (WHERE turns.wave <= runs.open_wave AND turns.state <> 'done'), \
             count(*) FILTER (WHERE turns.wave = runs.open_wave AND turns.outcome IN ({failures})), \
             count(*) FILTER (WHERE turns.wave = runs.open_wave), \
             count(*) FILTER (WHERE turns.outcome IN ({failures})), count(turns.slug), \
             count(*) FILTER (WHERE turns.state = 'claimed' AND turns.lease_until >= clock_timestamp()) \
             FROM {runs} AS runs LEFT JOIN {turns} AS turns ON turns.run = runs.name \
             WHERE runs.name = {run} GROUP BY runs.name"
        )
    }

    /// Becomes the one that stands at the gate behind a wave; one row, if so.
    pub(super) fn stand_at_gate(&self, wave: usize) -> String {
        let Self { runs, run, claim, lease, .. } = self;
        format!(
            "UPDATE {runs} SET gate_claim = {claim}, gate_until = {lease} WHERE name = {run} \
             AND open_wave = {wave} AND stopped IS NULL AND (gate_until IS NULL OR gate_until < clock_timestamp() OR gate_claim = {claim}) \
             RETURNING name"
        )
    }

    /// Opens the next wave.
    pub(super) fn open_gate(&self, wave: usize) -> String {
        let Self { runs, run, claim, .. } = self;
        format!(
            "UPDATE {runs} SET open_wave = {wave} + 1, gate_claim = NULL, gate_until = NULL \
             WHERE name = {run} AND gate_claim = {claim} AND open_wave = {wave}"
        )
    }

    /// Begins nothing more; the first reason is the one that counts.
    pub(super) fn stop(&self, why: &str) -> String {
        let Self { runs, run, .. } = self;
        format!("UPDATE {runs} SET stopped = {} WHERE name = {run} AND stopped IS NULL", literal(why))
    }

    /// All turns; a row each: slug, and the report of one that is done.
    pub(super) fn reports(&self) -> String {
        let Self { turns, run, .. } = self;
        format!(
            "SELECT slug, CASE WHEN state = 'done' THEN report END FROM {turns} WHERE run = {run} ORDER BY position"
        )
    }
}

/// A list of texts as an array.
fn texts(list: &[&str]) -> String {
    let list: Vec<String> = list.iter().map(|text| literal(text)).collect();
    format!("ARRAY[{}]::text[]", list.join(", "))
}
