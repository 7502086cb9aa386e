//! Which tables the histories of the other tool and of ours are in, so that neither gets into the other's way.

use migrate_source::other_tool::{KnownHistory, Tool};

/// The table in which a tool keeps its history, as it is called where nobody said otherwise.
pub fn history_table(tool: Tool) -> Option<&'static str> {
    KnownHistory::of(tool).map(KnownHistory::place)
}

/// The tables of ours, as they are called where nobody said otherwise.
const OURS: [&str; 2] = ["schema_migrations", "schema_migrations_log"];

/// Where ours goes where that name is taken: `schema.table`, as `history-table` of `migrate.toml` has it.
pub(crate) const OURS_BESIDE: &str = "public.migrate_history";

/// Whether the tool's table has the name that ours has by default.
pub(crate) fn is_called_as_ours(tool: Tool) -> bool {
    history_table(tool).is_some_and(|table| OURS.contains(&table))
}

/// Which of our tables a script names, so that it cannot be ours.
pub(crate) fn named_history(sql: &str) -> Option<&str> {
    words(sql).find(|word| OURS.iter().any(|table| word.eq_ignore_ascii_case(table)))
}

/// The tool whose history table a word names, as that is called where nobody said otherwise. Where several have one of that
/// name, it is `own`, or the first of them.
pub(crate) fn tool_of_table(word: &str, own: Tool) -> Option<Tool> {
    let is_named = |tool: &Tool| {
        let table = history_table(*tool).and_then(|table| table.rsplit('.').next());
        table.is_some_and(|table| word.eq_ignore_ascii_case(table))
    };
    std::iter::once(own).chain(Tool::ALL).find(is_named)
}

/// The words of which a name in SQL may be one, quoted or not.
pub(crate) fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}
