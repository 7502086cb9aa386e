//! Tests: what is found in a text, and what is wrong with it.

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
    check_faults("-- migrate: unchecked\nselect 1", &[(0, FaultKind::DirectiveWithoutReason { directive })]);
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
fn a_checkpoint_is_sql_in_a_transaction() {
    let head = format!("-- migrate: checkpoint {}\n", "0".repeat(64));
    let script = parse(&format!("{head}{head}select 1;"), Direction::Forward).expect("no fault");
    assert_eq!((script.mode, script.is_transactional()), (Mode::Checkpoint, true));
    check_faults(&head, &[(0, FaultKind::NoStatement)]);
    let behind = head.len();
    for directive in ["no-transaction", "function"] {
        let other = format!("-- migrate: {directive}\n");
        let statement = if directive == "function" { "" } else { "select 1;" };
        let at = other.len();
        check_faults(&[&other, &head, statement].concat(), &[(at, CheckpointFault::with(directive))]);
        check_faults(&[&head, &other, "select 1;"].concat(), &[(behind, CheckpointFault::with(directive))]);
    }
    let down = FaultKind::Checkpoint(CheckpointFault::IsDown);
    assert_eq!(parse(&format!("{head}select 1;"), Direction::Down), Err(vec![(0, down)]));
    let in_repeatable = FaultKind::DirectiveInRepeatable { directive: "checkpoint" };
    assert_eq!(parse(&format!("{head}select 1;"), Direction::Repeatable), Err(vec![(0, in_repeatable)]));
    let found = "checkpoint 12".to_owned();
    check_faults(
        "-- migrate: checkpoint 12\nselect 1;",
        &[(0, FaultKind::Checkpoint(CheckpointFault::Digest { found }))],
    );
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
        assert_eq!(parse(text, Direction::Forward).expect("no fault").checksum.to_string(), hex, "{text:?}");
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

/// Nothing else has a body in which a semicolon ends no statement.
#[test]
fn only_a_routine_has_a_body() {
    for first in [
        "alter function f() begin atomic",
        "create or drop function f() begin atomic",
        "create table f begin atomic",
        "create function f(begin atomic) returns int as 'x'",
        "create function f() returns case as 'x'",
    ] {
        check(&format!("{first}; select 1"), &[first, "select 1"]);
    }
}

#[test]
fn what_holds_in_a_transaction_is_no_fault_in_one() {
    check("lock table t; set local a = 1", &["lock table t", "set local a = 1"]);
    let script = parse("-- migrate: no-transaction\nvacuum;", Direction::Forward).expect("no fault");
    assert!(!script.is_transactional());
}

#[test]
fn behind_the_head_what_merely_looks_like_a_directive_is_a_comment() {
    check("select 1;\n-- migrate: hello world\nselect 2;", &["select 1", "select 2"]);
}
