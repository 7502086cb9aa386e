//! Directives: comments at the head of a script that say how it is to be run.

/// A directive that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    /// `-- migrate: no-transaction`: each statement runs on its own.
    NoTransaction,
    /// `-- migrate: function`: there is no statement, as a function of the service does the work.
    Function,
}

impl Directive {
    /// What follows `-- migrate:`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoTransaction => "no-transaction",
            Self::Function => "function",
        }
    }

    fn line(self) -> &'static str {
        match self {
            Self::NoTransaction => "-- migrate: no-transaction",
            Self::Function => "-- migrate: function",
        }
    }
}

/// A comment that was meant to be a directive and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownDirective {
    pub(crate) found: String,
    pub(crate) proposal: Option<&'static str>,
}

/// Reads a comment at the head of a script, its delimiters included. `None`: it is for people.
pub(crate) fn parse(comment: &str) -> Option<Result<Directive, UnknownDirective>> {
    if let Some(body) = comment.strip_prefix("/*") {
        let body = body.trim_end_matches("*/").trim();
        let value = body.strip_prefix("migrate:");
        let misspelt = value.is_some() || resembles_no_transaction(body);
        return misspelt.then(|| Err(unknown(body, resembled(value.unwrap_or(body)))));
    }
    let body = comment.trim_start_matches('-').trim();
    if let Some((head, value)) = body.split_once(':') {
        let value = value.trim();
        if head.trim_end() == "migrate" {
            let known = [Directive::NoTransaction, Directive::Function];
            let known = known.into_iter().find(|directive| directive.name() == value);
            return Some(known.ok_or_else(|| unknown(body, resembled(value))));
        }
        // Without its colon it would be an ordinary word in an ordinary comment, and a file that has only that lacks
        // its statement anyway.
        if distance(head, "migrate") <= 2 && letters(value) == Directive::Function.name() {
            return Some(Err(unknown(body, Some(Directive::Function))));
        }
    }
    // What follows was meant for us, or for the tool that the file comes from: `-- no-transaction`,
    // `-- Migrate: no-transaction`, `-- +goose NO TRANSACTION`.
    let after_first_word = body.split_once([':', ' ']).map_or("", |(_, rest)| rest);
    let misspelt = [body, after_first_word].into_iter().any(resembles_no_transaction);
    misspelt.then(|| Err(unknown(body, Some(Directive::NoTransaction))))
}

fn unknown(found: &str, meant: Option<Directive>) -> UnknownDirective {
    UnknownDirective { found: found.to_owned(), proposal: meant.map(Directive::line) }
}

/// The directive that was probably meant by what follows `migrate:`.
fn resembled(value: &str) -> Option<Directive> {
    if resembles_no_transaction(value) {
        Some(Directive::NoTransaction)
    } else {
        (distance(value, "function") <= 2).then_some(Directive::Function)
    }
}

fn resembles_no_transaction(value: &str) -> bool {
    // `transaction` alone is two letters away, and an ordinary word.
    letters(value).starts_with("no") && distance(value, "notransaction") <= 2
}

/// How many letters of a text are to be changed to have a word.
fn distance(text: &str, word: &str) -> usize {
    strsim::damerau_levenshtein(&letters(text), word)
}

fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_misspelt(comment: &str, meant: Option<Directive>) {
        let found = parse(comment).expect("a directive").expect_err("an unknown one");
        assert_eq!(found.proposal, meant.map(Directive::line), "{found:?}");
    }

    #[test]
    fn directives() {
        let known = Some(Ok(Directive::NoTransaction));
        assert_eq!(parse("-- migrate: no-transaction"), known);
        assert_eq!(parse("--migrate:no-transaction  "), known);
        assert_eq!(parse("-- migrate: function"), Some(Ok(Directive::Function)));
        assert_eq!(parse("-- migrate functions to the new schema"), None);
        assert_eq!(parse("-- Type: FUNCTION"), None);
        assert_eq!(parse("-- function"), None);
        assert_eq!(parse("/* function */"), None);
        assert_eq!(parse("-- a comment: with a colon"), None);
        assert_eq!(parse("-- no transaction is needed for this"), None);
        assert_eq!(parse("-- migrate users to the new table"), None);
        assert_eq!(parse("-- Transaction"), None);
        assert_eq!(parse("-- begin transaction"), None);
        assert_eq!(parse("-- table: transaction"), None);
        assert_eq!(parse("/* in no transaction at all */"), None);
    }

    #[test]
    fn misspelt_directives() {
        check_misspelt("-- migrate: no-transation", Some(Directive::NoTransaction));
        check_misspelt("-- migrate: no_transaction", Some(Directive::NoTransaction));
        check_misspelt("-- migrate: NO TRANSACTION", Some(Directive::NoTransaction));
        check_misspelt("-- migrate: retry", None);
        check_misspelt("-- migrate:", None);
        check_misspelt("-- Migrate: no-transaction", Some(Directive::NoTransaction));
        check_misspelt("-- migrat: no-transaction", Some(Directive::NoTransaction));
        check_misspelt("-- migrate no-transaction", Some(Directive::NoTransaction));
        check_misspelt("-- no-transaction", Some(Directive::NoTransaction));
        check_misspelt("/* migrate: no-transaction */", Some(Directive::NoTransaction));
        for comment in [
            "-- migrate: functoin",
            "-- migrate: Function",
            "-- migrate: functions",
            "-- Migrate: function",
            "-- migrat: function",
            "/* migrate: function */",
        ] {
            check_misspelt(comment, Some(Directive::Function));
        }
        check_misspelt("-- +goose NO TRANSACTION", Some(Directive::NoTransaction));
    }
}
