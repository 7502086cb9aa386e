//! The history tables of other migration tools: which of them a database has, and the rows in them. All SQL of those
//! tables is here, and all of it only reads.

use std::collections::{BTreeMap, BTreeSet};

use migrate_source::other_tool::{self, AdoptError, KnownHistory, Origins, Row, Tool};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_postgres::error::SqlState;

use crate::error::{Doing, ErrorKind};
use crate::identifier::{literal, quote_identifier};
use crate::options::Runner;
use crate::question;
use crate::session::Session;

/// A table that another tool keeps its history in.
#[derive(Clone, Debug)]
pub(crate) struct OtherHistory {
    pub(crate) known: &'static KnownHistory,
    schema: String,
    /// It is where any tool would look for its own. Elsewhere that of the imported tool alone is looked for.
    pub(crate) is_near: bool,
}

/// Rows that row-level security hides are an error instead of no rows. It has no row itself, and ends with the message.
const ALL_ROWS: &str = "SELECT NULL WHERE pg_catalog.set_config('row_security', 'off', true) IS NULL; ";

impl OtherHistory {
    /// `schema.table`, as people write it.
    pub(crate) fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.known.table())
    }

    /// What makes the session look where it is: a parameter of a URL.
    pub(crate) fn search_path(&self) -> String {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let schema = if self.schema.bytes().all(is_plain) {
            self.schema.clone()
        } else {
            let quoted = quote_identifier(&self.schema).replace('\\', r"\\").replace(' ', r"\ ");
            utf8_percent_encode(&quoted, NON_ALPHANUMERIC).to_string()
        };
        format!("options=-csearch_path%3D{schema}")
    }

    fn quoted(&self) -> String {
        format!("{}.{}", quote_identifier(&self.schema), quote_identifier(self.known.table()))
    }

    /// How many migrations it says are applied. `None`: the role may not see that.
    ///
    /// # Errors
    ///
    /// The server does not answer, or another session has locked the table.
    async fn count(&self, runner: &Runner<'_>, session: &Session<'_>) -> Result<Option<u64>, ErrorKind> {
        let table = self.quoted();
        let rows = match self.known.tools.first() {
            Some(tool) => query(*tool, &table),
            None => format!("SELECT NULL, NULL, 'done' FROM {table}"),
        };
        let question = format!(
            "{ALL_ROWS}SELECT pg_catalog.count(*) FROM ({rows}) AS applied (key, checksum, standing) \
             WHERE standing OPERATOR(pg_catalog.<>) 'rolled back'::pg_catalog.text"
        );
        let doing = Doing::ReadingOther(self.shown());
        let counted = question::ask(session, &runner.history, doing, &question).await;
        let Some(rows) = if_readable(counted)? else { return Ok(None) };
        Ok(rows.first().map_or(Some(0), |row| row.get(0)?.parse().ok()))
    }

    /// Its rows, where it may be read. `None`: the role may not.
    ///
    /// # Errors
    ///
    /// The server does not answer, or another session has locked the table.
    pub(crate) async fn rows_if_readable(
        &self,
        tool: Tool,
        runner: &Runner<'_>,
        session: &Session<'_>,
    ) -> Result<Option<Vec<Row>>, ErrorKind> {
        if_readable(self.rows(tool, runner, session).await)
    }

    /// Whether it lists something that was imported, or may.
    ///
    /// # Errors
    ///
    /// Those of [`rows_if_readable`](Self::rows_if_readable).
    pub(crate) async fn lists_any_of(
        &self,
        origins: &Origins,
        runner: &Runner<'_>,
        session: &Session<'_>,
    ) -> Result<bool, ErrorKind> {
        let Some(rows) = self.rows_if_readable(origins.tool, runner, session).await? else { return Ok(true) };
        let adoption = other_tool::adopt(origins, &rows, &BTreeSet::new());
        Ok(!matches!(adoption, Err(AdoptError::Nothing { .. })))
    }

    /// Its rows, as they are matched with what was imported.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub(crate) async fn rows(
        &self,
        tool: Tool,
        runner: &Runner<'_>,
        session: &Session<'_>,
    ) -> Result<Vec<Row>, ErrorKind> {
        let question = format!("{ALL_ROWS}{}", query(tool, &self.quoted()));
        let doing = Doing::ReadingOther(self.shown());
        let rows = question::ask(session, &runner.history, doing, &question).await?;
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let row = rows.iter().map(|row| Row {
            key: text(row.get(0)),
            checksum: row.get(1).map(str::to_owned),
            standing: text(row.get(2)),
        });
        Ok(row.collect())
    }
}

/// A history of another tool that has rows.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) history: OtherHistory,
    /// `None`: the role may not see how many.
    pub(crate) rows: Option<u64>,
}

impl Applied {
    #[cfg(all(test, feature = "cli"))]
    pub(crate) fn example(tool: Tool, rows: u64) -> Self {
        let known = KnownHistory::of(tool).expect("it keeps a history");
        let history = OtherHistory { known, schema: "public".to_owned(), is_near: true };
        Self { history, rows: Some(rows) }
    }

    /// What should be compared with a baseline.
    pub(crate) fn hint(&self) -> String {
        let (name, table) = (self.history.known.name, self.history.shown());
        let way = if self.history.known.tools.is_empty() {
            "compare the two"
        } else {
            "`migrate adopt` records exactly that"
        };
        format!("{name} has applied migrations here, which {table} lists: {way}")
    }
}

impl Runner<'_> {
    /// The first history of another tool that has rows and is not beside ours: that of the tool whose folder was imported
    /// before any other. At least one round trip.
    ///
    /// # Errors
    ///
    /// The catalog or the table cannot be read.
    pub(crate) async fn applied_by_other(&self, session: &Session<'_>) -> Result<Option<Applied>, ErrorKind> {
        let origins = self.origins();
        let mut found = self.other_histories(session).await?;
        found.retain(|one| !self.is_beside(one.known));
        let is_imported = |one: &OtherHistory| {
            origins.as_ref().is_some_and(|origins| one.known.tools.contains(&origins.tool))
        };
        found.sort_by_key(|one| (!one.is_near, !is_imported(one)));
        for history in found {
            // It may be another application's.
            if let Some(origins) = &origins
                && !history.is_near
                && !history.lists_any_of(origins, self, session).await?
            {
                continue;
            }
            let rows = history.count(self, session).await?;
            if rows != Some(0) {
                return Ok(Some(Applied { history, rows }));
            }
        }
        Ok(None)
    }

    /// Whether a tool is another application's, as `beside` lists it.
    pub(crate) fn is_beside(&self, known: &KnownHistory) -> bool {
        self.beside.iter().any(|tool| known.is_called(tool))
    }

    /// The histories of other tools: in the search path, in `public`, beside ours, or in the schema that the tool makes; that
    /// of the tool whose folder was imported in any schema, the near ones first. For a set that is applied to one schema, in
    /// that one. One round trip.
    ///
    /// # Errors
    ///
    /// The catalog cannot be read.
    pub(crate) async fn other_histories(
        &self,
        session: &Session<'_>,
    ) -> Result<Vec<OtherHistory>, ErrorKind> {
        let sought = self.sought_anywhere();
        let question = self.tables_called_so(sought);
        let rows = question::ask(session, &self.history, Doing::LookingForOthers, &question).await?;
        let mut tables: BTreeMap<(&str, &str), (bool, Vec<&str>)> = BTreeMap::new();
        for row in &rows {
            let (Some(schema), Some(table), Some(column)) = (row.get(0), row.get(1), row.get(2)) else {
                continue;
            };
            let entry = tables.entry((schema, table)).or_default();
            entry.0 = row.get(3) == Some("t");
            entry.1.push(column);
        }
        let known = tables.into_iter().filter_map(|((schema, table), (is_near, columns))| {
            let known = KnownHistory::all().iter().find(|known| known.is(table, &columns))?;
            let is_near = is_near || known.schema() == Some(schema);
            let is_wanted = is_near || sought.is_some_and(|sought| std::ptr::eq(sought, known));
            is_wanted.then(|| OtherHistory { known, schema: schema.to_owned(), is_near })
        });
        let mut known: Vec<OtherHistory> = known.collect();
        known.sort_by_key(|one| !one.is_near);
        Ok(known)
    }

    /// The history that is looked for in every schema: to take it for none would apply everything a second time.
    fn sought_anywhere(&self) -> Option<&'static KnownHistory> {
        if self.within.is_some() {
            return None;
        }
        KnownHistory::of(self.origins()?.tool)
    }

    /// A query for the tables that are called as a tool calls its history: schema, table, a column in each row, and whether
    /// it is where any tool would look for its own.
    fn tables_called_so(&self, sought: Option<&KnownHistory>) -> String {
        let schemas: Vec<&str> = KnownHistory::all().iter().filter_map(KnownHistory::schema).collect();
        let is_near = match &self.within {
            Some(within) => format!("namespace.nspname OPERATOR(pg_catalog.=) {}", within.schema().value()),
            None => format!(
                "(namespace.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false)) \
                 OR namespace.nspname OPERATOR(pg_catalog.=) 'public'::pg_catalog.name \
                 OR namespace.nspname OPERATOR(pg_catalog.=) {})",
                self.history.schema_value()
            ),
        };
        let is_own = match &self.within {
            Some(_) => String::new(),
            None => format!(
                " OR namespace.nspname OPERATOR(pg_catalog.=) ANY ({}::pg_catalog.name[])",
                array(schemas)
            ),
        };
        let is_sought = sought.map_or_else(String::new, |sought| {
            format!(" OR class.relname OPERATOR(pg_catalog.=) {}::pg_catalog.name", literal(sought.table()))
        });
        format!(
            "SELECT namespace.nspname, class.relname, attribute.attname, {is_near} \
             FROM pg_catalog.pg_class AS class \
             JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
             JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid OPERATOR(pg_catalog.=) class.oid \
             WHERE class.relname OPERATOR(pg_catalog.=) ANY ({names}::pg_catalog.name[]) \
             AND class.relkind IN ('r', 'p') AND attribute.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 \
             AND NOT attribute.attisdropped AND ({is_near}{is_own}{is_sought})",
            names = tables(),
        )
    }

    /// A query for whether there is a table where this set would make its own, but for those of migration tools and of
    /// extensions.
    pub(crate) fn has_tables(&self) -> String {
        let schema = match &self.within {
            Some(within) => format!("namespace.nspname OPERATOR(pg_catalog.=) {}", within.schema().value()),
            None => {
                "namespace.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))".to_owned()
            }
        };
        format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS class \
             JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
             WHERE {schema} AND class.relkind IN ('r', 'p') \
             AND class.relname OPERATOR(pg_catalog.<>) ALL ({}::pg_catalog.name[]) \
             AND NOT {} \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS depend WHERE depend.objid OPERATOR(pg_catalog.=) class.oid \
             AND depend.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog.\"char\"))",
            array(KnownHistory::tables()),
            self.history.is_own("namespace.nspname", "class.relname"),
        )
    }
}

/// What was read of a table. `None`: the role may not; nothing: it is no table of the tool's.
fn if_readable<T: Default>(read: Result<T, ErrorKind>) -> Result<Option<T>, ErrorKind> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(ErrorKind::Database { doing, error }) => match error.code() {
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => Ok(None),
            // It was dropped meanwhile, or its columns have other types than the tool's.
            Some(code) if code.code().starts_with("42") => Ok(Some(T::default())),
            _ => Err(ErrorKind::Database { doing, error }),
        },
        Err(kind) => Err(kind),
    }
}

/// The names of all tables, as an array.
fn tables() -> String {
    array(KnownHistory::all().iter().map(KnownHistory::table))
}

/// Names that need no quotes in an array, each once.
fn array<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: BTreeSet<&str> = names.into_iter().collect();
    literal(&format!("{{{}}}", names.into_iter().collect::<Vec<_>>().join(",")))
}

/// The query of a tool's table as three columns of text: what the migration is known by, its checksum or null, and how it
/// stands, which is a word of [`Row::standing`].
fn query(tool: Tool, table: &str) -> String {
    let versions = |version: &str| {
        format!(
            "SELECT {version}::pg_catalog.text, NULL::pg_catalog.text, 'done'::pg_catalog.text FROM {table} ORDER BY {version}"
        )
    };
    match tool {
        Tool::Sqlx => format!(
            "SELECT version::text, encode(checksum, 'hex'), CASE WHEN success THEN 'done' ELSE 'failed' END \
             FROM {table} ORDER BY version"
        ),
        Tool::Refinery => {
            format!("SELECT version::text, checksum::text, 'done' FROM {table} ORDER BY version")
        }
        Tool::Diesel | Tool::SeaOrm | Tool::Dbmate | Tool::Rails => versions("version"),
        // The one row is the newest migration, or the one that failed. Before the first one there is no row, or -1.
        Tool::GolangMigrate => format!(
            "SELECT version::text, NULL::text, CASE WHEN dirty THEN 'failed' ELSE 'done' END \
             FROM {table} WHERE version >= 0 OR dirty"
        ),
        // The newest row of a version says how it stands; that of 0 stands for the table itself.
        Tool::Goose => format!(
            "SELECT version_id::text, NULL::text, 'done' FROM (SELECT DISTINCT ON (version_id) version_id, is_applied \
             FROM {table} ORDER BY version_id, id DESC) AS newest WHERE is_applied AND version_id > 0 \
             ORDER BY version_id"
        ),
        Tool::NodePgMigrate => {
            format!("SELECT name::text, NULL::text, 'done' FROM {table} ORDER BY run_on, id")
        }
        Tool::Drizzle => format!(
            "SELECT coalesce(created_at::text, ''), hash::text, 'done' FROM {table} ORDER BY created_at, id"
        ),
        Tool::Prisma => format!(
            "SELECT migration_name::text, checksum::text, CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled back' \
             WHEN finished_at IS NULL THEN 'failed' ELSE 'done' END FROM {table} ORDER BY started_at"
        ),
        // The newest row of a version says how it stands: it may have been undone, or its row marked as deleted. Repeatable
        // ones have no version.
        Tool::Flyway => format!(
            "SELECT version::text, checksum::text, CASE WHEN NOT success THEN 'failed' WHEN type LIKE '%BASELINE' THEN \
             'baseline' ELSE 'done' END FROM (SELECT DISTINCT ON (version) * FROM {table} \
             WHERE version IS NOT NULL ORDER BY version, installed_rank DESC) AS newest \
             WHERE type NOT LIKE 'UNDO%' AND type <> 'DELETE' ORDER BY installed_rank"
        ),
        // It has none, and nobody asks.
        Tool::Plain => format!("SELECT NULL::text, NULL::text, 'done' FROM {table}"),
    }
}
