//! How things of a database belong together, as far as statements say so: what is done to one of them is done to others too, or
//! costs more or less by what the other is.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    self, AlterTableAction, AstNode as _, Constraint, GeneratedAs, PartitionType, Persistence, Stmt, TableArg,
};

use super::examiner::Examiner;
use super::name::{self, Name};
use super::world::Change;
use super::{column, domain, not_null, volatile};

/// What the first of two things is to the second. What is true of one thing alone is a link of it to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Link {
    /// A table inherits from another.
    Heir,
    /// A table is a partition of another.
    Partition,
    /// It is the DEFAULT partition.
    DefaultPartition,
    /// An index is on a table.
    Index,
    /// An index is over a column.
    Indexed,
    /// An index has an expression or a condition.
    Computed,
    /// A foreign key refers to a table.
    Reference,
    /// A column refers to another table by a foreign key.
    Foreign,
    /// A foreign key refers to a column.
    Referenced,
    /// A column is in the primary key of a table.
    Key,
    /// A check looks at a column.
    Check,
    /// A table has the columns of a composite type.
    Typed,
    /// What a function gives is stored: in an index, a generated column, or as the proof of a check.
    Stored,
    /// A function may give another value each time.
    Volatile,
    /// A function does not.
    Steady,
    /// A domain refuses some values.
    Constrained,
    /// The default of a domain or a column calls a function.
    Default,
    /// A trigger calls a function.
    Trigger,
    /// A statistics object is of a table.
    Statistics,
    /// A table is stored by an access method.
    Method,
    /// A table is not written to the log.
    Unlogged,
    /// A table is.
    Logged,
    /// A generated column is computed when it is read.
    Virtual,
    /// A column has a collation.
    Sorted,
}

impl Link {
    pub(super) const ALL: [Self; 24] = [
        Self::Heir,
        Self::Partition,
        Self::DefaultPartition,
        Self::Index,
        Self::Indexed,
        Self::Computed,
        Self::Reference,
        Self::Foreign,
        Self::Referenced,
        Self::Key,
        Self::Check,
        Self::Typed,
        Self::Stored,
        Self::Volatile,
        Self::Steady,
        Self::Constrained,
        Self::Default,
        Self::Trigger,
        Self::Statistics,
        Self::Method,
        Self::Unlogged,
        Self::Logged,
        Self::Virtual,
        Self::Sorted,
    ];
}

pub(super) fn link(examiner: &mut Examiner, link: Link, from: Name, to: Name) {
    examiner.change(Change::Linked(link, from, to));
}

pub(super) fn unlink(examiner: &mut Examiner, link: Link, from: &Name, to: &Name) {
    examiner.change(Change::Unlinked(link, from.clone(), to.clone()));
}

/// Something is true of a thing alone.
pub(super) fn mark(examiner: &mut Examiner, is: Link, name: &Name) {
    link(examiner, is, name.clone(), name.clone());
}

/// Records what a statement says.
pub(super) fn record(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::CreateTable(it) => create_table(examiner, it),
        Stmt::CreateForeignTable(it) => {
            if let (Some(table), Some(parent)) =
                (it.table_name(), it.partition_of().and_then(|it| it.table_name_ref()))
            {
                let (table, parent) = (examiner.relation(table.syntax()), examiner.relation(parent.syntax()));
                partition(examiner, &table, &parent, it.partition_type().as_ref());
            }
        }
        Stmt::AlterTable(it) => {
            let Some(table) = it.table_relation_name().map(|node| examiner.relation(node.syntax())) else {
                return;
            };
            let is_only = it.table_relation_name().is_some_and(|it| it.only_token().is_some());
            it.actions().for_each(|action| of_action(examiner, &table, &action, is_only));
        }
        Stmt::CreateIndex(it) => {
            let Some(table) = it.table_relation_name().map(|it| examiner.relation(it.syntax())) else {
                return;
            };
            let index = it.index().map(|it| table.renamed(&name::last_part(it.syntax())));
            let index = index.unwrap_or_else(|| unnamed(examiner, &table, it));
            stored(examiner, it.syntax(), &index);
            let is_only = it.table_relation_name().is_some_and(|it| it.only_token().is_some());
            self::index(examiner, &index, &table, is_only);
            over(examiner, &index, &table, it.syntax());
            if it.where_clause().is_some() || !items(it).all(|item| column_of(&item).is_some()) {
                mark(examiner, Link::Computed, &index);
            }
        }
        Stmt::CreateFunction(it) => {
            let Some(routine) = it.name().map(|it| examiner.routine(it.syntax())) else { return };
            let options = it.option_list().into_iter().flat_map(|list| list.options());
            let is_steady = options.into_iter().any(|option| {
                matches!(option, ast::FuncOption::VolatilityFuncOption(_))
                    && !option.syntax().text().to_string().eq_ignore_ascii_case("volatile")
            });
            mark(examiner, if is_steady { Link::Steady } else { Link::Volatile }, &routine);
        }
        Stmt::CreateTrigger(it) => {
            let (Some(table), Some(trigger)) = (it.on_relation(), it.trigger()) else { return };
            let table = examiner.relation(table.syntax());
            let trigger = table.part("trigger", &name::last_part(trigger.syntax()));
            for routine in it.call_expr().iter().flat_map(|call| volatile::called(call.syntax())) {
                let routine = examiner.routine_of(&volatile::parts(&routine));
                link(examiner, Link::Trigger, trigger.clone(), routine);
            }
        }
        Stmt::CreateStatistics(it) => {
            if let (Some(name), Some(table)) = (it.statistics(), it.from_table()) {
                let (name, table) = (examiner.relation(name.syntax()), examiner.relation(table.syntax()));
                link(examiner, Link::Statistics, name, table);
            }
        }
        _ => domain::record(examiner, stmt),
    }
}

fn create_table(examiner: &mut Examiner, it: &ast::CreateTable) {
    let Some(table) = it.table_name().map(|node| examiner.relation(node.syntax())) else { return };
    if it.if_not_exists().is_some() && !examiner.world.is_new(&table) {
        return;
    }
    let is_unlogged = matches!(it.persistence(), Some(Persistence::Unlogged(_)));
    mark(examiner, if is_unlogged { Link::Unlogged } else { Link::Logged }, &table);
    // What `default_table_access_method` says where nothing is said is heap as a rule.
    let method = it.using_method().and_then(|it| it.access_method_ref());
    let method = method.map_or_else(|| "heap".to_owned(), |it| name::last_part(it.syntax()));
    mark(examiner, Link::Method, &table.part("method", &method));
    if let Some(parent) = it.partition_of().and_then(|it| it.table_name_ref()) {
        let parent = examiner.relation(parent.syntax());
        partition(examiner, &table, &parent, it.partition_type().as_ref());
    }
    for parent in it.inherits().into_iter().flat_map(|it| it.table_name_refs()) {
        let parent = examiner.relation(parent.syntax());
        link(examiner, Link::Heir, table.clone(), parent);
    }
    if let Some(ty) = it.of_type().and_then(|it| it.ty()) {
        let ty = examiner.relation(ty.syntax());
        link(examiner, Link::Typed, table.clone(), ty);
    }
    for arg in it.table_arg_list().into_iter().flat_map(|list| list.args()) {
        match arg {
            TableArg::Column(it) => {
                let column = it.name().map(|it| name::last_part(it.syntax())).unwrap_or_default();
                if it.ty().is_some_and(|ty| column::is_serial(&ty)) {
                    not_null::prove(examiner, &table, &column);
                }
                for clause in it.clauses() {
                    if let Some(collate) = ast::Collate::cast(clause.syntax().clone()) {
                        let collation = collation(&collate);
                        link(examiner, Link::Sorted, table.part("column", &column), collation);
                    }
                    each_constraint(clause.syntax(), |it| {
                        constraint(examiner, &table, it, Some(&column), true);
                    });
                }
            }
            TableArg::TableConstraint(it) => {
                each_constraint(it.syntax(), |it| constraint(examiner, &table, it, None, true));
            }
            TableArg::LikeClause(it) => {
                let is_indexed = it.like_options().fold(false, |is_indexed, option| {
                    let words = option.syntax().text().to_string().to_ascii_uppercase();
                    match words.split_whitespace().collect::<Vec<_>>()[..] {
                        [word, "INDEXES" | "ALL"] => word == "INCLUDING",
                        _ => is_indexed,
                    }
                });
                if let Some(other) = it.relation_name_ref().filter(|_| is_indexed) {
                    let other = examiner.relation(other.syntax());
                    examiner.change(Change::IndexedLike(table.clone(), other));
                }
            }
        }
    }
}

/// A collation, as the name that it has behind `COLLATE`.
pub(super) fn collation(collate: &ast::Collate) -> Name {
    let name = collate.collation_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
    Name::apart("collation", &name)
}

fn each_constraint(node: &SyntaxNode, mut record: impl FnMut(&Constraint)) {
    if let Some(constraint) = Constraint::cast(node.clone()) {
        record(&constraint);
    }
}

fn of_action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction, is_only: bool) {
    match action {
        AlterTableAction::AddColumn(it) => {
            let column = it.column_name().map(|it| name::last_part(it.syntax())).unwrap_or_default();
            for it in it.constraints() {
                constraint(examiner, table, &it, Some(&column), is_only);
            }
        }
        AlterTableAction::AddConstraint(it) => {
            if let Some(it) = it.constraint() {
                constraint(examiner, table, &it, None, is_only);
            }
        }
        AlterTableAction::DropConstraint(it) => {
            if let Some(constraint) = it.constraint_name_ref() {
                let constraint = name::last_part(constraint.syntax());
                examiner.change(Change::Dropped(table.part("constraint", &constraint)));
                examiner.change(Change::Dropped(table.renamed(&constraint)));
            }
        }
        AlterTableAction::AttachPartition(it) => {
            if let Some(child) = it.table_name_ref() {
                let child = examiner.relation(child.syntax());
                partition(examiner, &child, table, it.partition_type().as_ref());
            }
        }
        AlterTableAction::DetachPartition(it) => {
            if let Some(child) = it.table_name_ref() {
                let child = examiner.relation(child.syntax());
                unlink(examiner, Link::Partition, &child, table);
                unlink(examiner, Link::DefaultPartition, &child, table);
            }
        }
        AlterTableAction::InheritTable(it) => {
            if let Some(parent) = it.table_name_ref() {
                let parent = examiner.relation(parent.syntax());
                link(examiner, Link::Heir, table.clone(), parent);
            }
        }
        AlterTableAction::NoInheritTable(it) => {
            if let Some(parent) = it.table_name_ref() {
                let parent = examiner.relation(parent.syntax());
                unlink(examiner, Link::Heir, table, &parent);
            }
        }
        AlterTableAction::SetLogged(_) | AlterTableAction::SetUnlogged(_) => {
            let is_logged = matches!(action, AlterTableAction::SetLogged(_));
            let (is, was) =
                if is_logged { (Link::Logged, Link::Unlogged) } else { (Link::Unlogged, Link::Logged) };
            unlink(examiner, was, table, table);
            mark(examiner, is, table);
        }
        AlterTableAction::SetAccessMethod(it) => {
            let old: Vec<Name> = examiner.world.methods(table);
            for method in &old {
                unlink(examiner, Link::Method, method, method);
            }
            if let Some(method) = it.access_method_ref() {
                mark(examiner, Link::Method, &table.part("method", &name::last_part(method.syntax())));
            }
        }
        AlterTableAction::OfType(it) => {
            if let Some(ty) = it.ty() {
                let ty = examiner.relation(ty.syntax());
                link(examiner, Link::Typed, table.clone(), ty);
            }
        }
        _ => {}
    }
}

fn partition(examiner: &mut Examiner, child: &Name, parent: &Name, bound: Option<&PartitionType>) {
    link(examiner, Link::Partition, child.clone(), parent.clone());
    if matches!(bound, Some(PartitionType::PartitionDefault(_))) {
        link(examiner, Link::DefaultPartition, child.clone(), parent.clone());
    }
}

/// An index of a table, and those that its partitions get with it.
fn index(examiner: &mut Examiner, index: &Name, table: &Name, is_only: bool) {
    examiner.change(if is_only {
        Change::Linked(Link::Index, index.clone(), table.clone())
    } else {
        Change::Indexed(index.clone(), table.clone())
    });
}

/// What an index is over: columns and expressions.
fn items(it: &ast::CreateIndex) -> impl Iterator<Item = ast::PartitionItem> {
    it.partition_item_list().into_iter().flat_map(|list| list.partition_items())
}

fn column_of(item: &ast::PartitionItem) -> Option<String> {
    match item.expr() {
        Some(ast::Expr::NameRef(column)) => Some(column.text()),
        _ => None,
    }
}

/// The name that PostgreSQL gives an index.
fn unnamed(examiner: &Examiner, table: &Name, it: &ast::CreateIndex) -> Name {
    let mut parts = vec![table.relation_part()];
    parts.extend(items(it).map(|item| column_of(&item).unwrap_or_else(|| "expr".to_owned())));
    let name = format!("{}_idx", parts.join("_"));
    let is_free = |name: &Name| examiner.world.links_of(Link::Index, name).next().is_none();
    let numbered = (1..100).map(|number| table.renamed(&format!("{name}{number}")));
    let mut names = std::iter::once(table.renamed(&name)).chain(numbered);
    names.find(is_free).unwrap_or_else(|| table.renamed(&name))
}

/// The columns that an index is over.
fn over(examiner: &mut Examiner, index: &Name, table: &Name, definition: &SyntaxNode) {
    for column in definition.descendants().filter_map(ast::NameRef::cast) {
        link(examiner, Link::Indexed, index.clone(), table.part("column", &column.text()));
    }
}

/// A constraint of a table, or of a column of it.
fn constraint(
    examiner: &mut Examiner,
    table: &Name,
    constraint: &Constraint,
    column: Option<&str>,
    is_only: bool,
) {
    let columns: Vec<String> = match (column, constraint) {
        (Some(column), _) => Some(vec![column.to_owned()]),
        (None, Constraint::ForeignKeyConstraint(it)) => it.from_columns().map(|it| names(it.syntax())),
        (None, Constraint::UniqueConstraint(it)) => it.index_parameters().map(|it| names(it.syntax())),
        (None, Constraint::PrimaryKeyConstraint(it)) => it.index_parameters().map(|it| names(it.syntax())),
        _ => None,
    }
    .into_iter()
    .flatten()
    .collect();
    // As PostgreSQL names it.
    let named = |suffix: &str| {
        let own = constraint.constraint_name().map(|it| name::last_part(it.syntax()));
        own.unwrap_or_else(|| {
            let mut parts = vec![table.relation_part()];
            parts.extend(columns.iter().filter(|_| suffix != "pkey").cloned());
            format!("{}_{suffix}", parts.join("_"))
        })
    };
    let (referenced, suffix) = match constraint {
        Constraint::ReferencesConstraint(it) => (it.table(), "fkey"),
        Constraint::ForeignKeyConstraint(it) => (it.table_name_ref(), "fkey"),
        Constraint::UniqueConstraint(_) => (None, "key"),
        Constraint::PrimaryKeyConstraint(_) => (None, "pkey"),
        Constraint::ExcludeConstraint(_) => (None, "excl"),
        Constraint::CheckConstraint(it) => {
            let name = table.part("constraint", &named("check"));
            stored(examiner, it.syntax(), &name);
            for column in it.syntax().descendants().filter_map(ast::NameRef::cast) {
                link(examiner, Link::Check, name.clone(), table.part("column", &column.text()));
            }
            not_null::claim(examiner, table, constraint);
            return;
        }
        Constraint::NotNullConstraint(it) => {
            let own = it.column_name_ref().map(|it| name::last_part(it.syntax()));
            if let Some(column) = own.as_deref().or(column).filter(|_| !constraint.is_not_valid()) {
                not_null::prove(examiner, table, column);
            }
            return;
        }
        Constraint::GeneratedConstraint(it) => {
            let column = table.part("column", column.unwrap_or_default());
            match it.generated_as() {
                Some(GeneratedAs::GeneratedIdentity(_)) => {
                    not_null::prove(examiner, table, column.last_part());
                }
                Some(GeneratedAs::GeneratedStored(it)) if column::is_stored(&it) => {
                    stored(examiner, it.syntax(), &column);
                }
                Some(GeneratedAs::GeneratedStored(_)) => mark(examiner, Link::Virtual, &column),
                None => {}
            }
            return;
        }
        Constraint::DefaultConstraint(it) => {
            let column = table.part("column", column.unwrap_or_default());
            for routine in it.expr().iter().flat_map(|expr| volatile::called(expr.syntax())) {
                let routine = examiner.routine_of(&volatile::parts(&routine));
                link(examiner, Link::Default, column.clone(), routine);
            }
            return;
        }
        Constraint::NullConstraint(_) => return,
    };
    if let Some(referenced) = referenced {
        let referenced = examiner.relation(referenced.syntax());
        let own = table.part("constraint", &named(suffix));
        for column in &columns {
            link(examiner, Link::Foreign, table.part("column", column), own.clone());
        }
        let to: Vec<Name> = match constraint {
            Constraint::ReferencesConstraint(it) => it.column().map(|it| it.syntax().clone()),
            Constraint::ForeignKeyConstraint(it) => it.to_columns().map(|it| it.syntax().clone()),
            _ => None,
        }
        .map_or_else(
            || examiner.world.linked(Link::Key, &referenced).cloned().collect(),
            |list| names(&list).iter().map(|column| referenced.part("column", column)).collect(),
        );
        for column in to {
            link(examiner, Link::Referenced, own.clone(), column);
        }
        link(examiner, Link::Reference, own, referenced);
    } else {
        if suffix == "pkey" {
            for column in &columns {
                not_null::prove(examiner, table, column);
                link(examiner, Link::Key, table.part("column", column), table.clone());
            }
        }
        let name = table.renamed(&named(suffix));
        key_index(examiner, &name, table, constraint, is_only);
        for column in &columns {
            link(examiner, Link::Indexed, name.clone(), table.part("column", column));
        }
        if let Constraint::ExcludeConstraint(it) = constraint {
            over(examiner, &name, table, it.syntax());
            mark(examiner, Link::Computed, &name);
        }
    }
}

/// The index of a key, or the one that is there and becomes it.
fn key_index(examiner: &mut Examiner, name: &Name, table: &Name, constraint: &Constraint, is_only: bool) {
    let taken = match constraint {
        Constraint::UniqueConstraint(it) => it.using_index(),
        Constraint::PrimaryKeyConstraint(it) => it.using_index(),
        _ => None,
    };
    let Some(taken) = taken.and_then(|it| it.index_ref()) else {
        index(examiner, name, table, is_only);
        return;
    };
    // It has the name of the constraint from then on.
    let taken = table.renamed(&name::last_part(taken.syntax()));
    if taken != *name {
        examiner.change(Change::Renamed(taken, name.clone()));
    }
}

fn names(list: &SyntaxNode) -> Vec<String> {
    list.descendants().filter_map(ast::ColumnNameRef::cast).map(|it| name::last_part(it.syntax())).collect()
}

/// What the functions that an expression calls give is stored in something.
fn stored(examiner: &mut Examiner, expression: &SyntaxNode, within: &Name) {
    for routine in volatile::called(expression) {
        let routine = examiner.routine_of(&volatile::parts(&routine));
        link(examiner, Link::Stored, within.clone(), routine);
    }
}
