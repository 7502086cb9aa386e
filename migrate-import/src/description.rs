//! Descriptions in the form that ours have, each once.

use std::collections::BTreeSet;

/// What a file name may hold is 255 bytes; a version, its separator and an ending take some.
const MOST: usize = 180;

/// `lowercase_with_underscores`, also from `CamelCase`.
pub(crate) fn of(text: &str) -> String {
    let mut words = String::new();
    let characters: Vec<char> = text.chars().collect();
    for (at, c) in characters.iter().copied().enumerate() {
        let before = at.checked_sub(1).map(|at| characters[at]);
        let after = characters.get(at + 1);
        let begins = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if begins {
            words.push(' ');
        }
        words.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    }
    let mut joined = words.split_whitespace().collect::<Vec<_>>().join("_");
    joined.truncate(MOST);
    let joined = joined.trim_end_matches('_');
    if joined.is_empty() { "migration".to_owned() } else { joined.to_owned() }
}

/// Gives each description once: the second one of a kind ends with `_2`.
pub(crate) fn unique(wanted: &[String]) -> Vec<String> {
    let all: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    let mut given: BTreeSet<String> = BTreeSet::new();
    wanted
        .iter()
        .map(|wanted| {
            let numbered =
                (2..).map(|n: u32| format!("{wanted}_{n}")).filter(|name| !all.contains(name.as_str()));
            let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
            let name = candidates.find(|name| !given.contains(name)).unwrap_or_default();
            given.insert(name.clone());
            name
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, expected) in [
            ("Initial_Schema", "initial_schema"),
            ("WebAuthnKIDLength", "web_authn_kid_length"),
            ("larger-commands", "larger_commands"),
            ("new_models copy", "new_models_copy"),
            ("models_add_openai_o1_2024-09-12", "models_add_openai_o1_2024_09_12"),
            ("repositories-index-updated-", "repositories_index_updated"),
            ("größe", "gr_e"),
            ("--", "migration"),
        ] {
            assert_eq!(of(text), expected);
        }
        assert!(of(&"a ".repeat(300)).len() <= MOST);
    }

    #[test]
    fn each_once() {
        let wanted = ["a", "b", "a", "a_2", "a"].map(str::to_owned);
        assert_eq!(unique(&wanted), ["a", "b", "a_3", "a_2", "a_4"]);
    }
}
