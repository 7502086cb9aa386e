//! Versions as other tools compare them: digits of any length, and numbers with dots between them.

use std::cmp::Ordering;

/// A number without its leading zeros; anything else as it is.
pub fn number(text: &str) -> &str {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let short = text.trim_start_matches('0');
    match short {
        _ if !is_number => text,
        "" => "0",
        _ => short,
    }
}

/// Digits, of any length, by the number that they are.
pub fn by_number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Flyway's versions are compared number by number, and a missing one counts as 0.
pub fn by_parts(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (one, other) => {
                let order = by_number(one.unwrap_or("0"), other.unwrap_or("0"));
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

/// To Flyway, `1.0` and `01` are the version 1.
pub fn parts(version: &str) -> String {
    let version = version.replace('_', ".");
    let mut numbers: Vec<&str> = version.split('.').map(number).collect();
    while numbers.len() > 1 && numbers.last() == Some(&"0") {
        numbers.pop();
    }
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_compare_as_numbers() {
        let mut versions = ["2", "1.10", "1.9", "1.1", "01", "1.1.0.1"];
        versions.sort_by(|a, b| by_parts(a, b));
        assert_eq!(versions, ["01", "1.1", "1.1.0.1", "1.9", "1.10", "2"]);
        assert_eq!(parts("01_00.0"), "1");
        assert_eq!((number("000"), number("0006"), number("1.0"), number("")), ("0", "6", "1.0", ""));
    }
}
