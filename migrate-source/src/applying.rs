//! How the migrations of a folder are applied, as far as the files beside them say so: values that the runtime takes, and
//! what they may be. What it does not say is the runtime's to choose.

use std::time::Duration;

/// What `migrate.toml` and `migrate.import` say of how the migrations are applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applying {
    /// `history-table`: the schema and the table in which the history is kept.
    pub history_table: Option<(String, String)>,
    /// `lock-timeout`: how long a migration waits for a lock.
    pub lock_timeout: Option<Duration>,
    /// `statement-timeout`: how long one statement may take.
    pub statement_timeout: Option<Duration>,
    /// `lock`: whether processes keep out of each other's way by a row of a table, instead of by an advisory lock.
    pub row_lock: bool,
    /// `transaction`: whether each statement has one, instead of each migration.
    pub by_statement: bool,
    /// `beside`: the migration tools whose history tables in the same database belong to other applications.
    pub beside: Vec<String>,
    /// The text of `migrate.import`, by which a database of another tool is adopted.
    pub import: Option<String>,
}

/// PostgreSQL counts milliseconds in an `int`.
const LONGEST: Duration = Duration::from_millis(i32::MAX.unsigned_abs() as u64);

/// Reads what `lock` may be: whether it is a row's.
///
/// # Errors
///
/// Why it is neither.
pub(crate) fn is_row_lock(text: &str) -> Result<bool, String> {
    match text {
        "advisory" => Ok(false),
        "row" => Ok(true),
        _ => Err("it is `advisory` or `row`".to_owned()),
    }
}

/// Reads what `transaction` may be: whether each statement has one.
///
/// # Errors
///
/// Why it is neither.
pub(crate) fn is_by_statement(text: &str) -> Result<bool, String> {
    match text {
        "migration" => Ok(false),
        "statement" => Ok(true),
        _ => Err("it is `migration` or `statement`".to_owned()),
    }
}

/// Reads `500ms`, `3s`, `10min` or `1h`, as PostgreSQL writes them.
///
/// # Errors
///
/// Why it is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds: u64 = match unit.trim_start() {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let found = number.parse().ok().filter(|_| milliseconds > 0);
    let found: u64 = found.ok_or("it is a number with `ms`, `s`, `min` or `h`")?;
    let duration = found.checked_mul(milliseconds).map(Duration::from_millis);
    duration.filter(|duration| *duration <= LONGEST).ok_or_else(|| "24 days are the most".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, milliseconds) in
            [("0s", 0), ("500ms", 500), ("3s", 3000), ("10 min", 600_000), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in
            ["", "3", "s", "-1s", "1.5s", "3 seconds", "1d", "25 s s", "600h", "99999999999999999999s"]
        {
            duration(text).expect_err(text);
        }
    }
}
