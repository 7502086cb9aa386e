//! Columns and names that are regretted later.

use squawk_syntax::ast::{
    AlterColumnOption, AlterTableAction, AlterTypeAction, AlterTypeAttributeAction, AstNode as _,
    CreateTypeKind, Persistence, Stmt, TableArg, TableArgList, Timezone, Type,
};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::catalogue::{InDown, Level, Lint};
use super::column;
use super::examiner::Examiner;
use super::name;

pub(super) const SERIAL: Lint = Lint {
    name: "serial-column",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a column is serial",
    why: "`serial` makes a sequence with privileges of its own, and an INSERT may give a value that the sequence later \
          gives too. An identity column has neither fault, and is standard SQL.",
    instead: "use GENERATED ALWAYS AS IDENTITY",
    sql: "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
    manual: "Identity Columns",
};

pub(super) const TIMESTAMP: Lint = Lint {
    name: "timestamp-without-time-zone",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a column is timestamp without time zone",
    why: "It does not say which moment it means: what `now()` puts into it depends on the session's time zone. \
          `timestamptz` takes as much room and means the same moment everywhere.",
    instead: "use timestamptz",
    sql: "CREATE TABLE orders (created_at timestamptz NOT NULL DEFAULT now());",
    manual: "Date/Time Types, Time Stamps",
};

pub(super) const CHAR: Lint = Lint {
    name: "char-column",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a column is char(n)",
    why: "`char(n)` is filled up with blanks, which are stored, and which some comparisons see and others do not. It is \
          no faster than `text`.",
    instead: "use text, with CHECK (length(code) = 2) where the length matters",
    sql: "",
    manual: "Character Types",
};

pub(super) const VARCHAR: Lint = Lint {
    name: "varchar-limit",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a column is varchar(n)",
    why: "`varchar(n)` saves no room. A shorter limit later rewrites the table, where a CHECK can be added NOT VALID.",
    instead: "use text, with a CHECK where the length matters",
    sql: "",
    manual: "Character Types",
};

pub(super) const JSON: Lint = Lint {
    name: "json-column",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a column is json",
    why: "`json` keeps the text, which is parsed each time it is looked at. It has no equality: `SELECT DISTINCT`, \
          `GROUP BY` and `UNION` fail for the whole table.",
    instead: "use jsonb",
    sql: "",
    manual: "JSON Types",
};

pub(super) const MONEY: Lint = Lint {
    name: "money-column",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a column is money",
    why: "How many digits it keeps and which currency it shows depends on a setting of the server.",
    instead: "use numeric, and a column for the currency",
    sql: "",
    manual: "Monetary Types",
};

pub(super) const TOO_LONG: Lint = Lint {
    name: "identifier-too-long",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a name has more than 63 bytes",
    why: "PostgreSQL cuts it, with nothing but a notice: code that looks the name up in the catalog does not find it, and \
          two names that differ at the end are one.",
    instead: "give it a shorter name",
    sql: "",
    manual: "Identifiers and Key Words",
};

pub(super) const UNQUALIFIED: Lint = Lint {
    name: "table-without-schema",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a table is created without its schema",
    why: "Where it is created depends on the `search_path` of whoever runs the migration.",
    instead: "write the schema before the name",
    sql: "CREATE TABLE app.orders (id bigint PRIMARY KEY);",
    manual: "The Schema Search Path",
};

/// The longest name that PostgreSQL keeps.
const MAX_NAME: usize = 63;

pub(super) fn action(examiner: &mut Examiner, action: &AlterTableAction) {
    match action {
        AlterTableAction::AddColumn(it) => {
            if let Some(ty) = it.ty() {
                check_type(examiner, &ty);
            }
        }
        AlterTableAction::AlterColumn(it) => {
            if let Some(AlterColumnOption::SetType(to)) = it.option()
                && let Some(ty) = to.ty()
            {
                check_type(examiner, &ty);
            }
        }
        _ => {}
    }
}

/// The types that a statement gives to columns to come: those of a composite type, and that of a domain.
fn types_of(stmt: &Stmt) -> Vec<Type> {
    match stmt {
        Stmt::CreateDomain(it) => it.ty().into_iter().collect(),
        Stmt::CreateType(it) => match it.kind() {
            Some(CreateTypeKind::CompositeType(it)) => {
                let fields = it.composite_field_list().into_iter().flat_map(|it| it.composite_field_defs());
                fields.filter_map(|field| field.ty()).collect()
            }
            _ => Vec::new(),
        },
        Stmt::AlterType(it) => match it.action() {
            Some(AlterTypeAction::AlterTypeAttributeActionList(list)) => {
                let of = |action| match action {
                    AlterTypeAttributeAction::AddAttribute(it) => it.ty(),
                    AlterTypeAttributeAction::AlterAttribute(it) => it.ty(),
                    AlterTypeAttributeAction::DropAttribute(_) => None,
                };
                list.actions().filter_map(of).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    for ty in types_of(stmt) {
        check_type(examiner, &ty);
    }
    if let Stmt::CreateTable(it) = stmt
        && !matches!(it.persistence(), Some(Persistence::Temp(_)))
    {
        if let Some(table) = it.table_name()
            && name::parts(table.syntax()).len() == 1
            // Inside CREATE SCHEMA the schema is said.
            && it.syntax().parent().is_none_or(|parent| parent.kind() != SyntaxKind::CREATE_SCHEMA)
        {
            let message =
                format!("`{}` is created in whichever schema comes first", name::last_part(table.syntax()));
            examiner.report(&UNQUALIFIED, table.syntax(), None, message);
        }
        if let Some(columns) = it.table_arg_list() {
            check_columns(examiner, &columns);
        }
    }
    let is_query = matches!(
        stmt,
        Stmt::Select(_)
            | Stmt::Insert(_)
            | Stmt::Update(_)
            | Stmt::Delete(_)
            | Stmt::Merge(_)
            | Stmt::Values(_)
    );
    // The elements of CREATE SCHEMA are statements of their own.
    if !is_query && stmt.syntax().parent().is_none_or(|parent| parent.kind() == SyntaxKind::SOURCE_FILE) {
        check_names(examiner, stmt.syntax());
    }
}

fn check_columns(examiner: &mut Examiner, list: &TableArgList) {
    for arg in list.args() {
        if let TableArg::Column(column) = arg
            && let Some(ty) = column.ty()
        {
            check_type(examiner, &ty);
        }
    }
}

fn check_type(examiner: &mut Examiner, ty: &Type) {
    let named = |name: &str| column::type_name(ty).is_some_and(|found| found == name);
    let (lint, message) = match ty {
        Type::ArrayType(it) => {
            if let Some(ty) = it.ty() {
                check_type(examiner, &ty);
            }
            return;
        }
        Type::TimestampType(it) if !matches!(it.timezone(), Some(Timezone::WithTimezone(_))) => {
            (&TIMESTAMP, "`timestamp` does not say which moment it means")
        }
        Type::CharacterType(_) => (&CHAR, "`char` is filled up with blanks"),
        Type::VarcharType(it) if it.arg_list().is_some() => (&VARCHAR, "`varchar` with a limit"),
        Type::PathType(_) if named("json") => (&JSON, "`json` is parsed each time and cannot be compared"),
        Type::PathType(_) if named("money") => (&MONEY, "`money` depends on a setting of the server"),
        Type::PathType(_) if column::is_serial(ty) => (&SERIAL, "`serial` instead of an identity column"),
        _ => return,
    };
    examiner.report(lint, ty.syntax(), None, message.to_owned());
}

fn check_names(examiner: &mut Examiner, stmt: &SyntaxNode) {
    if usize::from(stmt.text_range().len()) <= MAX_NAME {
        return;
    }
    let tokens = stmt.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let names: Vec<_> = tokens
        .filter(|token| token.kind() == SyntaxKind::IDENT && token.text().len() > MAX_NAME)
        .filter_map(|token| token.parent())
        .collect();
    for node in names {
        let name = squawk_syntax::ast::normalize_name_node(&node);
        if name.len() > MAX_NAME {
            let message =
                format!("PostgreSQL cuts this name to its first {MAX_NAME} of {} bytes", name.len());
            examiner.report(&TOO_LONG, &node, None, message);
        }
    }
}
