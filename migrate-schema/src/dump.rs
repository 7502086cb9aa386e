//! A schema as SQL that makes it anew, tried on an empty database.

use tokio_postgres::Client;

use crate::error::Error;
use crate::plan::Manner;
use crate::presence::{Presence, Way};
use crate::prove::prove;
use crate::read::{self, Viewpoint};
use crate::schema::{Difference, Schema};
use crate::script::Script;
use crate::statement::Hazard;

/// What makes a schema anew.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dumped {
    /// In the order in which they are run: one, unless a statement wants to be alone.
    pub scripts: Vec<Script>,
    /// What they do not make.
    pub residue: Vec<Difference>,
}

/// Writes what makes a schema on an empty database, which this one is, and which it is not any more afterwards.
///
/// # Errors
///
/// The catalog cannot be read; there is no plan; PostgreSQL does not take a statement of it.
pub async fn dump(empty: &Client, schema: &Schema, viewpoint: &Viewpoint) -> Result<Dumped, Error> {
    let nothing = read::read_again(empty, viewpoint).await?;
    let mut presence = Presence::new(Way::Up, &nothing, schema);
    let proof = prove(empty, &nothing, schema, viewpoint, Manner::AtOnce, &mut presence).await?;
    let mut scripts: Vec<Script> = proof.steps.into_iter().map(|(script, _)| script).collect();
    // Nobody uses a database that is yet to be made.
    for statement in scripts.iter_mut().flat_map(|script| &mut script.statements) {
        statement.hazards.retain(|hazard| *hazard == Hazard::ContainsPassword);
    }
    Ok(Dumped { scripts, residue: proof.residue })
}
