//! What the lints say that a statement does, held against what PostgreSQL does on tables with rows: which relations are locked how
//! strongly (`pg_locks`), written anew (`pg_relation_filenode`), read from end to end (`pg_stat_get_xact_numscans`), and indexed.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use migrate_check::{Assessment, Known};

use self::cases::{CASES, Case, SETUP};
use crate::support::{self, Db};

/// What differs between the majors, and how: the lints do not know which one it will be.
fn is_of_major(sql: &str, what: &str, major: u32) -> bool {
    match (sql, what) {
        // Before 18, the partitions are locked as CREATE INDEX locks them.
        ("ALTER TABLE ev ADD CONSTRAINT c UNIQUE (id, at)", "locks") => major < 18,
        // From 18 on, the heirs are locked though they do not get it.
        ("ALTER TABLE par ADD CONSTRAINT c CHECK (n > 0) NO INHERIT", "locks") => major >= 18,
        _ => false,
    }
}

/// What a statement did, by relation.
#[derive(Debug, Default)]
struct Measured {
    locks: BTreeMap<String, String>,
    rewrites: BTreeSet<String>,
    scans: BTreeSet<String>,
    builds: BTreeSet<String>,
}

/// From the weakest to the strongest, of those that count.
const MODES: [&str; 5] = [
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// The relations: their oid, name and kind, the file that they are in, how often they were read from end to end in this
/// transaction, and the table of an index.
const STATE: &str = "SELECT concat_ws(' ', c.oid, c.oid::regclass, c.relkind, coalesce(pg_relation_filenode(c.oid), 0),
        pg_stat_get_xact_numscans(c.oid), coalesce(i.indrelid, c.oid))
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.oid >= 16384 AND c.relnamespace::regnamespace::text !~ '^pg_' AND c.relkind IN ('r', 'p', 'm', 'i', 'I')";

/// By the oid, for a name may change.
const LOCKS: &str = "SELECT l.relation::text || ' ' || l.mode FROM pg_locks l
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation'";

/// A relation at one moment.
#[derive(Clone, Debug)]
struct Relation {
    name: String,
    kind: String,
    file: String,
    scans: u32,
    table: String,
}

/// By oid.
async fn state(db: &Db) -> BTreeMap<String, Relation> {
    let relation = |line: String| {
        let [oid, name, kind, file, scans, table] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let relation = Relation {
            name: name.to_owned(),
            kind: kind.to_owned(),
            file: file.to_owned(),
            scans: scans.parse().unwrap(),
            table: table.to_owned(),
        };
        (oid.to_owned(), relation)
    };
    db.lines(STATE).await.into_iter().map(relation).collect()
}

async fn measure(db: &Db, before: &BTreeMap<String, Relation>, sql: &str) -> Result<Measured, String> {
    let run = async |sql: &str| {
        db.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    };
    // What refers to a table is looked up by its index, and is not read from end to end.
    run("BEGIN; SET LOCAL client_min_messages = error; SET LOCAL TimeZone = 'Europe/Berlin'").await;
    // What was read before may not have been reported yet.
    let earlier = state(db).await;
    run("SET LOCAL enable_seqscan = off").await;
    if let Err(error) = db.client.batch_execute(sql).await {
        run("ROLLBACK").await;
        return Err(format!("{sql}\n    cannot be run: {error:?}"));
    }
    let locks = db.lines(LOCKS).await;
    run("SET LOCAL enable_seqscan = on").await;
    let after = state(db).await;
    run("ROLLBACK").await;

    let mut measured = Measured::default();
    let is_table = |relation: &Relation| ["r", "p", "m"].contains(&&*relation.kind);
    for (oid, mode) in locks.iter().filter_map(|line| line.split_once(' ')) {
        let Some(table) = before.get(oid).filter(|relation| is_table(relation)) else { continue };
        let rank = |mode: &str| MODES.iter().position(|other| *other == mode);
        let strongest = measured.locks.get(&table.name).and_then(|mode| rank(mode));
        if rank(mode) > strongest {
            measured.locks.insert(table.name.clone(), mode.to_owned());
        }
    }
    for (oid, now) in &after {
        let old = before.get(oid);
        if let Some(old) = old.filter(|old| is_table(old) && measured.locks.contains_key(&old.name)) {
            if old.file != now.file {
                measured.rewrites.insert(old.name.clone());
            }
            // What is read for a query is not locked.
            if old.file != now.file || now.scans > earlier[oid].scans {
                measured.scans.insert(old.name.clone());
            }
        }
    }
    for now in after.values().filter(|now| now.kind == "i") {
        // An index that is made anew over rows that have not changed may take over the file of the old one.
        let is_built = !before.values().any(|old| old.file == now.file);
        if let Some(table) = before.get(&now.table).filter(|_| is_built)
            && measured.scans.contains(&table.name)
            && !measured.rewrites.contains(&table.name)
        {
            measured.builds.insert(table.name.clone());
        }
    }
    Ok(measured)
}

/// What was claimed and is not so, in words.
fn differences(
    case: &Case,
    claimed: &Assessment,
    measured: &Measured,
    kinds: &BTreeMap<String, String>,
    major: u32,
) -> Vec<String> {
    let is_kind = |name: &String, of: &str| kinds.get(name).is_some_and(|kind| of.contains(&**kind));
    let rows = |names: &BTreeSet<String>| -> BTreeSet<String> {
        names.iter().filter(|name| is_kind(name, "rm")).cloned().collect()
    };
    let locks: BTreeMap<String, String> = claimed
        .locks
        .iter()
        .filter(|(name, _)| is_kind(name, "rpm"))
        .map(|(name, mode)| (name.clone(), mode.name().to_owned()))
        .collect();
    // TRUNCATE gives each table a new file.
    let is_emptied = case.sql.starts_with("TRUNCATE");
    let builds = claimed.builds.difference(&claimed.rewrites).cloned().collect();
    [
        ("locks", format!("{locks:?}"), format!("{:?}", measured.locks)),
        ("rewrites", format!("{:?}", rows(&claimed.rewrites)), format!("{:?}", measured.rewrites)),
        ("scans", format!("{:?}", rows(&claimed.scans)), format!("{:?}", measured.scans)),
        ("builds", format!("{:?}", rows(&builds)), format!("{:?}", measured.builds)),
    ]
    .into_iter()
    .filter(|(what, claimed, measured)| {
        claimed != measured && !(is_emptied && *what != "locks") && !is_of_major(case.sql, what, major)
    })
    .map(|(what, claimed, measured)| format!("{}\n    {what}: {claimed}, measured {measured}", case.sql))
    .collect()
}

#[tokio::test]
async fn lints_claim_what_is_measured() {
    let major = support::prepare().await;
    let db = Db::new().await;
    for sql in SETUP {
        db.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    let space = "SET allow_in_place_tablespaces = on; CREATE TABLESPACE migrate_test_space LOCATION ''";
    for sql in space.split("; ") {
        db.client.batch_execute(sql).await.unwrap();
    }
    let before = state(&db).await;
    let kinds: BTreeMap<String, String> =
        before.values().map(|relation| (relation.name.clone(), relation.kind.clone())).collect();
    let cases: Vec<&Case> = CASES.iter().filter(|case| major >= case.from).collect();
    let known = Known::from_statements(SETUP);
    let mut wrong = Vec::new();
    for case in cases {
        let claimed = known.assess(&[(case.sql, true)]).pop().flatten();
        let claimed = claimed.ok_or_else(|| format!("{}\n    is not parsed", case.sql));
        match (claimed, measure(&db, &before, case.sql).await) {
            (Ok(claimed), Ok(measured)) => {
                wrong.extend(differences(case, &claimed, &measured, &kinds, major));
            }
            (claimed, measured) => wrong.extend([claimed.err(), measured.err()].into_iter().flatten()),
        }
    }
    db.client.batch_execute("DROP TABLESPACE migrate_test_space").await.unwrap();
    db.drop().await;
    assert!(wrong.is_empty(), "{} differences on PostgreSQL {major}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn knows_which_functions_are_volatile() {
    support::prepare().await;
    let db = Db::new().await;
    let functions = "SELECT bool_and(provolatile = 'v')::text || ' ' || quote_ident(proname) FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset GROUP BY proname";
    let functions = db.lines(functions).await;
    db.drop().await;
    let functions: Vec<(bool, &str)> = functions
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(is_volatile, name)| (is_volatile == "true", name))
        .collect();
    let statements: Vec<String> = functions
        .iter()
        .map(|(_, name)| format!("ALTER TABLE t ADD COLUMN c text DEFAULT {name}()"))
        .collect();
    let texts: Vec<(&str, bool)> = statements.iter().map(|sql| (&**sql, true)).collect();
    let assessed = Known::from_statements(&["CREATE TABLE t (a int)"]).assess(&texts);
    let claims = assessed.iter().map(|found| found.as_ref().is_some_and(|it| it.rewrites.contains("t")));
    let (wrong, right): (Vec<_>, Vec<_>) = functions
        .iter()
        .zip(claims)
        .filter(|(_, claims)| !claims)
        .partition(|((is_volatile, _), _)| *is_volatile);
    assert_eq!(wrong, [], "taken for one value for all rows");
    assert!(right.len() > 250, "only {} functions are known", right.len());
}
