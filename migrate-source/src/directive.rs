//! Directives: comments at the head of a script that say how it is to be run, and comments at a statement that say what
//! is to be made of it.

use crate::check::RemarkKind;
use crate::checkpoint;

/// A directive that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    Mode(ModeDirective),
    /// About one statement.
    Remark(RemarkKind),
}

/// How a script is to be run: at its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModeDirective {
    /// `-- migrate: no-transaction`: each statement runs on its own.
    NoTransaction,
    /// `-- migrate: function`: there is no statement, as a function of the service does the work.
    Function,
    /// `-- migrate: checkpoint <digest>`: it stands for migrations that were squashed, as a history of this digest has
    /// them. One line for each history.
    Checkpoint,
}

impl ModeDirective {
    /// What follows `-- migrate:`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoTransaction => "no-transaction",
            Self::Function => "function",
            Self::Checkpoint => checkpoint::DIRECTIVE,
        }
    }

    fn line(self) -> &'static str {
        match self {
            Self::NoTransaction => "-- migrate: no-transaction",
            Self::Function => "-- migrate: function",
            Self::Checkpoint => "-- migrate: checkpoint <digest>",
        }
    }
}

/// A comment that was meant to be a directive and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DirectiveFault {
    Unknown {
        found: String,
        proposal: Option<&'static str>,
    },
    /// `unchecked` or `allow <lint>` without `, reason`; what it says.
    NoReason(String),
    /// `checkpoint` with something else than one digest; what it says.
    NoDigest(String),
}

const UNCHECKED: &str = "-- migrate: unchecked, <reason>";
const ALLOW: &str = "-- migrate: allow <lint>, <reason>";

/// Reads a comment at the head of a script, its delimiters included. `None`: it is for people.
pub(crate) fn parse(comment: &str) -> Option<Result<Directive, DirectiveFault>> {
    if let Some(body) = comment.strip_prefix("/*") {
        let body = body.trim_end_matches("*/").trim();
        let value = body.strip_prefix("migrate:").map(str::trim);
        let misspelt = value.is_some() || resembles_no_transaction(body);
        return misspelt.then(|| Err(unknown(body, resembled(value.unwrap_or(body)))));
    }
    let body = comment.trim_start_matches('-').trim();
    if let Some((head, value)) = body.split_once(':') {
        let value = value.trim();
        if head.trim_end() == "migrate" {
            return Some(known(value).unwrap_or_else(|| Err(unknown(body, resembled(value)))));
        }
        // Without its colon it would be an ordinary word in an ordinary comment, and a file that has only that lacks
        // its statement anyway.
        if distance(head, "migrate") <= 2 {
            let first = value.split(' ').next().unwrap_or_default();
            let meant = [(ModeDirective::Function, value), (ModeDirective::Checkpoint, first)];
            if let Some((mode, _)) = meant.into_iter().find(|(mode, said)| letters(said) == mode.name()) {
                return Some(Err(unknown(body, Some(mode.line()))));
            }
        }
    }
    // What follows was meant for us, or for the tool that the file comes from: `-- no-transaction`,
    // `-- Migrate: no-transaction`, `-- +goose NO TRANSACTION`.
    let after_first_word = body.split_once([':', ' ']).map_or("", |(_, rest)| rest);
    let misspelt = [body, after_first_word].into_iter().any(resembles_no_transaction);
    misspelt.then(|| Err(unknown(body, Some(ModeDirective::NoTransaction.line()))))
}

/// What follows `migrate:`, if it is known.
fn known(value: &str) -> Option<Result<Directive, DirectiveFault>> {
    if let Some(digest) = checkpoint::digest_in(value) {
        let known = Directive::Mode(ModeDirective::Checkpoint);
        return Some(digest.map(|_| known).map_err(|_| DirectiveFault::NoDigest(value.to_owned())));
    }
    let modes = [ModeDirective::NoTransaction, ModeDirective::Function];
    if let Some(mode) = modes.into_iter().find(|mode| mode.name() == value) {
        return Some(Ok(Directive::Mode(mode)));
    }
    let (directive, reason) = value.split_once(',').unwrap_or((value, ""));
    let kind = match directive.split_whitespace().collect::<Vec<_>>()[..] {
        ["unchecked"] => RemarkKind::Unchecked,
        ["allow", lint] => RemarkKind::Allow { lint: lint.to_owned() },
        _ => return None,
    };
    let has_reason = !reason.trim().is_empty();
    Some(if has_reason {
        Ok(Directive::Remark(kind))
    } else {
        Err(DirectiveFault::NoReason(value.to_owned()))
    })
}

fn unknown(found: &str, proposal: Option<&'static str>) -> DirectiveFault {
    DirectiveFault::Unknown { found: found.to_owned(), proposal }
}

/// The directive that was probably meant by what follows `migrate:`.
fn resembled(value: &str) -> Option<&'static str> {
    let first = value.split([' ', ',']).next().unwrap_or_default();
    if resembles_no_transaction(value) {
        Some(ModeDirective::NoTransaction.line())
    } else if distance(value, "function") <= 2 {
        Some(ModeDirective::Function.line())
    } else if distance(first, "checkpoint") <= 2 {
        Some(ModeDirective::Checkpoint.line())
    } else if distance(first, "unchecked") <= 2 {
        Some(UNCHECKED)
    } else {
        (distance(first, "allow") <= 1).then_some(ALLOW)
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
    fn check_misspelt(comment: &str, meant: Option<ModeDirective>) {
        check_proposal(comment, meant.map(ModeDirective::line));
    }

    #[track_caller]
    fn check_proposal(comment: &str, meant: Option<&str>) {
        match parse(comment).expect("a directive").expect_err("an unknown one") {
            DirectiveFault::Unknown { proposal, .. } => assert_eq!(proposal, meant, "{comment}"),
            other => panic!("{comment}: {other:?}"),
        }
    }

    #[test]
    fn remarks() {
        let remark = |kind| Some(Ok(Directive::Remark(kind)));
        let allow = |lint: &str| remark(RemarkKind::Allow { lint: lint.to_owned() });
        assert_eq!(parse("-- migrate: unchecked, new in 19"), remark(RemarkKind::Unchecked));
        assert_eq!(parse("--migrate:allow drop-table,  unused, since May"), allow("drop-table"));
        for value in ["unchecked", "unchecked,", "allow drop-table", "allow drop-table ,  "] {
            let found = parse(&format!("-- migrate: {value}"));
            assert_eq!(found, Some(Err(DirectiveFault::NoReason(value.trim().to_owned()))));
        }
        check_proposal("-- migrate: uncheckd, new", Some(UNCHECKED));
        check_proposal("-- migrate: unchecked because it is new", Some(UNCHECKED));
        check_proposal("-- migrate: allow, it is unused", Some(ALLOW));
        check_proposal("-- migrate: alow drop-table, unused", Some(ALLOW));
        check_proposal("/* migrate: allow drop-table, unused */", Some(ALLOW));
        check_proposal("/* migrate: unchecked, new */", Some(UNCHECKED));
    }

    #[test]
    fn directives() {
        let known = Some(Ok(Directive::Mode(ModeDirective::NoTransaction)));
        assert_eq!(parse("-- migrate: no-transaction"), known);
        assert_eq!(parse("--migrate:no-transaction  "), known);
        assert_eq!(parse("-- migrate: function"), Some(Ok(Directive::Mode(ModeDirective::Function))));
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
        check_misspelt("-- migrate: no-transation", Some(ModeDirective::NoTransaction));
        check_misspelt("-- migrate: no_transaction", Some(ModeDirective::NoTransaction));
        check_misspelt("-- migrate: NO TRANSACTION", Some(ModeDirective::NoTransaction));
        check_misspelt("-- migrate: retry", None);
        check_misspelt("-- migrate:", None);
        check_misspelt("-- Migrate: no-transaction", Some(ModeDirective::NoTransaction));
        check_misspelt("-- migrat: no-transaction", Some(ModeDirective::NoTransaction));
        check_misspelt("-- migrate no-transaction", Some(ModeDirective::NoTransaction));
        check_misspelt("-- no-transaction", Some(ModeDirective::NoTransaction));
        check_misspelt("/* migrate: no-transaction */", Some(ModeDirective::NoTransaction));
        for comment in [
            "-- migrate: functoin",
            "-- migrate: Function",
            "-- migrate: functions",
            "-- Migrate: function",
            "-- migrat: function",
            "/* migrate: function */",
        ] {
            check_misspelt(comment, Some(ModeDirective::Function));
        }
        check_misspelt("-- +goose NO TRANSACTION", Some(ModeDirective::NoTransaction));
    }

    #[test]
    fn checkpoints() {
        let digest = "4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c";
        let known = Some(Ok(Directive::Mode(ModeDirective::Checkpoint)));
        assert_eq!(parse(&format!("-- migrate: checkpoint {digest}")), known);
        assert_eq!(parse(&format!("--migrate:checkpoint   {digest} ")), known);
        let capitals = digest.to_uppercase();
        for digests in ["", "abc", &digest[1..], &capitals, &format!("{digest} {digest}")] {
            let value = format!("checkpoint {digests}").trim().to_owned();
            let found = parse(&format!("-- migrate: {value}"));
            assert_eq!(found, Some(Err(DirectiveFault::NoDigest(value))));
        }
        for comment in ["migrate: chekpoint", "Migrate: checkpoint", "migrat: checkpoint"] {
            check_misspelt(&format!("-- {comment} {digest}"), Some(ModeDirective::Checkpoint));
        }
        check_misspelt("/* migrate: checkpoint abc */", Some(ModeDirective::Checkpoint));
        assert_eq!(parse("-- a checkpoint of the migrations so far"), None);
    }
}
