//! Which relations a script creates, renames and drops: nobody waits for a lock on what is not there yet.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    self, AlterIndexAction, AlterSequenceAction, AlterTableAction, AlterTypeAction, AlterViewAction, AstNode,
    ConfigAssignment, Persistence, SetTarget, Stmt,
};

use super::examiner::Examiner;
use super::name::{self, Name};
use super::world::Change;

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::CreateTable(it) => {
            table(examiner, it.table_name(), it.persistence().as_ref(), it.if_not_exists().is_some());
        }
        Stmt::CreateTableAs(it) => {
            table(examiner, it.table_name(), it.persistence().as_ref(), it.if_not_exists().is_some());
        }
        Stmt::SelectInto(it) => {
            let into = it.into_clause();
            let persistence = into.as_ref().and_then(ast::IntoClause::persistence);
            table(examiner, into.and_then(|into| into.table_name()), persistence.as_ref(), false);
        }
        Stmt::CreateForeignTable(it) => relation(examiner, it.table_name(), it.if_not_exists().is_some()),
        Stmt::CreateView(it) => relation(examiner, it.view(), it.or_replace().is_some()),
        Stmt::CreateMaterializedView(it) => relation(examiner, it.view(), it.if_not_exists().is_some()),
        Stmt::CreateSequence(it) => relation(examiner, it.sequence(), it.if_not_exists().is_some()),
        Stmt::CreateType(it) => relation(examiner, it.type_name(), false),
        Stmt::CreateDomain(it) => relation(examiner, it.domain(), false),
        Stmt::CreateIndex(it) => index(examiner, it),
        Stmt::CreateFunction(it) => routine(examiner, it.name(), it.or_replace().is_some()),
        Stmt::CreateProcedure(it) => routine(examiner, it.name(), it.or_replace().is_some()),
        Stmt::CreateAggregate(it) => routine(examiner, Some(it.clone()), it.or_replace().is_some()),
        Stmt::CreateTrigger(it) => {
            part(examiner, it.on_relation(), "trigger", it.trigger(), it.or_replace().is_some());
        }
        Stmt::CreatePolicy(it) => part(examiner, it.on_table(), "policy", it.policy(), false),
        Stmt::CreateSchema(it) => {
            if let Some(schema) = it.schema_name() {
                create(
                    examiner,
                    Name::apart("schema", &name::last_part(&schema)),
                    it.if_not_exists().is_some(),
                );
            }
        }
        Stmt::AlterTable(it) => {
            let Some(table) = it.table_relation_name().map(|node| examiner.relation(node.syntax())) else {
                return;
            };
            for action in it.actions() {
                match action {
                    AlterTableAction::TableRenameTo(to) => rename(examiner, table.clone(), to.table_name()),
                    AlterTableAction::SetSchema(to) => moved(examiner, &table, to.schema_ref()),
                    _ => {}
                }
            }
        }
        Stmt::AlterIndex(it) => {
            if let (Some(from), Some(AlterIndexAction::IndexRenameTo(to))) = (it.index_ref(), it.action()) {
                let from = examiner.relation(from.syntax());
                rename(examiner, from, to.index());
            }
        }
        Stmt::AlterView(it) => {
            let Some(view) = it.view_ref().map(|node| examiner.relation(node.syntax())) else { return };
            match it.action() {
                Some(AlterViewAction::ViewRenameTo(to)) => rename(examiner, view, to.view()),
                Some(AlterViewAction::SetSchema(to)) => moved(examiner, &view, to.schema_ref()),
                _ => {}
            }
        }
        Stmt::AlterSequence(it) => {
            let Some(from) = it.sequence_ref().map(|node| examiner.relation(node.syntax())) else { return };
            for action in it.actions() {
                if let AlterSequenceAction::SequenceRenameTo(to) = action {
                    rename(examiner, from.clone(), to.sequence());
                }
            }
        }
        Stmt::AlterType(it) => {
            if let (Some(from), Some(AlterTypeAction::TypeRenameTo(to))) = (it.type_name_ref(), it.action()) {
                let from = examiner.relation(from.syntax());
                rename(examiner, from, to.type_name());
            }
        }
        Stmt::DropTable(it) => it.table_name_refs().for_each(|node| dropped(examiner, &node)),
        Stmt::DropView(it) => it.view_refs().for_each(|node| dropped(examiner, &node)),
        Stmt::DropMaterializedView(it) => it.view_refs().for_each(|node| dropped(examiner, &node)),
        Stmt::DropIndex(it) => it.index_refs().for_each(|node| dropped(examiner, &node)),
        Stmt::DropSequence(it) => it.sequence_refs().for_each(|node| dropped(examiner, &node)),
        Stmt::DropType(it) => it.type_name_refs().for_each(|node| dropped(examiner, &node)),
        Stmt::Set(it) => search_path(examiner, it),
        _ => {}
    }
}

/// `may_be_old`: it may have been there before, unless the script has dropped it.
fn create(examiner: &mut Examiner, name: Name, may_be_old: bool) {
    examiner.replaced(&name);
    if !may_be_old || examiner.world.is_gone(&name) {
        examiner.change(Change::Created(name));
    }
}

fn table(
    examiner: &mut Examiner,
    table: Option<ast::TableName>,
    persistence: Option<&Persistence>,
    may_be_old: bool,
) {
    let Some(table) = table else { return };
    let name = examiner.relation(table.syntax());
    match persistence {
        Some(Persistence::Temp(_)) => examiner.create_temporary(name),
        _ => create(examiner, name, may_be_old),
    }
}

fn relation(examiner: &mut Examiner, node: Option<impl AstNode>, may_be_old: bool) {
    if let Some(node) = node {
        create(examiner, examiner.relation(node.syntax()), may_be_old);
    }
}

fn routine(examiner: &mut Examiner, node: Option<impl AstNode>, may_be_old: bool) {
    if let Some(node) = node {
        create(examiner, examiner.routine(node.syntax()), may_be_old);
    }
}

fn part(
    examiner: &mut Examiner,
    of: Option<impl AstNode>,
    kind: &str,
    node: Option<impl AstNode>,
    may_be_old: bool,
) {
    if let (Some(of), Some(node)) = (of, node) {
        let owner = examiner.relation(of.syntax());
        create(examiner, owner.part(kind, &name::last_part(node.syntax())), may_be_old);
    }
}

/// An index is in the schema of its table.
fn index(examiner: &mut Examiner, it: &ast::CreateIndex) {
    if let (Some(index), Some(table)) = (it.index(), it.table_relation_name()) {
        let table = examiner.relation(table.syntax());
        create(examiner, table.renamed(&name::last_part(index.syntax())), it.if_not_exists().is_some());
    }
}

fn rename(examiner: &mut Examiner, from: Name, to: Option<impl AstNode>) {
    if let Some(to) = to {
        let to = from.renamed(&name::last_part(to.syntax()));
        examiner.change(Change::Renamed(from, to));
    }
}

fn moved(examiner: &mut Examiner, from: &Name, schema: Option<ast::SchemaRef>) {
    if let Some(schema) = schema {
        let to = from.moved(&name::last_part(schema.syntax()));
        examiner.change(Change::Renamed(from.clone(), to));
    }
}

fn dropped(examiner: &mut Examiner, node: &impl AstNode) {
    let name = examiner.relation(node.syntax());
    examiner.change(Change::Dropped(name));
}

/// `SET search_path` says where the names after it are.
fn search_path(examiner: &mut Examiner, set: &ast::Set) {
    let first = match set.set_target() {
        Some(SetTarget::SetSchemaValue(it)) => it.literal().and_then(|literal| literal.string_value()),
        Some(SetTarget::SetConfig(it)) => {
            let is_path =
                it.config_parameter_ref().is_some_and(|node| name::last_part(node.syntax()) == "search_path");
            match it.config_assignment() {
                Some(ConfigAssignment::ToConfigValue(to)) if is_path => {
                    let names = to.config_values().map(|value| config_value(value.syntax()));
                    names.into_iter().find(|name| name != "$user")
                }
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(schema) = first.filter(|schema| !schema.is_empty()) {
        examiner.schema = schema;
    }
}

/// A setting's value: a string, or a name.
pub(super) fn config_value(node: &SyntaxNode) -> String {
    let text = node.text().to_string();
    match ast::Literal::cast(node.clone()) {
        Some(literal) if text.ends_with(['\'', '$']) => literal.string_value().unwrap_or(text),
        Some(_) => text,
        None => name::last_part(node),
    }
}
