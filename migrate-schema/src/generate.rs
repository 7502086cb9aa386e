//! The next migrations, from where the existing ones lead to where a declared schema is: planned, run, and only then given.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use crate::data::Rows;
use crate::error::{Error, ErrorKind};
use crate::first::{self, First};
use crate::hazard;
use crate::obstacle::{self, Obstacle};
use crate::plan::Manner;
use crate::presence::{Presence, Way};
use crate::prove::{self, Ends, prove};
use crate::read::{self, Viewpoint};
use crate::rename::Rename;
use crate::sample::{self, Ways};
use crate::schema::{Difference, Schema};
use crate::script::Script;
use crate::statement::{Hazard, Statement};

/// How the next migrations are to be written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// What gets another name, and stays what it is.
    pub renames: Vec<Rename>,
    /// How they get there.
    pub manner: Manner,
    /// How many made-up rows each table that they touch gets when they are tried. 0: they are tried on tables as they are.
    pub sample_rows: u32,
}

impl Default for Request {
    fn default() -> Self {
        Self { renames: Vec::new(), manner: Manner::default(), sample_rows: sample::USUAL_ROWS }
    }
}

/// The next migrations.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Generated {
    /// One, or several where PostgreSQL wants transactions in between. None: there is nothing to change.
    pub migrations: Vec<UpAndDown>,
    /// What is different afterwards, all the same: what this crate does not know how to make.
    pub residue: Vec<Difference>,
    /// What is not done without locks that others feel, though that was asked for.
    pub obstacles: Vec<Obstacle>,
    /// The made-up rows on which they were tried, of each table that they touch or need and that was empty.
    pub sample: Vec<Rows>,
}

/// A migration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpAndDown {
    /// The way there.
    pub up: Script,
    /// The way back.
    pub down: Script,
    /// What the way back does not bring back.
    pub residue: Vec<Difference>,
}

impl Generated {
    /// What is to be known of the way there.
    pub fn hazards(&self) -> BTreeSet<Hazard> {
        self.migrations.iter().flat_map(|migration| migration.up.hazards()).collect()
    }
}

impl Generated {
    /// Whether both ways lead to where they should.
    fn is_whole(&self) -> bool {
        self.residue.is_empty() && self.migrations.iter().all(|migration| migration.residue.is_empty())
    }
}

impl Request {
    /// These things get other names.
    #[must_use]
    pub fn renaming(self, renames: Vec<Rename>) -> Self {
        Self { renames, ..self }
    }

    /// They are tried on tables with so many made-up rows.
    #[must_use]
    pub fn with_sample_rows(self, sample_rows: u32) -> Self {
        Self { sample_rows, ..self }
    }

    /// They get there like this.
    #[must_use]
    pub fn by(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }
}

/// Writes what takes a scratch database, which has what the existing migrations make, to a schema; and back. Both ways are
/// run on it, on the tables as they are and then with made-up rows in those that they touch and that are empty: afterwards it is as
/// it was.
///
/// # Errors
///
/// The catalog cannot be read; there is no plan; PostgreSQL does not take a statement of it, or it loses rows and does not say
/// so, which is an error of this crate; or something that others rely on would be missing between two of its transactions.
pub async fn generate(
    scratch: &Client,
    to: &Schema,
    viewpoint: &Viewpoint,
    request: &Request,
) -> Result<Generated, Error> {
    let start = read::read_again(scratch, viewpoint).await?;
    let begun = first::begin(scratch, &start, to, viewpoint, &request.renames).await?;
    let (firsts, renamed) = (begun.firsts, begun.schema);
    let mut presence = Presence::new(Way::Up, &renamed, to);
    let proof = prove(scratch, &renamed, to, viewpoint, request.manner, &mut presence).await?;
    if let Some(gap) = presence.gap() {
        return Err(Error(ErrorKind::Gap(gap)));
    }
    let mut generated = Generated { residue: proof.residue, ..Generated::default() };
    let mut states = vec![renamed.clone()];
    let mut ups = Vec::new();
    for (script, reached) in proof.steps {
        ups.push(script);
        states.push(reached);
    }
    if request.manner == Manner::Online {
        generated.obstacles = obstacle::find(&renamed, to, &ups);
    }
    if ups.is_empty() && !firsts.is_empty() {
        ups.push(Script { in_transaction: true, statements: Vec::new() });
        states.push(states[0].clone());
    }
    for (at, up) in ups.into_iter().enumerate().rev() {
        let back = Back {
            scratch,
            viewpoint,
            up: &up,
            from: &states[at + 1],
            to: &states[at],
            presence: || Presence::new(Way::DownOf(at + 1), to, &renamed),
        };
        let (down, residue) = back.find(request.manner).await?;
        generated.migrations.push(UpAndDown { up, down, residue });
    }
    generated.migrations.reverse();
    let is_in_transaction = |first: &UpAndDown| first.up.in_transaction && first.down.in_transaction;
    let mut names_from = states.get(1);
    if firsts.len() > 1 && !generated.migrations.first().is_some_and(is_in_transaction) {
        // All names change at once.
        let nothing = Script { in_transaction: true, statements: Vec::new() };
        let first = UpAndDown { up: nothing.clone(), down: nothing, residue: Vec::new() };
        generated.migrations.insert(0, first);
        names_from = None;
    }
    if let Some(first) = generated.migrations.first_mut().filter(|_| !firsts.is_empty()) {
        for First { back, .. } in firsts.iter().rev() {
            scratch.batch_execute(&back.sql).await?;
        }
        let back = read::read_again(scratch, viewpoint).await?;
        first.residue.extend(back.differences(&start));
        for First { there, back } in firsts.into_iter().rev() {
            first.up.statements.insert(0, there);
            first.down.statements.push(back);
        }
        // What the way back has made by then is not in use.
        hazard::judge(names_from.unwrap_or(&renamed), to, &mut first.down.statements);
    }
    if generated.is_whole() {
        let new = states.last().unwrap_or(&start);
        let ways = Ways { old: &start, new, renames: &begun.renames };
        generated.sample =
            sample::prove(scratch, ways, request.sample_rows, &mut generated.migrations).await?;
    }
    Ok(generated)
}

/// The way back from where one migration led.
struct Back<'b, P> {
    scratch: &'b Client,
    viewpoint: &'b Viewpoint,
    up: &'b Script,
    from: &'b Schema,
    to: &'b Schema,
    presence: P,
}

impl<'b, P: Fn() -> Presence<'b>> Back<'b, P> {
    /// Plans the way back, all of it in one file, and runs it. Where something would be missing meanwhile, it is done in one
    /// transaction.
    async fn find(&self, manner: Manner) -> Result<(Script, Vec<Difference>), Error> {
        let mut presence = (self.presence)();
        let proof = prove(self.scratch, self.from, self.to, self.viewpoint, manner, &mut presence).await?;
        let mut scripts: Vec<Script> = proof.steps.into_iter().map(|(script, _)| script).collect();
        if scripts.len() > 1 {
            // One file has one transaction, or one for each statement.
            let statements = scripts.into_iter().flat_map(|script| script.statements).collect();
            scripts = vec![Script { in_transaction: false, statements }];
            if proof.residue.is_empty() {
                presence = (self.presence)();
                self.again(&scripts[0], &mut presence).await?;
            }
        }
        let Some(gap) = presence.gap().filter(|_| proof.residue.is_empty()) else {
            let nothing = || {
                // A file without a statement is one that is yet to be written.
                let statement = "-- The schema is as it was: there is nothing to bring back.\nSELECT 1";
                let is_done = !self.up.statements.is_empty() && proof.residue.is_empty();
                let statements = is_done.then(|| Statement::new(statement)).into_iter().collect();
                Script { in_transaction: true, statements }
            };
            return Ok((scripts.pop().unwrap_or_else(nothing), proof.residue));
        };
        self.forward().await?;
        let mut presence = (self.presence)();
        let proof =
            prove(self.scratch, self.from, self.to, self.viewpoint, Manner::AtOnce, &mut presence).await?;
        match <[_; 1]>::try_from(proof.steps) {
            Ok([(script, _)]) if script.in_transaction => Ok((script, proof.residue)),
            _ => Err(Error(ErrorKind::Gap(gap))),
        }
    }

    /// Runs the migration once more.
    async fn forward(&self) -> Result<(), Error> {
        let mut unseen = (self.presence)();
        let mut ends = Ends { viewpoint: self.viewpoint, file: 0, presence: &mut unseen };
        let ran = prove::run(self.scratch, self.up, &mut ends).await?;
        ran.map(|_| ()).map_err(|failed| Error(ErrorKind::Failed(failed)))
    }

    /// Runs the migration once more, and this way back.
    async fn again(&self, down: &Script, presence: &mut Presence<'_>) -> Result<(), Error> {
        self.forward().await?;
        let mut ends = Ends { viewpoint: self.viewpoint, file: 0, presence };
        let ran = prove::run(self.scratch, down, &mut ends).await?;
        ran.map(|_| ()).map_err(|failed| Error(ErrorKind::Failed(failed)))
    }
}
