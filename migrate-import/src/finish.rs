//! The last steps of a script, which are the same for every tool: what wraps it in a transaction goes, what cannot run in
//! one is marked, and what still would not compile is told.

use migrate_source::{FaultKind, Faults, Outlined, SETTINGS_FILE, is_refused_in_transaction, outline};

use crate::history::{OURS_BESIDE, named_history};
use crate::note::Notes;
use crate::script::Script;

const NO_TRANSACTION: &str = "-- migrate: no-transaction\n";

/// What judges a script under the name that it gets.
pub(crate) type Check<'a> = &'a dyn Fn(&str, String) -> Result<(), Faults>;

/// The text of a script, and whether nothing keeps it from compiling under the name that it gets.
pub(crate) fn finish(mut script: Script, name: &str, check: Check<'_>, notes: &mut Notes) -> (String, bool) {
    unlock(&mut script, notes);
    unwrap(&mut script, notes);
    tell_history(&script, notes);
    mark(&mut script, notes);
    if outline(script.text()).is_empty() {
        let what = "it has no statement, and a migration needs one: `SELECT 1;` was added";
        notes.changed(&script.from, None, what);
        script.append("SELECT 1;");
        script.no_transaction = false;
    }
    let head = if script.no_transaction { NO_TRANSACTION } else { "" };
    let text = format!("{head}{}", script.text());
    let result = check(name, text.clone());
    if let Err(faults) = &result {
        tell(&script, faults, notes);
    }
    (text, result.is_ok())
}

/// Takes out `\restrict` and `\unrestrict`, between which newer versions of `pg_dump` put a dump: they are for psql only.
fn unlock(script: &mut Script, notes: &mut Notes) {
    let statements = outline(script.text());
    let is_inside = |at: usize| statements.iter().any(|one| one.range.contains(&at));
    let mut at = 0;
    let mut found = Vec::new();
    for line in script.text().split_inclusive('\n') {
        let is_one = line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
        if is_one && !is_inside(at) {
            found.push(at..at + line.trim_end().len());
        }
        at += line.len();
    }
    for range in found.into_iter().rev() {
        let what = "a command of psql around a dump, which means nothing here: it was taken out";
        notes.changed(&script.from, script.line_of(range.start), what);
        script.cut(range);
    }
}

/// Takes out `BEGIN` and `COMMIT`, each with its semicolon, and what chooses the mode of a transaction.
fn unwrap(script: &mut Script, notes: &mut Notes) {
    let statements = outline(script.text());
    let control: Vec<(&Outlined, Control)> = statements
        .iter()
        .filter_map(|one| Some((one, control(&script.text()[one.range.clone()])?)))
        .collect();
    let edges: Vec<Control> =
        control.iter().map(|(_, control)| *control).filter(|control| *control != Control::Modes).collect();
    let is_paired = edges
        .chunks(2)
        .all(|pair| matches!(pair, [Control::Begin | Control::BeginWithModes, Control::Commit]));
    if !is_paired || control.is_empty() || (script.no_transaction && edges.is_empty()) {
        return;
    }
    let line = |at: usize| script.line_of(control[at].0.range.start);
    let is_edge =
        |one: Option<&Outlined>| one.is_some_and(|one| control.iter().any(|(edge, _)| *edge == one));
    if edges.len() == 2 && is_edge(statements.first()) && is_edge(statements.last()) {
        let what = "`BEGIN` and `COMMIT` were taken out: a migration runs in a transaction as it is";
        notes.changed(&script.from, line(0), what);
    } else if !edges.is_empty() {
        let what = "`BEGIN` and `COMMIT` were taken out, between which only a part of it stood: all of it is in one \
                    transaction now; make it two migrations if a later statement needs what was committed before";
        notes.attention(&script.from, line(0), what);
    }
    let has_modes = |control: &Control| matches!(control, Control::Modes | Control::BeginWithModes);
    for at in (0..control.len()).filter(|at| has_modes(&control[*at].1)) {
        let what = "the isolation level that it chose was taken out: a migration runs at READ COMMITTED; look whether it \
                    needs another one, and lock what it reads if so";
        notes.attention(&script.from, line(at), what);
    }
    let ranges: Vec<_> =
        control.iter().rev().map(|(one, _)| one.range.start..one.end.unwrap_or(one.range.end)).collect();
    for range in ranges {
        script.cut(range);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Begin,
    BeginWithModes,
    Commit,
    /// `SET TRANSACTION …`.
    Modes,
    Other,
}

/// What the statement does to the transaction around it.
fn control(statement: &str) -> Option<Control> {
    let words: Vec<String> = statement
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["begin"] | ["begin" | "start", "transaction" | "work"] => Some(Control::Begin),
        ["begin", "isolation" | "read" | "deferrable" | "not", ..]
        | ["begin" | "start", "transaction" | "work", ..] => Some(Control::BeginWithModes),
        ["commit" | "end"] | ["commit" | "end", "transaction" | "work"] => Some(Control::Commit),
        ["set", "transaction", "isolation" | "read" | "deferrable" | "not", ..] => Some(Control::Modes),
        ["begin" | "start" | "commit" | "rollback" | "abort" | "savepoint" | "release" | "end", ..] => {
            Some(Control::Other)
        }
        _ => None,
    }
}

/// Marks what PostgreSQL refuses inside a transaction.
fn mark(script: &mut Script, notes: &mut Notes) {
    if script.no_transaction {
        return;
    }
    let statements = outline(script.text());
    let is_refused = |one: &&Outlined| is_refused_in_transaction(&script.text()[one.range.clone()]);
    let Some(first) = statements.iter().find(is_refused) else {
        return;
    };
    let line = script.line_of(first.range.start);
    let is_alone = statements.iter().all(|one| is_refused(&one));
    if is_alone {
        let what = "PostgreSQL refuses this inside a transaction: marked `-- migrate: no-transaction`";
        notes.changed(&script.from, line, what);
    } else {
        let what = "PostgreSQL refuses this inside a transaction: marked `-- migrate: no-transaction`, so that the \
                    statements around it run one by one too; put it into a migration of its own if they belong together";
        notes.attention(&script.from, line, what);
    }
    script.no_transaction = true;
}

/// Tells where the table is meant in which our history is kept: other tools have one of that name too.
fn tell_history(script: &Script, notes: &mut Notes) {
    for statement in outline(script.text()) {
        if let Some(table) = named_history(&script.text()[statement.range.clone()]) {
            let what = format!(
                "`{table}` would be the name of the table in which the history is kept from now on: because of this \
                 statement that goes to {OURS_BESIDE}, as `history-table` in {SETTINGS_FILE} says"
            );
            notes.attention(&script.from, script.line_of(statement.range.start), what);
        }
    }
}

/// Tells what keeps the result from compiling, at the lines of the original.
fn tell(script: &Script, faults: &Faults, notes: &mut Notes) {
    let added = u32::from(script.no_transaction);
    for fault in faults {
        let line = fault.line().and_then(|line| script.original(line.checked_sub(added)?));
        let what = match fault.kind() {
            FaultKind::PsqlCommand(command) => {
                format!("`{command}` is a command of psql, which a server does not know: take it out")
            }
            kind => format!("{kind}: {}", kind.help()),
        };
        notes.attention(&script.from, line, what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::NoteKind;

    #[track_caller]
    fn check(text: &str, expected: &str, told: &[(Option<u32>, NoteKind)]) {
        let mut notes = Notes::default();
        let check = |name: &str, text: String| migrate_source::check_script(name, text, &());
        let (text, compiles) = finish(Script::whole("a", text), "0001_a.sql", &check, &mut notes);
        assert_eq!(text, expected);
        assert_eq!(compiles, check("0001_a.sql", text).is_ok());
        let found: Vec<_> = notes.sorted().iter().map(|note| (note.line, note.kind)).collect();
        assert_eq!(found, told);
    }

    #[test]
    fn transactions_around_a_script() {
        use NoteKind::{Attention, Changed};
        check("-- a\nBEGIN;\nselect 1;\n COMMIT;\n", "-- a\nselect 1;\n", &[(Some(2), Changed)]);
        check("start transaction; select 1; end work", " select 1; ", &[(Some(1), Changed)]);
        check("BEGIN;\nselect 1;\nCOMMIT;\nselect 2;", "select 1;\nselect 2;", &[(Some(1), Attention)]);
        check("select 1;\nrollback;", "select 1;\nrollback;", &[(Some(2), Attention)]);
        let told = [(Some(1), Attention), (Some(1), Changed)];
        check("begin isolation level serializable;\nselect 1;\ncommit;", "select 1;\n", &told);
        let told = [(Some(1), Changed), (Some(2), Attention)];
        check(
            "begin;\nset transaction isolation level repeatable read;\nselect 1;\nend;",
            "select 1;\n",
            &told,
        );
        check("set transaction read write;\nselect 1;", "select 1;", &[(Some(1), Attention)]);
        check(
            "begin;\nsavepoint a;\nend;",
            "begin;\nsavepoint a;\nend;",
            &[(Some(1), Attention), (Some(3), Attention)],
        );
        check("do $$begin\nend$$;", "do $$begin\nend$$;", &[]);
    }

    #[test]
    fn what_runs_in_no_transaction() {
        use NoteKind::{Attention, Changed};
        let index = "create index concurrently i on t (a);";
        check(index, &format!("{NO_TRANSACTION}{index}"), &[(Some(1), Changed)]);
        let mixed = format!("select 1;\n{index}");
        check(&mixed, &format!("{NO_TRANSACTION}{mixed}"), &[(Some(2), Attention)]);
        let wrapped = format!("begin;\nselect 1;\ncommit;\n{index}");
        let told = [(Some(1), Attention), (Some(4), Attention)];
        check(&wrapped, &format!("{NO_TRANSACTION}{mixed}"), &told);
    }

    #[test]
    fn what_has_no_statement() {
        check("", "SELECT 1;\n", &[(None, NoteKind::Changed)]);
        check("\u{feff}-- later", "-- later\nSELECT 1;\n", &[(None, NoteKind::Changed)]);
    }

    #[test]
    fn what_would_not_compile_is_told_at_its_line() {
        use NoteKind::Attention;
        check("select 1;\n\\connect x\n", "select 1;\n\\connect x\n", &[(Some(2), Attention)]);
        let copied = "copy t from stdin;\n1\n\\.\n";
        check(copied, copied, &[(Some(1), Attention)]);
        check("select 'a", "select 'a", &[(Some(1), Attention)]);
    }
}
