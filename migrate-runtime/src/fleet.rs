//! One set on hundreds or thousands of databases or schemas: who is there, in which order, how many at once, and what came
//! of each. No tenant's failure stops what is under way elsewhere, and none is lost.
//!
//! ```no_run
//! use migrate_runtime::fleet::{Fleet, Share, Tenants};
//! use migrate_runtime::{MigrationSet, Runner, embed_migrations};
//!
//! # mod doc { pub(super) use migrate_runtime::MigrationSet; }
//! static MASTER: MigrationSet = embed_migrations!("../migrations");
//! static TENANTS: MigrationSet = embed_migrations!("../migrations");
//!
//! # async fn example(control: &str) -> Result<(), Box<dyn std::error::Error>> {
//! MASTER.run_url(control).await?;
//! let tenants = Tenants::from_query(
//!     control,
//!     "SELECT slug, database_url, database_type FROM tenants WHERE deleted_at IS NULL",
//! )
//! .await?;
//! let report = Fleet::new(Runner::new(&TENANTS))
//!     .canaries(3)
//!     .waves([Share::Percent(10.0), Share::Percent(100.0)])
//!     .max_failures(Share::Count(5))
//!     .up(&tenants)
//!     .await?;
//! println!("{report}");
//! # Ok(()) }
//! ```
//!
//! # What it promises
//!
//! 1. A tenant at the target costs one round trip after its connection: the set's digest goes there, one row comes back.
//! 2. Killed at any moment and run again, it continues: each tenant has its own history, and what is done is recorded there.
//! 3. Connections to a server never exceed the bound, those included by which somebody looks who holds a lock.
//! 4. Every tenant of the list is in the report, once: also one that cannot be reached, and one that was not begun because
//!    the rollout stopped before it.
//! 5. No connection string is printed, logged or reported.

mod connection;
mod create;
mod desk;
mod engine;
mod error;
mod html;
mod listing;
mod look;
mod observer;
mod options;
mod outages;
mod outcome;
mod prometheus;
mod provenance;
mod queue;
mod report;
mod rollout;
mod servers;
mod shared;
mod stop;
mod tenant;
mod trouble;
mod visit;

pub use create::CreateDatabase;
pub use error::FleetError;
pub use listing::{ListFormat, Tenants};
pub use look::Seen;
pub use observer::{Gate, GateFuture, Observer, Wave};
pub use options::{DEFAULT_ATTEMPTS, DEFAULT_CONNECT_TIMEOUT, DEFAULT_PATIENCE, Fleet, MOST_PER_SERVER};
pub use outcome::{Outcome, SchemaCheck};
pub use report::{FleetReport, TenantReport};
pub use rollout::Share;
pub use shared::{DEFAULT_LEASE, SharedRun};
pub use stop::Stop;
#[cfg(feature = "cli")]
pub(crate) use tenant::skipped;
pub use tenant::{Skipped, Tenant};
pub use visit::{Visit, VisitFuture};
