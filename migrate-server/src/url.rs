//! The URL of another database on the same server. It must not look up or check anything.

use std::fmt::Write as _;

/// `url` with its database replaced; every other part stays as it was given.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let scheme = ["postgres://", "postgresql://"].into_iter().find(|scheme| url.starts_with(scheme));
    let Some(scheme) = scheme else {
        return with_keyword(url, database);
    };
    let rest = &url[scheme.len()..];
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    let authority = place.split_once('/').map_or(place, |(authority, _)| authority);

    let mut result = format!("{scheme}{authority}/");
    percent_encode(database, &mut result);
    // A `dbname` in the query would win over the path.
    let kept: Vec<&str> = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("dbname="))
        .collect();
    if !kept.is_empty() {
        result.push('?');
        result.push_str(&kept.join("&"));
    }
    result
}

/// `host=… user=…` with a last `dbname`, which wins over an earlier one.
fn with_keyword(words: &str, database: &str) -> String {
    let quoted = database.replace('\\', r"\\").replace('\'', r"\'");
    let words = words.trim_end();
    let space = if words.is_empty() { "" } else { " " };
    format!("{words}{space}dbname='{quoted}'")
}

fn percent_encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn replaces_the_database_and_nothing_else() {
        for (url, expected) in [
            ("postgres://u:p@h:5432/old", "postgres://u:p@h:5432/new"),
            ("postgresql://u@h/old?sslmode=require", "postgresql://u@h/new?sslmode=require"),
            ("postgres://h", "postgres://h/new"),
            ("postgres://h/", "postgres://h/new"),
            ("postgres://h?sslmode=disable", "postgres://h/new?sslmode=disable"),
            (
                "postgres://a:1,b:2/old?target_session_attrs=any",
                "postgres://a:1,b:2/new?target_session_attrs=any",
            ),
            ("postgres:///old?host=/run/postgresql", "postgres:///new?host=/run/postgresql"),
            ("postgres://u:p%40%2F@[::1]:5432/old", "postgres://u:p%40%2F@[::1]:5432/new"),
            ("postgres://h/old?dbname=other&user=u", "postgres://h/new?user=u"),
            ("postgres://h/?dbname=other", "postgres://h/new"),
            ("host=/run user=u dbname=old", "host=/run user=u dbname=old dbname='new'"),
            ("host=h  ", "host=h dbname='new'"),
            ("", "dbname='new'"),
        ] {
            assert_eq!(with_database(url, "new"), expected, "{url}");
        }
    }

    #[test]
    fn escapes_the_name() {
        assert_eq!(with_database("postgres://h", "a b/ü?"), "postgres://h/a%20b%2F%C3%BC%3F");
        assert_eq!(with_database("host=h", r"it's\"), r"host=h dbname='it\'s\\'");
    }
}
