//! Runs what was planned, so that nothing is written down that was not seen to work.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::{Error, ErrorKind};
use crate::kind::Kind;
use crate::kinds::subscription;
use crate::plan::{self, Manner, Plan};
use crate::presence::Presence;
use crate::read::{self, Viewpoint};
use crate::schema::{Difference, Schema};
use crate::script::{NewValues, Script};
use crate::statement::Statement;

/// A plan that was run: its scripts, and what each led to.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) steps: Vec<(Script, Schema)>,
    /// What the plan did not bring about.
    pub(crate) residue: Vec<Difference>,
}

/// Runs what takes one schema to another on a database that has the one, and looks at what came of it.
///
/// What a plan cannot know is tried: whether a value of an enum is used in the transaction that adds it, and whether a
/// function is made before what its body names. `presence` sees the database after each transaction.
pub(crate) async fn prove(
    client: &Client,
    from: &Schema,
    to: &Schema,
    viewpoint: &Viewpoint,
    manner: Manner,
    presence: &mut Presence<'_>,
) -> Result<Proof, Error> {
    let plan = plan::plan_part(from, to, manner, presence.ends())?;
    let mut proof = Proof { steps: Vec::new(), residue: Vec::new() };
    let mut left = Script::of(plan.clone(), NewValues::MayBeUnused);
    left.reverse();
    let mut values = NewValues::MayBeUnused;
    while let Some(mut script) = left.pop() {
        let mut ends = Ends { viewpoint, file: proof.steps.len(), presence };
        match run(client, &script, &mut ends).await? {
            Ok(reached) => proof.steps.push((script, subscription::enabled_as_in(reached, to))),
            Err(refused) if values == NewValues::MayBeUnused && refused.is_of_new_value() => {
                values = NewValues::AreUsed;
                let rest = Plan { statements: script.statements };
                left.extend(Script::of(rest, values).into_iter().rev());
            }
            Err(refused)
                if refused.may_be_of_body() && makes_functions(from, to) && !has_bodies_off(&script) =>
            {
                script.statements.insert(0, Statement::new(BODIES_OFF));
                left.push(script);
            }
            Err(refused) => return Err(Error(ErrorKind::Failed(refused))),
        }
    }
    let reached = proof.steps.last().map_or(from, |(_, reached)| reached);
    proof.residue = reached.differences(to);
    Ok(proof)
}

/// For the session, not LOCAL: psql runs a file without a transaction around it. A migration's settings are put back behind it.
const BODIES_OFF: &str = "SET check_function_bodies TO off";

/// A statement of a plan that PostgreSQL does not take.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) statement: String,
    pub(crate) cause: tokio_postgres::Error,
}

impl Failed {
    fn is_of_new_value(&self) -> bool {
        self.cause.code() == Some(&SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE)
    }

    /// The table that the server names.
    pub(crate) fn table(&self) -> Option<&str> {
        self.cause.as_db_error()?.table()
    }

    fn may_be_of_body(&self) -> bool {
        self.statement.contains("FUNCTION ") || self.statement.contains("PROCEDURE ")
    }
}

fn makes_functions(from: &Schema, to: &Schema) -> bool {
    let is_routine = |kind: Kind| matches!(kind, Kind::Function | Kind::Procedure);
    to.facts().any(|fact| is_routine(fact.key.kind()) && from.get(&fact.key) != Some(fact))
}

fn has_bodies_off(script: &Script) -> bool {
    script.statements.first().is_some_and(|first| first.sql == BODIES_OFF)
}

/// What looks at the database when a transaction of a file has ended.
pub(crate) struct Ends<'e, 's> {
    pub(crate) viewpoint: &'e Viewpoint,
    pub(crate) file: usize,
    pub(crate) presence: &'e mut Presence<'s>,
}

impl Ends<'_, '_> {
    async fn observe(&mut self, client: &Client, last: Option<&Statement>) -> Result<Schema, Error> {
        let now = read::read_again(client, self.viewpoint).await?;
        self.presence.observe(self.file, last.map_or("", Statement::shown), &now);
        Ok(now)
    }
}

/// Runs a script as a migration is run, after which its settings are put back; and what it led to.
pub(crate) async fn run(
    client: &Client,
    script: &Script,
    ends: &mut Ends<'_, '_>,
) -> Result<Result<Schema, Failed>, Error> {
    // What each statement by itself leads to is looked at in between.
    if !script.in_transaction {
        for (at, statement) in script.statements.iter().enumerate() {
            let one = Script { in_transaction: false, statements: vec![statement.clone()] };
            if let Err((_, failed)) = run_statements(client, &one, 0).await {
                return Ok(Err(failed));
            }
            if at + 1 < script.statements.len() && !statement.reaches_out {
                ends.observe(client, Some(statement)).await?;
            }
        }
        if has_bodies_off(script) {
            client.batch_execute("RESET check_function_bodies").await?;
        }
    } else if let Some((_, failed)) = run_from(client, script, 0).await {
        return Ok(Err(failed));
    }
    Ok(Ok(ends.observe(client, script.statements.last()).await?))
}

/// Runs a script from this statement on. Returns the one that fails, by its place; or the last one, where it is COMMIT.
pub(crate) async fn run_from(client: &Client, script: &Script, first: usize) -> Option<(usize, Failed)> {
    let ran = run_statements(client, script, first).await;
    if ran.is_ok() && has_bodies_off(script) {
        let reset = "RESET check_function_bodies";
        let refused = |cause| (0, Failed { statement: reset.to_owned(), cause });
        return client.batch_execute(reset).await.err().map(refused);
    }
    ran.err()
}

async fn run_statements(client: &Client, script: &Script, first: usize) -> Result<(), (usize, Failed)> {
    let refused = |at, statement: &str, cause| (at, Failed { statement: statement.to_owned(), cause });
    if script.in_transaction {
        client.batch_execute("BEGIN").await.map_err(|cause| refused(0, "BEGIN", cause))?;
    }
    let statements = script.statements.iter().enumerate().skip(first);
    for (at, statement) in statements.filter(|(_, statement)| !statement.reaches_out) {
        if let Err(cause) = client.batch_execute(&statement.sql).await {
            if script.in_transaction {
                // The session is put back; that the statement failed is what counts.
                let _ = client.batch_execute("ROLLBACK").await;
            }
            return Err(refused(at, statement.shown(), cause));
        }
    }
    if script.in_transaction {
        let last = script.statements.len().saturating_sub(1);
        client.batch_execute("COMMIT").await.map_err(|cause| refused(last, "COMMIT", cause))?;
    }
    Ok(())
}
