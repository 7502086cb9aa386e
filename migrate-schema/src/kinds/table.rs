//! Tables, plain and partitioned, and how their rows are told apart in replication.

use crate::fact::{Fact, Need};
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::sequence::serial_type;
use crate::kinds::{
    column, common, constraint, foreign, inheritance, not_null, partition, position, recursion,
};
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Phase, Statement};

#[derive(Debug)]
pub(crate) struct Table;

impl Rule for Table {
    fn query(&self) -> &'static str {
        include_str!("../catalog/table.sql")
    }

    fn create(&self, fact: &Fact, within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let statements = create(fact, within, world);
        let mut statements = match partition_of(within) {
            Some(of) => partition::created_beside_default(of, statements, world),
            None => statements,
        };
        statements.extend(position::of_table(&fact.key, world).into_iter().flat_map(|kept| kept.after));
        statements
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        let drop = Statement::new(format!("DROP TABLE {}", fact.key.sql()));
        // The rows are in its partitions.
        let keeps_rows = fact.has("partitioned_by") && !inheritance::loses_partitions(&fact.key, world);
        let drop = if keeps_rows { drop } else { drop.with(Hazard::DeletesData) };
        let detach = detached_from(fact, world).map(|parent| {
            let sql = format!("ALTER TABLE {} DETACH PARTITION {}", parent.sql(), fact.key.sql());
            Statement::new(sql)
        });
        let positions = position::of_table(&fact.key, world).into_iter().flat_map(|kept| kept.before);
        detach.into_iter().chain(positions).chain([drop]).collect()
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if is_replaced(old, new) {
            return Change::Replace;
        }
        let alter = format!("ALTER TABLE {}", new.key.sql());
        let mut statements = Vec::new();
        if changes.contains("unlogged") {
            let to = if new.has("unlogged") { "UNLOGGED" } else { "LOGGED" };
            statements.push(Statement::new(format!("{alter} SET {to}")));
        }
        if changes.contains("access_method") {
            let method = new.get("access_method").unwrap_or("heap");
            statements.push(Statement::new(format!("{alter} SET ACCESS METHOD {method}")));
        }
        if changes.contains("tablespace") {
            let space = new.get("tablespace").unwrap_or("pg_default");
            statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
        }
        statements.extend(common::alter_options(&alter, &old.list("options"), &new.list("options")));
        statements.extend(row_security(&alter, Some(old), new));
        statements.extend(common::alter_owner("TABLE", old, new));
        Change::by(statements)
    }
}

/// What a partition has to be detached from before it can be dropped: a foreign key refers to a table that it is a part of,
/// and stays.
fn detached_from<'w>(fact: &Fact, world: World<'w>) -> Option<&'w Key> {
    let ancestors = inheritance::ancestors(&fact.key, world.old);
    let stays = |key: &Key| {
        world.new.get(key).zip(world.old.get(key)).is_some_and(|(new, old)| !is_replaced(old, new))
    };
    let parent = ancestors.first().copied().filter(|parent| stays(parent))?;
    let names: Vec<String> = ancestors.iter().map(|key| key.path().join(".")).collect();
    let refers =
        |fact: &Fact| fact.get("_references").is_some_and(|table| names.iter().any(|name| name == table));
    let mut keys = world.old.facts().filter(|fact| fact.key.kind() == Kind::Constraint && stays(&fact.key));
    keys.any(refers).then_some(parent)
}

/// Whether one cannot be made out of the other.
pub(crate) fn is_replaced(old: &Fact, new: &Fact) -> bool {
    ["partitioned_by", "partition_key", "of_type"].iter().any(|name| old.differs_in(name, new))
}

/// Makes a table, or a foreign table.
pub(crate) fn create(fact: &Fact, within: &[&Fact], world: World<'_>) -> Vec<Statement> {
    let mut statements = vec![Statement::new(create_table(fact, within, world))];
    statements.extend(afterwards(fact, within, world));
    statements
}

/// Which parent a partition is made under in the statement that makes it.
fn partition_of<'f>(within: &[&'f Fact]) -> Option<&'f Fact> {
    within.iter().copied().find(|part| part.key.kind() == Kind::Inheritance && part.has("bound"))
}

/// The parents under which a table is made, in their order.
fn parents<'f>(within: &[&'f Fact]) -> Vec<&'f Fact> {
    let mut parents: Vec<&Fact> =
        within.iter().copied().filter(|part| part.key.kind() == Kind::Inheritance).collect();
    parents.sort_by_key(|part| part.text("_place").parse::<u32>().unwrap_or_default());
    parents
}

/// Whether a column comes with the parents under which a table is made.
fn comes_along(column: &Fact, within: &[&Fact]) -> bool {
    column.has("inherited_only") || column.has("_inherited") && partition_of(within).is_some()
}

fn create_table(fact: &Fact, within: &[&Fact], world: World<'_>) -> String {
    let of = |kind: Kind| within.iter().copied().filter(move |part| part.key.kind() == kind);
    let partition = partition_of(within);
    let mut columns: Vec<&Fact> = of(Kind::Column).filter(|column| !comes_along(column, within)).collect();
    columns.sort_by_key(|column| column.text("_place"));
    let default = |column: &Fact| of(Kind::Default).find(|default| default.key.path() == column.key.path());
    let mut lines: Vec<String> = columns
        .iter()
        .map(|column| {
            let serial = serial_type(column, within, world);
            column::definition(column, default(column), serial, &fact.key, world)
        })
        .collect();
    let mut constraints: Vec<&Fact> =
        of(Kind::Constraint).filter(|part| constraint::is_written(part, world)).collect();
    constraints.sort_by_key(|part| (constraint::rank(part), part.key.leaf()));
    lines.extend(constraints.into_iter().map(constraint::within));
    let named = of(Kind::Column).filter(|column| partition.is_some() && column.has("_not_null_apart"));
    lines.extend(named.map(not_null::constraint));

    let unlogged = if fact.has("unlogged") { "UNLOGGED " } else { "" };
    let foreign = if fact.key.kind() == Kind::ForeignTable { "FOREIGN " } else { "" };
    let mut sql = format!("CREATE {unlogged}{foreign}TABLE {}", fact.key.sql());
    if let Some(of) = partition {
        sql += &format!(" PARTITION OF {}", qualified(&of.key.path()[2..]));
    } else if let Some(of) = fact.get("of_type") {
        sql += &format!(" OF {of}");
        let options = |column: &&Fact| column::options_of_typed(column, default(column));
        lines.splice(..columns.len(), columns.iter().filter_map(options).collect::<Vec<_>>());
    }
    if !lines.is_empty() {
        sql += &format!(" (\n    {}\n)", lines.join(",\n    "));
    } else if partition.is_none() && !fact.has("of_type") {
        sql += " ()";
    }
    if let Some(of) = partition {
        sql += &format!(" {}", of.text("bound"));
    }
    let parents = parents(within);
    if partition.is_none() && !parents.is_empty() {
        let names: Vec<String> = parents.iter().map(|part| qualified(&part.key.path()[2..])).collect();
        sql += &format!(" INHERITS ({})", names.join(", "));
    }
    if let Some(by) = fact.get("partitioned_by") {
        sql += &format!(" PARTITION BY {by}");
    }
    if let Some(method) = fact.get("access_method") {
        sql += &format!(" USING {method}");
    }
    let options = fact.list("options");
    if !options.is_empty() {
        let options: Vec<String> = options.iter().map(|option| common::as_sql(option)).collect();
        sql += &format!(" WITH ({})", options.join(", "));
    }
    if let Some(space) = fact.get("tablespace") {
        sql += &format!(" TABLESPACE {space}");
    }
    if fact.key.kind() == Kind::ForeignTable {
        sql += &foreign::place(fact);
    }
    sql
}

/// What CREATE TABLE has no words for.
fn afterwards(fact: &Fact, within: &[&Fact], world: World<'_>) -> Vec<Statement> {
    let alter = alter_table(&fact.key);
    let mut statements = Vec::new();
    for column in within.iter().filter(|part| part.key.kind() == Kind::Column) {
        statements.extend(column::afterwards(&alter, column));
    }
    let parents = parents(within);
    for column in within.iter().filter(|part| part.key.kind() == Kind::Column && comes_along(part, within)) {
        let is_default =
            |part: &&Fact| part.key.kind() == Kind::Default && part.key.path() == column.key.path();
        let default = within.iter().copied().find(is_default);
        let has = |parent: &&[String]| {
            world.new.find(Kind::Column, &[parent, &[column.key.name().to_owned()][..]].concat()).is_some()
        };
        let parent = parents.iter().map(|parent| &parent.key.path()[2..]).find(has);
        statements.extend(
            parent.into_iter().flat_map(|parent| recursion::unlike_parent(parent, column, default, world)),
        );
    }
    statements.extend(row_security(&alter, None, fact));
    statements.extend(fact.get("owner").map(|owner| Statement::new(format!("{alter} OWNER TO {owner}"))));
    statements
}

fn row_security(alter: &str, old: Option<&Fact>, new: &Fact) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut tell = |name: &str, yes: &str, no: &str| {
        let before = old.is_some_and(|old| old.has(name));
        if before != new.has(name) {
            let words = if new.has(name) { yes } else { no };
            statements.push(
                Statement::new(format!("{alter} {words} ROW LEVEL SECURITY")).with(Hazard::ChangesPrivileges),
            );
        }
    };
    tell("row_security", "ENABLE", "DISABLE");
    tell("force_row_security", "FORCE", "NO FORCE");
    statements
}

#[derive(Debug)]
pub(crate) struct ReplicaIdentity;

impl Rule for ReplicaIdentity {
    fn query(&self) -> &'static str {
        include_str!("../catalog/replica_identity.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let phase = if world.online { Phase::Use } else { Phase::Change };
        let (table, identity) = (fact.key.sql(), fact.text("identity"));
        vec![Statement::new(format!("ALTER TABLE {table} REPLICA IDENTITY {identity}")).of_phase(phase)]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("ALTER TABLE {} REPLICA IDENTITY DEFAULT", fact.key.sql()))]
    }

    fn alter(&self, _old: &Fact, new: &Fact, world: World<'_>) -> Change {
        Change::by(self.create(new, &[], world))
    }
}

/// `ALTER TABLE` of a table or a foreign table.
pub(crate) fn alter_table(table: &Key) -> String {
    let foreign = if table.kind() == Kind::ForeignTable { "FOREIGN " } else { "" };
    format!("ALTER {foreign}TABLE {}", table.sql())
}

/// The table that something is a part of.
pub(crate) fn table_of(fact: &Fact) -> Option<&Key> {
    let is_table = |kind: Kind| matches!(kind, Kind::Table | Kind::ForeignTable);
    fact.needs.iter().find(|(key, need)| **need == Need::Part && is_table(key.kind())).map(|(key, _)| key)
}
