//! Which type a column has before a statement changes it, as far as earlier statements say so; and which tables have no rows here.

use squawk_syntax::ast::{AlterTableAction, AstNode as _, SetType, Stmt, TableArg};

use super::catalogue::Lint;
use super::effect::Effect;
use super::examiner::Examiner;
use super::findings::Premise;
use super::link::Link;
use super::name::{self, Name};
use super::world::{Change, World};
use super::{column, constraint, not_null, rewrite};
use migrate_source::retype::{self, Rewrite, Type};

/// A column gets another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retyped {
    pub(super) column: Name,
    /// As the statement has it.
    pub(super) to: String,
    /// What it was, where the same script says so.
    pub(super) from: Option<String>,
    /// It gets a collation too, or had one.
    pub(super) is_sorted: bool,
}

impl Retyped {
    /// What is said of it, by what is known of the column. `None`: only the catalog changes.
    pub(super) fn message(&self, world: &World) -> Option<String> {
        let (column, table) = (self.column.last_part(), self.column.owner()?);
        let to = &self.to;
        let Some(from) = self.from(world) else {
            let unless = unless(to).map(|from| format!(", unless it was {from}")).unwrap_or_default();
            return Some(format!("`{column}` becomes `{to}`: `{table}` is written anew{unless}"));
        };
        let effects = self.effects(world);
        let what = if effects.contains(&Effect::RewritesTable) {
            "is written anew"
        } else if effects.contains(&Effect::BuildsIndex) {
            "stays, and the indexes over the column are built anew"
        } else if effects.contains(&Effect::ScansTable) {
            "is read, for the checks of the column"
        } else {
            return None;
        };
        let unless = match rewrite(from, to, world) {
            Rewrite::UnlessUtc => ", unless the session's `TimeZone` is UTC",
            Rewrite::Everything if [from, to].iter().any(|ty| is_unknown(ty, world)) => {
                ", unless one of them is a domain over the other"
            }
            _ => "",
        };
        Some(format!("`{column}` becomes `{to}`, and was `{from}`: `{table}` {what}{unless}"))
    }

    /// What it does, by what is known of the column.
    pub(super) fn effects(&self, world: &World) -> Vec<Effect> {
        let Some(from) = self.from(world) else {
            return vec![Effect::RewritesTable, Effect::MayFailOnRows];
        };
        let is_constrained =
            world.domain(&self.to).is_some_and(|(domain, _)| world.is(Link::Constrained, &domain));
        let (from, to) = (base(from, world), base(&self.to, world));
        let mut effects = Vec::new();
        if retype::is_by_time_zone(from, to) {
            effects.push(Effect::DependsOnSession);
        }
        if rewrite(self.from(world).unwrap_or_default(), &self.to, world) != Rewrite::Nothing {
            effects.push(Effect::RewritesTable);
        } else if (self.is_sorted || world.is(Link::Sorted, &self.column))
            && self.column.owner().is_some_and(|table| world.is(Link::Index, &table))
        {
            effects.push(Effect::BuildsIndex);
        } else if world.is(Link::Check, &self.column) {
            // The check is made anew, and PostgreSQL does not know that it holds.
            effects.push(Effect::ScansTable);
        }
        if is_constrained || retype::values(from, to).may_fail {
            effects.push(Effect::MayFailOnRows);
        }
        effects
    }

    fn from<'a>(&'a self, world: &'a World) -> Option<&'a str> {
        self.from.as_deref().or_else(|| world.type_of(&self.column))
    }
}

/// What becomes of the table: the values of a domain are those of the type that it is over, and are looked at one by one where it
/// refuses some.
fn rewrite(from: &str, to: &str, world: &World) -> Rewrite {
    let is_refused = |(domain, _): (Name, &str)| world.is(Link::Constrained, &domain);
    if from != to && world.domain(to).is_some_and(is_refused) {
        return Rewrite::Everything;
    }
    retype::rewrite(base(from, world), base(to, world))
}

/// The type that a domain is over, whatever the domains in between.
fn base<'a>(ty: &'a str, world: &'a World) -> &'a str {
    let mut ty = ty;
    // A domain is over one that was there before it, unless a name is taken again.
    for _ in 0..16 {
        match world.domain(ty) {
            Some((_, base)) => ty = base,
            None => break,
        }
    }
    ty
}

fn is_unknown(ty: &str, world: &World) -> bool {
    is_of_user(&Type::parse(base(ty, world)))
}

/// Whether a type is not one of PostgreSQL's own: an enum, a composite type, a domain, one of an extension.
fn is_of_user(ty: &Type) -> bool {
    const OWN: &str = " int2 int4 int8 float4 float8 numeric money bool bit varbit text varchar bpchar name bytea \
        timestamp timestamptz time timetz date interval uuid json jsonb jsonpath xml inet cidr macaddr macaddr8 point line \
        lseg box path polygon circle tsvector tsquery oid regclass regtype regproc pg_lsn xid xid8 int4range int8range \
        numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange \
        datemultirange ";
    !OWN.contains(&format!(" {} ", ty.name))
}

/// From which types a column becomes this one without a rewrite.
fn unless(to: &str) -> Option<String> {
    let ty = Type::parse(to);
    let limits = ty.limits.as_slice();
    Some(match (&*ty.name, limits) {
        ("text", _) => "`varchar`".to_owned(),
        ("varchar", []) => "`text` or a `varchar` with a limit".to_owned(),
        ("varchar", [length, ..]) => format!("a `varchar` of {length} characters or fewer"),
        ("varbit", [length, ..]) => format!("a `bit varying` of {length} bits or fewer"),
        ("numeric", []) => "a `numeric` with a limit".to_owned(),
        ("numeric", [digits, scale, ..]) => {
            format!("a `numeric` of {digits} digits or fewer with the scale {scale}")
        }
        (name @ ("timestamp" | "timestamptz" | "time" | "timetz" | "interval"), _) => {
            format!("a `{name}` of as many digits or fewer")
        }
        _ if is_of_user(&ty) => "the type of this domain, which has no constraints".to_owned(),
        _ => return None,
    })
}

/// A column's type is changed, by the conversion that PostgreSQL chooses or by another one.
pub(super) fn alter(examiner: &mut Examiner, table: &Name, at: &SetType, column: &str) {
    let Some(to) = at.ty().map(|ty| on_one_line(&ty.syntax().text().to_string())) else { return };
    let key = table.part("column", column);
    let from = examiner.world.type_of(&key).map(str::to_owned);
    let is_sorted = at.collate().is_some() || examiner.world.is(Link::Sorted, &key);
    let retyped = Retyped { column: key.clone(), to: to.clone(), from, is_sorted };
    let using = at.using_expr().map(|using| on_one_line(&using.syntax().text().to_string()));
    if using.is_none_or(|using| is_plain(&using, column, &to)) {
        if let Some(message) = retyped.message(&examiner.world) {
            let premise = Some(Premise::Retyped(retyped));
            examiner.report_if(&column::TYPE, at.syntax(), Some(table), premise, message);
        }
    } else {
        let message = format!("`{column}` becomes `{to}`: `{table}` is written anew");
        examiner.report(&column::TYPE, at.syntax(), Some(table), message);
    }
    examiner.change(match at.collate() {
        Some(_) => Change::Linked(Link::Sorted, key.clone(), key.clone()),
        None => Change::Unlinked(Link::Sorted, key.clone(), key.clone()),
    });
    examiner.change(Change::Typed(key, to));
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `USING` says what goes without saying: the column, or a cast of it to its new type.
fn is_plain(using: &str, column: &str, to: &str) -> bool {
    let expression: String = using.split_whitespace().skip(1).collect::<String>().to_ascii_lowercase();
    let expression = expression.trim_start_matches('(').trim_end_matches(')').replace('"', "");
    let (column, to) = (column.to_ascii_lowercase(), to.replace([' ', ')', '"'], "").to_ascii_lowercase());
    expression == column || expression == format!("{column}::{to}")
}

/// Records what a statement says of columns and foreign tables.
pub(super) fn record(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::CreateTable(it) => {
            let Some(table) = it.table_name().map(|node| examiner.relation(node.syntax())) else { return };
            // What may be there already may have other types.
            if it.if_not_exists().is_some() && !examiner.world.is_new(&table) {
                return;
            }
            for arg in it.table_arg_list().into_iter().flat_map(|list| list.args()) {
                if let TableArg::Column(column) = arg
                    && let (Some(name), Some(ty)) = (column.name(), column.ty())
                {
                    let key = table.part("column", &name::last_part(name.syntax()));
                    examiner.change(Change::Typed(key, on_one_line(&ty.syntax().text().to_string())));
                }
            }
        }
        Stmt::CreateForeignTable(it) => {
            if let Some(table) = it.table_name().map(|node| examiner.relation(node.syntax())) {
                examiner.change(Change::Foreign(table));
            }
        }
        Stmt::AlterTable(it) => {
            let Some(table) = it.table_relation_name().map(|node| examiner.relation(node.syntax())) else {
                return;
            };
            it.actions().for_each(|action| of_action(examiner, &table, &action));
        }
        _ => {}
    }
}

fn of_action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    let key = |node: &squawk_syntax::SyntaxNode| table.part("column", &name::last_part(node));
    match action {
        AlterTableAction::AddColumn(it) if it.if_not_exists().is_none() => {
            if let (Some(name), Some(ty)) = (it.column_name(), it.ty()) {
                let ty = on_one_line(&ty.syntax().text().to_string());
                examiner.change(Change::Typed(key(name.syntax()), ty));
            }
        }
        AlterTableAction::DropColumn(it) => {
            if let Some(name) = it.column_name_ref() {
                examiner.change(Change::Dropped(key(name.syntax())));
            }
        }
        AlterTableAction::RenameColumn(it) => {
            if let (Some(from), Some(to)) = (it.column_name_ref(), it.column_name()) {
                examiner.change(Change::Renamed(key(from.syntax()), key(to.syntax())));
            }
        }
        _ => {}
    }
}

/// Whether a lint is about the rows of a table, of which a foreign table has none here.
pub(super) fn is_about_rows(lint: &Lint) -> bool {
    [
        &column::REQUIRED,
        &column::VOLATILE_DEFAULT,
        &column::STORED,
        &column::NUMBERED,
        &column::OF_DOMAIN,
        &column::TYPE,
        &column::EXPRESSION,
        &constraint::CHECK,
        &constraint::VALIDATE,
        &constraint::VALIDATE_LATER,
        &not_null::SET_NOT_NULL,
        &rewrite::TABLE,
    ]
    .contains(&lint)
}
