//! Who may do what.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    AlterDefaultPrivilegesAction, AlterFunctionAction, AlterProcedureAction, AlterRoutineAction, AstNode,
    ConfigAssignment, FuncOption, FuncOptionList, OwnerTo, RoleRefList, SetFuncOption, Stmt,
};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name::{self, Name};

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

pub(super) const OWNER: Lint = Lint {
    name: "change-owner",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "something gets another owner",
    why: "The new owner may alter and drop it, and is not held back by its row security policies; the old one may no longer do so. A SECURITY DEFINER function, a view or a trigger runs with the rights of the new owner.",
    instead: "check what the old owner still does with it",
    sql: "",
    manual: "ALTER TABLE, OWNER TO",
};

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    if let Some(owner) = stmt.syntax().descendants().find_map(OwnerTo::cast) {
        let role = owner.role_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
        let message = format!("`{role}` is the owner from now on");
        examiner.report(&OWNER, owner.syntax(), None, message);
    }
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
        Stmt::CreateFunction(it) => created(examiner, it.syntax(), it.name(), it.option_list()),
        Stmt::CreateProcedure(it) => created(examiner, it.syntax(), it.name(), it.option_list()),
        Stmt::AlterFunction(it) => {
            if let Some(AlterFunctionAction::FuncOptionList(options)) = it.action() {
                let name = it.function_sig().and_then(|it| it.function_name_ref());
                altered(examiner, it.syntax(), name, &options);
            }
        }
        Stmt::AlterProcedure(it) => {
            if let Some(AlterProcedureAction::FuncOptionList(options)) = it.action() {
                let name = it.procedure_sig().and_then(|it| it.procedure_name_ref());
                altered(examiner, it.syntax(), name, &options);
            }
        }
        Stmt::AlterRoutine(it) => {
            if let Some(AlterRoutineAction::FuncOptionList(options)) = it.action() {
                let name = it.routine_sig().and_then(|it| it.routine_name_ref());
                altered(examiner, it.syntax(), name, &options);
            }
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

fn created(
    examiner: &mut Examiner,
    at: &SyntaxNode,
    name: Option<impl AstNode>,
    options: Option<FuncOptionList>,
) {
    let Some(name) = name.map(|node| examiner.routine(node.syntax())) else { return };
    // What was there before has lost its settings.
    examiner.pinned.remove(&name);
    if let Some(options) = options {
        definer(examiner, at, name, Options::of(&options));
    }
}

fn altered(examiner: &mut Examiner, at: &SyntaxNode, name: Option<impl AstNode>, options: &FuncOptionList) {
    let Some(name) = name.map(|node| examiner.routine(node.syntax())) else { return };
    let options = Options::of(options);
    if options.pins == Some(false) && options.is_definer != Some(false) {
        examiner.pinned.remove(&name);
        let message = format!("`{name}` finds what it uses by its caller's search_path from now on");
        examiner.report(&DEFINER, at, None, message);
    } else {
        definer(examiner, at, name, options);
    }
}

/// What the options of a routine say.
#[derive(Clone, Copy)]
struct Options {
    /// Whether it has its owner's rights, or its caller's.
    is_definer: Option<bool>,
    /// Whether it has a `search_path`, or no longer.
    pins: Option<bool>,
}

impl Options {
    fn of(list: &FuncOptionList) -> Self {
        let (mut is_definer, mut pins) = (None, None);
        for option in list.options() {
            match option {
                FuncOption::SecurityDefinerFuncOption(_) => is_definer = Some(true),
                FuncOption::SecurityInvokerFuncOption(_) => is_definer = Some(false),
                FuncOption::SetFuncOption(it) => pins = sets_path(&it).or(pins),
                FuncOption::ResetFuncOption(it) => {
                    let is_of_path = it.config_parameter_ref().is_some_and(|it| is_path(it.syntax()));
                    if it.all_token().is_some() || is_of_path {
                        pins = Some(false);
                    }
                }
                _ => {}
            }
        }
        Self { is_definer, pins }
    }
}

fn is_path(parameter: &SyntaxNode) -> bool {
    name::last_part(parameter) == "search_path"
}

/// Whether it is the `search_path` that is set, and to a value of its own.
fn sets_path(option: &SetFuncOption) -> Option<bool> {
    let config = option.set_config_param()?;
    is_path(config.config_parameter_ref()?.syntax()).then(|| match config.config_assignment() {
        Some(ConfigAssignment::ToConfigValue(to)) => to.default_token().is_none(),
        _ => true,
    })
}

fn definer(examiner: &mut Examiner, at: &SyntaxNode, name: Name, options: Options) {
    let message = format!("`{name}` runs with its owner's rights and its caller's search_path");
    if options.pins == Some(true) || options.is_definer == Some(false) {
        examiner.withdraw(&DEFINER, &message);
    }
    if options.pins == Some(true) {
        examiner.pinned.insert(name);
    } else if options.is_definer == Some(true) && !examiner.pinned.contains(&name) {
        examiner.report(&DEFINER, at, None, message);
    }
}
