//! Reads the statements of one script in order, and collects what may be dangerous in them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AlterMaterializedViewAction, AlterTableAction, AstNode as _, Stmt};

use super::catalogue::{InDown, Lint};
use super::findings::{Finding, Findings, Lock, Premise};
use super::lock_mode::{self, LockMode, Reach};
use super::name::{self, Name};
use super::world::{Change, World};
use super::{
    cascade, column, compat, constraint, created, data, design, drop, index, key, link, lock, not_null,
    partition, rename, resume, retyped, rewrite, security, trigger, twice, types,
};
use crate::bulk::Gap;
use crate::grammar::Tree;

/// How a script runs, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// In one transaction.
    pub(crate) is_transactional: bool,
    /// To revert another one.
    pub(crate) is_down: bool,
}

/// Reads one script.
#[derive(Debug)]
pub(crate) struct Examiner {
    pub(super) mode: Mode,
    pub(super) world: World,
    /// Where names without a schema are.
    pub(super) schema: String,
    /// Constraints that this script adds without validating them.
    pub(super) not_valid: BTreeSet<Name>,
    pub(super) enum_values: Vec<types::EnumValue>,
    pub(super) usage: data::Usage,
    /// Routines to which this script gives a `search_path`.
    pub(super) pinned: BTreeSet<Name>,
    /// Columns that end where an `integer` ends, with where that is.
    pub(super) short: BTreeMap<Name, &'static str>,
    pub(super) findings: Findings,
    /// What the locks of a statement are on, where the whole database is known.
    pub(super) reached: Option<Vec<(Name, LockMode, Vec<Name>)>>,
    /// The relations of the locks that were found.
    locked: BTreeSet<Name>,
    /// What is dropped, unless it is created again.
    dropped: BTreeSet<Name>,
    statement: usize,
    offset: usize,
    gap: Gap,
}

impl Examiner {
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            world: World::default(),
            schema: name::PUBLIC.to_owned(),
            not_valid: BTreeSet::new(),
            enum_values: Vec::new(),
            usage: data::Usage::default(),
            pinned: BTreeSet::new(),
            short: BTreeMap::new(),
            findings: Findings::default(),
            reached: None,
            locked: BTreeSet::new(),
            dropped: BTreeSet::new(),
            statement: 0,
            offset: 0,
            gap: Gap::default(),
        }
    }

    /// Whether the values of an INSERT matter to what is looked for in the next statement. Where not, all INSERTs that
    /// differ in nothing else are alike.
    pub(crate) fn reads_values(&self) -> bool {
        !self.enum_values.is_empty()
    }

    /// Reads the next statement: its number, its first byte in the script, what of it was left out, and what it is.
    pub(crate) fn statement(&mut self, statement: usize, offset: usize, gap: Gap, tree: &Tree) {
        self.statement = statement;
        self.offset = offset;
        self.gap = gap;
        if let Some(stmt) = tree.statement() {
            self.read(&stmt);
        }
    }

    pub(crate) fn finish(self) -> Findings {
        self.findings
    }

    fn read(&mut self, stmt: &Stmt) {
        if let Stmt::AlterForeignTable(it) = stmt
            && let Some(table) = it.table_relation_name()
        {
            self.change(Change::Foreign(self.relation(table.syntax())));
        }
        if let Some((table, actions)) = self.alter_table(stmt) {
            let is_only = is_only(stmt);
            for action in &actions {
                constraint::action(self, &table, action, is_only);
                not_null::action(self, &table, action);
                column::action(self, &table, action);
                rewrite::action(self, &table, action);
                partition::action(self, &table, action);
                lock_mode::action(self, &table, action, is_only);
                cascade::action(self, &table, action);
                trigger::action(self, &table, action);
                drop::action(self, &table, action);
                rename::action(self, &table, action);
                design::action(self, action);
                key::action(self, &table, action);
                compat::action(self, &table, action);
            }
        }
        index::examine(self, stmt);
        rewrite::examine(self, stmt);
        partition::examine(self, stmt);
        lock::examine(self, stmt);
        lock_mode::examine(self, stmt);
        cascade::examine(self, stmt);
        trigger::examine(self, stmt);
        data::examine(self, stmt);
        drop::examine(self, stmt);
        rename::examine(self, stmt);
        types::examine(self, stmt);
        design::examine(self, stmt);
        key::examine(self, stmt);
        compat::examine(self, stmt);
        twice::examine(self, stmt);
        security::examine(self, stmt);
        resume::examine(self, stmt);
        created::examine(self, stmt);
        retyped::record(self, stmt);
        link::record(self, stmt);
        if let Stmt::CreateSchema(schema) = stmt {
            self.elements(schema);
        }
    }

    /// What `CREATE SCHEMA` creates along with it is in it.
    fn elements(&mut self, schema: &ast::CreateSchema) {
        let name = schema.schema_name().map(|node| name::last_part(&node)).unwrap_or_default();
        let outside = std::mem::replace(&mut self.schema, name);
        for element in schema.schema_elements() {
            if let Some(stmt) = Stmt::cast(element.syntax().clone()) {
                self.read(&stmt);
            }
        }
        self.schema = outside;
    }

    /// The actions of `ALTER TABLE`, also of a foreign table or a materialized view.
    fn alter_table(&self, stmt: &Stmt) -> Option<(Name, Vec<AlterTableAction>)> {
        match stmt {
            Stmt::AlterTable(it) => {
                Some((self.relation(it.table_relation_name()?.syntax()), it.actions().collect()))
            }
            Stmt::AlterForeignTable(it) => {
                Some((self.relation(it.table_relation_name()?.syntax()), it.actions().collect()))
            }
            Stmt::AlterMaterializedView(it) => {
                let of_tables = |action| match action {
                    AlterMaterializedViewAction::AlterTableAction(action) => Some(action),
                    _ => None,
                };
                Some((self.relation(it.view_ref()?.syntax()), it.action().filter_map(of_tables).collect()))
            }
            _ => None,
        }
    }

    /// The relation or type that a node names.
    pub(super) fn relation(&self, node: &SyntaxNode) -> Name {
        Name::relation(&name::parts(node), &self.schema)
    }

    /// The routine that a node names.
    pub(super) fn routine(&self, node: &SyntaxNode) -> Name {
        Name::routine(&name::parts(node), &self.schema)
    }

    /// The routine of a name that has been split.
    pub(super) fn routine_of(&self, parts: &[String]) -> Name {
        Name::routine(parts, &self.schema)
    }

    /// There is a hazard, unless what it is about is new.
    pub(super) fn report(
        &mut self,
        lint: &'static Lint,
        at: &SyntaxNode,
        about: Option<&Name>,
        message: String,
    ) {
        self.report_if(lint, at, about, None, message);
    }

    /// There is a hazard, unless what it is about is new, or what it depends on is known to be otherwise.
    pub(super) fn report_if(
        &mut self,
        lint: &'static Lint,
        at: &SyntaxNode,
        about: Option<&Name>,
        premise: Option<Premise>,
        message: String,
    ) {
        let is_new = about.is_some_and(|name| self.world.is_new(name));
        let is_otherwise = premise.as_ref().is_some_and(|premise| match self.reached {
            // What this script says is not for another one to say.
            None => self.world.denies(premise),
            Some(_) => !self.world.bears(premise),
        });
        let lint = match lint.in_down {
            InDown::Fine if self.mode.is_down => return,
            InDown::LosesData if self.mode.is_down => &data::DOWN,
            _ => lint,
        };
        let is_elsewhere =
            about.is_some_and(|name| self.world.is_foreign(name)) && retyped::is_about_rows(lint);
        if is_new || is_elsewhere || is_otherwise {
            return;
        }
        if drop::is_undone_by_creating(lint) {
            self.dropped.extend(about.cloned());
        }
        let finding = Finding {
            lint,
            statement: self.statement,
            range: self.range(at),
            relation: about.map(|name| self.before(name)),
            premise,
            changes: self.findings.changes.len(),
            message,
        };
        self.findings.found.push(finding);
    }

    /// Something has changed for the statements after this one.
    pub(super) fn change(&mut self, change: Change) {
        self.world.apply(&change, true);
        self.findings.changes.push(change);
    }

    /// A relation is created that ends with the session.
    pub(super) fn create_temporary(&mut self, name: Name) {
        self.world.apply(&Change::Created(name), true);
    }

    /// What was dropped is there again when the transaction ends.
    pub(super) fn replaced(&mut self, name: &Name) {
        if self.mode.is_transactional && self.dropped.remove(name) {
            let is_replaced = |finding: &Finding| {
                drop::is_undone_by_creating(finding.lint) && finding.relation.as_ref() == Some(name)
            };
            self.findings.found.retain(|finding| !is_replaced(finding));
        }
    }

    /// A later statement has mended what was said of an earlier one.
    pub(super) fn withdraw(&mut self, lint: &'static Lint, message: &str) {
        self.findings.found.retain(|finding| finding.lint != lint || finding.message != message);
    }

    /// A lock is taken, unless the relation is new.
    pub(super) fn lock(&mut self, relation: &Name, at: &SyntaxNode, mode: LockMode, reach: Reach) {
        // Another name is not another relation.
        let relation = &self.before(relation);
        if self.world.is_new(relation) {
            return;
        }
        if let Some(reached) = &mut self.reached {
            reached.push((relation.clone(), mode, reach.of(relation, &self.world)));
        }
        let is_closed = mode == LockMode::AccessExclusive && reach.is_named();
        let is_held = self.mode.is_transactional && !self.mode.is_down;
        if is_closed && is_held && self.locked.insert(relation.clone()) {
            let lock = Lock { relation: relation.clone(), statement: self.statement, range: self.range(at) };
            self.findings.locks.push(lock);
        }
    }

    /// The name that a thing has before the script.
    fn before(&self, name: &Name) -> Name {
        self.findings.changes.iter().rev().fold(name.clone(), |name, change| match change {
            Change::Renamed(from, to) => name.within(to, from),
            _ => name,
        })
    }

    fn range(&self, node: &SyntaxNode) -> Range<usize> {
        let range = node.text_range();
        let in_script = |at| self.offset + self.gap.in_statement(usize::from(at));
        in_script(range.start())..in_script(range.end())
    }
}

/// Whether `ALTER TABLE ONLY` leaves partitions and heirs alone.
fn is_only(stmt: &Stmt) -> bool {
    let name = match stmt {
        Stmt::AlterTable(it) => it.table_relation_name(),
        Stmt::AlterForeignTable(it) => it.table_relation_name(),
        _ => None,
    };
    name.is_some_and(|name| name.only_token().is_some())
}
