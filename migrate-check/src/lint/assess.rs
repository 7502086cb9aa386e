//! What statements do, one after the other, on a database that is known: for those who have its catalog, and write or measure the
//! statements themselves.

use std::collections::{BTreeMap, BTreeSet};

use squawk_syntax::ast::Stmt;

use super::catalogue::Lint;
use super::effect::Effect;
use super::examiner::{Examiner, Mode};
use super::findings::{Finding, Premise};
use super::lock_mode::LockMode;
use super::name::Name;
use super::world::World;
use super::{column, constraint, rename};
use crate::bulk::Gap;
use crate::{grammar, guarded};

/// What one statement does beside what it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assessment {
    /// What is to be known of it before it is run on a database in use.
    pub effects: BTreeSet<Effect>,
    /// The lints that speak of it, whatever their level.
    pub lints: BTreeSet<&'static str>,
    /// The strongest lock of each relation that was there, by its name as SQL writes it; none weaker than SHARE UPDATE EXCLUSIVE.
    pub locks: BTreeMap<String, LockMode>,
    /// The tables that are written anew.
    pub rewrites: BTreeSet<String>,
    /// The tables that are read from end to end, those included that are written anew or indexed.
    pub scans: BTreeSet<String>,
    /// The tables of which indexes are built, but for those that are written anew.
    pub builds: BTreeSet<String>,
}

/// A database, as far as the statements that made it say what it has: it is in use.
#[derive(Clone, Debug, Default)]
pub struct Known(World);

impl Known {
    /// What these statements make. Those that the parser does not know make nothing.
    pub fn from_statements(statements: &[impl AsRef<str> + Sync]) -> Self {
        Self::default().and(statements, false)
    }

    /// The same with what these statements make, which is not in use yet.
    #[must_use]
    pub fn with_new(self, statements: &[impl AsRef<str> + Sync]) -> Self {
        self.and(statements, true)
    }

    fn and(mut self, statements: &[impl AsRef<str> + Sync], is_new: bool) -> Self {
        let read = |(): &()| {
            let mut examiner = Examiner::new(MODE);
            for (at, sql) in statements.iter().enumerate() {
                if let Some(Ok(tree)) = guarded::caught(|| grammar::parse(sql.as_ref())) {
                    examiner.statement(at, 0, Gap::default(), &tree);
                }
            }
            examiner.finish().changes
        };
        // The parser needs a stack of its own.
        let changes = guarded::map(&[()], read).pop().flatten().unwrap_or_default();
        for change in &changes {
            self.0.apply(change, is_new);
        }
        self
    }

    /// Assesses statements that are run one after the other, where what they create themselves is not in use. With each of them:
    /// whether it is in no transaction with those before it. `None` for what the parser does not know.
    pub fn assess(&self, statements: &[(&str, bool)]) -> Vec<Option<Assessment>> {
        let assess = |(): &()| {
            let mut examiner = Examiner::new(MODE);
            examiner.world = self.0.clone();
            let each = |&(sql, is_alone): &(&str, bool)| assess_one(&mut examiner, sql, is_alone);
            statements.iter().map(each).collect::<Vec<_>>()
        };
        let assessed = guarded::map(&[()], assess).pop().flatten();
        assessed.unwrap_or_else(|| vec![None; statements.len()])
    }
}

const MODE: Mode = Mode { is_transactional: true, is_down: false };

fn assess_one(examiner: &mut Examiner, sql: &str, is_alone: bool) -> Option<Assessment> {
    if is_alone {
        examiner.not_valid.clear();
        examiner.enum_values.clear();
    }
    examiner.findings.found.clear();
    examiner.findings.changes.clear();
    examiner.findings.locks.clear();
    examiner.reached = Some(Vec::new());
    let tree = guarded::caught(|| grammar::parse(sql))?.ok()?;
    let stmt = tree.statement()?;
    examiner.statement(0, 0, Gap::default(), &tree);
    let mut assessment = Assessment::default();
    let reached = examiner.reached.take().unwrap_or_default();
    for (_, mode, relations) in &reached {
        for relation in relations {
            let strongest = assessment.locks.entry(relation.to_string()).or_insert(*mode);
            *strongest = (*strongest).max(*mode);
        }
    }
    for finding in &examiner.findings.found {
        let effects = match &finding.premise {
            Some(Premise::Retyped(retyped)) => retyped.effects(&examiner.world),
            // Of a type or a function, no relation is locked.
            _ if [&rename::OTHER, &rename::SCHEMA].contains(&finding.lint) && is_of_relation(&stmt) => {
                vec![Effect::AccessExclusiveLock]
            }
            None if finding.lint == &column::TYPE => vec![Effect::RewritesTable, Effect::MayFailOnRows],
            _ => finding.lint.effects().to_vec(),
        };
        assessment.add(finding, &effects, &reached);
        if let Some(Premise::Retyped(retyped)) = &finding.premise
            && effects.contains(&Effect::RewritesTable)
        {
            // Their foreign keys are checked anew.
            let tables = examiner.world.referring(&retyped.column);
            assessment.scans.extend(tables.iter().map(ToString::to_string));
        }
    }
    Some(assessment)
}

fn is_of_relation(stmt: &Stmt) -> bool {
    matches!(
        stmt,
        Stmt::AlterTable(_)
            | Stmt::AlterForeignTable(_)
            | Stmt::AlterView(_)
            | Stmt::AlterMaterializedView(_)
            | Stmt::AlterSequence(_)
    )
}

impl Assessment {
    fn add(&mut self, finding: &Finding, effects: &[Effect], reached: &[(Name, LockMode, Vec<Name>)]) {
        self.lints.insert(finding.lint.name());
        self.effects.extend(effects.iter().copied());
        let Some(relation) = &finding.relation else { return };
        let of_it = reached.iter().filter(|(name, ..)| name == relation);
        let names: BTreeSet<String> =
            of_it.flat_map(|(.., relations)| relations).map(ToString::to_string).collect();
        let is = |effect| effects.contains(&effect);
        let reads = is(Effect::ScansTable) || is_read(finding.lint);
        if is(Effect::RewritesTable) {
            self.rewrites.extend(names.iter().cloned());
        }
        if is(Effect::BuildsIndex) {
            self.builds.extend(names.iter().cloned());
        }
        if reads || is(Effect::RewritesTable) || is(Effect::BuildsIndex) {
            self.scans.extend(names);
        }
    }
}

/// What reads a table while others write to it.
fn is_read(lint: &Lint) -> bool {
    [&constraint::VALIDATE_LATER].contains(&lint)
}
