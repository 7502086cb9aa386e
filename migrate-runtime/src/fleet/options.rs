//! The options of a rollout, and its verbs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::create::CreateDatabase;
use super::engine;
use super::error::FleetError;
use super::listing::Tenants;
use super::observer::{Gate, Observer, Wave};
use super::outcome::Outcome;
use super::report::FleetReport;
use super::rollout::{Canaries, Share};
use super::stop::Stop;
use super::tenant::Tenant;
use super::trouble::Trouble;
use super::visit::{Look, Up, Visit};
use crate::history::Digest;
use crate::hooks::BoxError;
use crate::options::{Runner, Secret};
use crate::runner::Compiled;

/// Applies a set to many databases or schemas, with options.
///
/// Each tenant is visited by a copy of the runner, with all its options.
#[derive(Clone)]
pub struct Fleet<'a> {
    runner: Runner<'a>,
    shared_schemas: Vec<String>,
    pub(super) jobs: usize,
    pub(super) per_server: Option<usize>,
    pub(super) canaries: Canaries,
    pub(super) waves: Vec<Share>,
    pause: Duration,
    gate: Option<&'a dyn Gate>,
    pub(super) check: Option<&'a dyn Visit>,
    pub(super) max_failures: Option<Share>,
    pub(super) attempts: u32,
    pub(super) patience: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) create: Option<CreateDatabase>,
    pub(super) observer: Option<&'a dyn Observer>,
    pub(super) stop: Stop,
}

/// How often a tenant is tried whose connection is lost, unless [`Fleet::attempts`] says otherwise. The pauses in between
/// grow from half a second on.
pub const DEFAULT_ATTEMPTS: u32 = 5;

/// How long a server is waited for that cannot be reached, unless [`Fleet::patience`] says otherwise: 60 seconds.
pub const DEFAULT_PATIENCE: Duration = Duration::from_mins(1);

/// How long a connection may take, unless [`Fleet::connect_timeout`] says otherwise: 10 seconds.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many connections a server gets at the most, unless [`Fleet::connections_per_server`] says otherwise: half of what it
/// has to spare, and no more than this.
pub const MOST_PER_SERVER: usize = 16;

/// How many tenants are visited at once, however many servers there are.
const DEFAULT_JOBS: usize = 64;

impl<'a> Fleet<'a> {
    /// A rollout in one wave, with what the servers have to spare.
    pub fn new(runner: Runner<'a>) -> Self {
        Self {
            runner,
            shared_schemas: Vec::new(),
            jobs: DEFAULT_JOBS,
            per_server: None,
            canaries: Canaries::None,
            waves: Vec::new(),
            pause: Duration::ZERO,
            gate: None,
            check: None,
            max_failures: None,
            attempts: DEFAULT_ATTEMPTS,
            patience: DEFAULT_PATIENCE,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            create: None,
            observer: None,
            stop: Stop::default(),
        }
    }

    /// How many tenants are visited at once. By default as many as their servers have connections to spare, and 64 at the
    /// most.
    #[must_use]
    pub fn jobs(self, jobs: usize) -> Self {
        Self { jobs: jobs.max(1), ..self }
    }

    /// How many connections there are to one server at the most, `host:port` by `host:port`. By default the first tenant of
    /// each server asks, and half of what the server and the role have to spare is taken, up to [`MOST_PER_SERVER`].
    ///
    /// A connection counts until it is closed; the server may need a moment more to end its process.
    #[must_use]
    pub fn connections_per_server(self, connections: usize) -> Self {
        Self { per_server: Some(connections.max(1)), ..self }
    }

    /// Schemas that tenants with a schema of their own use together, those of extensions for example: see
    /// [`Runner::in_schema`].
    #[must_use]
    pub fn shared_schemas(self, schemas: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { shared_schemas: schemas.into_iter().map(Into::into).collect(), ..self }
    }

    /// The first wave: so many tenants from the beginning of the list.
    #[must_use]
    pub fn canaries(self, count: usize) -> Self {
        Self { canaries: Canaries::First(count), ..self }
    }

    /// The first wave: these tenants.
    #[must_use]
    pub fn canary_slugs(self, slugs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { canaries: Canaries::Named(slugs.into_iter().map(Into::into).collect()), ..self }
    }

    /// The waves that come after, each by how many tenants have had their turn when it is over: `1%`, `10%`, `100%`.
    #[must_use]
    pub fn waves(self, waves: impl IntoIterator<Item = Share>) -> Self {
        Self { waves: waves.into_iter().collect(), ..self }
    }

    /// How long to wait after each wave but the last.
    #[must_use]
    pub fn pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Who has a say after each wave but the last, once the pause is over.
    #[must_use]
    pub fn gate(self, gate: &'a dyn Gate) -> Self {
        Self { gate: Some(gate), ..self }
    }

    /// Visits each tenant by the same connection before it is migrated, for example to compare its schema with what its
    /// migrations make. A tenant that is drifted or failed by what this visit returns is not migrated, and counts as a
    /// failure.
    #[must_use]
    pub fn check(self, check: &'a dyn Visit) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Begins nothing more once so many tenants have failed. What is under way is finished. A wave of canaries in which
    /// anything fails is the last one anyway.
    #[must_use]
    pub fn max_failures(self, failures: Share) -> Self {
        Self { max_failures: Some(failures), ..self }
    }

    /// How long a server is waited for that cannot be reached: [`DEFAULT_PATIENCE`] by default. One visit at a time finds out
    /// whether it is back, with pauses that grow from half a second to five; the tenants of other servers have their turns
    /// meanwhile. A tenant that its server has no connection for is waited for in the same way, alone.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How often a tenant is tried whose connection is lost in the middle: [`DEFAULT_ATTEMPTS`] times by default. Others have
    /// their turn in between.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// How long a connection may take: [`DEFAULT_CONNECT_TIMEOUT`] by default.
    #[must_use]
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// Creates databases and schemas that are missing. Otherwise a missing one is that tenant's failure.
    #[must_use]
    pub fn create_missing(self, how: CreateDatabase) -> Self {
        Self { create: Some(how), ..self }
    }

    /// Who looks on.
    #[must_use]
    pub fn observer(self, observer: &'a dyn Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// By what it can be told to begin nothing more.
    #[must_use]
    pub fn stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Brings every tenant forward.
    ///
    /// # Errors
    ///
    /// What was asked for cannot be meant, as waves that shrink. What goes wrong with a tenant is in the report.
    pub async fn up(&self, tenants: &Tenants) -> Result<FleetReport, FleetError> {
        self.compiled("up", tenants, &Up { check: self.check }, true).await
    }

    /// Looks how every tenant stands. Nothing is written, and waves and limits do not count.
    ///
    /// # Errors
    ///
    /// None so far.
    pub async fn status(&self, tenants: &Tenants) -> Result<FleetReport, FleetError> {
        self.compiled("status", tenants, &Look, false).await
    }

    /// Does something else at every tenant, with the same connections. Waves and limits do not count.
    ///
    /// # Errors
    ///
    /// None so far.
    pub async fn visit(
        &self,
        verb: &'static str,
        tenants: &Tenants,
        visit: &dyn Visit,
    ) -> Result<FleetReport, FleetError> {
        self.compiled(verb, tenants, visit, false).await
    }

    /// Version and description of the newest migration of the set.
    pub(super) fn newest(&self) -> Option<String> {
        self.runner.set.iter().last().map(|migration| migration.stem().to_owned())
    }

    fn compiled<'f>(
        &'f self,
        verb: &'static str,
        tenants: &'f Tenants,
        errand: &'f dyn Visit,
        is_rollout: bool,
    ) -> Compiled<'f, Result<FleetReport, FleetError>> {
        Box::pin(engine::go(self, verb, tenants, errand, is_rollout))
    }

    /// What tells this set, as far as it is to be applied, from others.
    pub(super) fn digest(&self) -> String {
        let target = self.runner.rules.target.map(|target| format!(" up to {target}")).unwrap_or_default();
        format!("{}{target}", Digest::of(self.runner.set).as_str())
    }

    /// Whether a wave is that of the canaries, with others after it.
    pub(super) fn has_canaries(&self, wave: &Wave) -> bool {
        wave.number == 1 && wave.of > 1 && self.canaries != Canaries::None
    }

    /// What comes between two waves.
    pub(super) async fn between(&self, wave: &Wave) -> Result<(), BoxError> {
        tokio::time::sleep(self.pause).await;
        match self.gate {
            Some(gate) => gate.pass(wave).await,
            None => Ok(()),
        }
    }

    /// The runner for one tenant. Who holds a lock is looked up where there is room for one more connection.
    pub(super) fn runner_of(&self, tenant: &Tenant, room: Arc<Semaphore>) -> Result<Runner<'a>, Trouble> {
        let mut runner = self.runner.clone();
        runner.watch_url = Some(Secret(tenant.url().to_owned()));
        runner.watch_room = Some(room);
        let Some(schema) = tenant.schema() else {
            return Ok(runner);
        };
        let shared: Vec<&str> = self.shared_schemas.iter().map(String::as_str).collect();
        let runner = runner.in_schema_or_new(schema, &shared, self.create.is_some());
        runner.map_err(|error| Trouble::new(Outcome::Failed, error.code(), &error.to_string()))
    }
}
