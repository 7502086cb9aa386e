//! Directives: comments at the head of a script that say how it is to be run.

/// A directive that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    /// `-- migrate: no-transaction`: each statement runs on its own.
    NoTransaction,
}

impl Directive {
    /// What follows `-- migrate:`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoTransaction => NO_TRANSACTION,
        }
    }
}

/// A comment that was meant to be a directive and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownDirective {
    pub(crate) found: String,
    pub(crate) proposal: Option<&'static str>,
}

const NO_TRANSACTION: &str = "no-transaction";
const NO_TRANSACTION_LINE: &str = "-- migrate: no-transaction";

/// Reads a comment at the head of a script, its delimiters included. `None`: it is for people.
pub(crate) fn parse(comment: &str) -> Option<Result<Directive, UnknownDirective>> {
    if let Some(body) = comment.strip_prefix("/*") {
        let body = body.trim_end_matches("*/").trim();
        let misspelt = body.starts_with("migrate:") || resembles_no_transaction(body);
        return misspelt.then(|| Err(unknown(body, body.trim_start_matches("migrate:"))));
    }
    let body = comment.trim_start_matches('-').trim();
    if let Some((head, value)) = body.split_once(':')
        && head.trim_end() == "migrate"
    {
        let value = value.trim();
        if value == NO_TRANSACTION {
            return Some(Ok(Directive::NoTransaction));
        }
        return Some(Err(unknown(body, value)));
    }
    // What follows was meant for us, or for the tool that the file comes from: `-- no-transaction`,
    // `-- Migrate: no-transaction`, `-- +goose NO TRANSACTION`.
    let after_first_word = body.split_once([':', ' ']).map_or("", |(_, rest)| rest);
    let misspelt = [body, after_first_word].into_iter().any(resembles_no_transaction);
    misspelt.then(|| Err(unknown(body, NO_TRANSACTION)))
}

fn unknown(found: &str, value: &str) -> UnknownDirective {
    let proposal = resembles_no_transaction(value).then_some(NO_TRANSACTION_LINE);
    UnknownDirective { found: found.to_owned(), proposal }
}

fn resembles_no_transaction(value: &str) -> bool {
    let letters: String =
        value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(20).collect();
    // `transaction` alone is two letters away, and an ordinary word.
    letters.starts_with("no") && strsim::damerau_levenshtein(&letters, "notransaction") <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_misspelt(comment: &str, proposal: bool) {
        let found = parse(comment).expect("a directive").expect_err("an unknown one");
        assert_eq!(found.proposal.is_some(), proposal, "{found:?}");
    }

    #[test]
    fn directives() {
        let known = Some(Ok(Directive::NoTransaction));
        assert_eq!(parse("-- migrate: no-transaction"), known);
        assert_eq!(parse("--migrate:no-transaction  "), known);
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
        check_misspelt("-- migrate: no-transation", true);
        check_misspelt("-- migrate: no_transaction", true);
        check_misspelt("-- migrate: NO TRANSACTION", true);
        check_misspelt("-- migrate: retry", false);
        check_misspelt("-- migrate:", false);
        check_misspelt("-- Migrate: no-transaction", true);
        check_misspelt("-- migrat: no-transaction", true);
        check_misspelt("-- migrate no-transaction", true);
        check_misspelt("-- no-transaction", true);
        check_misspelt("/* migrate: no-transaction */", true);
        check_misspelt("-- +goose NO TRANSACTION", true);
    }
}
