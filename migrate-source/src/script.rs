//! One script: its text cut into statements, its directives, its checksums, and every fault in it.

use std::ops::Range;

use crate::boundary::StatementTokens;
use crate::check::{Remark, RemarkKind};
use crate::checksum::{Checksum, Hasher};
use crate::directive::{self, Directive, DirectiveFault, ModeDirective};
use crate::fault::FaultKind;
use crate::lexer::{Lexer, Token, TokenKind};
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
    let mut parser = Parser {
        text,
        repeatable: direction == Direction::Repeatable,
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

struct Parser<'a> {
    text: &'a str,
    repeatable: bool,
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
        match (directive, self.mode) {
            _ if self.repeatable => {
                let kind = FaultKind::DirectiveInRepeatable { directive: directive.name() };
                self.faults.push((start, kind));
            }
            (ModeDirective::NoTransaction, Mode::Function)
            | (ModeDirective::Function, Mode::NoTransaction) => {
                self.faults.push((start, FaultKind::FunctionWithoutTransaction));
            }
            (ModeDirective::NoTransaction, _) => self.mode = Mode::NoTransaction,
            (ModeDirective::Function, _) => self.mode = Mode::Function,
        }
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
                Objection::RefusedInTransaction(statement) if transactional => {
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
mod tests {
    use super::*;
    use crate::lexer::Delimited;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let script = parse(text, Direction::Forward).expect("no fault");
        let statements: Vec<&str> = script.statements.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(statements, expected);
    }

    #[track_caller]
    fn check_faults(text: &str, expected: &[ScriptFault]) {
        assert_eq!(parse(text, Direction::Forward).expect_err("faults"), expected);
    }

    #[test]
    fn statements() {
        check("select 1; select 2", &["select 1", "select 2"]);
        check("-- a\nselect 1 -- b\n;;\n/* c; */ select 2;", &["select 1", "select 2"]);
        check("select ';', \";\", $$;$$", &["select ';', \";\", $$;$$"]);
        check(
            "create rule r as on insert to t do also (select 1; select 2); select 3",
            &["create rule r as on insert to t do also (select 1; select 2)", "select 3"],
        );
    }

    #[test]
    fn bodies_of_sql_routines() {
        let body = "create or replace function f(begin int) returns int begin atomic \
                    select case when true then 1 else 2 end; select 2; end";
        check(&format!("{body}; select 3"), &[body, "select 3"]);
        check(
            "create function begin() returns int as $$ $$; commit_x; select 1",
            &["create function begin() returns int as $$ $$", "commit_x", "select 1"],
        );
        check("create table begin (x int); select 1", &["create table begin (x int)", "select 1"]);
        check(
            "create table f (x int); create procedure p() begin atomic select 1; end; select 1",
            &["create table f (x int)", "create procedure p() begin atomic select 1; end", "select 1"],
        );
    }

    #[test]
    fn directives_count_at_the_head_only() {
        let script = parse("-- migrate: no-transaction\nvacuum t;", Direction::Forward).expect("no fault");
        assert_eq!(script.mode, Mode::NoTransaction);
        check_faults("select 1;\n-- migrate: no-transaction\n", &[(10, FaultKind::MisplacedDirective)]);
    }

    #[test]
    fn remarks_are_about_a_statement() {
        let statements = |text: &str| {
            let script = parse(text, Direction::Forward).expect("no fault");
            script.remarks.iter().map(|remark| remark.statement).collect::<Vec<_>>()
        };
        let remark = "-- migrate: unchecked, because";
        assert_eq!(statements(&format!("{remark}\nselect 1; select 2")), [0]);
        assert_eq!(
            statements(&format!("select 1; {remark}\nselect 2;\n{remark}\nselect\n{remark}\n3")),
            [0, 2, 2]
        );
        assert_eq!(statements(&format!("select 1\n; {remark}\nselect 2\n; {remark}")), [0, 1]);
        assert_eq!(statements(&format!("select 1;\n; {remark}\nselect 2")), [1]);
        check_faults(&format!("select 1;\n{remark}"), &[(10, FaultKind::RemarkWithoutStatement)]);
        let directive = "unchecked".to_owned();
        check_faults(
            "-- migrate: unchecked\nselect 1",
            &[(0, FaultKind::DirectiveWithoutReason { directive })],
        );
    }

    #[test]
    fn a_repeatable_migration_runs_in_a_transaction() {
        let parse = |text| parse(text, Direction::Repeatable);
        let views = parse("create or replace view v as select 1").expect("no fault");
        assert_eq!(views.mode, Mode::Transaction);
        assert_eq!(
            parse("-- migrate: no-transaction\nvacuum").expect_err("faults"),
            [
                (0, FaultKind::DirectiveInRepeatable { directive: "no-transaction" }),
                (27, FaultKind::RefusedInTransaction { statement: "VACUUM" }),
            ],
        );
    }

    #[test]
    fn a_function_has_no_statement() {
        let head = "-- migrate: function\n";
        let script = parse(&format!("{head}-- In users.rs.\n"), Direction::Down).expect("no fault");
        assert_eq!((script.mode, script.statements.len()), (Mode::Function, 0));
        check_faults(&format!("{head}\nselect 1; select 2"), &[(22, FaultKind::FunctionWithStatement)]);
        let both = [head, "-- migrate: no-transaction\n"];
        check_faults(&both.concat(), &[(21, FaultKind::FunctionWithoutTransaction)]);
        check_faults(&[both[1], both[0]].concat(), &[(27, FaultKind::FunctionWithoutTransaction)]);
        check_faults(&format!("select 1;\n{head}"), &[(10, FaultKind::MisplacedDirective)]);
        let in_repeatable = FaultKind::DirectiveInRepeatable { directive: "function" };
        assert_eq!(parse(head, Direction::Repeatable), Err(vec![(0, in_repeatable)]));
    }

    #[test]
    fn every_fault_is_found_in_the_order_of_the_text() {
        check_faults(
            "vacuum t;\n\\connect x\nbegin;\nselect 'a",
            &[
                (0, FaultKind::RefusedInTransaction { statement: "VACUUM" }),
                (10, FaultKind::PsqlCommand("\\connect".into())),
                (21, FaultKind::TransactionControl { statement: "BEGIN", transactional: true }),
                (35, FaultKind::Unterminated(Delimited::String)),
            ],
        );
        check_faults("select \0 1; \0", &[(7, FaultKind::Nul)]);
        check_faults("-- nothing\n;", &[(0, FaultKind::NoStatement)]);
        check_faults("select :'name', a::\"char\"", &[(7, FaultKind::PsqlVariable)]);
        check("select json_object('a':'b'), a[1:\"n\"]", &["select json_object('a':'b'), a[1:\"n\"]"]);
    }

    #[test]
    fn copied_data_is_no_sql() {
        check_faults(
            "COPY t FROM stdin;\n1\tit's\n\\.\nvacuum;\n",
            &[(0, FaultKind::CopyFromStdin), (29, FaultKind::RefusedInTransaction { statement: "VACUUM" })],
        );
    }

    /// These bytes are what histories hold. They never change.
    #[test]
    fn golden_checksums() {
        let check = |text: &str, hex: &str| {
            assert_eq!(
                parse(text, Direction::Forward).expect("no fault").checksum.to_string(),
                hex,
                "{text:?}"
            );
        };
        // printf 'select 1;\n' | sha256sum
        let plain = "4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c";
        check("select 1;\n", plain);
        check("select 1;\r\n", plain);
        // printf 'select\n  $$a\r\nb$$,\n  \x27c\r\nd\x27; -- e\n' | sha256sum
        let literals = "7dbacbf430bc31cea81232052603f04c5b4a1cec470bb7083999c8296aa2c509";
        check("select\n  $$a\r\nb$$,\n  'c\r\nd'; -- e\n", literals);
        check("select\r\n  $$a\r\nb$$,\r\n  'c\r\nd'; -- e\r\n", literals);
        // printf 'select e\x27a\x27\n  \x27b\r\n\x27;\n' | sha256sum
        let continued = "9245ca904344c09be6916e789814d9600532776607be1006192c14ed0e88638b";
        check("select e'a'\n  'b\r\n';\n", continued);
        check("select e'a'\r\n  'b\r\n';\r\n", continued);
    }
}
