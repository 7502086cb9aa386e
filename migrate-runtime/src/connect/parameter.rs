//! A connection string with one more parameter, which counts in the place of one that it has already, or with another
//! database. It must not look anything up, and checks nothing.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The same string with a parameter added: of one that is given twice, the last one counts.
pub(crate) fn with_parameter(string: &str, keyword: &str, value: &str) -> String {
    if !string.contains("://") {
        return format!("{string} {}", word(keyword, value));
    }
    let separator = if string.contains('?') { '&' } else { '?' };
    format!("{string}{separator}{keyword}={}", percent_encoded(value))
}

/// The same string with the database in its path, as any driver and any reader expects it.
#[cfg(feature = "testing")]
pub(crate) fn with_database(string: &str, database: &str) -> String {
    let Some((scheme, rest)) = string.split_once("://") else {
        return with_parameter(string, "dbname", database);
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split_once('/').map_or(place, |(authority, _)| authority);
    // A `dbname` behind the question mark would count in the place of the path.
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("dbname="));
    let query = kept.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    // The plainest names need no escape, and look better without.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let database =
        if database.chars().all(is_plain) { database.to_owned() } else { percent_encoded(database) };
    format!("{scheme}://{authority}/{database}{mark}{query}")
}

/// `keyword='value'`.
pub(crate) fn word(keyword: &str, value: &str) -> String {
    format!("{keyword}='{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// As a value stands in a URL.
pub(crate) fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::Conninfo;
    use super::with_parameter;

    #[test]
    fn another_database_of_the_same_server() {
        for string in ["postgres://u:p@h/a", "postgres://u:p@h/a?sslmode=disable", "host=h user=u dbname=a"] {
            let other = with_parameter(string, "dbname", "b's ü?&");
            let conninfo = Conninfo::parse(&other).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(conninfo.config.get_dbname(), Some("b's ü?&"), "{other}");
            assert_eq!((conninfo.config.get_user(), conninfo.hosts.len()), (Some("u"), 1), "{other}");
        }
    }

    #[test]
    #[cfg(feature = "testing")]
    fn another_database_in_the_path() {
        for (string, expected) in [
            ("postgres://u:p@h/a", "postgres://u:p@h/b_1"),
            ("postgresql://u@h?sslmode=disable", "postgresql://u@h/b_1?sslmode=disable"),
            ("postgres://h/a?dbname=c&user=u", "postgres://h/b_1?user=u"),
            ("host=h dbname=a", "host=h dbname=a dbname='b_1'"),
        ] {
            assert_eq!(super::with_database(string, "b_1"), expected);
        }
        assert_eq!(super::with_database("postgres://h/a", "b c"), "postgres://h/b%20c");
    }
}
