//! A connection on which statements may fail.

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::text::literal;
use crate::error::Error;

/// So that a value reads the same whatever the session has set; and nothing that somebody else's function does takes
/// for ever.
const SETTINGS: &str = "BEGIN; SET LOCAL search_path TO public; SET LOCAL datestyle TO ISO; SET LOCAL intervalstyle TO postgres; \
    SET LOCAL timezone TO 'UTC'; SET LOCAL extra_float_digits TO 1; SET LOCAL bytea_output TO hex; SET LOCAL xmlbinary TO base64; \
    SET LOCAL row_security TO off; SET LOCAL standard_conforming_strings TO on; SET LOCAL check_function_bodies TO off; \
    SET LOCAL client_min_messages TO error; SET LOCAL statement_timeout TO 10000; SET LOCAL jit TO off";

/// The same as [`Session::first_taken`] does, without going back and forth for each statement.
const TAKE_FIRST: &str = "
DECLARE
    list jsonb; statement text; answer text; taken jsonb := '[]'; refused int := 0;
BEGIN
    FOR list IN SELECT jsonb_array_elements($lists::jsonb) LOOP
        FOR statement IN SELECT jsonb_array_elements_text(list) LOOP
            BEGIN
                EXECUTE statement INTO answer;
                taken := taken || to_jsonb(answer);
                refused := 0;
                EXIT;
            EXCEPTION WHEN OTHERS THEN
                refused := refused + 1;
            END;
        END LOOP;
        EXIT WHEN refused >= $patience;
    END LOOP;
    PERFORM set_config('migrate.sample', taken::text, true);
END";

/// A transaction with settings of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session<'c> {
    client: &'c Client,
}

impl<'c> Session<'c> {
    pub(super) async fn begin(client: &'c Client) -> Result<Self, Error> {
        client.batch_execute(SETTINGS).await?;
        Ok(Self { client })
    }

    pub(super) async fn commit(self) -> Result<(), Error> {
        Ok(self.client.batch_execute("COMMIT").await?)
    }

    pub(super) async fn roll_back(self) -> Result<(), Error> {
        Ok(self.client.batch_execute("ROLLBACK").await?)
    }

    /// What a query answers. `None`: the server does not take it, and nothing has happened.
    pub(super) async fn try_rows(&self, sql: &str) -> Result<Option<Vec<SimpleQueryRow>>, Error> {
        let message = format!("SAVEPOINT sample; {sql}\n; RELEASE SAVEPOINT sample");
        match self.client.simple_query(&message).await {
            Ok(answer) => Ok(Some(rows(answer))),
            Err(error) if error.as_db_error().is_some() => {
                self.client.batch_execute("ROLLBACK TO SAVEPOINT sample").await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the server takes it. If not, nothing has happened.
    pub(super) async fn takes(&self, sql: &str) -> Result<bool, Error> {
        Ok(self.try_rows(sql).await?.is_some())
    }

    /// Of each list of statements the first that the server takes, and what that answers. No list is begun after so many
    /// statements were refused one after the other.
    pub(super) async fn first_taken(
        &self,
        lists: &[Vec<String>],
        patience: usize,
    ) -> Result<Vec<String>, Error> {
        let json = serde_json::json!(lists).to_string();
        let on_the_server = format!(
            "DO LANGUAGE plpgsql {} ; SELECT current_setting('migrate.sample')",
            literal(Some(
                &TAKE_FIRST
                    .replace("$lists", &literal(Some(&json)))
                    .replace("$patience", &patience.to_string())
            )),
        );
        if let Some(rows) = self.try_rows(&on_the_server).await? {
            let taken = rows.last().and_then(|row| serde_json::from_str(row.try_get(0).ok()??).ok());
            return Ok(taken.unwrap_or_default());
        }
        // Without its language, which a database need not have.
        let (mut taken, mut refused) = (Vec::new(), 0);
        for list in lists {
            for statement in list {
                if let Some(rows) = self.try_rows(statement).await? {
                    taken.extend(
                        rows.first().and_then(|row| row.try_get(0).ok().flatten().map(str::to_owned)),
                    );
                    refused = 0;
                    break;
                }
                refused += 1;
            }
            if refused >= patience {
                break;
            }
        }
        Ok(taken)
    }

    /// What each of these queries answers, which have the same columns and one row; those that the server does not take answer
    /// nothing.
    pub(super) async fn each(&self, queries: &[String]) -> Result<Vec<SimpleQueryRow>, Error> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(rows) = self.try_rows(&queries.join(" UNION ALL ")).await? {
            return Ok(rows);
        }
        let mut rows = Vec::new();
        for query in queries {
            rows.extend(self.try_rows(query).await?.unwrap_or_default());
        }
        Ok(rows)
    }

    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<SimpleQueryRow>, Error> {
        Ok(rows(self.client.simple_query(sql).await?))
    }
}

fn rows(answer: Vec<SimpleQueryMessage>) -> Vec<SimpleQueryRow> {
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    };
    answer.into_iter().filter_map(row).collect()
}
