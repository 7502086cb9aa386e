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
    run: String,
    claim: String,
    worker: String,
    lease: String,
}

impl Sql {
    pub(super) fn new(schema: &Identifier, run: &str, claim: &str, worker: &str, lease: Duration) -> Self {
        let last = Identifier::new("migrate_fleet_turns").expect("a plain word is an identifier");
        Self {
            is_there: catalog::has_relation(schema, &last),
            runs: format!("{schema}.migrate_fleet_runs"),
            turns: format!("{schema}.migrate_fleet_turns"),
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

    /// Makes the tables, without effect where they are there.
    pub(super) fn create(&self) -> String {
        let Self { runs, turns, .. } = self;
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
CREATE INDEX IF NOT EXISTS migrate_fleet_turns_next_idx ON {turns} (run, wave, position) WHERE state <> 'done'"
        )
    }

    /// Writes the run down unless it is there, and locks its row; one row: the digest, how many turns there are.
    pub(super) fn open(&self, digest: &str, waves: usize) -> String {
        let Self { runs, turns, run, .. } = self;
        format!(
            "INSERT INTO {runs} (name, digest, waves) VALUES ({run}, {}, {waves}) ON CONFLICT DO NOTHING; \
             SELECT digest, (SELECT count(*) FROM {turns} WHERE run = {run}) FROM {runs} \
             WHERE name = {run} FOR UPDATE",
            literal(digest)
        )
    }

    /// Writes the turns of all waves down.
    pub(super) fn enroll<'t>(&self, list: impl Iterator<Item = (&'t str, usize, usize)>) -> String {
        let Self { turns, run, .. } = self;
        let rows: Vec<String> = list
            .map(|(slug, wave, position)| format!("({run}, {}, {wave}, {position})", literal(slug)))
            .collect();
        format!("INSERT INTO {turns} (run, slug, wave, position) VALUES {}", rows.join(", "))
    }

    /// Gives those that have failed another turn.
    pub(super) fn retry_failed(&self) -> String {
        let Self { runs, turns, run, .. } = self;
        format!(
            "UPDATE {turns} SET state = 'waiting', claim = NULL, attempt = 1, outcome = NULL, report = NULL \
             WHERE run = {run} AND state = 'done' AND outcome IN ({}); \
             UPDATE {runs} SET stopped = NULL WHERE name = {run}",
            failures()
        )
    }

    /// Claims so many turns that are due, or whose claim has run out; a row each: slug, attempt, wave.
    ///
    /// What this worker has claimed already and does not know of, because the answer was lost, is claimed again.
    pub(super) fn claim(&self, count: usize, at_hand: &[&str]) -> String {
        let at_hand: Vec<String> = at_hand.iter().map(|slug| literal(slug)).collect();
        let at_hand = at_hand.join(", ");
        let Self { runs, turns, run, claim, worker, lease, .. } = self;
        format!(
            "WITH due AS (SELECT turns.slug FROM {turns} AS turns JOIN {runs} AS runs \
             ON runs.name = turns.run WHERE turns.run = {run} AND runs.stopped IS NULL AND turns.wave <= runs.open_wave \
             AND (turns.state = 'waiting' AND coalesce(turns.not_before <= clock_timestamp(), true) \
             OR turns.state = 'claimed' AND (turns.lease_until < clock_timestamp() OR turns.claim = {claim}) \
             AND turns.slug <> ALL (ARRAY[{at_hand}]::text[])) \
             ORDER BY turns.wave, turns.position LIMIT {count} FOR UPDATE OF turns SKIP LOCKED) \
             UPDATE {turns} AS turns SET state = 'claimed', claim = {claim}, worker = {worker}, \
             lease_until = {lease} FROM due WHERE turns.run = {run} AND turns.slug = due.slug \
             RETURNING turns.slug, turns.attempt, turns.wave"
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

    /// Gives back what is claimed.
    pub(super) fn release(&self) -> String {
        let Self { runs, turns, run, claim, .. } = self;
        format!(
            "UPDATE {turns} SET state = 'waiting', claim = NULL, lease_until = NULL WHERE run = {run} \
             AND state = 'claimed' AND claim = {claim}; \
             UPDATE {runs} SET gate_claim = NULL, gate_until = NULL WHERE name = {run} AND gate_claim = {claim}"
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
             not_before = clock_timestamp() + interval '{} milliseconds' \
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

    /// What came of all turns so far; a row each: slug, report.
    pub(super) fn reports(&self) -> String {
        let Self { turns, run, .. } = self;
        format!("SELECT slug, report FROM {turns} WHERE run = {run} ORDER BY position")
    }
}
