//! Which type a column has before a statement changes it, as far as earlier statements say so; and which tables have no rows here.

use std::borrow::Cow;

use squawk_syntax::ast::{AlterTableAction, AstNode as _, SetType, Stmt, TableArg};

use super::catalogue::Lint;
use super::effect::Effect;
use super::examiner::Examiner;
use super::findings::Premise;
use super::link::{self, Link};
use super::name::{self, Name};
use super::world::{Change, World};
use super::{column, constraint, not_null, rewrite};
use migrate_source::retype::{self, Conversion, Rewrite, Type};

/// A column gets another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retyped {
    pub(super) column: Name,
    /// As the statement has it.
    pub(super) to: String,
    /// What it was, where the same script says so.
    pub(super) from: Option<String>,
    /// The types that `USING` casts the value to, one after the other, before it is assigned.
    pub(super) casts: Vec<String>,
    /// The collation that it gets.
    pub(super) collation: Option<String>,
    /// The collation that it had, where the same script says so.
    pub(super) old_collation: Option<String>,
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
        let unless = match self.rewrite(from, world) {
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
        let is_rewritten = self.rewrite(from, world) != Rewrite::Nothing;
        let (from, to) = (base(from, world), base(&self.to, world));
        let (from, to) = (&*from, &*to);
        let is = [
            (Effect::DependsOnSession, retype::is_by_time_zone(from, to)),
            (Effect::RewritesTable, is_rewritten),
            (Effect::BuildsIndex, !is_rewritten && self.builds_index(from, to, world)),
            // The check is made anew, and PostgreSQL does not know that it holds.
            (Effect::ScansTable, !is_rewritten && world.is(Link::Check, &self.column)),
            (Effect::MayFailOnRows, world.is_constrained(&self.to) || self.may_fail(from, to, world)),
        ];
        is.into_iter().filter(|(_, is_so)| *is_so).map(|(effect, _)| effect).collect()
    }

    /// What becomes of the table, by way of each type that the value is cast to.
    fn rewrite(&self, from: &str, world: &World) -> Rewrite {
        let mut steps = vec![from];
        steps.extend(self.casts.iter().map(String::as_str).chain([&*self.to]));
        let of_each = steps.windows(2).map(|pair| rewrite(pair[0], pair[1], world));
        of_each.fold(Rewrite::Nothing, |before, next| match (before, next) {
            (Rewrite::Nothing, one) | (one, Rewrite::Nothing) => one,
            _ => Rewrite::Everything,
        })
    }

    /// Whether a value can be refused. What is said of two types holds for the casts by which a plan takes one to the other.
    fn may_fail(&self, from: &str, to: &str, world: &World) -> bool {
        let values = |from: &str, to: &str| retype::values(&sort(from, world), &sort(to, world)).may_fail;
        let is = |casts: &[&str]| {
            self.casts.len() == casts.len()
                && self.casts.iter().zip(casts).all(|(one, other)| Type::parse(one) == Type::parse(other))
        };
        let array = if from.ends_with("[]") && to.ends_with("[]") { "[]" } else { "" };
        let is_usual = match retype::conversion(&sort(from, world), &sort(to, world)) {
            _ if self.casts.is_empty() => true,
            Conversion::Through(other) => is(&[&format!("{other}{array}")]),
            Conversion::Text => is(&[&format!("text{array}")]),
            Conversion::Assigned | Conversion::Cast => false,
        };
        if is_usual {
            return values(from, to);
        }
        let mut steps = vec![from];
        steps.extend(self.casts.iter().map(String::as_str).chain([to]));
        steps.windows(2).any(|pair| values(&base(pair[0], world), &base(pair[1], world)))
    }

    /// Whether an index over the column is made anew, though the rows stay: it sorts the values in another way, or PostgreSQL
    /// does not compare its expression or its condition with the old one (`CheckIndexCompatible`).
    fn builds_index(&self, from: &str, to: &str, world: &World) -> bool {
        // Who says what it was says its collation too.
        let old = match self.from {
            Some(_) => self.old_collation.as_deref(),
            None => world.links_of(Link::Sorted, &self.column).next().map(Name::as_str),
        };
        let is_sorted_anew = old != self.collation.as_deref() || !retype::is_of_one_order(from, to);
        world
            .linked(Link::Indexed, &self.column)
            .any(|index| is_sorted_anew || world.is(Link::Computed, index))
    }

    fn from<'a>(&'a self, world: &'a World) -> Option<&'a str> {
        self.from.as_deref().or_else(|| world.type_of(&self.column))
    }
}

/// What becomes of the table: the values of a domain are those of the type that it is over, and are looked at one by one where it
/// refuses some.
pub(super) fn rewrite(from: &str, to: &str, world: &World) -> Rewrite {
    if from != to && world.is_constrained(to) {
        return Rewrite::Everything;
    }
    let (old, new) = (base(from, world), base(to, world));
    let is_array_of_domain = |ty: &str, base: &str| base.ends_with("[]") && base != ty;
    match world.domains(from).next() {
        _ if from == to => Rewrite::Nothing,
        // Every element is looked at.
        _ if is_array_of_domain(from, &old) || is_array_of_domain(to, &new) => Rewrite::Everything,
        Some(_) => retype::rewrite_of_domain(&old, &new),
        None => retype::rewrite(&old, &new),
    }
}

/// The type that a domain is over, whatever the domains in between.
fn base<'a>(ty: &'a str, world: &'a World) -> Cow<'a, str> {
    if let Some(element) = ty.strip_suffix("[]") {
        return Cow::Owned(format!("{}[]", base(element, world)));
    }
    Cow::Borrowed(world.domains(ty).last().map_or(ty, |(_, base)| base))
}

/// A type as the rule of values knows it: of an enum, how long its labels are.
fn sort<'a>(ty: &'a str, world: &'a World) -> Cow<'a, str> {
    let (element, array) = ty.strip_suffix("[]").map_or((ty, ""), |element| (element, "[]"));
    match world.labels(element) {
        Some(labels) => Cow::Owned(format!("{labels}{array}")),
        None => Cow::Borrowed(ty),
    }
}

fn is_unknown(ty: &str, world: &World) -> bool {
    is_of_user(&Type::parse(&base(ty, world))) && world.labels(ty).is_none()
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
    let collation = at.collate().map(|collate| link::collation(&collate));
    let old = examiner.world.links_of(Link::Sorted, &key).next().cloned();
    let as_text = |name: &Option<Name>| name.as_ref().map(|name| name.as_str().to_owned());
    let using = at.using_expr().map(|using| on_one_line(&using.syntax().text().to_string()));
    let casts = using.map_or_else(|| Some(Vec::new()), |using| casts(&using, column, &to));
    if let Some(casts) = casts {
        let retyped = Retyped {
            column: key.clone(),
            to: to.clone(),
            from,
            casts,
            collation: as_text(&collation),
            old_collation: as_text(&old),
        };
        // What is said of it depends on what it was.
        let premise = Some(Premise::Retyped(retyped));
        examiner.report_if(&column::TYPE, at.syntax(), Some(table), premise, String::new());
    } else {
        let message = format!("`{column}` becomes `{to}`: `{table}` is written anew");
        examiner.report(&column::TYPE, at.syntax(), Some(table), message);
    }
    if let Some(old) = old {
        examiner.change(Change::Unlinked(Link::Sorted, key.clone(), old));
    }
    if let Some(collation) = collation {
        examiner.change(Change::Linked(Link::Sorted, key.clone(), collation));
    }
    examiner.change(Change::Typed(key, to));
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The types that `USING` casts the column to before it is assigned: none where it says what goes without saying. `None`: it is
/// another expression.
fn casts(using: &str, column: &str, to: &str) -> Option<Vec<String>> {
    let expression = using.split_once(char::is_whitespace).map_or("", |(_, expression)| expression).trim();
    let inner = expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let mut parts = inner.unwrap_or(expression).split("::").map(str::trim);
    let is_column = |text: &str| text.trim_matches(['(', ')', '"', ' ']).eq_ignore_ascii_case(column);
    parts.next().filter(|first| is_column(first))?;
    let mut types: Vec<&str> = parts.collect();
    let is_type = |ty: &&str| ty.chars().all(|c| c.is_alphanumeric() || " _.,()[]\"".contains(c));
    let is_last = |ty: &&str| Type::parse(ty) == Type::parse(to) || Some(Type::parse(ty)) == uncut(to);
    types.pop_if(|ty| is_last(ty));
    types.iter().all(is_type).then(|| types.into_iter().map(str::to_owned).collect())
}

/// A type without its limit, which the assignment holds it to.
fn uncut(ty: &str) -> Option<Type> {
    retype::uncut(ty).map(|uncut| Type::parse(&uncut.replace('"', "")))
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
