//! `fleet verify`, and `fleet up --check-drift`: whether every tenant's schema is what its migrations make.

use std::collections::{BTreeMap, BTreeSet};

use migrate_runtime::cli::fleet::{Listed, Pace, list};
use migrate_runtime::cli::{Target, Terminal};
use migrate_runtime::fleet::{Fleet, FleetReport, Outcome, SchemaCheck, Seen, Tenant, Visit, VisitFuture};
use migrate_runtime::tokio_postgres::Client;
use migrate_runtime::{Error, MigrationSet, MigrationStatus, Runner, State};
use migrate_schema::{Difference, Key, Schema, Viewpoint};
use serde_json::json;
use tokio::sync::Mutex;

use migrate_source::Code;

use crate::Answer;
use crate::args::FleetVerify;
use crate::failure::{Failure, count};
use crate::scratch::{self, Connection, Scratch};
use crate::stage;

/// How many differences of a tenant are told.
const TOLD: usize = 10;

pub(crate) async fn verify(
    verify: &FleetVerify,
    target: &Target,
    (runner, visit): (Runner<'_>, Compare<'_>),
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let pace = &verify.look.pace;
    pace.can_be_written()?;
    let Listed { tenants, control } = list(&verify.look.list, target).await?;
    if let Some(control) = &control {
        terminal.note(&format!("control database: {control}"));
    }
    terminal.note(&count(tenants.list().len(), "tenant"));
    let fleet = pace.apply(Fleet::new(runner));
    let (report, of_all) = scratch::until_interrupted(async {
        let visited = fleet.visit("verify", &tenants, &visit).await;
        let report = visited.map_err(|error| Failure::told(error.code(), error))?;
        Ok((report, visit.end().await?))
    })
    .await?;
    if let Some(failure) = of_all {
        return Err(failure);
    }
    tell(&report, terminal);
    let drifted = report.tenants().iter().filter(|tenant| tenant.outcome() == Outcome::Drifted);
    let drifted: Vec<_> =
        drifted.map(|tenant| json!({ "slug": tenant.slug(), "differences": tenant.notes() })).collect();
    let unwritten = pace.write(&report, terminal);
    let object = json!({
        "database": control.map(|control| control.to_string()),
        "started": report.started(),
        "finished": report.finished(),
        "operator": report.operator(),
        "version": report.version(),
        "newest": report.newest(),
        "tenants": report.tenants(),
        "drifted": drifted,
        "skipped": report.skipped(),
    });
    if !unwritten.is_empty() {
        let texts: Vec<String> = unwritten.iter().map(ToString::to_string).collect();
        return Err(Failure::told(Code::M0904, texts.join("\n")));
    }
    if report.is_well() {
        return Ok(Answer::done(object));
    }
    let troubled = report.tenants().iter().filter(|tenant| tenant.outcome().is_trouble()).count();
    let need = if troubled == 1 { "needs" } else { "need" };
    let failure = Failure::new(
        Code::M0710,
        format!("{troubled} of {} {need} attention", count(report.tenants().len(), "tenant")),
        "fix what is reported of each, and run the same command again",
    );
    Ok(Answer::Refused(object, failure))
}

fn tell(report: &FleetReport, terminal: &mut Terminal) {
    for tenant in report.tenants().iter().filter(|tenant| tenant.outcome().is_trouble()) {
        let why = tenant.error().map(|error| format!(": {error}")).unwrap_or_default();
        terminal.happened(&format!("✗ {} {}{why}", tenant.slug(), tenant.outcome()));
        for note in tenant.notes() {
            terminal.happened(&format!("    {note}"));
        }
    }
    terminal.result(&report.to_summary());
}

/// Compares a tenant with what its migrations make.
pub(super) struct Compare<'c> {
    set: &'c MigrationSet,
    /// Applies the set without its repeatable migrations.
    of_versions: Runner<'c>,
    /// The schema and the table of the history, where a tenant has a database.
    history: (String, String),
    shared_schemas: &'c [String],
    bench: Mutex<Bench<'c>>,
}

/// Where it is made what the migrations make: once for each version, and for each schema.
pub(super) struct Bench<'b> {
    dev_url: Option<&'b str>,
    scratch: Option<Scratch>,
    connection: Option<Connection>,
    made: BTreeMap<Wanted, Result<Schema, String>>,
    /// Why nothing can be compared, whichever tenant it is of.
    of_all: Option<Failure>,
}

/// A version, the schema of a tenant that has one instead of a database, and whether with the repeatable migrations.
type Wanted = (i64, Option<String>, bool);

impl Visit for Compare<'_> {
    fn visit<'v>(
        &'v self,
        tenant: &'v Tenant,
        runner: &'v Runner<'v>,
        client: &'v mut Client,
    ) -> VisitFuture<'v> {
        Box::pin(self.compare(tenant, runner, client))
    }
}

impl<'c> Compare<'c> {
    pub(super) fn new(
        (set, of_versions): (&'c MigrationSet, Runner<'c>),
        history: (String, String),
        pace: &'c Pace,
        bench: Bench<'c>,
    ) -> Self {
        Self { set, of_versions, history, shared_schemas: &pace.shared_schemas, bench: Mutex::new(bench) }
    }

    /// Leaves no scratch database behind. Returns why nothing could be compared, where that is so for every tenant.
    pub(super) async fn end(self) -> Result<Option<Failure>, Failure> {
        let Bench { scratch, connection, of_all, .. } = self.bench.into_inner();
        if let Some(scratch) = scratch {
            scratch.end(connection).await?;
        }
        Ok(of_all)
    }

    async fn compare(
        &self,
        tenant: &Tenant,
        runner: &Runner<'_>,
        client: &mut Client,
    ) -> Result<Seen, Error> {
        let status = runner.status(client).await?;
        let has = |state: State| matches!(state, State::Applied | State::Baseline | State::Skipped);
        let newest = status.migrations().iter().rfind(|one| has(one.state()) && one.version() > 0);
        let stem = newest.map(MigrationStatus::stem);
        let odd = status.migrations().iter().find(|one| !has(one.state()) && one.state() != State::Pending);
        if let Some(odd) = odd {
            let is_newer = matches!(odd.state(), State::Ahead | State::Superseded);
            let outcome = if is_newer { Outcome::Ahead } else { Outcome::Changed };
            let note = format!("{} is {}: not compared", odd.stem(), odd.state());
            return Ok(Seen::at(outcome, stem).compared(SchemaCheck::NotCompared).noting([note]));
        }
        let version = newest.map_or(0, MigrationStatus::version);
        let is_pending = |one: &&MigrationStatus| one.state() == State::Pending;
        let is_behind = status.migrations().iter().any(|one| is_pending(&one));
        // A repeatable migration stands for the newest schema, and is not there in the text that an older one had.
        let repeatables = status.migrations().iter().filter(|one| one.version() == 0);
        let is_newest = version == self.newest() && !repeatables.clone().any(|one| is_pending(&one));
        let of_versions = repeatables.clone().next().is_some() && !is_newest;
        let compared = self.differences((version, of_versions), tenant, runner, client).await;
        let differences = match compared {
            Ok(differences) => differences,
            Err(why) => {
                return Ok(Seen::at(Outcome::Failed, stem).compared(SchemaCheck::NotCompared).noting([why]));
            }
        };
        if differences.is_empty() {
            let outcome = if is_behind { Outcome::Behind } else { Outcome::Current };
            return Ok(Seen::at(outcome, stem).compared(SchemaCheck::Same));
        }
        let more = differences.len().saturating_sub(TOLD);
        let notes = differences
            .iter()
            .take(TOLD)
            .map(|difference| difference.between("the database", "the migrations").to_string());
        let more =
            (more > 0).then(|| format!("and {more} more: `migrate drift` has all of them, with the SQL"));
        Ok(Seen::at(Outcome::Drifted, stem).compared(SchemaCheck::Drifted).noting(notes.chain(more)))
    }

    fn newest(&self) -> i64 {
        self.set.iter().last().map_or(0, |migration| migration.version())
    }

    /// In what a tenant differs from what the migrations make; without those, what repeatable migrations make is not compared.
    async fn differences(
        &self,
        (version, of_versions): (i64, bool),
        tenant: &Tenant,
        runner: &Runner<'_>,
        client: &Client,
    ) -> Result<Vec<Difference>, String> {
        let found = self.found(tenant, client).await;
        let found = found.map_err(|failure| format!("it could not be read: {}", failure.coded()))?;
        // A new tenant, whose schema may be yet to come.
        if version == 0 && found.is_empty() {
            return Ok(Vec::new());
        }
        let not_compared = |why| format!("it could not be compared: {why}");
        let wanted = self.wanted(version, tenant, (!of_versions).then_some(runner)).await;
        let wanted = wanted.map_err(not_compared)?;
        let mut differences = found.with_placeholders_of(&wanted).outline_of_differences(&wanted);
        if of_versions && !differences.is_empty() {
            let newest = self.newest();
            let all = self.wanted(newest, tenant, Some(runner)).await.map_err(not_compared)?;
            let without = self.wanted(newest, tenant, None).await.map_err(not_compared)?;
            let of_repeatables = all.differences(&without);
            let of_repeatables: BTreeSet<&Key> = of_repeatables.iter().map(Difference::key).collect();
            differences.retain(|difference| !of_repeatables.contains(difference.key()));
        }
        Ok(differences)
    }

    async fn found(&self, tenant: &Tenant, client: &Client) -> Result<Schema, Failure> {
        const OWNER: &str =
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()";
        let owner = client.query_one(OWNER, &[]).await.map_err(|error| stage::of_schema(error.into()))?;
        let viewpoint = self.viewpoint_of(tenant).of_owner(owner.get::<_, String>(0));
        let found = migrate_schema::read(client, &viewpoint).await.map_err(stage::of_schema)?;
        Ok(match tenant.schema() {
            Some(schema) => found.within(schema),
            None => found,
        })
    }

    fn of_versions_in(&self, tenant: &Tenant) -> Result<Runner<'c>, String> {
        let runner = self.of_versions.clone();
        let Some(schema) = tenant.schema() else { return Ok(runner) };
        let shared: Vec<&str> = self.shared_schemas.iter().map(String::as_str).collect();
        runner.in_schema(schema, &shared).map_err(|error| error.to_string())
    }

    fn viewpoint_of(&self, tenant: &Tenant) -> Viewpoint {
        let (schema, table) = &self.history;
        stage::without_history(tenant.schema().unwrap_or(schema), table)
    }

    /// What the migrations make, by the runner that the tenant has; or else without the repeatable ones.
    async fn wanted(
        &self,
        version: i64,
        tenant: &Tenant,
        runner: Option<&Runner<'_>>,
    ) -> Result<Schema, String> {
        let key = (version, tenant.schema().map(str::to_owned), runner.is_some());
        let mut bench = self.bench.lock().await;
        if let Some(made) = bench.made.get(&key) {
            return made.clone();
        }
        if bench.of_all.is_some() {
            return Err("not compared".to_owned());
        }
        let runner = runner.cloned().map_or_else(|| self.of_versions_in(tenant), Ok)?;
        let made = bench.make((self.set, runner), &key, &self.viewpoint_of(tenant)).await;
        let made = made.map_err(|failure| {
            let text = failure.coded();
            // What the server of the scratch databases lacks, it lacks for all of them.
            bench.of_all = Some(failure).filter(|failure| failure.code() == Code::M0843);
            text
        });
        bench.made.insert(key, made.clone());
        made
    }
}

impl<'b> Bench<'b> {
    /// A server is looked for when the first schema is made.
    pub(super) fn new(dev_url: Option<&'b str>) -> Self {
        Self { dev_url, scratch: None, connection: None, made: BTreeMap::new(), of_all: None }
    }

    /// The server is there and has the roles that the migrations name, or nothing is begun.
    pub(super) async fn open(
        dev_url: Option<&'b str>,
        runner: &Runner<'_>,
        set: &MigrationSet,
    ) -> Result<Self, Failure> {
        let mut scratch = Scratch::new(dev_url).await?;
        let mut connection = scratch.renew(None).await?;
        if dev_url.is_some() {
            let tried = scratch.run(&stage::with_functions(runner.clone(), set), &mut connection).await;
            // Anything else may be so of one version only, and is reported of the tenants that have it.
            if let Err(failure) = tried
                && failure.code() == Code::M0843
            {
                scratch.end(Some(connection)).await?;
                return Err(failure);
            }
            connection = scratch.renew(Some(connection)).await?;
        }
        Ok(Self { scratch: Some(scratch), connection: Some(connection), ..Self::new(dev_url) })
    }

    async fn make(
        &mut self,
        (set, runner): (&MigrationSet, Runner<'_>),
        (version, schema, _): &Wanted,
        viewpoint: &Viewpoint,
    ) -> Result<Schema, Failure> {
        let scratch = match &mut self.scratch {
            Some(scratch) => scratch,
            None => self.scratch.insert(Scratch::new(self.dev_url).await?),
        };
        // Schemas are made beside each other; a database is made anew, and so is one in which something failed.
        let mut connection = match (self.connection.take(), schema) {
            (Some(connection), Some(_)) => connection,
            (old, _) => scratch.renew(old).await?,
        };
        let runner = stage::with_functions(runner, set).target(*version);
        let mut quoted = None;
        if let Some(schema) = schema {
            let name = migrate_schema::quoted(&[schema]);
            run(&connection, &format!("CREATE SCHEMA {name}")).await?;
            quoted = Some(name);
        }
        if *version > 0 {
            scratch.run(&runner, &mut connection).await?;
        }
        let mut made = stage::read(&connection, viewpoint).await?;
        if let (Some(schema), Some(name)) = (schema, quoted) {
            made = made.within(schema);
            run(&connection, &format!("DROP SCHEMA {name} CASCADE")).await?;
        }
        self.connection = Some(connection);
        Ok(made)
    }
}

async fn run(connection: &Connection, sql: &str) -> Result<(), Failure> {
    connection.client.batch_execute(sql).await.map_err(|error| stage::of_schema(error.into()))
}
