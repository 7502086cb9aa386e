//! A recipe of the book as what is to be done: its blocks of SQL, each known by its first line.

/// A page of `docs/src/recipes`.
pub(crate) struct Recipe<'p> {
    pub(crate) parts: Vec<Part<'p>>,
}

pub(crate) enum Part<'p> {
    /// `-- before`: what is there, with rows.
    Before(&'p str),
    /// `-- 0002_orders_note.up.sql`: a migration, with its way back where the next block is that.
    Migration { up: (String, String), down: Option<(String, String)> },
    /// `-- release 2`: what the service of a release says, statement by statement.
    Release(Vec<&'p str>),
    /// `-- afterwards`: a query that has to answer `true`.
    Afterwards(&'p str),
}

impl<'p> Recipe<'p> {
    pub(crate) fn parse(page: &'p str) -> Self {
        let mut parts = Vec::new();
        let blocks = page.split("\n```sql\n").skip(1);
        for block in blocks.map(|rest| rest.split_once("\n```").expect("the end of a block").0) {
            let (first, rest) = block.split_once('\n').expect("a block of more than one line");
            let label = first.strip_prefix("-- ").expect("a first line that says what the block is");
            // A file is the whole block: whoever copies it has the same.
            let file = || (label.to_owned(), format!("{block}\n"));
            match label {
                "before" => parts.push(Part::Before(rest)),
                "afterwards" => parts.extend(statements(rest).map(Part::Afterwards)),
                _ if label.starts_with("release ") => parts.push(Part::Release(statements(rest).collect())),
                _ if label.ends_with(".down.sql") => match parts.last_mut() {
                    Some(Part::Migration { down, .. }) => *down = Some(file()),
                    _ => panic!("{label} does not come after its up"),
                },
                _ if label.ends_with(".sql") => parts.push(Part::Migration { up: file(), down: None }),
                _ => panic!("no block is called {label:?}"),
            }
        }
        Self { parts }
    }
}

/// What stands between semicolons at the ends of lines.
fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(";\n").map(|statement| statement.trim().trim_end_matches(';')).filter(|rest| !rest.is_empty())
}
