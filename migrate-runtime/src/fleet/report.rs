//! What came of a fleet: every tenant once, and how they are spread over the versions.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use migrate_source::Code;

use super::desk::Came;
use super::look::Seen;
use super::observer::Observer;
use super::outcome::{Outcome, SchemaCheck};
use super::provenance::Provenance;
use super::tenant::{Skipped, Tenant, skipped};
use super::trouble::Trouble;
use crate::plan::count;
use crate::report::milliseconds;

/// What came of every tenant of a list.
///
/// [`Display`](fmt::Display) prints it as a table; it can be serialised. No connection string is in it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FleetReport {
    pub(super) verb: &'static str,
    #[serde(flatten)]
    pub(super) provenance: Provenance,
    pub(super) tenants: Vec<TenantReport>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) stopped: Option<String>,
    #[serde(rename = "milliseconds", serialize_with = "as_milliseconds")]
    pub(super) duration: Duration,
}

/// What came of one tenant.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TenantReport {
    slug: String,
    server: String,
    database: String,
    /// From 1; 0: it had no turn.
    wave: usize,
    outcome: Outcome,
    from: Option<String>,
    to: Option<String>,
    migrations: usize,
    attempts: u32,
    #[serde(
        rename = "milliseconds",
        serialize_with = "as_milliseconds",
        deserialize_with = "of_milliseconds"
    )]
    duration: Duration,
    notes: Vec<String>,
    // A process of an earlier version, by way of a shared run, does not know it.
    #[serde(default)]
    check: Option<SchemaCheck>,
    error: Option<Trouble>,
}

fn as_milliseconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1_000_000.0).round() / 1000.0)
}

fn of_milliseconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let milliseconds = <f64 as serde::Deserialize>::deserialize(deserializer)?;
    Ok(Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default())
}

impl TenantReport {
    pub(super) fn of(came: Came<'_>, wave: usize) -> Self {
        let Came { tenant, job, result, duration } = came;
        let report = Self { wave, attempts: job.attempt, duration, ..Self::not_begun(tenant) };
        match result {
            Ok(Seen { outcome, from, to, count, notes, check, refusal }) => {
                let error = refusal.map(|(code, why)| Trouble::new(outcome, code, &why));
                Self { outcome, from, to, migrations: count, notes, check, error, ..report }
            }
            Err(mut trouble) => {
                let outcome = trouble.outcome;
                let report = match trouble.found.take() {
                    Some(Seen { from, to, count, .. }) => Self { from, to, migrations: count, ..report },
                    None => report,
                };
                Self { outcome, error: Some(trouble), ..report }
            }
        }
    }

    /// Has everybody hear of it.
    pub(super) fn tell(&self, observer: Option<&dyn Observer>) {
        let (slug, outcome, duration) = (&*self.slug, self.outcome.name(), self.duration);
        if let Some(error) = self.error() {
            tracing::warn!(slug, outcome, ?duration, error, "visited");
        } else {
            tracing::info!(slug, outcome, ?duration, "visited");
        }
        if let Some(observer) = observer {
            observer.done(self);
        }
    }

    pub(super) fn not_begun(tenant: &Tenant) -> Self {
        Self {
            slug: tenant.slug().to_owned(),
            server: tenant.server().to_owned(),
            database: tenant.database(),
            wave: 0,
            outcome: Outcome::NotBegun,
            from: None,
            to: None,
            migrations: 0,
            attempts: 0,
            duration: Duration::ZERO,
            notes: Vec::new(),
            check: None,
            error: None,
        }
    }

    /// One whose server is away.
    pub(super) fn unreached(tenant: &Tenant, attempts: u32, wave: usize, trouble: Trouble) -> Self {
        Self { wave, attempts, outcome: trouble.outcome, error: Some(trouble), ..Self::not_begun(tenant) }
    }

    /// One that was listed by another process, and is not in this one's list.
    pub(super) fn unknown(slug: &str, wave: usize) -> Self {
        let tenant = Tenant::new(slug, "");
        let message =
            "the run has this tenant, but no process of it lists it: give every process the same list";
        let error = Some(Trouble::new(Outcome::Failed, Code::M0711, message));
        Self { wave, attempts: 1, outcome: Outcome::Failed, error, ..Self::not_begun(&tenant) }
    }

    /// One that the run does not have, because it was listed later.
    pub(super) fn not_in_run(tenant: &Tenant, run: &str) -> Self {
        let message =
            format!("the run {run} began without this tenant: migrate it in a run with another name");
        let error = Some(Trouble::new(Outcome::NotBegun, Code::M0713, &message));
        Self { error, ..Self::not_begun(tenant) }
    }

    /// One at which so many processes have died.
    pub(super) fn fatal(tenant: &Tenant, wave: usize, lost: u32, last: &str) -> Self {
        let message = format!(
            "{lost} processes died while they migrated this tenant, {last} the last: find what ended them, for example a lack \
             of memory, before you retry it"
        );
        let error = Some(Trouble::new(Outcome::Failed, Code::M0712, &message));
        Self { wave, attempts: lost, outcome: Outcome::Failed, error, ..Self::not_begun(tenant) }
    }

    /// What it is called.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// `host:port` of its server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Its database, and its schema where it has one instead of a database: `shop.tenant_a`.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The wave in which it had its turn, from 1; 0: it had none.
    pub fn wave(&self) -> usize {
        self.wave
    }

    /// What came of it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Version and description of the newest migration of the set that it had before.
    pub fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// The same of now; of one that is behind, of what it would have then.
    pub fn to(&self) -> Option<&str> {
        self.to.as_deref()
    }

    /// How many migrations were applied; of one that is behind, how many would be.
    pub fn migrations(&self) -> usize {
        self.migrations
    }

    /// How often it was tried.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long the last attempt took, connecting included; those before it are not.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// What else there is to know: a line each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How its schema compares with what its migrations make; `None`: they were not to be compared, or the visit failed.
    pub fn check(&self) -> Option<SchemaCheck> {
        self.check
    }

    /// The kind of error that went wrong: `migrate explain` says more.
    pub fn code(&self) -> Option<Code> {
        self.error.as_ref()?.code()
    }

    /// What went wrong, in one line that says what to do, with its code at the end.
    pub fn error(&self) -> Option<&str> {
        self.error.as_ref().map(|trouble| &*trouble.message)
    }

    /// The same with the line of the file, and with what the server said in full.
    pub fn details(&self) -> Option<&str> {
        self.error.as_ref().map(|trouble| &*trouble.details)
    }

    /// What the server called the error: five characters, listed in the manual's appendix A.
    pub fn sqlstate(&self) -> Option<&str> {
        self.error.as_ref()?.sqlstate.as_deref()
    }
}

impl FleetReport {
    /// Every tenant of the list, in its order.
    pub fn tenants(&self) -> &[TenantReport] {
        &self.tenants
    }

    /// The tenants of the list whose database is not PostgreSQL.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Why the rollout stopped before everybody had a turn.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// How long the whole verb took in this process, from the first visit to the last, pauses between waves included.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// When it began, as ISO 8601 in UTC. Of a shared run, this process.
    pub fn started(&self) -> &str {
        &self.provenance.started
    }

    /// When it was finished, as ISO 8601 in UTC.
    pub fn finished(&self) -> &str {
        &self.provenance.finished
    }

    /// Who ran it: `user@host`, as the operating system knows them.
    pub fn operator(&self) -> &str {
        &self.provenance.operator
    }

    /// The version of this crate that did it.
    pub fn version(&self) -> &'static str {
        self.provenance.version
    }

    /// Version and description of the newest migration of the set.
    pub fn newest(&self) -> Option<&str> {
        self.provenance.newest.as_deref()
    }

    /// How many migrations were applied, to all tenants together.
    pub fn applied(&self) -> usize {
        let applied = self.tenants.iter().filter(|tenant| tenant.outcome == Outcome::Applied);
        applied.map(|tenant| tenant.migrations).sum()
    }

    /// What was done: `up`, `status`.
    pub fn verb(&self) -> &'static str {
        self.verb
    }

    /// How many there are of each outcome, without those of which there are none.
    pub fn counts(&self) -> BTreeMap<Outcome, usize> {
        let mut counts = BTreeMap::new();
        for tenant in &self.tenants {
            *counts.entry(tenant.outcome).or_default() += 1;
        }
        counts
    }

    /// How many there are of one outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.tenants.iter().filter(|tenant| tenant.outcome == outcome).count()
    }

    /// Whether no tenant needs attention. Where every tenant of a list was skipped, none was visited, and that is not well.
    pub fn is_well(&self) -> bool {
        let are_all_skipped = self.tenants.is_empty() && !self.skipped.is_empty();
        let has_trouble = self.tenants.iter().any(|tenant| tenant.outcome.is_trouble());
        self.stopped.is_none() && !are_all_skipped && !has_trouble
    }

    /// How many tenants stand at each migration now, by version and description; `None`: they have none of the set. Who
    /// could not be asked is not counted.
    pub fn skew(&self) -> BTreeMap<Option<&str>, usize> {
        let mut skew = BTreeMap::new();
        let is_known =
            |tenant: &&TenantReport| tenant.wave > 0 && (tenant.error.is_none() || tenant.to.is_some());
        for tenant in self.tenants.iter().filter(is_known) {
            *skew.entry(tenant.stands_at()).or_default() += 1;
        }
        skew
    }
}

impl TenantReport {
    /// The newest migration that it has now.
    fn stands_at(&self) -> Option<&str> {
        match self.outcome {
            Outcome::Behind => self.from.as_deref(),
            _ => self.to.as_deref(),
        }
    }
}

impl fmt::Display for FleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of =
            |column: fn(&TenantReport) -> usize| self.tenants.iter().map(column).max().unwrap_or_default();
        let stem = |stem: &Option<String>| stem.as_deref().unwrap_or("-").to_owned();
        let slug = of(|tenant| tenant.slug.chars().count()).max("tenant".len());
        let from = of(|tenant| tenant.from.as_deref().unwrap_or_default().len()).max("from".len());
        let to = of(|tenant| tenant.to.as_deref().unwrap_or_default().len()).max("to".len());
        if !self.tenants.is_empty() {
            writeln!(f, "{:slug$}  {:from$}  {:to$}  {:>8}  result", "tenant", "from", "to", "time")?;
        }
        for tenant in &self.tenants {
            let (from_stem, to_stem) = (stem(&tenant.from), stem(&tenant.to));
            let time = if tenant.wave > 0 { milliseconds(tenant.duration) } else { "-".to_owned() };
            write!(
                f,
                "{:slug$}  {from_stem:from$}  {to_stem:to$}  {time:>8}  {}",
                tenant.slug, tenant.outcome
            )?;
            if let Some(trouble) = &tenant.error {
                write!(f, ": {}", trouble.message)?;
            }
            writeln!(f)?;
            for note in &tenant.notes {
                writeln!(f, "{:slug$}  {note}", "")?;
            }
        }
        self.summary(f)
    }
}

impl FleetReport {
    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", count(self.tenants.len(), "tenant"), milliseconds(self.duration))?;
        for (at, (outcome, number)) in self.counts().into_iter().enumerate() {
            write!(f, "{} {number} {outcome}", if at == 0 { ":" } else { "," })?;
        }
        if !self.skipped.is_empty() {
            write!(f, "; {}", self.to_skipped())?;
        }
        match &self.stopped {
            Some(why) => write!(f, "\nstopped: {why}"),
            None => Ok(()),
        }
    }

    /// `2 skipped as not PostgreSQL: legacy (MYSQL), old (ORACLE)`.
    fn to_skipped(&self) -> String {
        format!("{} skipped as not PostgreSQL: {}", self.skipped.len(), skipped(&self.skipped))
    }

    /// The last lines of [`Display`](fmt::Display): how many there are of each outcome, and why it stopped.
    pub fn to_summary(&self) -> String {
        struct Summary<'s>(&'s FleetReport);
        impl fmt::Display for Summary<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.summary(f)
            }
        }
        Summary(self).to_string()
    }
}
