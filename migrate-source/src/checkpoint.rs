//! Checkpoints: a migration that stands for others, which were squashed into it. Where its digests are in a script, and the
//! rule of these digests, which is written here and nowhere else; a golden test holds its bytes for ever.

mod fault;
mod judge;

pub use fault::CheckpointFault;
pub(crate) use judge::judge;

use sha2::{Digest as _, Sha256};

use crate::checksum::{Checksum, ParseChecksumError};
use crate::lexer::{Lexer, Token, TokenKind};

/// What follows `-- migrate:`, before the digest.
pub(crate) const DIRECTIVE: &str = "checkpoint";

/// The digest of a history: which migrations it has, and what they were, but for comments and white space.
///
/// It is a chain, with a link for each row that has a version, in the order of the versions. A link is the SHA-256 of
///
/// 1. the digest of the link before it in small hexadecimal digits, and `\n`, unless it is the first, and
/// 2. the row: its checksum of the tokens as it stands in the history, two spaces, version (without leading zeros), `_`,
///    description, and `\n`.
///
/// A chain goes on from a digest alone. So a later checkpoint stands for all that an earlier one stood for, although nobody
/// has the files of those any more.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryDigest(Option<Checksum>);

impl HistoryDigest {
    /// That of the history which has this digest.
    pub fn after(digest: Checksum) -> Self {
        Self(Some(digest))
    }

    /// Adds a row.
    pub fn add(&mut self, version: i64, description: &str, tokens_checksum: &str) {
        let before = self.0.map(|digest| format!("{digest}\n")).unwrap_or_default();
        let link = Sha256::digest(format!("{before}{tokens_checksum}  {version}_{description}\n"));
        self.0 = Some(Checksum::from_bytes(link.into()));
    }

    /// The digest. `None`: there is no row.
    pub fn so_far(self) -> Option<Checksum> {
        self.0
    }
}

/// The digest in what follows `-- migrate:`. `None`: it is another directive.
pub(crate) fn digest_in(value: &str) -> Option<Result<Checksum, ParseChecksumError>> {
    let (directive, digest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    // One way to write it, as in the ledger.
    let has_capitals = digest.contains(|c: char| c.is_ascii_uppercase());
    let parse = || if has_capitals { Err(ParseChecksumError) } else { digest.trim().parse() };
    (directive == DIRECTIVE).then(parse)
}

/// The digests at the head of a script without faults.
pub(crate) fn digests(text: &str) -> Vec<Checksum> {
    comments_at_head(text).filter_map(of_comment).filter_map(Result::ok).collect()
}

/// Whether a text, which may be no valid script, was meant for a checkpoint.
pub(crate) fn is_meant_by(text: &str) -> bool {
    comments_at_head(text).any(|comment| of_comment(comment).is_some())
}

fn of_comment(comment: &str) -> Option<Result<Checksum, ParseChecksumError>> {
    let (head, value) = comment.trim_start_matches('-').split_once(':')?;
    if head.trim() == "migrate" { digest_in(value.trim()) } else { None }
}

fn comments_at_head(text: &str) -> impl Iterator<Item = &str> {
    let mut lexer = Lexer::new(text);
    let mut next = move || lexer.next_token().ok().flatten();
    std::iter::from_fn(move || next().filter(is_at_head))
        .filter(|token| token.kind == TokenKind::LineComment)
        .map(|token| &text[token.start..token.end])
}

/// Empty statements are none.
fn is_at_head(token: &Token) -> bool {
    token.kind.is_comment() || token.kind == TokenKind::Symbol(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "5e230c406c855e3b885cf91757e0a4ccc7a76839fd4f253618bb51217489e6c2";
    const TWO: &str = "11235f452fae92adb79eb7430c33f30aed37b30bfa781b3f9dbae329e6294a68";

    #[test]
    fn a_head_ends_with_the_first_statement() {
        let found = |text: &str| (digests(text).len(), is_meant_by(text));
        assert_eq!(found(&format!(";\n-- migrate: checkpoint {ONE}\nSELECT 1;")), (1, true));
        assert_eq!(found(&format!("SELECT 1;\n-- migrate: checkpoint {ONE}\n")), (0, false));
    }

    /// These bytes are what checkpoints hold. They never change.
    #[test]
    fn golden_digests() {
        let mut digest = HistoryDigest::default();
        assert_eq!(digest.so_far(), None);
        digest.add(1, "users", ONE);
        // printf '%s  1_users\n' $ONE | sha256sum
        let first = "682bd054ff1f03f3d989978691794d95034c2a101b228dd811106268581ad036";
        assert_eq!(digest.so_far().map(|digest| digest.to_string()).as_deref(), Some(first));
        digest.add(20_240_102_030_405, "teams", TWO);
        // printf '%s\n%s  20240102030405_teams\n' $FIRST $TWO | sha256sum
        let second = "1a0251c4befd8d5485a9be0e150879f6236c812e81049acee2158a4bcb796caa";
        assert_eq!(digest.so_far().map(|digest| digest.to_string()).as_deref(), Some(second));

        let mut later = HistoryDigest::after(first.parse().expect("a digest"));
        later.add(20_240_102_030_405, "teams", TWO);
        assert_eq!(later.so_far(), digest.so_far());
    }

    #[test]
    fn digests_are_read_at_the_head() {
        let text = format!(
            "-- why\n-- migrate: checkpoint {ONE}\n--migrate:checkpoint  {TWO} \n;/* migrate: checkpoint {ONE} */\n\
             CREATE TABLE a ();\n-- migrate: checkpoint {ONE}\n"
        );
        let found: Vec<String> = digests(&text).iter().map(ToString::to_string).collect();
        assert_eq!(found, [ONE, TWO]);
        assert!(is_meant_by("-- migrate: checkpoint x\nselect '"));
        assert!(
            !is_meant_by("-- migrate: checkpoints\n") && !is_meant_by("select 1; -- migrate: checkpoint x")
        );
    }
}
