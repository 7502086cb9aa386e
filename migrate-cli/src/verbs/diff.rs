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
    answer(&from, &to, "the two have the same schema", terminal)
}

async fn schema(url: &str) -> Result<Schema, Failure> {
    let connection = Connection::open(url).await?;
    let owner = stage::owner(&connection).await?;
    let read = stage::read(&connection, &stage::viewpoint().of_owner(owner)).await;
    connection.close().await;
    read
}

/// Tells the difference and the SQL that takes the one to the other; exits with 2 where there is one.
pub(super) fn answer(
    from: &Schema,
    to: &Schema,
    same: &str,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let differences: Vec<String> = from.outline_of_differences(to).iter().map(ToString::to_string).collect();
    if differences.is_empty() {
        terminal.result(same);
        return Ok(Answer::done(json!({ "differences": [], "statements": [] })));
    }
    let Plan { statements, .. } = migrate_schema::plan(from, to, Manner::AtOnce).map_err(stage::of_schema)?;
    terminal.happened(&format!("{}:", count(differences.len(), "difference")));
    for difference in &differences {
        terminal.happened(&format!("  {difference}"));
    }
    let script = migrate_schema::Script::alone(statements.clone());
    terminal.verbatim(&script.shown());
    let object = |statement: &migrate_schema::Statement| {
        let hazards: Vec<&str> = statement.hazards.iter().map(|hazard| hazard.name()).collect();
        json!({ "sql": statement.shown(), "hazards": hazards })
    };
    let statements: Value = statements.iter().map(object).collect();
    Ok(Answer::Of(json!({ "differences": differences, "statements": statements }), 2))
}
