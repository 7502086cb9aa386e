//! What the lints say that a statement does, held against what PostgreSQL does on tables with rows: which relations are locked how
//! strongly (`pg_locks`), written anew (`pg_relation_filenode`), read from end to end (`pg_stat_get_xact_numscans`), and indexed.

use std::collections::{BTreeMap, BTreeSet};

use migrate_check::{Assessment, Known};

use crate::support::{self, Db};

/// What is there before each statement, in use and with rows.
const SETUP: &[&str] = &[
    "CREATE TABLE ref (id int PRIMARY KEY, other int)",
    "CREATE TABLE ref2 (id int PRIMARY KEY)",
    "CREATE DOMAIN pos AS int CONSTRAINT pos_check CHECK (VALUE > 0)",
    "CREATE DOMAIN plain AS int",
    "CREATE TYPE pair AS (a int, b text)",
    "CREATE TYPE mood AS ENUM ('a','b')",
    "CREATE FUNCTION vol() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END'",
    "CREATE FUNCTION imm(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
    "CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TABLE t (id int CONSTRAINT t_id_key UNIQUE NOT NULL, n int NOT NULL, nn int, v varchar(20), num numeric(12,2), ts timestamp(3), tz timestamptz, txt text, p plain, dom pos, r int CONSTRAINT t_r_fk REFERENCES ref, checked varchar(20) CHECK (length(checked) < 9), g int GENERATED ALWAYS AS (id + 1) STORED, CONSTRAINT nn_set CHECK (nn IS NOT NULL), CONSTRAINT n_pos CHECK (n > 0))",
    "CREATE INDEX t_txt ON t (txt)",
    "CREATE INDEX t_v ON t (v)",
    "CREATE UNIQUE INDEX t_un ON t (n)",
    "CREATE INDEX t_imm ON t (imm(id))",
    "INSERT INTO ref SELECT i FROM generate_series(1,200) i",
    "INSERT INTO ref2 SELECT i FROM generate_series(1,200) i",
    "INSERT INTO t SELECT i,i,i,i::text,i,now(),now(),i::text,i,i,i,'x' FROM generate_series(1,200) i",
    "ALTER TABLE t ADD CONSTRAINT t_nv CHECK (id > 0) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT t_fnv FOREIGN KEY (nn) REFERENCES ref2 NOT VALID",
    "CREATE TRIGGER t_trg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg()",
    "CREATE TABLE u (id int PRIMARY KEY, n int)",
    "INSERT INTO u SELECT i,i FROM generate_series(1,200) i",
    "CREATE TABLE ev (id int NOT NULL, at date NOT NULL, k text) PARTITION BY RANGE (at)",
    "CREATE TABLE ev_25 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "CREATE TABLE ev_rest PARTITION OF ev DEFAULT",
    "CREATE TABLE ev_26 (id int NOT NULL, at date NOT NULL, k text)",
    "CREATE TABLE ev_27 (id int NOT NULL, at date NOT NULL, k text, CONSTRAINT ev_27_at CHECK (at >= '2027-01-01' AND at < '2028-01-01'))",
    "INSERT INTO ev SELECT i,'2025-05-05','x' FROM generate_series(1,100) i",
    "INSERT INTO ev SELECT i,'2024-05-05','x' FROM generate_series(1,100) i",
    "INSERT INTO ev_26 SELECT i,'2026-05-05','x' FROM generate_series(1,100) i",
    "INSERT INTO ev_27 SELECT i,'2027-05-05','x' FROM generate_series(1,100) i",
    "CREATE TABLE ls (id int NOT NULL, k text) PARTITION BY LIST (k)",
    "CREATE TABLE ls_a PARTITION OF ls FOR VALUES IN ('a')",
    "CREATE TABLE ls_b (id int NOT NULL, k text)",
    "INSERT INTO ls SELECT i,'a' FROM generate_series(1,100) i",
    "INSERT INTO ls_b SELECT i,'b' FROM generate_series(1,100) i",
    "CREATE INDEX ls_id ON ls (id)",
    "CREATE TABLE par (id int, n int)",
    "CREATE TABLE kid (m int) INHERITS (par)",
    "INSERT INTO par SELECT i,i FROM generate_series(1,100) i",
    "INSERT INTO kid SELECT i,i,i FROM generate_series(1,100) i",
    "CREATE TABLE solo (id int, n int)",
    "CREATE TABLE typed OF pair",
    "INSERT INTO typed SELECT i,'x' FROM generate_series(1,100) i",
    "CREATE VIEW vw AS SELECT id FROM t",
    "CREATE MATERIALIZED VIEW mv AS SELECT id, n FROM t",
    "CREATE UNIQUE INDEX mv_id ON mv (id)",
    "CREATE UNLOGGED TABLE ul (id int)",
    "INSERT INTO ul SELECT i FROM generate_series(1,100) i",
    "CREATE SEQUENCE sq",
    "CREATE TABLE doms (p plain, q pos)",
    "INSERT INTO doms SELECT i,i FROM generate_series(1,100) i",
    "CREATE SCHEMA aside",
    "CREATE POLICY pol ON u",
];

/// A statement, and the first major that knows it.
struct Case {
    sql: &'static str,
    from: u32,
}

const fn all(sql: &'static str) -> Case {
    Case { sql, from: 0 }
}

const fn from(from: u32, sql: &'static str) -> Case {
    Case { sql, from }
}

const CASES: &[Case] = &[
    all("ALTER TABLE t ADD COLUMN c int"),
    all("ALTER TABLE t ADD COLUMN c int DEFAULT 5"),
    all("ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 5"),
    all("ALTER TABLE t ADD COLUMN c timestamptz DEFAULT now()"),
    all("ALTER TABLE t ADD COLUMN c timestamptz DEFAULT clock_timestamp()"),
    all("ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()"),
    all("ALTER TABLE t ADD COLUMN c int DEFAULT vol()"),
    all("ALTER TABLE t ADD COLUMN c int DEFAULT imm(3)"),
    all("ALTER TABLE t ADD COLUMN c serial"),
    all("ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS IDENTITY"),
    all("ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (n+1) STORED"),
    from(18, "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (n+1) VIRTUAL"),
    all("ALTER TABLE t ADD COLUMN c plain"),
    all("ALTER TABLE t ADD COLUMN c pos"),
    all("ALTER TABLE t ADD COLUMN c pos DEFAULT 5"),
    all("ALTER TABLE t ADD COLUMN c int CHECK (c > 0)"),
    all("ALTER TABLE t ADD COLUMN c int REFERENCES ref"),
    all("ALTER TABLE t ADD COLUMN c int DEFAULT 1 REFERENCES ref"),
    all("ALTER TABLE t ADD COLUMN c int UNIQUE"),
    all("ALTER TABLE solo ADD COLUMN c int PRIMARY KEY"),
    all("ALTER TABLE t ADD COLUMN IF NOT EXISTS n int"),
    all("ALTER TABLE t DROP COLUMN r"),
    all("ALTER TABLE t ALTER n DROP NOT NULL"),
    all("ALTER TABLE t ALTER n SET NOT NULL"),
    all("ALTER TABLE t ALTER nn SET NOT NULL"),
    all("ALTER TABLE t ALTER v SET NOT NULL"),
    all("ALTER TABLE t ALTER v SET DEFAULT 'x'"),
    all("ALTER TABLE t ALTER v DROP DEFAULT"),
    all("ALTER TABLE t ALTER n ADD GENERATED ALWAYS AS IDENTITY"),
    all("ALTER TABLE t ALTER g DROP EXPRESSION"),
    from(17, "ALTER TABLE t ALTER g SET EXPRESSION AS (id + 2)"),
    all("ALTER TABLE t ALTER v SET STATISTICS 50"),
    all("ALTER TABLE t ALTER v SET STORAGE EXTERNAL"),
    all("ALTER TABLE t ALTER v SET COMPRESSION pglz"),
    all("ALTER TABLE t ALTER n SET (n_distinct = 5)"),
    all("ALTER TABLE t ALTER v TYPE text"),
    all("ALTER TABLE t ALTER v TYPE varchar(40)"),
    all("ALTER TABLE t ALTER v TYPE varchar(10)"),
    all("ALTER TABLE t ALTER num TYPE numeric(14,2)"),
    all("ALTER TABLE t ALTER num TYPE numeric(14,3)"),
    all("ALTER TABLE t ALTER r TYPE bigint"),
    all("ALTER TABLE ref ALTER id TYPE bigint"),
    all("ALTER TABLE t ALTER ts TYPE timestamptz"),
    all("ALTER TABLE t ALTER ts TYPE timestamp(6)"),
    all("ALTER TABLE t ALTER txt TYPE text COLLATE \"C\""),
    all("ALTER TABLE t ALTER txt TYPE varchar"),
    all("ALTER TABLE t ALTER txt TYPE varchar COLLATE \"C\""),
    all("ALTER TABLE t ALTER nn TYPE plain"),
    all("ALTER TABLE t ALTER nn TYPE pos"),
    all("ALTER TABLE t ALTER p TYPE int"),
    all("ALTER TABLE t ALTER dom TYPE int"),
    all("ALTER TABLE t ALTER v TYPE text USING upper(v)"),
    all("ALTER TABLE t ALTER v TYPE text USING v"),
    all("ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)"),
    all("ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID"),
    all("ALTER TABLE t ADD CONSTRAINT c UNIQUE (n)"),
    all("ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX t_un"),
    all("ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (n)"),
    all("ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (v)"),
    all("ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (nn)"),
    all("ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY USING INDEX t_un"),
    all("ALTER TABLE t ADD CONSTRAINT c EXCLUDE (n WITH =)"),
    all("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (nn) REFERENCES ref"),
    all("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (nn) REFERENCES ref NOT VALID"),
    from(18, "ALTER TABLE t ADD CONSTRAINT c NOT NULL v"),
    from(18, "ALTER TABLE t ADD CONSTRAINT c NOT NULL v NOT VALID"),
    all("ALTER TABLE t VALIDATE CONSTRAINT t_nv"),
    all("ALTER TABLE t VALIDATE CONSTRAINT t_fnv"),
    all("ALTER TABLE t DROP CONSTRAINT n_pos"),
    all("ALTER TABLE t DROP CONSTRAINT t_r_fk"),
    all("ALTER TABLE t DROP CONSTRAINT t_id_key"),
    all("ALTER TABLE t ALTER CONSTRAINT t_r_fk DEFERRABLE"),
    all("ALTER TABLE t RENAME COLUMN n TO m"),
    all("ALTER TABLE t RENAME CONSTRAINT n_pos TO m"),
    all("ALTER TABLE t RENAME TO m"),
    all("ALTER TABLE t OWNER TO postgres"),
    all("ALTER TABLE u SET UNLOGGED"),
    all("ALTER TABLE u SET LOGGED"),
    all("ALTER TABLE ul SET LOGGED"),
    all("ALTER TABLE t SET TABLESPACE migrate_test_space"),
    all("ALTER TABLE ref ALTER other TYPE bigint"),
    all("ALTER TABLE ref DROP COLUMN other"),
    all("ALTER TABLE t SET (fillfactor = 70)"),
    all("ALTER TABLE t RESET (fillfactor)"),
    all("ALTER TABLE t CLUSTER ON t_un"),
    all("ALTER TABLE t SET WITHOUT CLUSTER"),
    all("ALTER TABLE t REPLICA IDENTITY FULL"),
    all("ALTER TABLE t ENABLE ROW LEVEL SECURITY"),
    all("ALTER TABLE t DISABLE ROW LEVEL SECURITY"),
    all("ALTER TABLE t FORCE ROW LEVEL SECURITY"),
    all("ALTER TABLE t DISABLE TRIGGER t_trg"),
    all("ALTER TABLE t ENABLE TRIGGER t_trg"),
    all("ALTER TABLE t ENABLE ALWAYS TRIGGER t_trg"),
    all("ALTER TABLE t ENABLE REPLICA TRIGGER t_trg"),
    all("ALTER TABLE t DISABLE TRIGGER ALL"),
    all("ALTER TABLE solo INHERIT par"),
    all("ALTER TABLE kid NO INHERIT par"),
    all("ALTER TABLE par ADD COLUMN c int DEFAULT vol()"),
    all("ALTER TABLE ONLY par ALTER n SET DEFAULT 1"),
    all("ALTER TABLE par ALTER n SET DEFAULT 1"),
    all("ALTER TABLE par ADD CONSTRAINT c CHECK (n > 0)"),
    all("ALTER TABLE par ADD CONSTRAINT c CHECK (n > 0) NO INHERIT"),
    all("ALTER TABLE par ALTER n SET NOT NULL"),
    all("ALTER TABLE par ALTER n TYPE bigint"),
    all("ALTER TABLE par ALTER n SET STATISTICS 50"),
    all("ALTER TABLE par SET (fillfactor=50)"),
    all("ALTER TABLE par DROP COLUMN n"),
    all("ALTER TABLE typed NOT OF"),
    all("ALTER TABLE ev ADD COLUMN c int DEFAULT vol()"),
    all("ALTER TABLE ev ADD CONSTRAINT c CHECK (id > 0)"),
    all("ALTER TABLE ev ADD CONSTRAINT c UNIQUE (id, at)"),
    all("ALTER TABLE ev ATTACH PARTITION ev_26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"),
    all("ALTER TABLE ls ATTACH PARTITION ls_b FOR VALUES IN ('b')"),
    all("ALTER TABLE ev DETACH PARTITION ev_25"),
    all("ALTER TABLE ls DETACH PARTITION ls_a"),
    all("CREATE TABLE ev_28 PARTITION OF ev FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')"),
    all("CREATE TABLE ls_c PARTITION OF ls FOR VALUES IN ('c')"),
    all("CREATE TABLE kid2 () INHERITS (par)"),
    all("CREATE TABLE lk (LIKE t)"),
    all("CREATE TABLE fk (r int REFERENCES ref)"),
    all("DROP TABLE ev_25"),
    all("DROP TABLE ls_a"),
    all("DROP TABLE kid"),
    all("DROP TABLE u"),
    all("CREATE INDEX i ON t (v)"),
    all("CREATE UNIQUE INDEX i ON t (n)"),
    all("CREATE INDEX i ON ev (id)"),
    all("CREATE INDEX i ON ONLY ev (id)"),
    all("DROP INDEX t_v"),
    all("ALTER INDEX t_v RENAME TO x"),
    all("ALTER INDEX t_v SET (fillfactor=50)"),
    all("ALTER INDEX t_imm ALTER COLUMN 1 SET STATISTICS 50"),
    all("REINDEX INDEX t_v"),
    all("REINDEX TABLE t"),
    all("CLUSTER u USING u_pkey"),
    all("TRUNCATE u"),
    all("TRUNCATE ref CASCADE"),
    all("CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg()"),
    all("CREATE OR REPLACE TRIGGER t_trg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg()"),
    all("DROP TRIGGER t_trg ON t"),
    all("ALTER TRIGGER t_trg ON t RENAME TO x"),
    all("CREATE POLICY p ON t"),
    all("CREATE RULE r AS ON INSERT TO t DO ALSO NOTHING"),
    all("CREATE STATISTICS st ON id, n FROM t"),
    all("GRANT SELECT ON t TO PUBLIC"),
    all("CREATE VIEW x AS SELECT * FROM t"),
    all("CREATE MATERIALIZED VIEW x AS SELECT * FROM t"),
    all("CREATE MATERIALIZED VIEW x AS SELECT * FROM t WITH NO DATA"),
    all("REFRESH MATERIALIZED VIEW mv"),
    all("REFRESH MATERIALIZED VIEW CONCURRENTLY mv"),
    all("DROP MATERIALIZED VIEW mv"),
    all("ALTER MATERIALIZED VIEW mv ALTER n SET STATISTICS 50"),
    all("ALTER MATERIALIZED VIEW mv SET (fillfactor=50)"),
    all("ALTER TYPE pair ADD ATTRIBUTE c int CASCADE"),
    all("ALTER TYPE pair DROP ATTRIBUTE b CASCADE"),
    all("ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint CASCADE"),
    all("ALTER TYPE mood ADD VALUE 'c'"),
    all("ALTER TYPE mood RENAME VALUE 'a' TO 'c'"),
    all("ALTER DOMAIN plain ADD CONSTRAINT c CHECK (VALUE > 0)"),
    all("ALTER DOMAIN plain ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID"),
    all("ALTER DOMAIN pos VALIDATE CONSTRAINT pos_check"),
    all("ALTER DOMAIN plain SET NOT NULL"),
    all("ALTER DOMAIN pos DROP CONSTRAINT pos_check"),
    all("ALTER DOMAIN plain SET DEFAULT 1"),
    all("CREATE OR REPLACE FUNCTION imm(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1'"),
    all("ALTER SEQUENCE sq RESTART"),
    all("LOCK TABLE t IN SHARE MODE"),
    all("ALTER TABLE u ALTER id TYPE bigint"),
    all("ALTER TABLE u ALTER n TYPE text USING n::text"),
    all("ALTER TABLE u ALTER n TYPE numeric"),
    all("ALTER TABLE t DROP COLUMN v"),
    all("ALTER TABLE t ALTER ts TYPE timestamp(0)"),
    all("ALTER TABLE t ALTER checked TYPE text"),
    all("ALTER TABLE t ALTER checked TYPE varchar(5)"),
    all("ALTER TABLE t ALTER num TYPE numeric"),
    all("ALTER TABLE t ALTER num TYPE int"),
    all("ALTER TABLE t SET SCHEMA aside"),
    all("ALTER TABLE t OWNER TO migrate_test_writer"),
    all("ALTER TABLE par RENAME COLUMN id TO key"),
    all("ALTER TABLE t ADD COLUMN c int, ADD COLUMN d int DEFAULT vol()"),
    all("ALTER TABLE ls ADD COLUMN c int"),
    all("ALTER TABLE ev ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES ref"),
    all("ALTER TABLE ls ALTER id TYPE bigint"),
    all("ALTER TABLE ONLY ls ADD CONSTRAINT c UNIQUE (id, k)"),
    all("DROP INDEX ls_id"),
    all("DROP TABLE ev"),
    all("CREATE TRIGGER x BEFORE INSERT ON ls FOR EACH ROW EXECUTE FUNCTION trg()"),
    all("ALTER POLICY pol ON u USING (true)"),
    all("LOCK TABLE t"),
    all("LOCK TABLE t IN EXCLUSIVE MODE"),
    all("ALTER TYPE pair ALTER ATTRIBUTE b TYPE varchar CASCADE"),
    all("CREATE DOMAIN other AS int CHECK (VALUE > 1)"),
];

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
    WHERE c.relnamespace IN ('public'::regnamespace, 'aside'::regnamespace) AND c.relkind IN ('r', 'p', 'm', 'i', 'I')";

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

async fn measure(db: &Db, before: &BTreeMap<String, Relation>, sql: &str) -> Measured {
    let run = async |sql: &str| {
        db.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    };
    // What refers to a table is looked up by its index, and is not read from end to end.
    run("BEGIN; SET LOCAL client_min_messages = error; SET LOCAL TimeZone = 'Europe/Berlin'").await;
    // What was read before may not have been reported yet.
    let earlier = state(db).await;
    run("SET LOCAL enable_seqscan = off").await;
    run(sql).await;
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
    measured
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
        let claimed = claimed.unwrap_or_else(|| panic!("{}: not parsed", case.sql));
        let measured = measure(&db, &before, case.sql).await;
        wrong.extend(differences(case, &claimed, &measured, &kinds, major));
    }
    db.client.batch_execute("DROP TABLESPACE migrate_test_space").await.unwrap();
    db.drop().await;
    assert!(wrong.is_empty(), "{} differences on PostgreSQL {major}:\n{}", wrong.len(), wrong.join("\n"));
}
