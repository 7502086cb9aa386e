//! The verbs of a fleet as a subcommand: who the tenants are, how a rollout goes, and what is shown of it. It decides
//! nothing that [`crate::fleet`] does not.
//!
//! ```no_run
//! use migrate_runtime::{MigrationSet, Runner, cli, embed_migrations};
//!
//! # mod doc { pub(super) use migrate_runtime::MigrationSet; }
//! static MASTER: MigrationSet = embed_migrations!("../migrations");
//! static TENANTS: MigrationSet = embed_migrations!("../migrations");
//!
//! #[derive(clap::Subcommand)]
//! enum Command {
//!     /// Looks after the schemas of all tenants
//!     Fleet(cli::fleet::Fleet),
//! }
//!
//! # async fn example(command: Command) -> std::process::ExitCode {
//! match command {
//!     Command::Fleet(fleet) => fleet.run(Some(Runner::new(&MASTER)), Runner::new(&TENANTS)).await.into(),
//! }
//! # }
//! ```

mod args;
mod beside;
mod check;
mod list;
mod live;
mod show;
mod work;

use super::{Exit, Target, Terminal};
use crate::Runner;
pub use args::{Canary, Fleet, FleetVerb, List, Look, Pace, Up};
pub use list::{Listed, list};
pub use work::run;

impl Fleet {
    /// Does it, prints on the standard streams, and says with which code to exit. The master's set is applied to the control
    /// database before the tenants have their turn.
    pub async fn run(&self, master: Option<Runner<'_>>, tenants: Runner<'_>) -> Exit {
        run(&self.verb, &self.target, master, tenants, None, &mut Terminal::standard()).await
    }
}

/// The JSON schema of each line that is printed with `--format json`.
pub const JSON_SCHEMA: &str = include_str!("../../schemas/fleet.json");

/// The name by which the control database is reported.
const MASTER: &str = "(master)";

/// Where the control database is; nothing of it is asked before.
fn control(target: &Target) -> Result<super::Database, super::Told> {
    super::resolve(target)
}
