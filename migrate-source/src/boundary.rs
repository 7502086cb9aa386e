//! Where a statement ends: where psql ends it, at a semicolon outside parentheses and outside the `BEGIN ATOMIC … END`
//! body of an SQL function.

use crate::lexer::{Token, TokenKind};

/// The tokens of the statement under way, and what its end depends on.
#[derive(Default)]
pub(crate) struct StatementTokens {
    pub(crate) tokens: Vec<Token>,
    parentheses: u32,
    /// How deep in `BEGIN ATOMIC … END` and the `CASE … END` in it.
    bodies: u32,
    after_begin: bool,
    /// The statement is `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`, so that `BEGIN ATOMIC` opens a body.
    routine: Routine,
}

/// How far the first words of a statement say that it creates a routine.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Routine {
    #[default]
    NotYet,
    Create,
    CreateOr,
    CreateOrReplace,
    Yes,
    No,
}

impl StatementTokens {
    pub(crate) fn push(&mut self, token: Token, text: &str) {
        self.tokens.push(token);
        match token.kind {
            TokenKind::Symbol('(') => self.parentheses += 1,
            TokenKind::Symbol(')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word => self.word(text),
            _ => {}
        }
    }

    fn word(&mut self, text: &str) {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        self.routine = match self.routine {
            Routine::NotYet if is("create") => Routine::Create,
            Routine::Create if is("or") => Routine::CreateOr,
            Routine::CreateOr if is("replace") => Routine::CreateOrReplace,
            Routine::Create | Routine::CreateOrReplace if is("function") || is("procedure") => Routine::Yes,
            Routine::Yes => Routine::Yes,
            _ => Routine::No,
        };
        if self.routine != Routine::Yes || self.parentheses > 0 {
            return;
        }
        let after_begin = std::mem::replace(&mut self.after_begin, is("begin"));
        // A routine may be called `begin`; only `BEGIN ATOMIC` opens a body.
        if (after_begin && is("atomic")) || (self.bodies > 0 && is("case")) {
            self.bodies += 1;
        } else if is("end") {
            self.bodies = self.bodies.saturating_sub(1);
        }
    }

    /// Whether a semicolon here ends the statement.
    pub(crate) fn may_end(&self) -> bool {
        self.parentheses == 0 && self.bodies == 0
    }
}
