//! What may happen to migrations: the lines of the table, in its order.

mod history;
mod killed;
mod locked;
mod many;
mod names;
mod rebuilt;
mod scripts;

use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::peer::Peer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Syntax,
    Statement,
    BadName,
    Duplicate,
    Gap,
    NewFile,
    Edited,
    LineEndings,
    Comment,
    Missing,
    OutOfOrder,
    Older,
    Concurrently,
    ConcurrentlyMarked,
    ConcurrentlyTwice,
    Outside,
    Replicas,
    ReplicasConcurrently,
    Killed,
    KilledIndex,
    DiedIndex,
    Locked,
    PgBouncer,
}

impl Scenario {
    pub(crate) const ALL: [Self; 23] = [
        Self::Syntax,
        Self::Statement,
        Self::BadName,
        Self::Duplicate,
        Self::Gap,
        Self::NewFile,
        Self::Edited,
        Self::LineEndings,
        Self::Comment,
        Self::Missing,
        Self::OutOfOrder,
        Self::Older,
        Self::Concurrently,
        Self::ConcurrentlyMarked,
        Self::ConcurrentlyTwice,
        Self::Outside,
        Self::Replicas,
        Self::ReplicasConcurrently,
        Self::Killed,
        Self::KilledIndex,
        Self::DiedIndex,
        Self::Locked,
        Self::PgBouncer,
    ];

    /// What the command line calls it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Statement => "statement",
            Self::BadName => "bad-name",
            Self::Duplicate => "duplicate",
            Self::Gap => "gap",
            Self::NewFile => "new-file",
            Self::Edited => "edited",
            Self::LineEndings => "line-endings",
            Self::Comment => "comment",
            Self::Missing => "missing",
            Self::OutOfOrder => "out-of-order",
            Self::Older => "older",
            Self::Concurrently => "concurrently",
            Self::ConcurrentlyMarked => "concurrently-marked",
            Self::ConcurrentlyTwice => "concurrently-twice",
            Self::Outside => "outside",
            Self::Replicas => "replicas",
            Self::ReplicasConcurrently => "replicas-concurrently",
            Self::Killed => "killed",
            Self::KilledIndex => "killed-index",
            Self::DiedIndex => "died-index",
            Self::Locked => "locked",
            Self::PgBouncer => "pgbouncer",
        }
    }

    /// What the table calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Syntax => "a key word of the third statement of three is misspelt",
            Self::Statement => "the third statement of three names a type that is not there",
            Self::BadName => "a file is badly named: a wrong separator; `.SQL`",
            Self::Duplicate => "two migrations have one version",
            Self::Gap => "a number is missing in a sequence",
            Self::NewFile => "a new file, nothing else touched, `cargo build`",
            Self::Edited => "an applied file is edited",
            Self::LineEndings => "only its line endings change",
            Self::Comment => "only a comment is added to it",
            Self::Missing => "an applied file is removed, newer ones are there",
            Self::OutOfOrder => "a pending file comes before applied ones",
            Self::Older => "the binary is older than the database",
            Self::Concurrently => "`CREATE INDEX CONCURRENTLY`, unmarked",
            Self::ConcurrentlyMarked => "the same, marked to run outside a transaction",
            Self::ConcurrentlyTwice => "the same, marked, two of them in one file",
            Self::Outside => "marked, its third statement of three fails; it is corrected",
            Self::Replicas => "8 replicas start at once on an empty database",
            Self::ReplicasConcurrently => "8 replicas start at once, an index is to be built concurrently",
            Self::Killed => "the process is killed within a transaction, and started again",
            Self::KilledIndex => {
                "the process is killed while an index is built concurrently, and started again"
            }
            Self::DiedIndex => "the same, and its session dies with it",
            Self::Locked => "a table that is to be altered is in use for 12 s",
            Self::PgBouncer => "behind PgBouncer in transaction mode, four replicas",
        }
    }

    pub(crate) async fn observe(self, bench: &Bench, peer: Peer) -> Result<Cell> {
        match self {
            Self::Syntax => scripts::syntax(bench, peer).await,
            Self::Statement => scripts::statement(bench, peer).await,
            Self::BadName => names::bad_name(bench, peer).await,
            Self::Duplicate => names::duplicate(bench, peer).await,
            Self::Gap => names::gap(bench, peer).await,
            Self::NewFile => rebuilt::new_file(bench, peer).await,
            Self::Edited => history::edited(bench, peer).await,
            Self::LineEndings => history::line_endings(bench, peer).await,
            Self::Comment => history::comment(bench, peer).await,
            Self::Missing => history::missing(bench, peer).await,
            Self::OutOfOrder => history::out_of_order(bench, peer).await,
            Self::Older => history::older(bench, peer).await,
            Self::Concurrently => scripts::concurrently(bench, peer).await,
            Self::ConcurrentlyMarked => scripts::concurrently_marked(bench, peer).await,
            Self::ConcurrentlyTwice => scripts::concurrently_twice(bench, peer).await,
            Self::Outside => scripts::outside(bench, peer).await,
            Self::Replicas => many::replicas(bench, peer).await,
            Self::ReplicasConcurrently => many::replicas_concurrently(bench, peer).await,
            Self::Killed => killed::in_transaction(bench, peer).await,
            Self::KilledIndex => killed::index(bench, peer).await,
            Self::DiedIndex => killed::index_and_session(bench, peer).await,
            Self::Locked => locked::locked(bench, peer).await,
            Self::PgBouncer => many::pgbouncer(bench, peer).await,
        }
    }
}
