//! SQL as text: literals, and the words and values that a piece of it has.

use crate::kinds::common;

/// A value as SQL writes it.
pub(super) fn literal(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), common::literal)
}

/// Whether a name, as SQL writes it, stands in a piece of SQL as a word of its own.
pub(super) fn names(sql: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$' | '"');
    sql.match_indices(name).any(|(at, _)| {
        let (before, after) = (sql[..at].chars().next_back(), sql[at + name.len()..].chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Values that occur in an expression, and those beside them: what it compares with is likely to fit, or just not to.
pub(super) fn values_in(expression: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut letters = expression.char_indices().peekable();
    let mut previous = ' ';
    while let Some((at, letter)) = letters.next() {
        if letter == '\'' {
            let mut value = String::new();
            while let Some((_, letter)) = letters.next() {
                if letter != '\'' {
                    value.push(letter);
                } else if letters.peek().is_some_and(|(_, next)| *next == '\'') {
                    letters.next();
                    value.push('\'');
                } else {
                    break;
                }
            }
            values.extend(beside(&value));
        } else if letter.is_ascii_digit() && !(previous.is_alphanumeric() || previous == '_') {
            let digits = expression[at..].find(|next: char| !next.is_ascii_digit() && next != '.');
            let number = &expression[at..digits.map_or(expression.len(), |length| at + length)];
            values.extend(beside(number));
            // Numbers limit lengths too.
            if let Some(length) = number.parse::<usize>().ok().filter(|length| *length <= 200) {
                values.extend((length.saturating_sub(1)..=length + 1).map(|length| "a".repeat(length)));
            }
            while letters.peek().is_some_and(|(_, next)| next.is_ascii_digit() || *next == '.') {
                letters.next();
            }
        }
        previous = letter;
    }
    values
}

fn beside(value: &str) -> Vec<String> {
    let mut values = vec![value.to_owned()];
    if let Ok(number) = value.parse::<i64>() {
        values.extend([1, -1].iter().filter_map(|step| number.checked_add(*step)).map(|n| n.to_string()));
        values.push(format!("-{}", value.trim_start_matches('-')));
    } else if let Ok(number) = value.parse::<f64>() {
        values.extend([(number + 1.0).to_string(), (number - 1.0).to_string()]);
    } else if value.contains(['%', '_']) {
        // A pattern of LIKE.
        values.push(value.replace('%', "").replace('_', "x"));
        values.push(value.replace('%', "xyz").replace('_', "x"));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_values_of_an_expression() {
        let expression =
            "((kind = ANY (ARRAY['a'::text, 'it''s'::text])) AND (n2 >= 10) AND (t ~~ 'x_%'::text))";
        let values = values_in(expression);
        for value in ["a", "it's", "10", "11", "9", "aaaaaaaaaa", "xx", "xxxyz"] {
            assert!(values.iter().any(|found| found == value), "{value} in {values:?}");
        }
        assert!(!values.iter().any(|found| found == "2"), "{values:?}");
    }

    #[test]
    fn names_are_whole_words() {
        assert!(names("ALTER TABLE a ADD b int", "a"));
        assert!(names("(\"A b\" > 1)", "\"A b\""));
        assert!(!names("ALTER TABLE ab ADD ba int", "a"));
        assert!(!names("ALTER TABLE \"a\" ADD b int", "a"));
    }

    #[test]
    fn literals_keep_every_character() {
        assert_eq!(literal(None), "NULL");
        assert_eq!(literal(Some("it's")), "'it''s'");
        assert_eq!(literal(Some("\\x00'")), "E'\\\\x00'''");
    }
}
