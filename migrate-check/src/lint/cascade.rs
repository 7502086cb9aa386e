//! What `DROP … CASCADE` locks beside the thing itself: the tables that lose a part with it.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{AlterTableAction, AstNode, DropBehavior, Stmt};

use super::examiner::Examiner;
use super::link::Link;
use super::lock_mode::{LockMode, Reach};
use super::name::{self, Name};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    let (column, behavior) = match action {
        AlterTableAction::DropColumn(it) => (it.column_name_ref(), it.drop_behavior()),
        AlterTableAction::DropConstraint(it) => (None, it.drop_behavior()),
        _ => return,
    };
    if is_cascade(behavior.as_ref()) {
        // Of a key, the foreign keys that rely on it go along.
        let from =
            column.map_or_else(|| table.clone(), |it| table.part("column", &name::last_part(it.syntax())));
        examiner.lock(&from, action.syntax(), LockMode::AccessExclusive, Reach::Referring);
    }
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::DropTable(it) if is_cascade(it.drop_behavior().as_ref()) => {
            of_relations(examiner, stmt, it.table_name_refs(), &[Reach::Referring]);
        }
        Stmt::DropDomain(it) if is_cascade(it.drop_behavior().as_ref()) => {
            of_relations(examiner, stmt, it.domain_refs(), &[Reach::Domain]);
        }
        Stmt::DropType(it) if is_cascade(it.drop_behavior().as_ref()) => {
            of_relations(examiner, stmt, it.type_name_refs(), &[Reach::Domain, Reach::Typed]);
        }
        Stmt::DropFunction(it) if is_cascade(it.drop_behavior().as_ref()) => {
            let signatures = it.function_sig_list().into_iter().flat_map(|list| list.function_sigs());
            for name in signatures.filter_map(|it| it.function_name_ref()) {
                let routine = examiner.routine(name.syntax());
                let tables: BTreeSet<Name> = [Link::Stored, Link::Default, Link::Trigger]
                    .into_iter()
                    .flat_map(|link| examiner.world.linked(link, &routine))
                    .flat_map(|part| {
                        let indexed = examiner.world.links_of(Link::Index, part).cloned();
                        indexed.chain(part.owner()).collect::<Vec<_>>()
                    })
                    .collect();
                for table in tables {
                    examiner.lock(&table, stmt.syntax(), LockMode::AccessExclusive, Reach::Alone);
                }
            }
        }
        _ => {}
    }
}

fn is_cascade(behavior: Option<&DropBehavior>) -> bool {
    matches!(behavior, Some(DropBehavior::Cascade(_)))
}

fn of_relations(
    examiner: &mut Examiner,
    stmt: &Stmt,
    named: impl Iterator<Item = impl AstNode>,
    reaches: &[Reach],
) {
    let nodes: Vec<SyntaxNode> = named.map(|node| node.syntax().clone()).collect();
    for name in nodes.iter().map(|node| examiner.relation(node)).collect::<Vec<_>>() {
        for reach in reaches {
            examiner.lock(&name, stmt.syntax(), LockMode::AccessExclusive, *reach);
        }
    }
}
