//! What the names of files and folders say, in the parts that several tools have in common.

use std::cmp::Ordering;

pub(crate) use migrate_source::other_tool::version::{by_number, number};

use crate::files::Input;

/// Which way a script goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// The path's last part, and the folder before it without its slash.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

pub(crate) fn file_name(path: &str) -> &str {
    split(path).1
}

/// The file of that name in a folder.
pub(crate) fn find<'a>(files: &'a [Input], folder: &str, name: &str) -> Option<&'a Input> {
    files.iter().find(|file| split(&file.path) == (folder, name))
}

/// The digits that a name begins with, and what follows.
pub(crate) fn digits(name: &str) -> (&str, &str) {
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    name.split_at(end)
}

/// `x.up.sql` is `x`, up; `x.sql` is `x` and says no direction. `None`: it does not end with `.sql`.
pub(crate) fn ending(name: &str) -> Option<(&str, Option<Direction>)> {
    let stem = name.strip_suffix(".sql")?;
    if let Some(stem) = stem.strip_suffix(".up") {
        return Some((stem, Some(Direction::Up)));
    }
    let down = stem.strip_suffix(".down").map(|stem| (stem, Some(Direction::Down)));
    Some(down.unwrap_or((stem, None)))
}

/// As people sort: what is a number in both counts as one, of any length.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (number, behind) = digits(left);
        let (other_number, other_behind) = digits(right);
        if !number.is_empty() && !other_number.is_empty() {
            let order = by_number(number, other_number);
            if order != Ordering::Equal {
                return order;
            }
            (left, right) = (behind, other_behind);
            continue;
        }
        let (mut here, mut there) = (left.chars(), right.chars());
        let (first, other) = (here.next(), there.next());
        match first.cmp(&other) {
            Ordering::Equal if first.is_none() => return a.cmp(b),
            Ordering::Equal => (left, right) = (here.as_str(), there.as_str()),
            order => return order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let mut names = ["v1.10/a", "v1.9/b", "v1.1/c", "v1.09/b", "w", "v1.1/a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["v1.1/a", "v1.1/c", "v1.09/b", "v1.9/b", "v1.10/a", "w"]);
    }

    #[test]
    fn endings() {
        assert_eq!(ending("a.up.sql"), Some(("a", Some(Direction::Up))));
        assert_eq!(ending("a.sql.down.sql"), Some(("a.sql", Some(Direction::Down))));
        assert_eq!(ending("a.sql"), Some(("a", None)));
        assert_eq!(ending("a.rs"), None);
    }
}
