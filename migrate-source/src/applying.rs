//! How the migrations of a folder are applied, as far as `migrate.toml` says so: values that the runtime takes, and what
//! they may be. What it does not say is the runtime's to choose.

use std::time::Duration;

/// What `migrate.toml` says of how the migrations are applied.
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
}

/// `NAMEDATALEN - 1`: PostgreSQL cuts longer names off, and two names could then be one.
const MAX_BYTES: usize = 63;

/// What the names of the tables beside it have more, at the most: `_log`, `_lock`.
const LONGEST_ENDING: &str = "_lock";

/// PostgreSQL counts milliseconds in an `int`.
const LONGEST: Duration = Duration::from_millis(i32::MAX.unsigned_abs() as u64);

/// Why a name cannot be an SQL identifier, if it cannot: words that follow `it`.
pub fn why_no_identifier(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is empty");
    }
    if name.len() > MAX_BYTES {
        return Some("has more than 63 bytes");
    }
    name.chars().any(char::is_control).then_some("has a control character")
}

/// The same for a table that has others beside it, with the endings `_log` and `_lock`.
pub fn why_no_history_table(name: &str) -> Option<&'static str> {
    let is_long = (MAX_BYTES - LONGEST_ENDING.len() + 1..=MAX_BYTES).contains(&name.len());
    let too_long = "has more than 58 bytes, and needs room for the ending of a second table's name";
    why_no_identifier(name).or(is_long.then_some(too_long))
}

/// Splits `schema.table`; a table alone is in `public`.
///
/// # Errors
///
/// Why one of the two is no name.
pub fn history_table(text: &str) -> Result<(String, String), String> {
    let (schema, table) = text.split_once('.').unwrap_or(("public", text));
    if table.contains('.') {
        return Err(format!("{text:?} has more than a schema and a table"));
    }
    let whys = [(schema, why_no_identifier(schema)), (table, why_no_history_table(table))];
    match whys.into_iter().find_map(|(name, why)| Some((name, why?))) {
        Some((name, why)) => Err(format!("{name:?} cannot name a schema or table: it {why}")),
        None => Ok((schema.to_owned(), table.to_owned())),
    }
}

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
    fn names_of_the_history_table() {
        let named = |schema: &str, table: &str| Ok((schema.to_owned(), table.to_owned()));
        assert_eq!(history_table("ops.migrations"), named("ops", "migrations"));
        assert_eq!(history_table("Größe, \"2\""), named("public", "Größe, \"2\""));
        let long = "x".repeat(58);
        assert_eq!(history_table(&long), named("public", &long));
        for (text, why) in [
            ("", "\"\" cannot name a schema or table: it is empty"),
            ("ops.", "\"\" cannot name a schema or table: it is empty"),
            (".x", "\"\" cannot name a schema or table: it is empty"),
            ("a.b.c", "\"a.b.c\" has more than a schema and a table"),
            ("a\tb", "\"a\\tb\" cannot name a schema or table: it has a control character"),
        ] {
            assert_eq!(history_table(text), Err(why.to_owned()));
        }
        let too_long = history_table(&"x".repeat(59)).expect_err("no room for its log");
        assert!(too_long.ends_with("needs room for the ending of a second table's name"), "{too_long}");
        assert!(
            history_table(&"x".repeat(64)).is_err()
                && history_table(&format!("{}.x", "x".repeat(64))).is_err()
        );
        assert!(history_table(&format!("{}.x", "x".repeat(63))).is_ok());
    }

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
