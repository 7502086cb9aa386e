//! Two things to compare, each made on a scratch database: what the migrations lead to, and what a schema declares.

use std::path::{Path, PathBuf};

use migrate_runtime::{MigrationSet, Runner};
use migrate_schema::{Bookkeeping, Schema, Viewpoint};
use migrate_source::{Code, Declared, Position, other_tool};

use crate::failure::{Failure, of_other};
use crate::scratch::{Connection, Scratch};

/// A scratch database and what it has.
pub(crate) struct Stage {
    scratch: Scratch,
    pub(crate) connection: Connection,
    pub(crate) schema: Schema,
}

/// The history of the migrations is not a part of the schema, nor are those of other tools, nor of other sets.
pub(crate) fn viewpoint() -> Viewpoint {
    let (schema, table) = history_table();
    without_history(&schema, &table)
}

/// The schema and the table of the history, where nobody has said anything else.
pub(crate) fn history_table() -> (String, String) {
    ("public".to_owned(), "schema_migrations".to_owned())
}

/// The same, where the history is somewhere else.
pub(crate) fn without_history(schema: &str, table: &str) -> Viewpoint {
    let named = |table: &str| migrate_schema::quoted(&[schema, table]);
    let named = [named(table), named(&format!("{table}_log")), named(&format!("{table}_lock"))];
    Viewpoint::without(named)
        .leaving_out(Bookkeeping { is_table: other_tool::is_history, is_schema: other_tool::is_schema })
}

impl Stage {
    /// What the migrations lead to.
    pub(crate) async fn of_folder(set: &MigrationSet, dev_url: Option<&str>) -> Result<Self, Failure> {
        Self::made(dev_url, async |connection| {
            if !set.is_empty() {
                let run = with_functions(Runner::new(set), set).run(&mut connection.client).await;
                run.map_err(|error| Failure::of_run(&error))?;
            }
            Ok(())
        })
        .await
    }

    /// What the migrations up to this one lead to.
    pub(crate) async fn up_to(
        set: &MigrationSet,
        version: i64,
        dev_url: Option<&str>,
    ) -> Result<Self, Failure> {
        Self::made(dev_url, async |connection| {
            if version > 0 {
                let runner = with_functions(Runner::new(set), set).target(version);
                let run = runner.run(&mut connection.client).await;
                run.map_err(|error| Failure::of_run(&error))?;
            }
            Ok(())
        })
        .await
    }

    /// What is declared.
    pub(crate) async fn of_declared(files: &[Declared], dev_url: Option<&str>) -> Result<Self, Failure> {
        let statements: Vec<(&Declared, std::ops::Range<usize>)> = files
            .iter()
            .flat_map(|file| file.statements.iter().map(move |range| (file, range.clone())))
            .collect();
        let texts: Vec<&str> = statements.iter().map(|(file, range)| &file.text[range.clone()]).collect();
        Self::made(dev_url, async |connection| {
            let declared = migrate_schema::declare(&connection.client, &texts).await;
            declared.map_err(|refused| {
                let told = refused.iter().map(|refused| {
                    let (file, range) = &statements[refused.at];
                    place(file, range.start, refused)
                });
                let told: Vec<String> = told.collect();
                let of_role = refused.iter().find(|refused| refused.missing_role.is_some());
                let place = of_role.map(|refused| {
                    let (file, range) = &statements[refused.at];
                    position(file, range.start, refused)
                });
                let help = if refused.iter().all(|refused| refused.is_of_missing) {
                    "the statements may be in any order, but all that they name must be declared"
                } else {
                    "correct the statement"
                };
                Failure::new(Code::M0822, told.join("\n"), help)
                    .for_missing_role(of_role.and_then(|refused| refused.missing_role.clone()), place)
            })
        })
        .await
    }

    async fn made(
        dev_url: Option<&str>,
        make: impl AsyncFnMut(&mut Connection) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let mut scratch = Scratch::new(dev_url).await?;
        let (connection, ()) = scratch.anew_with_roles(make).await?;
        let schema = read_again(&connection, &viewpoint()).await?;
        Ok(Self { scratch, connection, schema })
    }

    /// What the other one names is there for this one too.
    pub(crate) async fn have_roles_of(&mut self, other: &Self) -> Result<(), Failure> {
        self.scratch.have_roles_of(&other.scratch).await
    }

    /// Leaves nothing behind.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        self.scratch.end(Some(self.connection)).await
    }
}

/// Whose database it is: what belongs to this role belongs to whoever runs the migrations.
pub(crate) async fn owner(connection: &Connection) -> Result<String, Failure> {
    const OWNER: &str = "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()";
    let row = connection.client.query_one(OWNER, &[]).await;
    row.map(|row| row.get(0)).map_err(|error| of_schema(error.into()))
}

/// What a database has.
pub(crate) async fn read(connection: &Connection, viewpoint: &Viewpoint) -> Result<Schema, Failure> {
    migrate_schema::read(&connection.client, viewpoint).await.map_err(of_schema)
}

/// The same of a scratch database that is read again and again.
pub(crate) async fn read_again(connection: &Connection, viewpoint: &Viewpoint) -> Result<Schema, Failure> {
    migrate_schema::read_again(&connection.client, viewpoint).await.map_err(of_schema)
}

/// An error of the crate that knows schemas.
pub(crate) fn of_schema(error: migrate_schema::Error) -> Failure {
    let role = migrate_schema::missing_role(&error);
    let (code, help) = (of_other(error.code()), error.help());
    let failure = Failure::new(code, error, help);
    failure.for_missing_role(role, None)
}

fn place(file: &Declared, start: usize, refused: &migrate_schema::Refused) -> String {
    format!("{}: {}", position(file, start, refused), refused.message)
}

fn position(file: &Declared, start: usize, refused: &migrate_schema::Refused) -> String {
    let characters = refused.position.and_then(|position| usize::try_from(position).ok()).unwrap_or(1);
    let rest = &file.text[start..];
    let within = rest.char_indices().nth(characters.saturating_sub(1)).map_or(0, |(at, _)| at);
    let position = Position::of_byte(&file.text, start + within);
    format!("{}:{}:{}", file.path.display(), position.line, position.column)
}

/// What a migration in Rust does is known to the service alone. To the schema it does nothing here.
pub(crate) fn with_functions<'s>(mut runner: Runner<'s>, set: &MigrationSet) -> Runner<'s> {
    for migration in set.iter() {
        if migration.up().is_function() {
            runner = runner.function(migration.version(), |_| Box::pin(async { Ok(()) }));
        }
        if migration.down().is_some_and(|down| down.is_function()) {
            runner = runner.revert_function(migration.version(), |_| Box::pin(async { Ok(()) }));
        }
    }
    runner
}

/// The migrations of a folder, which may have none yet.
pub(crate) fn migrations(folder: &Path) -> Result<migrate_source::MigrationSet, Failure> {
    match migrate_check::load(folder) {
        // What is generated would come behind it, and be left out as it is.
        Ok(loaded) if !loaded.unfinished.is_empty() => Err(Failure::new(
            Code::M0112,
            format!("`{}` has no statement yet", loaded.unfinished[0]),
            "write it, or remove the file, before another migration is generated",
        )),
        Ok(loaded) => Ok(loaded.set),
        Err(faults)
            if faults.iter().all(|fault| *fault.kind() == migrate_source::FaultKind::NoMigrations) =>
        {
            Ok(migrate_source::MigrationSet::EMPTY)
        }
        Err(faults) => Err(faults.into()),
    }
}

/// Where the schema is declared: where it is said to be, or `schema.sql` or the folder `schema` beside the migrations.
pub(crate) fn declared(named: Option<&Path>, folder: &Path) -> Result<Vec<Declared>, Failure> {
    let path = match named {
        Some(named) if named.exists() => named.to_owned(),
        Some(named) => {
            return Err(Failure::new(
                Code::M0821,
                format!("{}: there is no such file or folder", named.display()),
                "correct the path of `--schema`",
            ));
        }
        None => beside(folder)?,
    };
    Ok(migrate_source::declared(&path)?)
}

fn beside(folder: &Path) -> Result<PathBuf, Failure> {
    let parent = folder.parent().map(Path::to_owned).unwrap_or_default();
    let [file, schema] = ["schema.sql", "schema"].map(|name| parent.join(name));
    if file.exists() && schema.exists() {
        // What one of them lacks would be dropped.
        return Err(Failure::new(
            Code::M0821,
            format!(
                "both {} and {} are there, and each declares the schema",
                file.display(),
                schema.display()
            ),
            "keep one of the two, or name it: `--schema PATH`",
        ));
    }
    [file, schema].into_iter().find(|path| path.exists()).ok_or_else(|| {
        Failure::new(
            Code::M0821,
            "there is neither a file `schema.sql` nor a folder `schema` beside the migrations",
            "declare there what the database shall have, as CREATE statements in any order; or name another place: \
             `--schema PATH`. `migrate dump` writes it for a database that is there",
        )
    })
}
