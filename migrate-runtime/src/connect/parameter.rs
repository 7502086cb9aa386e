//! A connection string with one more parameter, which counts in the place of one that it has already. It must not look
//! anything up, and checks nothing.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The same string with a parameter added: of one that is given twice, the last one counts.
pub(crate) fn with_parameter(string: &str, keyword: &str, value: &str) -> String {
    if !string.contains("://") {
        return format!("{string} {}", word(keyword, value));
    }
    let separator = if string.contains('?') { '&' } else { '?' };
    format!("{string}{separator}{keyword}={}", percent_encoded(value))
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
}
