//! From what a person calls a change to the description that a file name has.

use crate::create::CreateError;

/// A file name has 255 bytes at most on usual systems, and version and ending are in it too.
const LONGEST: usize = 100;

/// The words of a description: `Add Users`, `add-users` and `AddUsers` are `add` and `users`.
///
/// # Errors
///
/// There is no word in it, or more than a description can have.
pub(super) fn words(name: &str) -> Result<Vec<String>, CreateError> {
    let refuse = |why: String| Err(CreateError::Name { name: name.to_owned(), why });
    let trimmed = name.trim();
    if trimmed.to_ascii_lowercase().ends_with(".sql") {
        return refuse("it is the change that is named, without version and ending".to_owned());
    }
    let is_separator = |c: char| c == '_' || c == '-' || c.is_whitespace();
    if let Some(other) = trimmed.chars().find(|c| !is_separator(*c) && !c.is_ascii_alphanumeric()) {
        // It may act on a terminal.
        let shown = if other.is_control() { other.escape_default().to_string() } else { other.to_string() };
        return refuse(format!(
            "`{shown}` cannot be in a description, which has the letters a to z, digits, and `_` between words"
        ));
    }
    let words: Vec<String> =
        trimmed.split(is_separator).flat_map(humps).map(str::to_ascii_lowercase).collect();
    if words.is_empty() {
        return refuse("there is no word in it".to_owned());
    }
    let length = words.iter().map(|word| word.len() + 1).sum::<usize>() - 1;
    if length > LONGEST {
        return refuse(format!("it has {length} characters, {LONGEST} are allowed"));
    }
    Ok(words)
}

/// `AddUsers` and `addUsers` are two words, `addURL` too, `HTML5` is one.
fn humps(word: &str) -> Vec<&str> {
    let bytes = word.as_bytes();
    let mut humps = Vec::new();
    let mut start = 0;
    for at in 1..bytes.len() {
        let begins_one = bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
        // The last capital of `HTMLTable` begins a word.
        let ends_capitals = bytes[at - 1].is_ascii_uppercase()
            && bytes[at].is_ascii_lowercase()
            && at - 1 > start
            && bytes[at - 2].is_ascii_uppercase();
        let split = if begins_one { at } else { at - 1 };
        if (begins_one || ends_capitals) && split > start {
            humps.push(&word[start..split]);
            start = split;
        }
    }
    humps.push(&word[start..]);
    humps.retain(|hump| !hump.is_empty());
    humps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(words(name).map_or_else(|error| error.to_string(), |words| words.join("_")), expected);
    }

    #[test]
    fn descriptions() {
        for name in
            ["add_users", "Add Users", "add-users", "  add__users_ ", "AddUsers", "addUsers", "ADD USERS"]
        {
            check(name, "add_users");
        }
        check("addURL", "add_url");
        check("HTMLTable", "html_table");
        check("HTML5", "html5");
        check("2fa", "2fa");
        check("a", "a");
        check("Ab", "ab");
        check(&"x".repeat(100), &"x".repeat(100));
    }

    #[test]
    fn names_that_cannot_be_one() {
        let refused = |name: &str| words(name).expect_err(name).to_string();
        assert!(refused("").contains("there is no word in it"));
        assert!(refused(" _- ").contains("there is no word in it"));
        assert!(refused("größe").contains("`ö` cannot be in a description"));
        assert!(refused("../users").contains("`.` cannot be"));
        assert!(refused("add\u{1b}").contains("`\\u{1b}` cannot be"));
        assert!(refused("0001_users.sql").contains("without version and ending"));
        assert!(refused(&"x_".repeat(60)).contains("it has 119 characters"));
    }
}
