//! How strongly a statement locks which relations, by PostgreSQL's manual and source (`AlterTableGetLockLevel`); the tests measure it.

use squawk_syntax::SyntaxKind;
use squawk_syntax::ast::{
    self, AlterColumnOption, AlterDomainAction, AlterMaterializedViewAction, AlterTableAction,
    AlterTypeAction, AstNode as _, Constraint, ConstraintOption, DetachPartitionOption, DropBehavior, Stmt,
};

use super::examiner::Examiner;
use super::link::Link;
use super::name::{self, Name};
use super::world::World;

/// A lock of a table that keeps more than the deletion of the table away, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    /// Reads and writes go on; VACUUM and other changes of the schema wait.
    ShareUpdateExclusive,
    /// Reads go on, writes wait.
    Share,
    /// The same, and it is not shared.
    ShareRowExclusive,
    /// Reads go on, and not even `SELECT … FOR UPDATE`.
    Exclusive,
    /// Reads wait too.
    AccessExclusive,
}

impl LockMode {
    /// As `pg_locks` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }
}

/// Which relations a lock of a name is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The relation itself.
    Alone,
    /// And its partitions, and theirs.
    Partitions,
    /// And its partitions and heirs, and theirs.
    Heirs,
    /// The DEFAULT partition of a table.
    Default,
    /// The table that a partition is of, and the DEFAULT partition there.
    Parent,
    /// The table of an index.
    Indexed,
    /// The tables that a foreign key refers to; of a table, those of all its keys.
    Referenced,
    /// The tables with foreign keys to a table or a column.
    Referring,
    /// The tables of a composite type.
    Typed,
    /// The tables with columns of a domain.
    Domain,
    /// The table of a statistics object.
    Measured,
}

impl Reach {
    /// Whether the relation that is named is locked itself.
    pub(super) fn is_named(self) -> bool {
        matches!(self, Self::Alone | Self::Partitions | Self::Heirs)
    }

    pub(super) fn of(self, name: &Name, world: &World) -> Vec<Name> {
        let ones = |link, name: &Name| world.linked(link, name).cloned().collect::<Vec<_>>();
        match self {
            Self::Alone => vec![name.clone()],
            Self::Partitions => world.with_parts(name, &[Link::Partition]),
            Self::Heirs => world.with_parts(name, &[Link::Partition, Link::Heir]),
            Self::Default => ones(Link::DefaultPartition, name),
            Self::Parent => {
                let parents: Vec<Name> = world.links_of(Link::Partition, name).cloned().collect();
                let defaults = parents.iter().flat_map(|parent| ones(Link::DefaultPartition, parent));
                let defaults: Vec<Name> = defaults.collect();
                parents.into_iter().chain(defaults).collect()
            }
            Self::Indexed => {
                let tables: Vec<Name> = world.links_of(Link::Index, name).cloned().collect();
                tables.iter().flat_map(|table| Self::Partitions.of(table, world)).collect()
            }
            Self::Referring => world.referring(name),
            Self::Referenced => world.references(name),
            Self::Typed => ones(Link::Typed, name),
            Self::Domain => world.tables_with(name),
            Self::Measured => world.links_of(Link::Statistics, name).cloned().collect(),
        }
    }
}

/// How strongly an action of ALTER TABLE locks the table, and what goes along.
fn of_action(action: &AlterTableAction, is_only: bool) -> (LockMode, Reach) {
    use LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};

    let heirs = if is_only { Reach::Alone } else { Reach::Heirs };
    let partitions = if is_only { Reach::Alone } else { Reach::Partitions };
    match action {
        AlterTableAction::ValidateConstraint(_) => (ShareUpdateExclusive, heirs),
        AlterTableAction::AttachPartition(_)
        | AlterTableAction::ClusterOn(_)
        | AlterTableAction::SetWithoutCluster(_) => (ShareUpdateExclusive, Reach::Alone),
        AlterTableAction::SetOptions(_) | AlterTableAction::ResetOptions(_) => {
            // The only one of a table that matters to who reads it.
            let is_read = action.syntax().text().to_string().to_lowercase().contains("user_catalog_table");
            (if is_read { AccessExclusive } else { ShareUpdateExclusive }, Reach::Alone)
        }
        AlterTableAction::EnableTrigger(_)
        | AlterTableAction::EnableAlwaysTrigger(_)
        | AlterTableAction::EnableReplicaTrigger(_)
        | AlterTableAction::DisableTrigger(_) => (ShareRowExclusive, partitions),
        AlterTableAction::DetachPartition(it) => match it.detach_partition_option() {
            Some(DetachPartitionOption::DetachConcurrently(_) | DetachPartitionOption::DetachFinalize(_)) => {
                (ShareUpdateExclusive, Reach::Alone)
            }
            None => (AccessExclusive, Reach::Alone),
        },
        AlterTableAction::AddConstraint(it) => match it.constraint() {
            Some(Constraint::ForeignKeyConstraint(_)) => (ShareRowExclusive, partitions),
            Some(Constraint::CheckConstraint(it))
                if it.constraint_options().any(|it| matches!(it, ConstraintOption::NoInherit(_))) =>
            {
                (AccessExclusive, Reach::Alone)
            }
            Some(Constraint::CheckConstraint(_) | Constraint::NotNullConstraint(_)) => {
                (AccessExclusive, heirs)
            }
            _ => (AccessExclusive, partitions),
        },
        AlterTableAction::AlterColumn(it) => match it.option() {
            Some(
                AlterColumnOption::SetStatistics(_)
                | AlterColumnOption::SetOptions(_)
                | AlterColumnOption::ResetOptions(_),
            ) => (ShareUpdateExclusive, heirs),
            _ => (AccessExclusive, heirs),
        },
        AlterTableAction::AddColumn(_)
        | AlterTableAction::DropColumn(_)
        | AlterTableAction::DropConstraint(_)
        | AlterTableAction::RenameColumn(_)
        | AlterTableAction::RenameConstraint(_) => (AccessExclusive, heirs),
        _ => (AccessExclusive, Reach::Alone),
    }
}

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction, is_only: bool) {
    let (mode, reach) = of_action(action, is_only);
    let at = action.syntax();
    examiner.lock(table, at, mode, reach);
    let relation = |node: Option<squawk_syntax::SyntaxNode>, examiner: &Examiner| {
        node.map(|node| examiner.relation(&node))
    };
    match action {
        AlterTableAction::AddConstraint(it) => {
            if let Some(Constraint::ForeignKeyConstraint(it)) = it.constraint()
                && let Some(other) = relation(it.table_name_ref().map(|it| it.syntax().clone()), examiner)
            {
                examiner.lock(&other, at, LockMode::ShareRowExclusive, Reach::Partitions);
            }
        }
        AlterTableAction::AddColumn(it) => {
            for constraint in it.constraints() {
                if let Constraint::ReferencesConstraint(it) = constraint
                    && let Some(other) = relation(it.table().map(|it| it.syntax().clone()), examiner)
                {
                    examiner.lock(&other, at, LockMode::ShareRowExclusive, Reach::Partitions);
                }
            }
        }
        AlterTableAction::DropColumn(it) => {
            if let Some(name) = it.column_name_ref() {
                let column = table.part("column", &name::last_part(name.syntax()));
                examiner.lock(&column, at, mode, Reach::Referenced);
            }
        }
        AlterTableAction::AlterColumn(it) => {
            if let (Some(name), Some(AlterColumnOption::SetType(_))) = (it.column_name_ref(), it.option()) {
                let column = table.part("column", &name::last_part(name.syntax()));
                examiner.lock(&column, at, mode, Reach::Referenced);
                examiner.lock(&column, at, mode, Reach::Referring);
            }
        }
        AlterTableAction::DropConstraint(it) => {
            if let Some(name) = it.constraint_name_ref() {
                let constraint = table.part("constraint", &name::last_part(name.syntax()));
                examiner.lock(&constraint, at, mode, Reach::Referenced);
            }
        }
        AlterTableAction::AlterConstraint(it) => {
            // Its triggers are on both tables.
            let is_enforcement =
                |option| matches!(option, ConstraintOption::Enforced(_) | ConstraintOption::NotEnforced(_));
            if let Some(name) =
                it.constraint_name_ref().filter(|_| it.constraint_options().any(is_enforcement))
            {
                let constraint = table.part("constraint", &name::last_part(name.syntax()));
                examiner.lock(&constraint, at, mode, Reach::Referenced);
            }
        }
        AlterTableAction::AttachPartition(it) => {
            if let Some(child) = relation(it.table_name_ref().map(|it| it.syntax().clone()), examiner) {
                examiner.lock(&child, at, LockMode::AccessExclusive, Reach::Partitions);
                examiner.lock(table, at, LockMode::AccessExclusive, Reach::Default);
            }
        }
        AlterTableAction::DetachPartition(it) => {
            if let Some(child) = relation(it.table_name_ref().map(|it| it.syntax().clone()), examiner) {
                // CONCURRENTLY waits for those who use the partition; the lock itself lets them work.
                examiner.lock(&child, at, mode, Reach::Alone);
                if mode == LockMode::AccessExclusive {
                    examiner.lock(table, at, mode, Reach::Default);
                }
            }
        }
        AlterTableAction::InheritTable(it) => {
            if let Some(parent) = relation(it.table_name_ref().map(|it| it.syntax().clone()), examiner) {
                examiner.lock(&parent, at, LockMode::ShareUpdateExclusive, Reach::Alone);
            }
        }
        _ => {}
    }
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    use LockMode::{AccessExclusive, Exclusive, Share, ShareRowExclusive, ShareUpdateExclusive};

    let at = stmt.syntax();
    let mut locks: Vec<(squawk_syntax::SyntaxNode, LockMode, Reach)> = Vec::new();
    let mut add = |node: Option<squawk_syntax::SyntaxNode>, mode, reach| {
        locks.extend(node.map(|node| (node, mode, reach)));
    };
    match stmt {
        Stmt::CreateTable(it) => {
            if let Some(parent) = it.partition_of().and_then(|it| it.table_name_ref()) {
                add(Some(parent.syntax().clone()), AccessExclusive, Reach::Alone);
                add(Some(parent.syntax().clone()), AccessExclusive, Reach::Default);
            }
            for parent in it.inherits().into_iter().flat_map(|it| it.table_name_refs()) {
                add(Some(parent.syntax().clone()), ShareUpdateExclusive, Reach::Alone);
            }
            for node in it.syntax().descendants() {
                let referenced = match Constraint::cast(node) {
                    Some(Constraint::ReferencesConstraint(it)) => it.table(),
                    Some(Constraint::ForeignKeyConstraint(it)) => it.table_name_ref(),
                    _ => None,
                };
                add(referenced.map(|it| it.syntax().clone()), ShareRowExclusive, Reach::Partitions);
            }
        }
        Stmt::DropTable(it) => {
            for table in it.table_name_refs() {
                let node = table.syntax();
                add(Some(node.clone()), AccessExclusive, Reach::Heirs);
                add(Some(node.clone()), AccessExclusive, Reach::Parent);
                add(Some(node.clone()), AccessExclusive, Reach::Referenced);
            }
        }
        Stmt::DropMaterializedView(it) => {
            it.view_refs().for_each(|view| add(Some(view.syntax().clone()), AccessExclusive, Reach::Alone));
        }
        Stmt::Truncate(it) => {
            for table in it.table_list().into_iter().flat_map(|list| list.table_relation_names()) {
                add(Some(table.syntax().clone()), AccessExclusive, Reach::Heirs);
                if matches!(it.drop_behavior(), Some(DropBehavior::Cascade(_))) {
                    add(Some(table.syntax().clone()), AccessExclusive, Reach::Referring);
                }
            }
        }
        Stmt::CreateIndex(it) => {
            let mode = if it.concurrently_token().is_some() { ShareUpdateExclusive } else { Share };
            if let Some(table) = it.table_relation_name() {
                let reach = if table.only_token().is_some() { Reach::Alone } else { Reach::Partitions };
                add(Some(table.syntax().clone()), mode, reach);
            }
        }
        Stmt::DropIndex(it) => {
            let mode = if it.concurrently_token().is_some() { ShareUpdateExclusive } else { AccessExclusive };
            it.index_refs().for_each(|index| add(Some(index.syntax().clone()), mode, Reach::Indexed));
        }
        Stmt::Reindex(it) => {
            use squawk_syntax::ast::ReindexTarget as Target;
            let mode = if it.is_concurrently() { ShareUpdateExclusive } else { Share };
            match it.reindex_target() {
                Some(Target::ReindexTargetTable(it)) => {
                    add(it.table_name_ref().map(|it| it.syntax().clone()), mode, Reach::Partitions);
                }
                Some(Target::ReindexTargetIndex(it)) => {
                    add(it.index_ref().map(|it| it.syntax().clone()), mode, Reach::Indexed);
                }
                _ => {}
            }
        }
        Stmt::Cluster(it) => {
            let table = it.table_name_ref().map(|it| it.syntax().clone());
            let table = table.or_else(|| Some(it.cluster_legacy()?.on_path()?.syntax().clone()));
            add(table, AccessExclusive, Reach::Alone);
        }
        Stmt::Refresh(it) => {
            let mode = if it.concurrently_token().is_some() { Exclusive } else { AccessExclusive };
            add(it.view_ref().map(|it| it.syntax().clone()), mode, Reach::Alone);
        }
        _ => of_parts(stmt, &mut add),
    }
    for (node, mode, reach) in locks {
        let name = examiner.relation(&node);
        examiner.lock(&name, at, mode, reach);
    }
}

/// What is on a table, or of a type.
fn of_parts(stmt: &Stmt, add: &mut impl FnMut(Option<squawk_syntax::SyntaxNode>, LockMode, Reach)) {
    use LockMode::{AccessExclusive, Share, ShareRowExclusive, ShareUpdateExclusive};

    match stmt {
        Stmt::CreateTrigger(it) => {
            add(it.on_relation().map(|it| it.syntax().clone()), ShareRowExclusive, Reach::Partitions);
        }
        Stmt::DropTrigger(it) => {
            add(it.on_relation().map(|it| it.syntax().clone()), AccessExclusive, Reach::Partitions);
        }
        Stmt::AlterTrigger(it) => {
            add(it.on_relation().map(|it| it.syntax().clone()), AccessExclusive, Reach::Partitions);
        }
        Stmt::CreatePolicy(it) => {
            add(it.on_table().map(|it| it.syntax().clone()), AccessExclusive, Reach::Alone);
        }
        Stmt::AlterPolicy(it) => {
            add(it.on_table().map(|it| it.syntax().clone()), AccessExclusive, Reach::Alone);
        }
        Stmt::DropPolicy(it) => {
            add(it.on_table().map(|it| it.syntax().clone()), AccessExclusive, Reach::Alone);
        }
        Stmt::DropRule(it) => {
            add(it.on_relation().map(|it| it.syntax().clone()), AccessExclusive, Reach::Alone);
        }
        Stmt::DropStatistics(it) => {
            let mode = ShareUpdateExclusive;
            it.statistics_refs().for_each(|it| add(Some(it.syntax().clone()), mode, Reach::Measured));
        }
        Stmt::CreatePublication(_) | Stmt::AlterPublication(_) => {
            let objects = stmt.syntax().descendants().filter_map(ast::PublicationObjectTable::cast);
            for table in objects.filter_map(|it| it.table_name_ref()) {
                add(Some(table.syntax().clone()), ShareUpdateExclusive, Reach::Alone);
            }
        }
        Stmt::CommentOn(it) => {
            add(it.comment_object().and_then(|it| commented(&it)), ShareUpdateExclusive, Reach::Alone);
        }
        Stmt::CreateRule(it) => {
            add(it.rule_on().map(|it| it.syntax().clone()), AccessExclusive, Reach::Alone);
        }
        Stmt::CreateStatistics(it) => {
            add(it.from_table().map(|it| it.syntax().clone()), ShareUpdateExclusive, Reach::Alone);
        }
        Stmt::AlterDomain(it) => {
            let is_read = matches!(
                it.action(),
                Some(AlterDomainAction::SetNotNull(_) | AlterDomainAction::ValidateConstraint(_))
            ) || matches!(it.action(), Some(AlterDomainAction::AddConstraint(added))
                if added.constraint().is_some_and(|it| !it.is_not_valid()));
            if is_read {
                add(it.domain_ref().map(|it| it.syntax().clone()), Share, Reach::Domain);
            }
        }
        Stmt::AlterType(it) => {
            if let Some(
                AlterTypeAction::AlterTypeAttributeActionList(_) | AlterTypeAction::RenameAttribute(_),
            ) = it.action()
            {
                add(it.type_name_ref().map(|it| it.syntax().clone()), AccessExclusive, Reach::Typed);
            }
        }
        Stmt::AlterRule(it) => {
            add(it.on_relation().map(|it| it.syntax().clone()), AccessExclusive, Reach::Alone);
        }
        Stmt::AlterMaterializedView(it) => {
            let is_name = |action| !matches!(action, AlterMaterializedViewAction::AlterTableAction(_));
            if it.action().any(is_name) {
                add(it.view_ref().map(|it| it.syntax().clone()), AccessExclusive, Reach::Alone);
            }
        }
        _ => {}
    }
}

/// The relation that a comment is on, or on a column of.
fn commented(object: &ast::CommentObject) -> Option<squawk_syntax::SyntaxNode> {
    let name = match object {
        ast::CommentObject::ObjectTable(it) => it.table_name_ref()?.syntax().clone(),
        ast::CommentObject::ObjectMaterializedView(it) => it.view_ref()?.syntax().clone(),
        // What is before the last dot.
        ast::CommentObject::ObjectColumn(it) => {
            let name = it.name()?;
            let mut paths = name.syntax().descendants().filter(|it| it.kind() == SyntaxKind::PATH_REF);
            paths.nth(1)?
        }
        _ => return None,
    };
    Some(name)
}
