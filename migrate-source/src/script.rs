//! One script: its text cut into statements, its directives, its checksums, and every fault in it.

use std::ops::Range;

use crate::boundary::StatementTokens;
use crate::check::{Remark, RemarkKind};
use crate::checkpoint::CheckpointFault;
use crate::checksum::{Checksum, Hasher};
use crate::directive::{self, Directive, DirectiveFault, ModeDirective};
use crate::fault::FaultKind;
use crate::lexer::{self, Lexer, Token, TokenKind};
use crate::name::Direction;
use crate::psql;
use crate::rules::{self, Objection, Words};

/// How a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In one transaction.
    Transaction,
    /// Each statement on its own: `-- migrate: no-transaction`.
    NoTransaction,
    /// It has no statement; a function of the service does the work: `-- migrate: function`.
    Function,
    /// In one transaction, on a new database; where a history of one of its digests is, it stands for that and is not run:
    /// `-- migrate: checkpoint`.
    Checkpoint,
}

/// What is known of a script without faults: it follows from its text, and from whether it is repeatable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedScript {
    /// How it runs.
    pub mode: Mode,
    /// The byte ranges of its statements, from their first token to their last, without the semicolon.
    pub statements: Vec<Range<usize>>,
    /// What its directives say about single statements.
    pub remarks: Vec<Remark>,
    /// The checksum of the text.
    pub checksum: Checksum,
}

impl Mode {
    /// What says so, without `-- migrate:`. A transaction needs no word.
    fn directive(self) -> &'static str {
        match self {
            Self::Transaction => "",
            Self::NoTransaction => ModeDirective::NoTransaction.name(),
            Self::Function => ModeDirective::Function.name(),
            Self::Checkpoint => ModeDirective::Checkpoint.name(),
        }
    }
}

impl ParsedScript {
    /// Whether it runs in one transaction.
    pub fn is_transactional(&self) -> bool {
        self.mode != Mode::NoTransaction
    }
}

/// How many faults of one script are told: a file that is no SQL at all has one a line.
const MAX_FAULTS: usize = 20;

/// A fault and the byte offset where it is.
pub(crate) type ScriptFault = (usize, FaultKind);

/// Parses the text of a script, which is without byte order mark. A repeatable one has rules of its own.
///
/// # Errors
///
/// Every fault, in the order of the text.
pub(crate) fn parse(text: &str, direction: Direction) -> Result<ParsedScript, Vec<ScriptFault>> {
    parsed(text, direction, false)
}

/// Like [`parse`], for a text that no transaction surrounds: it declares a schema.
///
/// # Errors
///
/// Every fault, in the order of the text.
pub(crate) fn parse_declared(text: &str) -> Result<ParsedScript, Vec<ScriptFault>> {
    parsed(text, Direction::Forward, true)
}

fn parsed(text: &str, direction: Direction, is_declared: bool) -> Result<ParsedScript, Vec<ScriptFault>> {
    let mut parser = Parser {
        text,
        direction,
        is_declared,
        lexer: Lexer::new(text),
        hasher: Hasher::new(text),
        statement: StatementTokens::default(),
        mode: Mode::Transaction,
        statements: Vec::new(),
        ended: 0,
        remarks: Vec::new(),
        objections: Vec::new(),
        faults: Vec::new(),
    };
    parser.run();
    parser.finish()
}

/// The fault of a statement that PostgreSQL refuses inside a transaction.
pub(crate) fn refused_in_transaction(statement: &str) -> Option<FaultKind> {
    let tokens: Vec<Token> = lexer::without_comments(statement).collect();
    match rules::objection(Words::new(statement, &tokens))? {
        Objection::RefusedInTransaction(statement) => Some(FaultKind::RefusedInTransaction { statement }),
        _ => None,
    }
}

struct Parser<'a> {
    text: &'a str,
    direction: Direction,
    is_declared: bool,
    lexer: Lexer<'a>,
    hasher: Hasher<'a>,
    statement: StatementTokens,
    mode: Mode,
    statements: Vec<Range<usize>>,
    /// Just behind the semicolon of the last statement.
    ended: usize,
    remarks: Vec<Remark>,
    /// Judged at the end, when the directives are known.
    objections: Vec<(usize, Objection)>,
    faults: Vec<ScriptFault>,
}

impl Parser<'_> {
    fn run(&mut self) {
        self.faults.extend(self.text.find('\0').map(|at| (at, FaultKind::Nul)));
        loop {
            match self.lexer.next_token() {
                Ok(Some(token)) => self.token(token),
                Ok(None) => break,
                Err(unterminated) => {
                    self.faults.push((unterminated.start, FaultKind::Unterminated(unterminated.what)));
                    // The unterminated token belongs to a statement, which therefore is not missing.
                    return;
                }
            }
        }
        self.end_statement(self.text.len());
        // Those behind the last statement.
        let pending = self.remarks.iter().filter(|remark| remark.statement >= self.statements.len());
        self.faults.extend(pending.map(|remark| (remark.offset, FaultKind::RemarkWithoutStatement)));
        match self.statements.first() {
            Some(first) if self.mode == Mode::Function => {
                self.faults.push((first.start, FaultKind::FunctionWithStatement));
            }
            None if self.mode != Mode::Function && self.faults.is_empty() => {
                self.faults.push((0, FaultKind::NoStatement));
            }
            _ => {}
        }
    }

    fn token(&mut self, token: Token) {
        let text = &self.text[token.start..token.end];
        match token.kind {
            TokenKind::LineComment | TokenKind::BlockComment => self.comment(token.start, text),
            TokenKind::Backslash => self.psql_command(token.start),
            TokenKind::Symbol(';') if self.statement.may_end() => self.end_statement(token.end),
            TokenKind::Symbol(':') if psql::is_variable(self.text, token) => {
                self.faults.push((token.start, FaultKind::PsqlVariable));
            }
            _ => {
                if matches!(token.kind, TokenKind::Literal | TokenKind::Continuation) {
                    self.hasher.literal(token.start, token.end);
                }
                self.statement.push(token, text);
            }
        }
    }

    fn comment(&mut self, start: usize, comment: &str) {
        let at_head = self.statements.is_empty() && self.statement.tokens.is_empty();
        match directive::parse(comment) {
            Some(Ok(Directive::Remark(kind))) => self.remark(start, kind),
            Some(Ok(Directive::Mode(directive))) if at_head => self.directive(start, directive),
            Some(Ok(Directive::Mode(_))) => self.faults.push((start, FaultKind::MisplacedDirective)),
            // Behind the head, what merely looks like a directive is a comment.
            Some(Err(DirectiveFault::Unknown { found, proposal })) if at_head || proposal.is_some() => {
                self.faults.push((start, FaultKind::UnknownDirective { found, proposal }));
            }
            Some(Err(DirectiveFault::NoReason(directive))) => {
                self.faults.push((start, FaultKind::DirectiveWithoutReason { directive }));
            }
            Some(Err(DirectiveFault::NoDigest(found))) => {
                self.faults.push((start, FaultKind::Checkpoint(CheckpointFault::Digest { found })));
            }
            _ => {}
        }
    }

    /// It is about the statement under way or the next one; about the last one if its semicolon is in the same line.
    fn remark(&mut self, offset: usize, kind: RemarkKind) {
        let is_behind = self.statement.tokens.is_empty()
            && !self.statements.is_empty()
            && !self.text[self.ended..offset].contains('\n');
        let statement = self.statements.len() - usize::from(is_behind);
        self.remarks.push(Remark { offset, statement, kind });
    }

    fn directive(&mut self, start: usize, directive: ModeDirective) {
        let mode = match directive {
            ModeDirective::NoTransaction => Mode::NoTransaction,
            ModeDirective::Function => Mode::Function,
            ModeDirective::Checkpoint => Mode::Checkpoint,
        };
        let kind = match (self.mode, mode) {
            _ if self.direction == Direction::Repeatable => {
                FaultKind::DirectiveInRepeatable { directive: directive.name() }
            }
            (_, Mode::Checkpoint) if self.direction == Direction::Down => {
                FaultKind::Checkpoint(CheckpointFault::IsDown)
            }
            (before, _) if before == Mode::Transaction || before == mode => {
                self.mode = mode;
                return;
            }
            (Mode::Checkpoint, _) => CheckpointFault::with(directive.name()),
            (before, Mode::Checkpoint) => CheckpointFault::with(before.directive()),
            _ => FaultKind::FunctionWithoutTransaction,
        };
        self.faults.push((start, kind));
    }

    /// A backslash command reaches to the end of its line.
    fn psql_command(&mut self, start: usize) {
        let line = self.text[start..].lines().next().unwrap_or_default();
        let command = line.split_whitespace().next().unwrap_or(line).to_owned();
        self.faults.push((start, FaultKind::PsqlCommand(command)));
        self.lexer.seek(start + line.len());
    }

    fn end_statement(&mut self, end: usize) {
        let tokens = std::mem::take(&mut self.statement).tokens;
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return;
        };
        self.statements.push(first.start..last.end);
        self.ended = end;
        let Some(objection) = rules::objection(Words::new(self.text, &tokens)) else {
            return;
        };
        self.objections.push((first.start, objection));
        if objection == Objection::CopyFromStdin {
            self.lexer.seek(psql::end_of_copy_data(self.text, last.end));
        }
    }

    fn finish(mut self) -> Result<ParsedScript, Vec<ScriptFault>> {
        let transactional = self.mode != Mode::NoTransaction;
        for (at, objection) in self.objections {
            let kind = match objection {
                Objection::CopyFromStdin => FaultKind::CopyFromStdin,
                Objection::CopyToStdout => FaultKind::CopyToStdout,
                Objection::TransactionControl(statement) => {
                    FaultKind::TransactionControl { statement, transactional }
                }
                Objection::RefusedInTransaction(statement) if transactional && !self.is_declared => {
                    FaultKind::RefusedInTransaction { statement }
                }
                Objection::NeedsTransaction(statement) if !transactional => {
                    FaultKind::NeedsTransaction { statement }
                }
                Objection::RefusedInTransaction(_) | Objection::NeedsTransaction(_) => continue,
            };
            self.faults.push((at, kind));
        }
        if self.faults.is_empty() {
            return Ok(ParsedScript {
                mode: self.mode,
                statements: self.statements,
                remarks: self.remarks,
                checksum: self.hasher.finish(),
            });
        }
        self.faults.sort_by_key(|(at, _)| *at);
        let more = self.faults.len().saturating_sub(MAX_FAULTS);
        if more > 0 {
            self.faults.truncate(MAX_FAULTS);
            let at = self.faults.last().map_or(0, |(at, _)| *at);
            self.faults.push((at, FaultKind::More(more)));
        }
        Err(self.faults)
    }
}

#[cfg(test)]
mod tests;
