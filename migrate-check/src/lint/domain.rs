//! What statements say of enums, composite types and domains.

use migrate_source::retype;
use squawk_syntax::SyntaxKind;
use squawk_syntax::ast::{self, AlterDomainAction, AstNode as _, Constraint, DomainQualifier, Stmt};

use super::examiner::Examiner;
use super::link::{self, Link};
use super::name::{self, Name};
use super::volatile::{self, Volatility};
use super::world::{Change, labels_of};

pub(super) fn record(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::CreateType(it) => {
            let Some(ty) = it.type_name().map(|it| examiner.relation(it.syntax())) else { return };
            for field in it.syntax().descendants().filter_map(ast::CompositeFieldDef::cast) {
                if let (Some(name), Some(of)) = (field.name(), field.ty()) {
                    let name = ty.part("column", &name::last_part(name.syntax()));
                    examiner.change(Change::Typed(name, of.syntax().text().to_string()));
                }
            }
            let labels = it.syntax().descendants().filter_map(ast::Literal::cast);
            let labels: Vec<String> = labels.filter_map(|label| label.string_value()).collect();
            if it.syntax().descendants_with_tokens().any(|it| it.kind() == SyntaxKind::ENUM_KW) {
                examiner.change(Change::Typed(labels_of(&ty), retype::sort_of_enum(&labels)));
            }
        }
        Stmt::CreateDomain(it) => {
            let Some(domain) = it.domain().map(|it| examiner.relation(it.syntax())) else { return };
            if let Some(base) = it.ty() {
                examiner.change(Change::Typed(domain.clone(), base.syntax().text().to_string()));
            }
            let refuses = |qualifier| {
                matches!(
                    qualifier,
                    DomainQualifier::Constraint(
                        Constraint::CheckConstraint(_) | Constraint::NotNullConstraint(_)
                    )
                )
            };
            if it.domain_qualifiers().any(refuses) {
                link::mark(examiner, Link::Constrained, &domain);
            }
            for qualifier in it.domain_qualifiers() {
                if let DomainQualifier::Constraint(Constraint::DefaultConstraint(default)) = qualifier {
                    domain_default(examiner, &domain, default.expr());
                }
            }
        }
        Stmt::AlterDomain(it) => {
            let Some(domain) = it.domain_ref().map(|it| examiner.relation(it.syntax())) else { return };
            match it.action() {
                Some(AlterDomainAction::AddConstraint(_) | AlterDomainAction::SetNotNull(_)) => {
                    link::mark(examiner, Link::Constrained, &domain);
                }
                Some(AlterDomainAction::SetDefault(it)) => domain_default(examiner, &domain, it.expr()),
                Some(AlterDomainAction::DropDefault(_)) => domain_default(examiner, &domain, None),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Which functions the default of a domain calls. One that is known to have a value for each row needs no statement that says so.
fn domain_default(examiner: &mut Examiner, domain: &Name, expr: Option<ast::Expr>) {
    let old: Vec<Name> = examiner.world.links_of(Link::Default, domain).cloned().collect();
    for routine in &old {
        link::unlink(examiner, Link::Default, domain, routine);
    }
    let routine = match expr.map(|expr| volatile::of(&expr)) {
        Some(Volatility::Volatile(name)) => vec![name],
        Some(Volatility::Unknown(parts)) => parts,
        Some(Volatility::Stable) | None => return,
    };
    let routine = examiner.routine_of(&routine);
    link::link(examiner, Link::Default, domain.clone(), routine);
}
