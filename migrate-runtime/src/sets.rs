//! Several sets in one database, in a declared order: that of a library and that of the application which builds on it. It
//! holds the order, and no rule of how one set is applied.

mod error;
mod order;
mod report;

use tokio_postgres::Client;
use tracing::Instrument as _;

pub use error::SetsError;
pub use order::InvalidSets;
pub use report::SetsReport;

use crate::connect;
use crate::error::{Error, ErrorKind};
use crate::notices::Here;
use crate::options::Runner;
use crate::report::Report;
use crate::revert::Goal;
use crate::runner::Compiled;

/// A set with a name, and the names of those that have to be there before it.
#[derive(Clone, Debug)]
pub struct NamedSet<'a> {
    name: String,
    runner: Runner<'a>,
    after: Vec<String>,
}

/// Several sets that share a database, each with a history of its own, in an order that is declared.
///
/// A library that keeps tables of its own brings its migrations along, with a `history-table` of its own in its
/// `migrate.toml`, and gives the application a [`NamedSet`]. The application says what comes after what:
///
/// ```no_run
/// # use migrate_runtime::{MigrationSet, Runner};
/// use migrate_runtime::{NamedSet, Sets};
///
/// # mod audit_log {
/// #     use migrate_runtime::{MigrationSet, NamedSet, Runner};
/// #     static MIGRATIONS: MigrationSet = MigrationSet::EMPTY;
/// #     pub(super) fn migrations() -> NamedSet<'static> { NamedSet::new("audit_log", Runner::new(&MIGRATIONS)) }
/// # }
/// # static MIGRATIONS: MigrationSet = MigrationSet::EMPTY;
/// # async fn example(url: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let sets = Sets::new([
///     NamedSet::new("shop", Runner::new(&MIGRATIONS)).after("audit_log"),
///     audit_log::migrations(),
/// ])?;
/// let report = sets.run_url(url).await?;
/// println!("{report}");
/// # Ok(()) }
/// ```
///
/// # What the order means
///
/// Each set is applied whole before one that comes after it is begun, so that a migration may refer to whatever the sets
/// before its own have made: a foreign key to a table of the library's. Next is always the
/// first of the list whose own [`after`](NamedSet::after) are done. [`revert_all`](Self::revert_all) goes the other way
/// round.
///
/// The order is between sets, not between their migrations. When a library's next version changes a table, the tables of
/// the application are there already, and the library cannot know them: it adds, and takes away only what it has
/// announced. What the database would not allow, dropping a table that others refer to, fails with its own error, and
/// leaves everything as it was.
///
/// # Many processes at once
///
/// Those of one release go through the sets in the same order, and nobody begins one before those ahead of it are applied. There is no
/// lock over all sets: each is looked after as [`Runner::run`] does. A replica that is older than the database has of
/// one set starts, as with a single one.
///
/// # Cost
///
/// One connection, and on a current database one round trip a set.
#[derive(Clone, Debug)]
pub struct Sets<'a> {
    /// In the order in which they are applied.
    sets: Vec<NamedSet<'a>>,
}

/// Which way through the sets.
#[derive(Clone, Copy)]
enum Way {
    Forward,
    Back,
}

impl<'a> NamedSet<'a> {
    /// The set of a runner, with all its options. The name is what other sets call it, and what reports and errors do.
    pub fn new(name: impl Into<String>, runner: Runner<'a>) -> Self {
        Self { name: name.into(), runner, after: Vec::new() }
    }

    /// This set is applied after that one. To be called once for each.
    #[must_use]
    pub fn after(mut self, name: impl Into<String>) -> Self {
        self.after.push(name.into());
        self
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For the other verbs, which are about one set: [`Runner::status`], [`Runner::revert`] and so on.
    pub fn runner(&self) -> &Runner<'a> {
        &self.runner
    }
}

impl<'a> Sets<'a> {
    /// Puts them in their order.
    ///
    /// # Errors
    ///
    /// Two sets have one name, or one history table; a set comes after one that is not listed; or sets wait for each other.
    pub fn new(sets: impl IntoIterator<Item = NamedSet<'a>>) -> Result<Self, InvalidSets> {
        let mut sets: Vec<NamedSet<'a>> = sets.into_iter().collect();
        // The history of another tool is adopted by one set, and is none of the others' business.
        let tools: Vec<&str> =
            sets.iter().filter_map(|set| Some(set.runner.origins()?.tool.name())).collect();
        for set in sets.iter_mut().filter(|set| set.runner.import.is_none()) {
            set.runner = tools.iter().fold(set.runner.clone(), |runner, tool| runner.beside(*tool));
        }
        order::order(sets).map(|sets| Self { sets })
    }

    /// The sets in the order in which they are applied.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &NamedSet<'a>> {
        self.sets.iter()
    }

    /// The set of this name.
    pub fn get(&self, name: &str) -> Option<&NamedSet<'a>> {
        self.iter().find(|set| set.name == name)
    }

    /// Applies what is pending of each set, one after the other.
    ///
    /// # Errors
    ///
    /// One set fails as [`Runner::run`] does. Those after it are not begun; those before it stay applied, and are in the
    /// [report](SetsError::report) of the error.
    pub async fn run(&self, client: &mut Client) -> Result<SetsReport, SetsError> {
        self.compiled(client, Way::Forward).await
    }

    /// Connects to a database, does what [`run`](Self::run) does, and disconnects. See [`Runner::run_url`].
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and where no connection can be made.
    pub async fn run_url(&self, url: &str) -> Result<SetsReport, SetsError> {
        self.run_url_compiled(url).await
    }

    /// Reverts every migration of every set, the last set first: what is built on a library goes before the library. Nothing
    /// is reverted where any of the sets has a migration without a down, or one that is not as it was applied. A down that
    /// fails on the server ends it where it is.
    ///
    /// It asks nobody, whatever database that is. For a development database, or for taking an application away. To go back by a few migrations is a matter of one set:
    /// [`NamedSet::runner`] has [`Runner::revert`].
    ///
    /// # Errors
    ///
    /// One set fails as [`Runner::revert`] does. What was reverted before is in the [report](SetsError::report) of the
    /// error.
    pub async fn revert_all(&self, client: &mut Client) -> Result<SetsReport, SetsError> {
        self.compiled(client, Way::Back).await
    }

    fn compiled<'f>(
        &'f self,
        client: &'f mut Client,
        way: Way,
    ) -> Compiled<'f, Result<SetsReport, SetsError>> {
        Box::pin(async move {
            if let Way::Back = way {
                self.can_all_go_back(client).await?;
            }
            self.go(client, &Here::default(), way).await
        })
    }

    fn run_url_compiled<'f>(&'f self, url: &'f str) -> Compiled<'f, Result<SetsReport, SetsError>> {
        Box::pin(self.connect_and_run(url))
    }

    async fn connect_and_run(&self, url: &str) -> Result<SetsReport, SetsError> {
        let mut connected = connect::connect(url).await.map_err(|error| {
            let error = Error::new(ErrorKind::Connect(error), "", Report::default());
            SetsError::new(None, error, SetsReport::default(), self.names_from(0))
        })?;
        // Each may have to find out who holds a lock.
        let watching =
            |set: &NamedSet<'a>| NamedSet { runner: set.runner.clone().watch_url(url), ..set.clone() };
        let sets = Self { sets: self.sets.iter().map(watching).collect() };
        let work = async move {
            let result = sets.go(&mut connected.client, &connected.here, Way::Forward).await;
            // The connection closes when its client is gone.
            drop(connected.client);
            result
        };
        // In one task, as `Runner::run_url` does and for its reason.
        futures_util::future::join(work, connected.connection).await.0
    }

    /// Each set by itself, until one fails.
    async fn go(&self, client: &mut Client, here: &Here, way: Way) -> Result<SetsReport, SetsError> {
        let mut report = SetsReport::default();
        for (turn, at) in self.turns(way).into_iter().enumerate() {
            let NamedSet { name, runner, .. } = &self.sets[at];
            let span = tracing::info_span!("set", name);
            let result = match way {
                Way::Forward => runner.run_here(client, here).instrument(span).await,
                Way::Back => runner.go_back(client, Goal::Version(0), here).instrument(span).await,
            };
            match result {
                Ok(done) => report.push(name, done),
                Err(error) => {
                    let names =
                        self.turns(way).into_iter().skip(turn + 1).map(|at| self.sets[at].name.clone());
                    return Err(SetsError::new(Some(name), error, report, names.collect()));
                }
            }
        }
        Ok(report)
    }

    /// Whether the way back of each is free, before the first step on it.
    async fn can_all_go_back(&self, client: &mut Client) -> Result<(), SetsError> {
        for (at, set) in self.sets.iter().enumerate().rev() {
            if let Err(error) = set.runner.preview_revert_to(client, 0).await {
                let others = self.names_from(0).into_iter().enumerate().filter(|(other, _)| *other != at);
                let others = others.map(|(_, name)| name).collect();
                return Err(SetsError::new(Some(&set.name), error, SetsReport::default(), others));
            }
        }
        Ok(())
    }

    fn turns(&self, way: Way) -> Vec<usize> {
        let forward = 0..self.sets.len();
        match way {
            Way::Forward => forward.collect(),
            Way::Back => forward.rev().collect(),
        }
    }

    fn names_from(&self, at: usize) -> Vec<String> {
        self.sets[at..].iter().map(|set| set.name.clone()).collect()
    }
}
