//! From what a person calls a change to the description that a file name has.

use crate::create::CreateError;
use crate::name::FileName;

/// A file name has 255 bytes at most on usual systems, and version and ending are in it too.
const LONGEST: usize = 100;

/// The words of a description: `Add Users`, `add-users` and `AddUsers` are `add` and `users`.
///
/// # Errors
///
/// There is no word in it, or more than a description can have.
pub(super) fn words(name: &str) -> Result<Vec<String>, CreateError> {
    let refuse =
        |why: String| Err(CreateError::Name { name: name.to_owned(), why, proposal: proposal(name) });
    let trimmed = name.trim();
    if trimmed.to_ascii_lowercase().ends_with(".sql") {
        return refuse("it names the change, without version and ending".to_owned());
    }
    let is_separator = |c: char| c == '_' || c == '-' || c.is_whitespace();
    if let Some(other) = trimmed.chars().find(|c| !is_separator(*c) && !c.is_ascii_alphanumeric()) {
        // It may act on a terminal.
        let shown = if other.is_control() { other.escape_default().to_string() } else { other.to_string() };
        return refuse(format!(
            "`{shown}` cannot be in a description, which has the letters a to z, digits, and `_` between words"
        ));
    }
    let words = split(trimmed, is_separator);
    if words.is_empty() {
        return refuse("there is no word in it".to_owned());
    }
    let length = words.join("_").len();
    if length > LONGEST {
        return refuse(format!("it has {length} characters, {LONGEST} are allowed"));
    }
    Ok(words)
}

fn split(name: &str, is_separator: impl Fn(char) -> bool) -> Vec<String> {
    name.split(is_separator).flat_map(humps).map(str::to_ascii_lowercase).collect()
}

/// The description that a name was probably meant to become: in letters of ASCII, and without version and ending.
fn proposal(name: &str) -> Option<String> {
    let named = FileName::parse(name.trim()).map(|file| file.description);
    let plain: String = named.unwrap_or_else(|_| name.chars().map(in_ascii).collect());
    let mut words = split(&plain, |c| !c.is_ascii_alphanumeric());
    while words.len() > 1 && words.join("_").len() > LONGEST {
        words.pop();
    }
    let description = words.join("_");
    ((1..=LONGEST).contains(&description.len())).then_some(description)
}

/// How a Latin letter is written without marks, as far as languages agree; any other character is a separator.
fn in_ascii(letter: char) -> String {
    let lower = match letter.to_lowercase().next().unwrap_or(letter) {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' | 'ø' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'þ' => "th",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ķ' => "k",
        'ł' | 'ļ' | 'ľ' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ű' | 'ū' | 'ů' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ if letter.is_ascii_alphanumeric() => return letter.to_string(),
        _ => " ",
    };
    lower.to_owned()
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
    fn proposes_a_name_in_ascii() {
        for (name, expected) in [
            ("Kunden Übersicht", Some("kunden_uebersicht")),
            ("ajouter l'été", Some("ajouter_l_ete")),
            ("Łódź: add.users!", Some("lodz_add_users")),
            ("0001_users.up.sql", Some("users")),
            ("таблица", None),
            ("---", None),
        ] {
            assert_eq!(proposal(name).as_deref(), expected, "{name}");
        }
        let long = proposal(&"word ".repeat(40)).expect("a proposal");
        assert!(long.len() <= LONGEST && words(&long).is_ok(), "{long}");
    }

    #[test]
    fn names_that_cannot_be_one() {
        let refused = |name: &str| words(name).expect_err(name).to_string();
        assert!(refused("").contains("there is no word in it"));
        assert!(refused(" _- ").contains("there is no word in it"));
        assert!(refused("größe").contains("`ö` cannot be in a description"));
        assert!(refused("größe").ends_with("help: use letters a–z, digits and _: groesse"));
        assert!(refused("../users").contains("`.` cannot be"));
        assert!(refused("add\u{1b}").contains("`\\u{1b}` cannot be"));
        assert!(refused("0001_users.sql").contains("without version and ending\nhelp: use letters"));
        assert!(refused(&"x_".repeat(60)).contains("it has 119 characters"));
    }
}
