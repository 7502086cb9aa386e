//! Names of schemas and tables as people write them: what one may be, and how several of them with dots between are taken
//! apart. Every option and setting that takes such a name is read here.

/// `NAMEDATALEN - 1`: PostgreSQL cuts longer names off, and two names could then be one.
const MAX_BYTES: usize = 63;

/// What the names of the tables beside it have more, at the most: `_log`, `_lock`.
const LONGEST_ENDING: &str = "_lock";

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

/// Splits `schema.table`; a table alone is in `public`. Each is written as SQL has it: a quoted part in double quotes.
///
/// # Errors
///
/// The text is malformed, or one of the two is not a name.
pub fn history_table(text: &str) -> Result<(String, String), String> {
    let parts = names(text)?;
    let (schema, table) = match parts.as_slice() {
        [table] => ("public", table.as_str()),
        [schema, table] => (schema.as_str(), table.as_str()),
        _ => return Err(format!("{text:?} has more than a schema and a table")),
    };
    let whys = [(schema, why_no_identifier(schema)), (table, why_no_history_table(table))];
    match whys.into_iter().find_map(|(name, why)| Some((name, why?))) {
        Some((name, why)) => Err(format!("{name:?} cannot name a schema or table: it {why}")),
        None => Ok((schema.to_owned(), table.to_owned())),
    }
}

/// The name of one schema: in double quotes as SQL has it, or else to the letter, dots and spaces included.
///
/// # Errors
///
/// A quote is not closed, or something follows it; or the text is not a name.
pub fn schema_name(text: &str) -> Result<String, String> {
    let name = if text.starts_with('"') { names(text)? } else { vec![text.to_owned()] };
    match name.as_slice() {
        [name] => match why_no_identifier(name) {
            Some(why) => Err(format!("{name:?} cannot name a schema or table: it {why}")),
            None => Ok(name.clone()),
        },
        _ => Err(format!("{text:?} has more than a schema")),
    }
}

/// Splits names with dots between, as PostgreSQL reads the text of a `regclass`: a name in double quotes may hold anything,
/// and a quote in it is doubled; spaces around a name do not count. Unlike in SQL, a name without quotes is taken to the letter:
/// `Ops` is `"Ops"`, not `ops`.
fn names(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = unquoted(quoted)
                .ok_or_else(|| format!("{text:?} has a double quote that is never closed"))?;
            names.push(name);
            rest = after.trim_start_matches(' ');
        } else {
            let (name, after) = rest.split_at(rest.find(['.', '"']).unwrap_or(rest.len()));
            names.push(name.trim_end_matches(' ').to_owned());
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(names),
            None => {
                return Err(format!(
                    "{text:?} is malformed: a name with a dot or a double quote in it is written in double quotes, and a \
                     quote in it is doubled"
                ));
            }
        }
    }
}

/// A name up to the double quote that closes it, and what is behind that.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_name_of_a_history_table() {
        let long = "x".repeat(58);
        let longest = "x".repeat(63);
        for (text, schema, table) in [
            ("migrations", "public", "migrations"),
            ("ops.migrations", "ops", "migrations"),
            ("Ops.Größe-2", "Ops", "Größe-2"),
            ("public.The History", "public", "The History"),
            (r#""a"."b""#, "a", "b"),
            (r#""a".b"#, "a", "b"),
            (r#"a."b""#, "a", "b"),
            (r#" "a" . "b" "#, "a", "b"),
            (r#""a.b""#, "public", "a.b"),
            (r#""Größe, ""2""".x"#, r#"Größe, "2""#, "x"),
            (r#""""""#, "public", r#"""#),
            (&long, "public", &long),
            (&format!("{longest}.x"), &longest, "x"),
        ] {
            assert_eq!(history_table(text), Ok((schema.to_owned(), table.to_owned())), "{text}");
        }
    }

    #[test]
    fn rejects_what_is_not_the_name_of_a_history_table() {
        for (text, why) in [
            ("", r#""" cannot name a schema or table: it is empty"#),
            ("ops.", r#""" cannot name a schema or table: it is empty"#),
            (".x", r#""" cannot name a schema or table: it is empty"#),
            ("a..b", "has more than a schema and a table"),
            (r#""".x"#, r#""" cannot name a schema or table: it is empty"#),
            ("a.b.c", r#""a.b.c" has more than a schema and a table"#),
            ("a\tb", r#""a\tb" cannot name a schema or table: it has a control character"#),
            (r#""a"#, "has a double quote that is never closed"),
            (r#"a.""#, "has a double quote that is never closed"),
            (r#""a""b"#, "has a double quote that is never closed"),
            (r#""a"b"#, "is malformed"),
            (r#"a"b""#, "is malformed"),
            (r#""a" "b""#, "is malformed"),
            (r#"a "b""#, "is malformed"),
            (&"x".repeat(59), "needs room for the ending of a second table's name"),
            (&"x".repeat(64), "has more than 63 bytes"),
            (&format!("{}.x", "x".repeat(64)), "has more than 63 bytes"),
        ] {
            let said = history_table(text).expect_err(text);
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn reads_the_name_of_a_schema() {
        for (text, name) in [("a", "a"), ("a.b c", "a.b c"), (r#""a.""b""#, "a.\"b"), (r#"a"b"#, r#"a"b"#)] {
            assert_eq!(schema_name(text).as_deref(), Ok(name));
        }
        for text in ["", r#""a"#, r#""a"."b""#, r#""a"b"#, r#""""#] {
            schema_name(text).expect_err(text);
        }
    }
}
