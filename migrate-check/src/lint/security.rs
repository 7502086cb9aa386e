//! Who may do what.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    AlterDefaultPrivilegesAction, AstNode as _, FuncOption, FuncOptionList, RoleRefList, SetFuncOption, Stmt,
};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name;

pub(super) const PUBLIC: Lint = Lint {
    name: "grant-to-public",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "something is granted to PUBLIC",
    why: "PUBLIC is every role there is and every role to come, in whatever service it was made.",
    instead: "grant it to the role that needs it",
    sql: "",
    manual: "GRANT; Privileges",
};

pub(super) const DEFINER: Lint = Lint {
    name: "security-definer-without-search-path",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a SECURITY DEFINER function does not set its search_path",
    why: "It runs with the rights of its owner and finds tables and functions by the `search_path` of whoever calls it: \
          who can create objects in a schema can make it use theirs.",
    instead: "set its search_path to the schemas that it needs, with pg_temp as the last",
    sql: "CREATE FUNCTION check_password(…) RETURNS boolean\nLANGUAGE sql SECURITY DEFINER\n\
          SET search_path = app, pg_temp\nAS $$ … $$;",
    manual: "CREATE FUNCTION, Writing SECURITY DEFINER Functions Safely",
};

pub(super) const REVOKE: Lint = Lint {
    name: "revoke",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a privilege is revoked",
    why: "What still relies on it fails: the pods of the last release, or other services in the same database.",
    instead: "make sure that nothing uses it",
    sql: "",
    manual: "REVOKE",
};

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::Grant(it) => granted(examiner, it.syntax(), it.role_ref_list()),
        Stmt::AlterDefaultPrivileges(it) => {
            if let Some(AlterDefaultPrivilegesAction::GrantDefaultPrivileges(grant)) = it.action() {
                granted(examiner, it.syntax(), grant.role_ref_list());
            }
        }
        Stmt::Revoke(it) => {
            let from_public = it.role_ref_list().is_some_and(|roles| is_to_public(&roles));
            // To take from everybody what PostgreSQL gives everybody is good practice.
            if !from_public {
                examiner.report(&REVOKE, it.syntax(), None, "a privilege is revoked".to_owned());
            }
        }
        Stmt::CreateFunction(it) => {
            definer(examiner, it.syntax(), it.name().map(|it| it.syntax().clone()), it.option_list());
        }
        Stmt::CreateProcedure(it) => {
            definer(examiner, it.syntax(), it.name().map(|it| it.syntax().clone()), it.option_list());
        }
        _ => {}
    }
}

fn granted(examiner: &mut Examiner, at: &SyntaxNode, roles: Option<RoleRefList>) {
    if roles.is_some_and(|roles| is_to_public(&roles)) {
        examiner.report(
            &PUBLIC,
            at,
            None,
            "every role has it from now on, and every role to come".to_owned(),
        );
    }
}

/// `"public"` in quotes is no role either: the name is reserved.
fn is_to_public(roles: &RoleRefList) -> bool {
    roles.role_refs().any(|role| name::last_part(role.syntax()) == "public")
}

fn definer(
    examiner: &mut Examiner,
    at: &SyntaxNode,
    name: Option<SyntaxNode>,
    options: Option<FuncOptionList>,
) {
    let options: Vec<FuncOption> = options.into_iter().flat_map(|list| list.options()).collect();
    let is_definer = options.iter().any(|option| matches!(option, FuncOption::SecurityDefinerFuncOption(_)));
    let sets_path = |it: &SetFuncOption| {
        let parameter = it.set_config_param().and_then(|it| it.config_parameter_ref());
        parameter.is_some_and(|it| name::last_part(it.syntax()) == "search_path")
    };
    let is_pinned = options.iter().any(|option| match option {
        FuncOption::SetFuncOption(it) => sets_path(it),
        _ => false,
    });
    if is_definer && !is_pinned {
        let name = name.map(|node| name::parts(&node).join(".")).unwrap_or_default();
        let message = format!("`{name}` runs with its owner's rights and its caller's search_path");
        examiner.report(&DEFINER, at, None, message);
    }
}
