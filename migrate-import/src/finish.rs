//! The last steps of a script, which are the same for every tool: what wraps it in a transaction goes, what cannot run in
//! one is marked, and what still would not compile is told.

use migrate_source::{FaultKind, Outlined, check_script, is_refused_in_transaction, outline};

use crate::note::Notes;
use crate::script::Script;

const NO_TRANSACTION: &str = "-- migrate: no-transaction\n";

/// The text of a script under the name that it gets.
pub(crate) fn finish(mut script: Script, name: &str, notes: &mut Notes) -> String {
    unwrap(&mut script, notes);
    mark(&mut script, notes);
    if outline(script.text()).is_empty() {
        let what = "it has no statement, and a migration needs one: `SELECT 1;` was added";
        notes.changed(&script.from, None, what);
        script.append("SELECT 1;");
        script.no_transaction = false;
    }
    let head = if script.no_transaction { NO_TRANSACTION } else { "" };
    let text = format!("{head}{}", script.text());
    tell(&script, name, &text, notes);
    text
}

/// Takes out `BEGIN` and `COMMIT`, each with its semicolon.
fn unwrap(script: &mut Script, notes: &mut Notes) {
    let statements = outline(script.text());
    let control: Vec<(usize, &Outlined, Control)> = statements
        .iter()
        .enumerate()
        .filter_map(|(at, one)| Some((at, one, control(&script.text()[one.range.clone()])?)))
        .collect();
    let alternate = control.iter().zip([Control::Begin, Control::Commit].into_iter().cycle());
    let is_paired = control.len() % 2 == 0 && alternate.clone().all(|(found, expected)| found.2 == expected);
    if control.is_empty() || !is_paired {
        return;
    }
    let wraps_all = control.len() == 2 && control[0].0 == 0 && control[1].0 + 1 == statements.len();
    let line = script.line_of(control[0].1.range.start);
    if wraps_all {
        let what = "`BEGIN` and `COMMIT` were taken out: a migration runs in a transaction as it is";
        notes.changed(&script.from, line, what);
    } else {
        let what = "`BEGIN` and `COMMIT` were taken out, between which only a part of it stood: all of it is in one \
                    transaction now; make it two migrations if a later statement needs what was committed before";
        notes.attention(&script.from, line, what);
    }
    let ranges: Vec<_> =
        control.iter().rev().map(|(_, one, _)| one.range.start..one.end.unwrap_or(one.range.end)).collect();
    ranges.into_iter().for_each(|range| script.cut(range));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Begin,
    Commit,
    Other,
}

/// What the statement does to the transaction around it, without modes of which taking it out would lose something.
fn control(statement: &str) -> Option<Control> {
    let words: Vec<String> = statement.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["begin" | "begin;"] | ["begin" | "start", "transaction" | "work"] => Some(Control::Begin),
        ["commit" | "end"] | ["commit" | "end", "transaction" | "work"] => Some(Control::Commit),
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

/// Tells what keeps the result from compiling, at the lines of the original.
fn tell(script: &Script, name: &str, text: &str, notes: &mut Notes) {
    let Err(faults) = check_script(name, text.to_owned(), &()) else {
        return;
    };
    let added = u32::from(script.no_transaction);
    for fault in &faults {
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
        assert_eq!(finish(Script::whole("a", text), "0001_a.sql", &mut notes), expected);
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
        check(
            "begin isolation level serializable;\nselect 1;\ncommit;",
            "begin isolation level serializable;\nselect 1;\ncommit;",
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
