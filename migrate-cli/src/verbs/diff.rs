//! `diff`: in what two databases differ.

use migrate_runtime::cli::Terminal;
use migrate_schema::{Manner, Plan, Schema};
use serde_json::{Value, json};

use crate::Answer;
use crate::args;
use crate::failure::{Failure, count};
use crate::scratch::Connection;
use crate::stage;

pub(crate) async fn diff(diff: &args::Diff, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let from = schema(&diff.from).await?;
    let to = schema(&diff.to).await?;
    let sides = Sides { first: "the first", second: "the second" };
    answer(&from, &to, sides, "the two have the same schema", terminal)
}

async fn schema(url: &str) -> Result<Schema, Failure> {
    let connection = Connection::open(url).await?;
    let owner = stage::owner(&connection).await?;
    let read = stage::read(&connection, &stage::viewpoint().of_owner(owner)).await;
    connection.close().await;
    read
}

/// What the two are called.
#[derive(Clone, Copy)]
pub(super) struct Sides<'s> {
    pub(super) first: &'s str,
    pub(super) second: &'s str,
}

/// Tells the difference and the SQL that takes the one to the other; exits with 2 where there is one. The standard output is
/// SQL, whatever happens: what is no statement is a comment, and so is what deletes data.
pub(super) fn answer(
    from: &Schema,
    to: &Schema,
    Sides { first, second }: Sides<'_>,
    same: &str,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let differences = from.outline_of_differences(to);
    let differences: Vec<String> =
        differences.iter().map(|difference| difference.between(first, second).to_string()).collect();
    if differences.is_empty() {
        terminal.verbatim(&migrate_schema::commented(same));
        return Ok(Answer::done(json!({ "differences": [], "statements": [] })));
    }
    let Plan { statements, .. } = migrate_schema::plan(from, to, Manner::AtOnce).map_err(stage::of_schema)?;
    let number = count(differences.len(), "difference");
    let legend = format!("{number}. \"-\" exists only in {first}, \"+\" only in {second}, \"~\" differs:");
    let lines = differences.iter().map(|difference| format!("  {difference}"));
    let list = std::iter::once(legend).chain(lines).collect::<Vec<_>>().join("\n");
    let script = migrate_schema::Script::alone(statements.clone());
    let list = migrate_schema::commented(&list);
    terminal.verbatim(&format!("{list}\n{}", script.guarded()));
    let object = |statement: &migrate_schema::Statement| {
        let hazards: Vec<&str> = statement.hazards.iter().map(|hazard| hazard.name()).collect();
        json!({ "sql": statement.shown(), "hazards": hazards })
    };
    let statements: Value = statements.iter().map(object).collect();
    Ok(Answer::Of(json!({ "differences": differences, "statements": statements }), 2))
}
