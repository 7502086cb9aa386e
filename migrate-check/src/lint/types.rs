//! Enums and domains.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    self, AlterDomainAction, AlterTypeAction, AlterTypeAttributeAction, AstNode as _, DomainQualifier, Stmt,
};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::findings::Premise;
use super::name::{self, Name};
use super::world::Change;

pub(super) const ENUM_USED: Lint = Lint {
    name: "enum-value-used-at-once",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "an enum value is used in the transaction that adds it",
    why: "PostgreSQL refuses it: `unsafe use of new value`. Only PostgreSQL 17 and later take it where the type itself is \
          created in the same transaction. The lint looks for the value as a string in the statements that follow.",
    instead: "use the value in the next migration",
    sql: "ALTER TYPE mood ADD VALUE 'calm';\n\n-- in the next migration\nUPDATE people SET mood = 'calm' WHERE …;",
    manual: "ALTER TYPE, Notes",
};

pub(super) const ENUM_PLACE: Lint = Lint {
    name: "enum-value-without-place",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "an enum value is added without BEFORE or AFTER",
    why: "Enum values are compared by their order, which ORDER BY and `<` show. A value that is added at the end because \
          nobody thought of it cannot be moved later.",
    instead: "say where it stands",
    sql: "ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy';",
    manual: "ALTER TYPE, ADD VALUE; Enumerated Types, Ordering",
};

pub(super) const DOMAIN: Lint = Lint {
    name: "domain-constraint-without-not-valid",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a constraint is added to a domain and checked at once",
    why: "Every table with a column of the domain is read and kept from being written to meanwhile.",
    instead: "add it NOT VALID, and validate it in a later migration",
    sql: "ALTER DOMAIN price ADD CONSTRAINT price_check CHECK (VALUE >= 0) NOT VALID;\n\n\
          -- in the next migration\nALTER DOMAIN price VALIDATE CONSTRAINT price_check;",
    manual: "ALTER DOMAIN, Notes",
};

pub(super) const NEW_DOMAIN: Lint = Lint {
    name: "domain-with-constraint",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a domain is created with a constraint",
    why: "A constraint of a domain can be changed only for all its columns at once, and adding a column of such a domain \
          rewrites the table.",
    instead: "use the plain type, with a CHECK on each table",
    sql: "",
    manual: "CREATE DOMAIN; ALTER DOMAIN, Notes",
};

pub(super) const ATTRIBUTE: Lint = Lint {
    name: "change-attribute-type",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "the type of an attribute is changed with CASCADE",
    why: "Each table of the composite type is rewritten under an ACCESS EXCLUSIVE lock, and all of them are closed until the transaction ends.",
    instead: "give the type a new attribute, fill it in batches, and drop the old one when no code reads it",
    sql: "",
    manual: "ALTER TYPE, ALTER ATTRIBUTE",
};

/// A value that an enum has only when the transaction has committed.
#[derive(Debug)]
pub(super) struct EnumValue {
    value: String,
    ty: String,
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::AlterType(it) => {
            if let (Some(ty), Some(AlterTypeAction::AddValue(added))) = (it.type_name_ref(), it.action()) {
                add_value(examiner, &it.syntax().clone(), &ty, &added);
                return;
            }
            if let (Some(ty), Some(AlterTypeAction::AlterTypeAttributeActionList(list))) =
                (it.type_name_ref(), it.action())
            {
                let ty = examiner.relation(ty.syntax());
                list.actions().for_each(|action| attribute(examiner, &ty, &action));
            }
        }
        Stmt::AlterDomain(it) => {
            let Some(domain) = it.domain_ref().map(|it| examiner.relation(it.syntax())) else { return };
            let is_checked = match it.action() {
                Some(AlterDomainAction::AddConstraint(it)) => {
                    it.constraint().is_some_and(|it| !it.is_not_valid())
                }
                Some(AlterDomainAction::SetNotNull(_) | AlterDomainAction::ValidateConstraint(_)) => true,
                _ => false,
            };
            if is_checked {
                let message = format!("every table with a column of `{domain}` is read");
                examiner.report(&DOMAIN, it.syntax(), Some(&domain), message);
            }
        }
        Stmt::CreateDomain(it) => {
            let constraint = it.domain_qualifiers().find_map(|qualifier| match qualifier {
                DomainQualifier::Constraint(
                    it @ (ast::Constraint::CheckConstraint(_) | ast::Constraint::NotNullConstraint(_)),
                ) => Some(it),
                _ => None,
            });
            if let (Some(domain), Some(constraint)) = (it.domain(), constraint) {
                let domain = examiner.relation(domain.syntax());
                let message = format!("the domain `{domain}` has a constraint");
                examiner.report(&NEW_DOMAIN, constraint.syntax(), None, message);
            }
        }
        _ => {}
    }
    used(examiner, stmt.syntax());
}

/// An attribute gets another type, and with it a column of each table.
fn attribute(examiner: &mut Examiner, ty: &Name, action: &AlterTypeAttributeAction) {
    let column = |node: &SyntaxNode| ty.part("column", &name::last_part(node));
    match action {
        AlterTypeAttributeAction::AddAttribute(it) => {
            if let (Some(name), Some(to)) = (it.composite_field(), it.ty()) {
                examiner.change(Change::Typed(column(name.syntax()), to.syntax().text().to_string()));
            }
        }
        AlterTypeAttributeAction::DropAttribute(it) => {
            if let Some(name) = it.composite_field_ref() {
                examiner.change(Change::Dropped(column(name.syntax())));
            }
        }
        AlterTypeAttributeAction::AlterAttribute(it) => {
            let (Some(name), Some(to)) = (it.composite_field_ref(), it.ty()) else { return };
            let (attribute, to) = (column(name.syntax()), to.syntax().text().to_string());
            let message = format!("each table of the type `{ty}` is written anew");
            let premise = Some(Premise::Attribute(attribute.clone(), to.clone()));
            examiner.report_if(&ATTRIBUTE, it.syntax(), Some(ty), premise, message);
            examiner.change(Change::Typed(attribute, to));
        }
    }
}

fn add_value(examiner: &mut Examiner, at: &SyntaxNode, ty: &ast::TypeNameRef, added: &ast::AddValue) {
    let ty = examiner.relation(ty.syntax());
    let value = added.literal().and_then(|literal| literal.string_value()).unwrap_or_default();
    if added.value_position().is_none() {
        let message = format!("`{value}` becomes the last value of `{ty}`");
        examiner.report(&ENUM_PLACE, at, Some(&ty), message);
    }
    if examiner.mode.is_transactional {
        examiner.enum_values.push(EnumValue { value, ty: ty.to_string() });
    }
}

fn used(examiner: &mut Examiner, stmt: &SyntaxNode) {
    if examiner.enum_values.is_empty() {
        return;
    }
    for literal in stmt.descendants().filter_map(ast::Literal::cast) {
        let Some(text) = literal.string_value() else { continue };
        let found = examiner.enum_values.iter().find(|it| it.value == text);
        if let Some(EnumValue { value, ty }) = found {
            let message =
                format!("the value `{value}` of `{ty}` cannot be used before the migration has committed");
            examiner.report(&ENUM_USED, literal.syntax(), None, message);
            return;
        }
    }
}
