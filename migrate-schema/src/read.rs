//! Reads a schema out of the catalog: every kind's query in one message, in one snapshot.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::error::Error;
use crate::fact::{Fact, Need};
use crate::key::Key;
use crate::kind::Kind;
use crate::schema::Schema;

/// From where a schema is looked at.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Viewpoint {
    /// Tables that are not looked at, with all that is on them, as `schema.name` with quotes where SQL needs them: the
    /// history of migrations.
    pub leave_out: Vec<String>,
    /// What else is not looked at.
    pub left_out: Option<Bookkeeping>,
    /// The role whose things have no owner named, since everything is made by it. `None`: who reads.
    pub owner: Option<String>,
}

/// Tables that are no part of a schema, by what tells them: those of migration tools.
#[derive(Clone, Copy, Debug)]
pub struct Bookkeeping {
    /// Whether a table is one of them, by its name and those of its columns.
    pub is_table: fn(&str, &[&str]) -> bool,
    /// Whether a schema is there for such a table: it is left out where it has nothing else.
    pub is_schema: fn(&str) -> bool,
}

impl Viewpoint {
    /// Leaves these tables out.
    #[must_use]
    pub fn without(leave_out: impl IntoIterator<Item = String>) -> Self {
        Self { leave_out: leave_out.into_iter().collect(), ..Self::default() }
    }

    /// Leaves these tables out too, and their schemas.
    #[must_use]
    pub fn leaving_out(self, bookkeeping: Bookkeeping) -> Self {
        Self { left_out: Some(bookkeeping), ..self }
    }

    /// Takes this role for who makes everything.
    #[must_use]
    pub fn of_owner(self, owner: impl Into<String>) -> Self {
        Self { owner: Some(owner.into()), ..self }
    }
}

/// A thing in the catalog: the table it is in, its OID, and a number within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Address {
    class: u32,
    id: u32,
    sub: i32,
}

/// What of a row is no attribute.
const STRUCTURE: [&str; 8] = ["kind", "class", "id", "sub", "path", "part_of", "needs", "deptype"];

/// What depends on what, and which address stands for which other one.
const DEPENDENCIES: &str = include_str!("catalog/dependencies.sql");
const ALIASES: &str = include_str!("catalog/aliases.sql");

/// Reads what the database has. Nothing is written and nothing is locked that a SELECT does not lock.
///
/// # Errors
///
/// The catalog cannot be read.
pub async fn read(client: &Client, view: &Viewpoint) -> Result<Schema, Error> {
    let queries: Vec<String> = queries().map(str::to_owned).collect();
    schema(ask(client, &queries).await?, view)
}

/// The same on a session that is there for being read from again and again: planning the queries is most of the work, and
/// they stay prepared. Not for a pooler's connection.
///
/// # Errors
///
/// The catalog cannot be read.
pub async fn read_again(client: &Client, view: &Viewpoint) -> Result<Schema, Error> {
    let names = |at: usize| format!("migrate_schema_{at}");
    let execute: Vec<String> = (0..queries().count()).map(|at| format!("EXECUTE {}", names(at))).collect();
    match ask(client, &execute).await {
        // It is the first time, or somebody has cleared the session.
        Err(error) if error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) => {
            let prepare =
                queries().enumerate().map(|(at, query)| format!("PREPARE {} AS {query}", names(at)));
            match ask(client, &prepare.chain(execute).collect::<Vec<_>>()).await {
                Ok(answer) => schema(answer, view),
                // Somebody has cleared away some of them.
                Err(_) => read(client, view).await,
            }
        }
        answer => schema(answer?, view),
    }
}

fn queries() -> impl Iterator<Item = &'static str> {
    let all = Kind::ALL.iter().map(|kind| kind.rule().query()).chain([READER, ALIASES, DEPENDENCIES]);
    all.filter(|query| !query.is_empty())
}

/// All statements in one message and one snapshot.
async fn ask(
    client: &Client,
    statements: &[String],
) -> Result<Vec<SimpleQueryMessage>, tokio_postgres::Error> {
    // `public` alone: what is elsewhere is written with its schema. Values are printed alike whatever the session has set.
    // The catalog of a database that was made just now has the statistics of an empty one, by which PostgreSQL takes nested
    // loops for cheap.
    let mut message = String::from(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n\
         SET LOCAL search_path TO public; SET LOCAL extra_float_digits TO 1; SET LOCAL quote_all_identifiers TO off;\n\
         SET LOCAL intervalstyle TO postgres; SET LOCAL datestyle TO ISO; SET LOCAL timezone TO 'UTC';\n\
         SET LOCAL bytea_output TO hex; SET LOCAL standard_conforming_strings TO on; SET LOCAL statement_timeout TO 0;\n\
         SET LOCAL jit TO off; SET LOCAL enable_nestloop TO off;\n",
    );
    for statement in statements {
        let _ = writeln!(message, "{statement};");
    }
    message.push_str("COMMIT");
    let answer = client.simple_query(&message).await;
    if answer.is_err() {
        client.batch_execute("ROLLBACK").await?;
    }
    answer
}

fn schema(answer: Vec<SimpleQueryMessage>, view: &Viewpoint) -> Result<Schema, Error> {
    let mut found = Found::default();
    for message in answer {
        if let SimpleQueryMessage::Row(row) = message {
            found.take(&row)?;
        }
    }
    Ok(found.schema(view))
}

/// Who reads.
const READER: &str =
    "SELECT 'reader' AS kind, 0 AS class, 0 AS id, 0 AS sub, current_user::regrole::text AS owner";

#[derive(Default)]
struct Found {
    /// Whose things have no owner named.
    reader: Option<String>,
    rows: Vec<Row>,
    aliases: HashMap<Address, Address>,
    /// Which of whom, and how.
    dependencies: Vec<(Address, Address, Need)>,
    /// What an extension made, and which one.
    members: HashMap<(u32, u32), Address>,
}

struct Row {
    address: Address,
    fact: Fact,
    part_of: Vec<Address>,
    needs: Vec<Address>,
}

impl Found {
    fn take(&mut self, row: &SimpleQueryRow) -> Result<(), Error> {
        let kind = row.get("kind").unwrap_or_default();
        let address = address(row)?;
        match kind {
            "reader" => self.reader = row.get("owner").map(str::to_owned),
            "alias" => {
                let other = addresses(row.get("needs"))?.first().copied();
                self.aliases.extend(other.map(|other| (address, other)));
            }
            "dependency" => {
                let Some(&other) = addresses(row.get("needs"))?.first() else { return Ok(()) };
                let need = match row.get("deptype") {
                    Some("e") => {
                        self.members.insert((address.class, address.id), other);
                        Need::Part
                    }
                    Some("n" | "x") => Need::Normal,
                    _ => Need::Part,
                };
                self.dependencies.push((address, other, need));
            }
            kind => {
                let Some(kind) = Kind::from_name(kind) else {
                    return Err(Error::row(format!("the kind {kind}")));
                };
                let path = row.get("path").unwrap_or_default();
                let path = serde_json::from_str(path).map_err(|_| Error::row(format!("the path {path}")))?;
                let attributes = row.columns().iter().enumerate().filter_map(|(at, column)| {
                    let name = column.name();
                    let value = row.get(at).filter(|_| !STRUCTURE.contains(&name))?;
                    Some((name.to_owned(), value.to_owned()))
                });
                self.rows.push(Row {
                    address,
                    fact: Fact {
                        key: Key::new(kind, path),
                        attributes: attributes.collect(),
                        needs: BTreeMap::new(),
                    },
                    part_of: addresses(row.try_get("part_of").ok().flatten())?,
                    needs: addresses(row.try_get("needs").ok().flatten())?,
                });
            }
        }
        Ok(())
    }

    fn schema(self, view: &Viewpoint) -> Schema {
        let Self { reader, rows, aliases, dependencies, members } = self;
        let owner = view.owner.as_ref().or(reader.as_ref());
        let left_out = LeftOut::find(&rows, view);
        let mut keys: HashMap<Address, Key> = HashMap::new();
        let (mut kept, mut made): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
        // Parts come after what they are a part of, in the order of the queries; where that is left out, so are they.
        for row in rows {
            // Of what an extension made there is only who may do what apart from what it gave them.
            let is_read = matches!(row.fact.key.kind(), Kind::Extension | Kind::Privileges);
            let of_extension = !is_read && members.contains_key(&(row.address.class, row.address.id));
            if of_extension {
                made.push(row);
            } else if !left_out.has(row.address) {
                keys.entry(row.address).or_insert_with(|| row.fact.key.clone());
                kept.push(row);
            }
        }
        let find = |address: Address| -> Option<&Key> {
            let mut address = address;
            // An alias of an alias of an alias: the array of a row type of a view.
            for _ in 0..4 {
                let whole = Address { sub: 0, ..address };
                if let Some(key) = keys.get(&address).or_else(|| keys.get(&whole)) {
                    return Some(key);
                }
                address = *aliases.get(&address).or_else(|| aliases.get(&whole))?;
            }
            None
        };
        // What needs a thing of an extension needs the extension.
        let find_or_extension = |address: Address| -> Option<&Key> {
            let of = |address: &Address| members.get(&(address.class, address.id)).copied();
            let alias = || aliases.get(&Address { sub: 0, ..address }).and_then(of);
            find(address).or_else(|| find(of(&address).or_else(alias)?))
        };
        let refers_to_left_out = |mut address: Address| {
            for _ in 0..4 {
                let whole = Address { sub: 0, ..address };
                if left_out.has(whole) {
                    return true;
                }
                let Some(other) = aliases.get(&address).or_else(|| aliases.get(&whole)) else { return false };
                address = *other;
            }
            false
        };
        let mut dangling: BTreeSet<Key> = BTreeSet::new();
        let mut needs: HashMap<Key, BTreeMap<Key, Need>> = HashMap::new();
        let mut add = |from: &Key, to: &Key, need: Need| {
            if from != to {
                let before = needs.entry(from.clone()).or_default().entry(to.clone()).or_insert(need);
                *before = need.max(*before);
            }
        };
        for (from, to, need) in dependencies {
            dangling.extend(find(from).filter(|_| refers_to_left_out(to)).cloned());
            if let (Some(of), Some(to)) = (find(from), find_or_extension(to)) {
                // A column that only the index of a constraint uses does not take the constraint along.
                let is_index = of.kind() == Kind::Constraint && !keys.contains_key(&from);
                add(of, to, if is_index && to.kind() == Kind::Column { Need::Normal } else { need });
            }
        }
        let mut orphans: HashSet<Key> = HashSet::new();
        for row in &kept {
            let is_of_extension = row.fact.key.kind() == Kind::Privileges;
            let find_whole = |whole| if is_of_extension { find_or_extension(whole) } else { find(whole) };
            for whole in row.part_of.iter().map(|whole| find_whole(*whole)) {
                match whole {
                    Some(whole) => add(&row.fact.key, whole, Need::Part),
                    None => {
                        orphans.insert(row.fact.key.clone());
                    }
                }
            }
            for needed in row.needs.iter().filter_map(|needed| find_or_extension(*needed)) {
                add(&row.fact.key, needed, Need::Normal);
            }
            dangling.extend(row.needs.iter().any(|to| refers_to_left_out(*to)).then(|| row.fact.key.clone()));
        }
        drop_orphans(&mut kept, &mut orphans, &needs);
        let mut schema = Schema::new(kept.into_iter().map(|row| {
            let needs = needs.remove(&row.fact.key).unwrap_or_default();
            let mut attributes = row.fact.attributes;
            if attributes.get("owner") == owner {
                attributes.remove("owner");
            }
            Fact { attributes, needs, ..row.fact }
        }));
        schema.name_array_domains();
        dangling.retain(|key| schema.facts.contains_key(key));
        schema.dangling = dangling;
        schema.members = made
            .into_iter()
            .filter(|row| row.part_of.is_empty() && row.address.sub == 0)
            .filter_map(|Row { address, fact, .. }| {
                let of = members.get(&(address.class, address.id))?;
                Some((fact.key, keys.get(of)?.clone()))
            })
            .collect();
        schema
    }
}

/// What is not looked at, by the addresses of the whole things.
struct LeftOut(HashSet<Address>);

impl LeftOut {
    fn find(rows: &[Row], view: &Viewpoint) -> Self {
        let mut columns: HashMap<Address, Vec<String>> = HashMap::new();
        for row in rows.iter().filter(|row| row.fact.key.kind() == Kind::Column) {
            if let (Some(table), Some(name)) = (row.part_of.first(), row.fact.key.path().last()) {
                columns.entry(*table).or_default().push(unquoted(name));
            }
        }
        let is_named = |row: &&Row| view.leave_out.contains(&row.fact.key.path().join("."));
        let is_known = |row: &&Row| {
            view.left_out.is_some_and(|Bookkeeping { is_table, .. }| {
                let table = row.fact.key.path().last().map(|name| unquoted(name)).unwrap_or_default();
                let columns = columns.get(&row.address).map(Vec::as_slice).unwrap_or_default();
                is_table(&table, &columns.iter().map(String::as_str).collect::<Vec<_>>())
            })
        };
        let tables = rows.iter().filter(|row| row.fact.key.kind() == Kind::Table);
        let tables: Vec<&Row> = tables.filter(|row| is_named(row) || is_known(row)).collect();
        let mut left_out: HashSet<Address> = tables.iter().map(|row| row.address).collect();
        // A sequence that counts for one of their columns is a thing of its own.
        let whole = |address: &Address| Address { sub: 0, ..*address };
        for row in rows.iter().filter(|row| row.fact.key.kind() == Kind::SequenceOwner) {
            if row.needs.iter().any(|column| left_out.contains(&whole(column))) {
                left_out.extend(row.part_of.iter().copied());
            }
        }
        let is_schema = |row: &&Row| {
            let name = row.fact.key.path().first().map(|name| unquoted(name)).unwrap_or_default();
            row.fact.key.kind() == Kind::Schema
                && view.left_out.is_some_and(|left_out| (left_out.is_schema)(&name))
        };
        let schemas: Vec<Address> = rows.iter().filter(is_schema).map(|row| row.address).collect();
        let is_used = |schema: &Address| {
            rows.iter().any(|row| {
                row.needs.contains(schema) && row.part_of.is_empty() && !left_out.contains(&row.address)
            })
        };
        let empty: Vec<Address> = schemas.into_iter().filter(|schema| !is_used(schema)).collect();
        left_out.extend(empty);
        Self(left_out)
    }

    fn has(&self, address: Address) -> bool {
        self.0.contains(&address)
    }
}

/// A name as the catalog has it, which is quoted where SQL needs that.
fn unquoted(name: &str) -> String {
    let inside = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inside.map_or_else(|| name.to_owned(), |inside| inside.replace("\"\"", "\""))
}

/// A part of something that is not read is not read either, nor are its own parts.
fn drop_orphans(rows: &mut Vec<Row>, orphans: &mut HashSet<Key>, needs: &HashMap<Key, BTreeMap<Key, Need>>) {
    loop {
        let before = orphans.len();
        for row in &*rows {
            let whole_is_gone = needs.get(&row.fact.key).is_some_and(|needs| {
                needs.iter().any(|(key, need)| *need == Need::Part && orphans.contains(key))
            });
            if whole_is_gone {
                orphans.insert(row.fact.key.clone());
            }
        }
        rows.retain(|row| !orphans.contains(&row.fact.key));
        if orphans.len() == before {
            return;
        }
    }
}

fn address(row: &SimpleQueryRow) -> Result<Address, Error> {
    let text = |name: &str| row.try_get(name).ok().flatten().unwrap_or_default();
    parse(text("class"), text("id"), text("sub"))
}

/// Addresses are written `class:id:sub`, with spaces between them.
fn addresses(text: Option<&str>) -> Result<Vec<Address>, Error> {
    let one = |text: &str| {
        let mut parts = text.split(':');
        let mut part = || parts.next().unwrap_or_default();
        parse(part(), part(), part())
    };
    text.unwrap_or_default().split_whitespace().map(one).collect()
}

fn parse(class: &str, id: &str, sub: &str) -> Result<Address, Error> {
    let wrong = || Error::row(format!("the address {class}:{id}:{sub}"));
    Ok(Address {
        class: class.parse().map_err(|_| wrong())?,
        id: id.parse().map_err(|_| wrong())?,
        sub: sub.parse().map_err(|_| wrong())?,
    })
}
