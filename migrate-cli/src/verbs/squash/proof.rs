//! What the checkpoint is, and that it is right: both ways are gone on scratch databases, and compared.

use std::collections::BTreeSet;

use migrate_runtime::cli::Terminal;
use migrate_runtime::{MigrationSet, Runner};
use migrate_schema::{Moved, Rows, Schema, Statement, Viewpoint};
use migrate_source::{Code, Loaded, Squash};

use crate::args::{self, Common, Data};
use crate::failure::{Failure, count};
use crate::scratch::{Connection, Scratch};
use crate::stage::{self, with_functions};

/// A checkpoint that was tried.
pub(super) struct Proof {
    /// The text of its file.
    pub(super) script: String,
    /// The tables in which the migrations leave rows.
    pub(super) rows: Vec<Rows>,
    /// The sequences that they leave elsewhere than at the beginning, without a row that shows it.
    pub(super) moved: Vec<Moved>,
}

/// Two scratch databases: the one goes the way of the migrations, the other that of the checkpoint.
struct Pair {
    old: (Scratch, Connection),
    new: (Scratch, Connection),
}

impl Proof {
    pub(super) async fn of(
        plan: &Squash,
        squash: &args::Squash,
        common: &Common,
        terminal: &mut Terminal,
    ) -> Result<Self, Failure> {
        let mut pair = Pair::new(squash.dev_url.as_deref()).await?;
        terminal.note(&format!("scratch databases on {}", pair.old.0.origin()));
        let mut viewpoint = common.viewpoint(&plan.before().applying)?;
        // What migrations make is repeated, whatever it is called.
        viewpoint.left_out = None;
        let trial = Trial { plan, squash, common, viewpoint };
        let proof = trial.run(&mut pair).await;
        // A database that is left over is the lesser evil.
        let Pair { old: (old, one), new: (new, other) } = pair;
        let (ended, ended_too) = (old.end(Some(one)).await, new.end(Some(other)).await);
        let proof = proof?;
        ended?;
        ended_too?;
        Ok(proof)
    }
}

impl Pair {
    async fn new(dev_url: Option<&str>) -> Result<Self, Failure> {
        Ok(Self { old: empty(dev_url).await?, new: empty(dev_url).await? })
    }
}

async fn empty(dev_url: Option<&str>) -> Result<(Scratch, Connection), Failure> {
    let mut scratch = Scratch::new(dev_url).await?;
    let connection = scratch.renew(None).await?;
    Ok((scratch, connection))
}

struct Trial<'t> {
    plan: &'t Squash,
    squash: &'t args::Squash,
    common: &'t Common,
    viewpoint: Viewpoint,
}

impl Trial<'_> {
    async fn run(&self, pair: &mut Pair) -> Result<Proof, Failure> {
        let Pair { old: (old_scratch, old), new: (new_scratch, new) } = pair;
        let before = self.plan.before();
        // Repeatable ones come behind the last one, which may be among those that are squashed.
        let set = MigrationSet::from(before.set.without_repeatables());
        let runner = self.runner(&set, before)?.target(self.plan.version());
        let mut outside = outside(old).await?;
        // The history is there before a schema is read, wherever it is kept.
        run(runner.clone().make_history(&mut old.client)).await?;
        old_scratch.run(&runner, old).await?;
        // No migration has made those.
        let role = |role| format!("role {}", migrate_schema::quoted(&[role]));
        outside.extend(old_scratch.roles().map(role));
        new_scratch.have_roles_of(old_scratch).await?;
        refuse_outside(&outside, &self::outside(old).await?)?;
        let rows = of_schema(migrate_schema::rows(&old.client, &self.viewpoint)).await?;
        let moved = of_schema(migrate_schema::moved_sequences(&old.client, &self.viewpoint)).await?;
        let data = self.data(old, &rows, &moved).await?;
        if self.squash.data == Some(Data::Include) && !data.is_empty() {
            self.refuse_other_each_time(&runner, old_scratch, &data).await?;
        }
        let schema = stage::read(old, &self.viewpoint).await?;

        let statements = self.statements(&runner, old_scratch, &schema, &data).await?;
        let script = self.plan.script(&statements);
        let after = migrate_check::squashed(self.plan, &script)?;

        let set = MigrationSet::from(after.set.without_repeatables());
        let whole = MigrationSet::from(after.set.clone());
        let runner = self.runner(&set, &after)?.target(self.plan.version());
        new_scratch.run(&runner, new).await.map_err(|failure| {
            Failure::told(
                Code::M0833,
                format!("the checkpoint fails on an empty database: {}", failure.text()),
            )
        })?;
        same(&schema, &stage::read(new, &self.viewpoint).await?, "the checkpoint")?;
        if !data.is_empty() {
            same_rows(&data, &self.all_rows(new).await?)?;
        }
        let left = runner.plan(&mut old.client).await.map_err(|error| Failure::of_run(&error))?;
        if !left.is_empty() {
            return Err(mistake(
                "a database that has the migrations is not taken for one that has the checkpoint",
            ));
        }
        let last = self.runner(&whole, &after)?;
        old_scratch.run(&last, old).await?;
        new_scratch.have_roles_of(old_scratch).await?;
        new_scratch.run(&last, new).await.map_err(|failure| self.of_rest(&failure, &rows))?;
        let (one, other) =
            (stage::read(old, &self.viewpoint).await?, stage::read(new, &self.viewpoint).await?);
        same(&one, &other, "what comes after the checkpoint")?;
        Ok(Proof { script, rows, moved })
    }

    fn runner<'s>(&self, set: &'s MigrationSet, loaded: &Loaded) -> Result<Runner<'s>, Failure> {
        Ok(with_functions(self.common.runner(set, &loaded.applying)?, set))
    }

    /// The statements for the rows that the checkpoint is to have.
    async fn data(&self, old: &Connection, rows: &[Rows], moved: &[Moved]) -> Result<Vec<String>, Failure> {
        match self.squash.data {
            Some(Data::Include | Data::Freeze) => self.all_rows(old).await,
            Some(Data::Drop) => Ok(Vec::new()),
            None if rows.is_empty() && moved.is_empty() => Ok(Vec::new()),
            None => {
                let line = |rows: &Rows| format!("\n  {}: {}", rows.table, rows_of(rows.count));
                let stands = |Moved { sequence, last, .. }: &Moved| format!("\n  {sequence}: at {last}");
                let lines: Vec<String> = rows.iter().map(line).chain(moved.iter().map(stands)).collect();
                let (what, set) = match (rows.is_empty(), moved.is_empty()) {
                    (_, true) => ("rows, which are", "insert them"),
                    (true, _) => ("sequences that are not at their beginning, which is", "set them"),
                    _ => (
                        "rows, and sequences that are not at their beginning, which are",
                        "insert and set them",
                    ),
                };
                Err(Failure::new(
                    Code::M0832,
                    format!("the migrations leave {what} no part of a schema:{}", lines.concat()),
                    format!(
                        "`--data include` has the checkpoint {set}; `--data drop` leaves them out, where a new database \
                         gets them otherwise or needs none"
                    ),
                ))
            }
        }
    }

    async fn all_rows(&self, connection: &Connection) -> Result<Vec<String>, Failure> {
        migrate_schema::data(&connection.client, &self.viewpoint).await.map_err(|error| {
            Failure::new(
                Code::M0832,
                format!("the rows cannot be written as INSERT: {error}"),
                "`--data drop` leaves them out; a migration after the checkpoint may insert them",
            )
        })
    }

    /// What `now()` or `gen_random_uuid()` gave once, a checkpoint would give to every database that is to come.
    async fn refuse_other_each_time(
        &self,
        runner: &Runner<'_>,
        old: &Scratch,
        data: &[String],
    ) -> Result<(), Failure> {
        let (mut scratch, mut again) = empty(self.squash.dev_url.as_deref()).await?;
        scratch.have_roles_of(old).await?;
        let made = scratch.run(runner, &mut again).await;
        let rows = self.all_rows(&again).await;
        scratch.end(Some(again)).await?;
        made?;
        let rows = rows?;
        let others = data.iter().filter(|statement| !rows.contains(statement));
        let first_line = |statement: &String| statement.lines().next().unwrap_or_default().to_owned();
        let table = |line: String| line.replace("INSERT INTO ", "").replace(" VALUES", "");
        let lines: Vec<String> = others.map(first_line).map(table).collect();
        if lines.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            Code::M0835,
            format!(
                "the migrations leave other values each time they run, by now(), gen_random_uuid() and their like:\n  {}",
                lines.join("\n  ")
            ),
            "`--data freeze` writes those of this run into the checkpoint, and every new database gets the same; `--data \
             drop` leaves the rows out, for a migration after the checkpoint to make",
        ))
    }

    /// The SQL of the checkpoint. It is found by trying, which takes a database of its own.
    async fn statements(
        &self,
        runner: &Runner<'_>,
        old: &Scratch,
        schema: &Schema,
        data: &[String],
    ) -> Result<String, Failure> {
        let (mut scratch, mut bench) = empty(self.squash.dev_url.as_deref()).await?;
        scratch.have_roles_of(old).await?;
        let made = run(runner.make_history(&mut bench.client)).await;
        let dumped = of_schema(migrate_schema::dump(&bench.client, schema, &self.viewpoint)).await;
        scratch.end(Some(bench)).await?;
        made?;
        let dumped = dumped?;
        if !dumped.residue.is_empty() {
            let lines: Vec<String> = dumped.residue.iter().map(|one| format!("\n  {one}")).collect();
            return Err(Failure::new(
                Code::M0831,
                format!("the migrations make what a checkpoint cannot repeat:{}", lines.concat()),
                "squash up to a version before the migration that makes it",
            ));
        }
        if dumped.scripts.len() > 1 || dumped.scripts.iter().any(|script| !script.in_transaction) {
            return Err(Failure::new(
                Code::M0831,
                "the migrations make what takes more than one transaction, and a checkpoint has one",
                "squash up to a version before the migration that makes it; `migrate dump` of a database that has it shows \
                 which statement that is",
            ));
        }
        let made = dumped.scripts.iter().flat_map(|script| &script.statements);
        let all: Vec<&str> =
            made.map(|Statement { sql, .. }| &**sql).chain(data.iter().map(String::as_str)).collect();
        refuse_carriage_returns(&all)?;
        if all.is_empty() {
            return Ok("SELECT 1;\n".to_owned());
        }
        Ok(all.into_iter().map(paragraph).collect::<Vec<_>>().join("\n"))
    }

    /// A migration after the checkpoint fails where the ones before it were not run.
    fn of_rest(&self, failure: &Failure, rows: &[Rows]) -> Failure {
        let what = format!("on a database that begins with the checkpoint: {}", failure.text());
        if self.squash.data == Some(Data::Drop) && !rows.is_empty() {
            return Failure::new(
                Code::M0833,
                what,
                "if it needs the rows that were left out: `--data include`",
            );
        }
        Failure::told(Code::M0833, what)
    }
}

/// Who checks the file out may get other line ends than were written, and with them another function, or another lock.
fn refuse_carriage_returns(statements: &[&str]) -> Result<(), Failure> {
    let first_line = |sql: &&str| format!("\n  {}", sql.split(['\r', '\n']).next().unwrap_or_default());
    let with: Vec<String> = statements.iter().filter(|sql| sql.contains('\r')).map(first_line).collect();
    if with.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Code::M0831,
        format!(
            "the migrations make what has carriage returns in it, which a file loses where git sets its line ends:{}",
            with.concat()
        ),
        "a new migration that makes it anew, in a file whose lines end in LF, rids it of them: squash up to that one; or \
         squash up to a version before the migration that makes it",
    ))
}

/// What this build's grammar does not know, PostgreSQL has taken all the same.
fn paragraph(sql: &str) -> String {
    let unchecked = if migrate_check::syntax_fault(sql).is_some() {
        "-- migrate: unchecked, PostgreSQL has taken it\n"
    } else {
        ""
    };
    format!("{unchecked}{sql};\n")
}

async fn run<T>(work: impl Future<Output = Result<T, migrate_runtime::Error>>) -> Result<(), Failure> {
    work.await.map(|_| ()).map_err(|error| Failure::of_run(&error))
}

async fn of_schema<T>(work: impl Future<Output = Result<T, migrate_schema::Error>>) -> Result<T, Failure> {
    work.await.map_err(stage::of_schema)
}

async fn outside(connection: &Connection) -> Result<BTreeSet<String>, Failure> {
    of_schema(migrate_schema::outside(&connection.client)).await
}

/// What is in no schema cannot be compared.
fn refuse_outside(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Result<(), Failure> {
    let made: Vec<String> = after.difference(before).map(|line| format!("\n  {line}")).collect();
    if made.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Code::M0831,
        format!("the migrations make what is in no schema, and no checkpoint can repeat:{}", made.concat()),
        "squash up to a version before the migration that makes it",
    ))
}

fn same(one: &Schema, other: &Schema, what: &str) -> Result<(), Failure> {
    let differences = one.outline_of_differences(other);
    if differences.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = differences.iter().map(|difference| format!("\n  {difference}")).collect();
    Err(mistake(&format!("{what} does not lead to the schema of the migrations:{}", lines.concat())))
}

/// Without what triggers, defaults and generated columns make of them, they are the same.
fn same_rows(one: &[String], other: &[String]) -> Result<(), Failure> {
    let differs = one.iter().find(|statement| !other.contains(statement));
    let Some(differs) = differs.or_else(|| other.iter().find(|statement| !one.contains(statement))) else {
        return Ok(());
    };
    let first = differs.lines().next().unwrap_or_default();
    Err(mistake(&format!("the checkpoint does not lead to the rows of the migrations: {first}")))
}

fn mistake(what: &str) -> Failure {
    Failure::new(
        Code::M0833,
        what,
        "nothing was written: squash up to an earlier version, and report the difference with the SQL",
    )
}

fn rows_of(number: u64) -> String {
    usize::try_from(number).map_or_else(|_| format!("{number} rows"), |number| count(number, "row"))
}
