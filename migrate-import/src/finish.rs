//! The last steps of a script, which are the same for every tool: what wraps it in a transaction goes, what cannot run in
//! one is marked, and what still would not compile is told.

use migrate_source::{FaultKind, Faults, Outlined, SETTINGS_FILE, is_refused_in_transaction, outline};

use crate::history::{OURS_BESIDE, named_history, tool_of_table, words};
use crate::note::Notes;
use crate::script::Script;
use migrate_source::other_tool::Tool;

const NO_TRANSACTION: &str = "-- migrate: no-transaction\n";

/// What judges a script under the name that it gets.
pub(crate) type Check<'a> = &'a dyn Fn(&str, String) -> Result<(), Faults>;

/// The last steps of the scripts of a folder.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a> {
    /// What they are written for.
    pub(crate) tool: Tool,
    pub(crate) check: Check<'a>,
}

impl Finish<'_> {
    /// The text of a script, and whether nothing keeps it from compiling under the name that it gets.
    pub(crate) fn script(self, mut script: Script, name: &str, notes: &mut Notes) -> (String, bool) {
        strip(&mut script, notes);
        tell_history(&script, self.tool, notes);
        mark(&mut script, notes);
        if outline(script.text()).is_empty() {
            let what = "it has no statement, and a migration needs one: `SELECT 1;` was added";
            notes.changed(&script.from, None, what);
            script.append("SELECT 1;");
            script.no_transaction = false;
        }
        let head = if script.no_transaction { NO_TRANSACTION } else { "" };
        let text = format!("{head}{}", script.text());
        let result = (self.check)(name, text.clone());
        if let Err(faults) = &result {
            tell(&script, faults, notes);
        }
        (text, result.is_ok())
    }
}

/// Takes out what stands around the statements.
pub(crate) fn strip(script: &mut Script, notes: &mut Notes) {
    unlock(script, notes);
    unwrap(script, notes);
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

/// Takes out `BEGIN` and `COMMIT`, each with its semicolon, and what chooses the mode of a transaction. A lone one goes too:
/// in the transaction of the tool, `BEGIN` is only a warning.
fn unwrap(script: &mut Script, notes: &mut Notes) {
    let statements = outline(script.text());
    let control: Vec<(&Outlined, Control)> = statements
        .iter()
        .filter_map(|one| Some((one, control(&script.text()[one.range.clone()])?)))
        .collect();
    let is_edge = |control: &Control| *control != Control::Modes;
    let has_edges = control.iter().any(|(_, control)| is_edge(control));
    let is_other = control.iter().any(|(_, control)| *control == Control::Other);
    if is_other || control.is_empty() || (script.no_transaction && !has_edges) {
        return;
    }
    let line = |one: &Outlined| script.line_of(one.range.start);
    let Edges { pairs, lone } = Edges::of(&control);
    for (one, control) in &lone {
        let (name, ended) = match control {
            Control::Commit => ("`COMMIT` without a `BEGIN`", ", where the tool's own transaction ended"),
            _ => ("`BEGIN` without a `COMMIT`", ""),
        };
        let now = if script.no_transaction {
            "each statement runs by itself"
        } else {
            "all of it is in one transaction"
        };
        notes.attention(&script.from, line(one), format!("{name} was taken out{ended}: {now} now"));
    }
    // What is lone is not there any more.
    let mut left = statements.iter().filter(|one| !lone.iter().any(|(lone, _)| lone == one));
    let (first, last) = (left.next(), left.next_back());
    match pairs[..] {
        [] => {}
        [(begin, commit)] if first == Some(begin) && last == Some(commit) && !script.no_transaction => {
            let what = "`BEGIN` and `COMMIT` were taken out: a migration runs in a transaction as it is";
            notes.changed(&script.from, line(begin), what);
        }
        [(begin, _), ..] => {
            let what = if script.no_transaction {
                "`BEGIN` and `COMMIT` were taken out: this runs without a transaction, one statement after the other; make \
                 a migration of its own of what stood between them"
            } else {
                "`BEGIN` and `COMMIT` were taken out, between which only a part of it stood: all of it is in one \
                 transaction now; make it two migrations if a later statement needs what was committed before"
            };
            notes.attention(&script.from, line(begin), what);
        }
    }
    for (one, _) in control.iter().filter(|(_, control)| control.has_modes()) {
        let what = "the isolation level that it chose was taken out: a migration runs at READ COMMITTED; look whether it \
                    needs another one, and lock what it reads if so";
        notes.attention(&script.from, line(one), what);
    }
    let ranges: Vec<_> =
        control.iter().rev().map(|(one, _)| one.range.start..one.end.unwrap_or(one.range.end)).collect();
    for range in ranges {
        script.cut(range);
    }
}

/// Where transactions begin and end.
struct Edges<'o> {
    pairs: Vec<(&'o Outlined, &'o Outlined)>,
    /// What begins one inside another, or ends none, or is not ended.
    lone: Vec<(&'o Outlined, Control)>,
}

impl<'o> Edges<'o> {
    fn of(control: &[(&'o Outlined, Control)]) -> Self {
        let (mut pairs, mut lone) = (Vec::new(), Vec::new());
        let mut begun: Option<(&Outlined, Control)> = None;
        for &(one, control) in control {
            match (control, begun) {
                (Control::Begin | Control::BeginWithModes, None) => begun = Some((one, control)),
                (Control::Begin | Control::BeginWithModes, Some(_)) | (Control::Commit, None) => {
                    lone.push((one, control));
                }
                (Control::Commit, Some((begin, _))) => {
                    pairs.push((begin, one));
                    begun = None;
                }
                (Control::Modes | Control::Other, _) => {}
            }
        }
        lone.extend(begun);
        Self { pairs, lone }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Begin,
    BeginWithModes,
    Commit,
    /// `SET TRANSACTION …`.
    Modes,
    /// What cannot be taken out without changing what the script does.
    Other,
}

impl Control {
    fn has_modes(self) -> bool {
        matches!(self, Self::Modes | Self::BeginWithModes)
    }
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
        ["commit" | "end"]
        | ["commit" | "end", "transaction" | "work"]
        | ["commit" | "end", "and", "no", "chain"]
        | ["commit" | "end", "transaction" | "work", "and", "no", "chain"] => Some(Control::Commit),
        // To a savepoint.
        ["rollback", "to", ..] | ["rollback", "transaction" | "work", "to", ..] => None,
        ["set", "transaction", "isolation" | "read" | "deferrable" | "not", ..] => Some(Control::Modes),
        ["begin" | "start" | "commit" | "rollback" | "abort" | "end", ..] => Some(Control::Other),
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

/// Tells where a statement names the tool's own history table, the one in which ours is kept, or that of another tool.
fn tell_history(script: &Script, tool: Tool, notes: &mut Notes) {
    for statement in outline(script.text()) {
        let sql = &script.text()[statement.range.clone()];
        let line = script.line_of(statement.range.start);
        let mut told: Vec<&str> = Vec::new();
        for word in words(sql) {
            let what = match tool_of_table(word, tool) {
                _ if told.contains(&word) => continue,
                Some(owner) if owner == tool => format!(
                    "`{word}` is the history table of {tool}, which nothing reads from now on and a new database does not \
                     have: take this statement out"
                ),
                _ if named_history(word).is_some() => format!(
                    "`{word}` would be the name of the table in which the history is kept from now on: because of this \
                     statement that goes to {OURS_BESIDE}, as `history-table` in {SETTINGS_FILE} says"
                ),
                Some(owner) => format!(
                    "`{word}` is the history table of {owner}: look whether a new database has it, and take this statement \
                     out if not"
                ),
                None => continue,
            };
            told.push(word);
            notes.attention(&script.from, line, what);
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
        let finish = Finish { tool: Tool::Sqlx, check: &check };
        let (text, compiles) = finish.script(Script::whole("a", text), "0001_a.sql", &mut notes);
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
        check("begin;\nsavepoint a;\nend;", "savepoint a;\n", &[(Some(1), Changed)]);
        check("begin;\nselect 1;\ncommit and no chain;", "select 1;\n", &[(Some(1), Changed)]);
        check("do $$begin\nend$$;", "do $$begin\nend$$;", &[]);
    }

    #[test]
    fn a_lone_edge_of_a_transaction_is_taken_out_and_told() {
        use NoteKind::{Attention, Changed};
        check("BEGIN;\nselect 1;\n", "select 1;\n", &[(Some(1), Attention)]);
        check("select 1;\nSTART TRANSACTION;\nselect 2;", "select 1;\nselect 2;", &[(Some(2), Attention)]);
        check("select 1;\nCOMMIT;\n", "select 1;\n", &[(Some(2), Attention)]);
        check("select 1;\nend work;\nselect 2;", "select 1;\nselect 2;", &[(Some(2), Attention)]);
        let told = [(Some(1), Changed), (Some(2), Attention)];
        check("begin;\nbegin;\nselect 1;\ncommit;\n", "select 1;\n", &told);
        let told = [(Some(1), Changed), (Some(4), Attention)];
        check("begin;\nselect 1;\ncommit;\ncommit;\n", "select 1;\n", &told);
        let told = [(Some(1), Attention), (Some(1), Attention)];
        check("begin read only;\nselect 1;", "select 1;", &told);
        let index = "create index concurrently i on t (a);\n";
        let told = [(Some(1), Attention), (Some(2), Changed)];
        check(&format!("begin;\n{index}"), &format!("{NO_TRANSACTION}{index}"), &told);
    }

    #[test]
    fn a_table_in_which_a_history_is_kept_is_told_at_its_line() {
        for (text, words) in [
            ("select 1;\nDELETE FROM _sqlx_migrations;", &["_sqlx_migrations", "of sqlx", "take this"][..]),
            ("select 1;\nDELETE FROM public._SQLX_MIGRATIONS;", &["of sqlx"]),
            ("select 1;\nDELETE FROM \"public\".\"_sqlx_migrations\";", &["of sqlx"]),
            ("select 1;\nDO $$BEGIN DELETE FROM _sqlx_migrations; END$$;", &["of sqlx"]),
            ("select 1;\nDROP TABLE flyway_schema_history;", &["of flyway", "look whether"]),
            ("select 1;\nDROP TABLE drizzle.__drizzle_migrations;", &["of drizzle"]),
            ("select 1;\nDROP TABLE schema_migrations;", &[OURS_BESIDE]),
        ] {
            let mut notes = Notes::default();
            tell_history(&Script::whole("a", text), Tool::Sqlx, &mut notes);
            let notes = notes.sorted();
            assert_eq!(notes.len(), 1, "{text}: {notes:?}");
            assert_eq!(notes[0].line, Some(2), "{text}");
            assert!(words.iter().all(|word| notes[0].what.contains(word)), "{text}: {}", notes[0].what);
        }
        for text in ["DELETE FROM sqlx_migrations;", "DELETE FROM my_sqlx_migrations;"] {
            let mut notes = Notes::default();
            tell_history(&Script::whole("a", text), Tool::Sqlx, &mut notes);
            assert!(notes.sorted().is_empty(), "{text}");
        }
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
