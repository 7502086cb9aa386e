//! Whose a table is that has the history table's name and other columns: ours of an earlier format, or that of another
//! tool, which is known by its columns.

use migrate_source::other_tool::KnownHistory;

use crate::error::ErrorKind;
use crate::history::HistoryTable;
use crate::session::Session;

/// Some columns of format 1, which has all but those that [`HistoryTable::add_columns`] adds. No other tool has these.
const FORMAT_1: [&str; 4] = ["backend_start", "claimed_at", "done_checksum", "tokens_checksum"];

/// Why the table cannot be used.
pub(crate) async fn identify(session: &Session<'_>, history: &HistoryTable) -> ErrorKind {
    let rows = session.query(&history.columns()).await.unwrap_or_default();
    let columns: Vec<(&str, &str)> = rows.iter().filter_map(|row| Some((row.get(0)?, row.get(1)?))).collect();
    let table = history.to_string();
    if FORMAT_1.iter().all(|name| columns.iter().any(|(column, _)| column == name)) {
        return ErrorKind::FormerTable { table, statement: history.add_columns() };
    }
    ErrorKind::ForeignTable { table, owner: tool(&columns) }
}

/// The tool whose table it probably is, by the names and types of its columns. `None`: it cannot be told.
fn tool(columns: &[(&str, &str)]) -> Option<String> {
    let (columns, types): (Vec<&str>, Vec<&str>) = columns.iter().copied().unzip();
    if columns == ["version"] {
        // Older versions of dbmate ask for a text of some length; newer ones for a text, as Rails does.
        let is_bounded = types.first()?.contains('(');
        return Some(if is_bounded { "dbmate" } else { "Rails (Active Record) or dbmate" }.to_owned());
    }
    KnownHistory::all().iter().find(|known| known.has_columns(&columns)).map(|known| known.name.to_owned())
}
