//! A folder of each tool, and what it becomes.

use migrate_import::NoteKind::{self, Attention, Changed, LeftOut};
use migrate_import::Tool;

/// What goes in and what comes out.
pub(crate) struct Sample {
    pub(crate) tool: Tool,
    /// Paths and texts.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Names and texts.
    pub(crate) expected: &'static [(&'static str, &'static str)],
    /// Paths, lines (0: the file as a whole) and kinds.
    pub(crate) notes: &'static [(&'static str, u32, NoteKind)],
}

const A: &str = "CREATE TABLE a ();\n";
const B: &str = "CREATE TABLE b ();\n";
const DROP: &str = "DROP TABLE a;\n";

pub(crate) const ALL: &[Sample] = &[
    Sample {
        tool: Tool::Sqlx,
        files: &[
            ("20230101000000_create-a.up.sql", A),
            ("20230101000000_create-a.down.sql", DROP),
            ("20230102000000_index.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON a (b);\n"),
            ("README.md", "# a"),
            ("20230103000000_lost.down.sql", DROP),
        ],
        expected: &[
            ("20230101000000_create_a.up.sql", A),
            ("20230101000000_create_a.down.sql", DROP),
            (
                "20230102000000_index.sql",
                "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (b);\n",
            ),
        ],
        notes: &[
            ("20230101000000_create-a.up.sql", 0, Changed),
            ("20230103000000_lost.down.sql", 0, Attention),
            ("README.md", 0, LeftOut),
        ],
    },
    Sample {
        tool: Tool::Refinery,
        files: &[
            ("V1__a.sql", A),
            ("sub/V3__b.sql", B),
            ("U2__c.sql", "SELECT 2;"),
            ("V4__code.rs", "pub fn migration() -> String"),
            ("mod.rs", ""),
        ],
        expected: &[("0001_a.sql", A), ("0002_c.sql", "SELECT 2;"), ("0003_b.sql", B)],
        notes: &[("U2__c.sql", 0, Changed), ("V4__code.rs", 0, Attention), ("mod.rs", 0, LeftOut)],
    },
    Sample {
        tool: Tool::Diesel,
        files: &[
            ("00000000000000_diesel_initial_setup/up.sql", "SELECT 1;\n"),
            ("00000000000000_diesel_initial_setup/down.sql", "-- nothing\n"),
            ("2019-03-22-170700_a/up.sql", A),
            ("2019-03-22-170700_a/down.sql", DROP),
            ("2019-03-22-170701_i/metadata.toml", "run_in_transaction = false\n"),
            ("2019-03-22-170701_i/up.sql", "VACUUM;\n"),
            (".diesel_lock", ""),
        ],
        expected: &[
            ("19700101000000_diesel_initial_setup.sql", "SELECT 1;\n"),
            ("20190322170700_a.up.sql", A),
            ("20190322170700_a.down.sql", DROP),
            ("20190322170701_i.sql", "-- migrate: no-transaction\nVACUUM;\n"),
        ],
        notes: &[
            (".diesel_lock", 0, LeftOut),
            ("00000000000000_diesel_initial_setup/down.sql", 0, Changed),
            ("00000000000000_diesel_initial_setup/up.sql", 0, Changed),
            ("2019-03-22-170700_a/up.sql", 0, Changed),
            ("2019-03-22-170701_i/metadata.toml", 0, Changed),
            ("2019-03-22-170701_i/up.sql", 0, Changed),
        ],
    },
    Sample {
        tool: Tool::SeaOrm,
        files: &[
            ("src/lib.rs", "pub struct Migrator;"),
            ("src/m20220101_000001_create_a.rs", "async fn up"),
            ("src/m20220101_000001_create_a.sql", A),
            ("src/m20220102_000001_create_b.rs", "async fn up"),
        ],
        expected: &[("20220101000001_create_a.sql", A)],
        notes: &[
            ("src/lib.rs", 0, LeftOut),
            ("src/m20220101_000001_create_a.rs", 0, LeftOut),
            ("src/m20220101_000001_create_a.sql", 0, Changed),
            ("src/m20220102_000001_create_b.rs", 0, Attention),
        ],
    },
    Sample {
        tool: Tool::GolangMigrate,
        files: &[
            ("V0001.Initial_Schema.up.sql", "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n"),
            ("V0001.Initial_Schema.down.sql", ""),
            ("V0002.B.mysql.up.sql", "CREATE TABLE `b` ();"),
            ("V0002.B.up.sql", "SELECT 'any';"),
            ("V0002.B.postgres.up.sql", B),
            ("V0003.I.autocommit.up.sql", "DROP INDEX CONCURRENTLY i;\n"),
        ],
        expected: &[
            ("0001_initial_schema.sql", A),
            ("0002_b.sql", B),
            ("0003_i.sql", "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY i;\n"),
        ],
        notes: &[
            ("V0001.Initial_Schema.down.sql", 0, Changed),
            ("V0001.Initial_Schema.up.sql", 0, Changed),
            ("V0001.Initial_Schema.up.sql", 1, Changed),
            ("V0002.B.mysql.up.sql", 0, LeftOut),
            ("V0002.B.postgres.up.sql", 0, Changed),
            ("V0002.B.up.sql", 0, LeftOut),
            ("V0003.I.autocommit.up.sql", 0, Changed),
        ],
    },
    Sample {
        tool: Tool::Goose,
        files: &[
            ("00001_a.sql", "-- +goose Up\nCREATE TABLE a ();\n\n-- +goose Down\nDROP TABLE a;\n"),
            (
                "00002_f.sql",
                "-- +goose Up\n-- +goose StatementBegin\nDO $$ BEGIN END $$\n-- +goose StatementEnd\nSELECT 1;\n",
            ),
            ("00003_i.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM;\n-- +goose Down\n\n"),
            ("00004_e.sql", "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${REGION}';\n-- +goose ENVSUB OFF\n"),
            ("00005_g.go", "package migrations"),
            ("00006_n.sql", "SELECT 1;"),
        ],
        expected: &[
            ("00001_a.up.sql", "CREATE TABLE a ();\n\n"),
            ("00001_a.down.sql", DROP),
            ("00002_f.sql", "DO $$ BEGIN END $$\n;\nSELECT 1;\n"),
            ("00003_i.sql", "-- migrate: no-transaction\nVACUUM;\n"),
            ("00004_e.sql", "SELECT '${REGION}';\n"),
        ],
        notes: &[
            ("00002_f.sql", 4, Changed),
            ("00003_i.sql", 5, Changed),
            ("00004_e.sql", 3, Attention),
            ("00005_g.go", 0, Attention),
            ("00006_n.sql", 0, Attention),
        ],
    },
    Sample {
        tool: Tool::Dbmate,
        files: &[
            ("20230101000000_a.sql", "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n"),
            (
                "20230102000000_i.sql",
                "-- migrate:up transaction:false\nVACUUM;\n-- migrate:down transaction:false\nVACUUM;\n",
            ),
        ],
        expected: &[
            ("20230101000000_a.up.sql", A),
            ("20230101000000_a.down.sql", DROP),
            ("20230102000000_i.up.sql", "-- migrate: no-transaction\nVACUUM;\n"),
            ("20230102000000_i.down.sql", "-- migrate: no-transaction\nVACUUM;\n"),
        ],
        notes: &[],
    },
    Sample {
        tool: Tool::NodePgMigrate,
        files: &[
            (
                "1697040000000_a.sql",
                "-- Up Migration\nCREATE TABLE a ();\n-- Down Migration\nDROP TABLE a;\n",
            ),
            ("20231012000000000_b.sql", B),
            ("1697040001000_code.js", "exports.up = pgm => {}"),
        ],
        expected: &[
            ("20231011160000_a.up.sql", A),
            ("20231011160000_a.down.sql", DROP),
            ("20231012000000_b.sql", B),
        ],
        notes: &[
            ("1697040000000_a.sql", 0, Changed),
            ("1697040001000_code.js", 0, Attention),
            ("20231012000000000_b.sql", 0, Changed),
        ],
    },
    Sample {
        tool: Tool::Drizzle,
        files: &[
            ("0000_users.sql", "CREATE TABLE a ();\n--> statement-breakpoint\nCREATE TABLE b ();"),
            ("0001_tenants.sql", "CREATE TABLE c ()"),
            ("0002_forgotten.sql", "SELECT 1;"),
            ("meta/0000_snapshot.json", "{}"),
            (
                "meta/_journal.json",
                r#"{"entries":[{"idx":0,"when":1697040000000,"tag":"0000_users"},
                    {"idx":1,"when":1697040001000,"tag":"0001_tenants"},{"idx":2,"when":1,"tag":"0003_lost"}]}"#,
            ),
        ],
        expected: &[
            ("0001_users.sql", "CREATE TABLE a ();\nCREATE TABLE b ();"),
            ("0002_tenants.sql", "CREATE TABLE c ()"),
        ],
        notes: &[
            ("0000_users.sql", 0, Changed),
            ("0001_tenants.sql", 0, Changed),
            ("0002_forgotten.sql", 0, Attention),
            ("meta/0000_snapshot.json", 0, LeftOut),
            ("meta/_journal.json", 0, Attention),
            ("meta/_journal.json", 0, LeftOut),
        ],
    },
    Sample {
        tool: Tool::Prisma,
        files: &[
            ("20230518191501_init/migration.sql", A),
            ("20230518191501_init_B copy/migration.sql", B),
            ("20230519000000_index/migration.sql", "DROP INDEX CONCURRENTLY i;"),
            ("migration_lock.toml", "provider = \"postgresql\""),
        ],
        expected: &[
            ("20230518191501_init.sql", A),
            ("20230518191502_init_b_copy.sql", B),
            ("20230519000000_index.sql", "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY i;"),
        ],
        notes: &[
            ("20230518191501_init_B copy/migration.sql", 0, Changed),
            ("20230518191501_init_B copy/migration.sql", 0, Changed),
            ("20230519000000_index/migration.sql", 1, Changed),
            ("migration_lock.toml", 0, LeftOut),
        ],
    },
    Sample {
        tool: Tool::Flyway,
        files: &[
            ("V1__a.sql", A),
            ("V1_1__b.sql", "INSERT INTO ${schema}.b DEFAULT VALUES;\n"),
            ("V1.10__c.sql", "VACUUM;\n"),
            ("V1.10__c.sql.conf", "executeInTransaction=false\n"),
            ("U1__a.sql", DROP),
            ("R__All views.sql", "CREATE OR REPLACE VIEW v AS SELECT 1;\n"),
            ("B1__base.sql", A),
            ("V2__Code.java", "class V2"),
            ("beforeMigrate.sql", "SELECT 1;"),
        ],
        expected: &[
            ("0001_a.up.sql", A),
            ("0001_a.down.sql", DROP),
            ("0002_b.sql", "INSERT INTO ${schema}.b DEFAULT VALUES;\n"),
            ("0003_c.sql", "-- migrate: no-transaction\nVACUUM;\n"),
            ("R_all_views.sql", "CREATE OR REPLACE VIEW v AS SELECT 1;\n"),
        ],
        notes: &[
            ("B1__base.sql", 0, Attention),
            ("R__All views.sql", 0, Changed),
            ("V1.10__c.sql", 0, Changed),
            ("V1.10__c.sql.conf", 0, Changed),
            ("V1_1__b.sql", 0, Changed),
            ("V1_1__b.sql", 1, Attention),
            ("V2__Code.java", 0, Attention),
            ("beforeMigrate.sql", 0, Attention),
        ],
    },
    Sample {
        tool: Tool::Rails,
        files: &[
            ("migrate/20230101000000_create_a.rb", "class CreateA"),
            (
                "structure.sql",
                "\\restrict x\nCREATE TABLE public.a ();\nCREATE TABLE public.schema_migrations (\n    version varchar\n);\n\n\
                 INSERT INTO \"schema_migrations\" (version) VALUES\n('20230102000000'),\n('20230101000000');\n",
            ),
        ],
        expected: &[("20230102000000_structure.sql", "CREATE TABLE public.a ();\n\n")],
        notes: &[
            ("migrate/20230101000000_create_a.rb", 0, LeftOut),
            ("structure.sql", 1, Changed),
            ("structure.sql", 3, Changed),
            ("structure.sql", 7, Changed),
        ],
    },
    Sample {
        tool: Tool::Plain,
        files: &[
            ("v1.10/ten.sql", "SELECT 10;"),
            ("v1.2/b.sql", B),
            ("v1.2/a.sql", A),
            ("v1.2/manifest.json", r#"{"CurrVersion":"1.2","Files":["b.sql","a.sql"]}"#),
            ("v1.11/m.sql", "-- +migrate Up notransaction\nVACUUM;\n-- +migrate Down\nSELECT 1;\n"),
            ("v1.12/x.sql", "-- atlas:txmode none\n\nVACUUM;\n"),
        ],
        expected: &[
            ("0001_b.sql", B),
            ("0002_a.sql", A),
            ("0003_ten.sql", "SELECT 10;"),
            ("0004_m.up.sql", "-- migrate: no-transaction\nVACUUM;\n"),
            ("0004_m.down.sql", "SELECT 1;\n"),
            ("0005_x.sql", "-- migrate: no-transaction\n-- atlas:txmode none\n\nVACUUM;\n"),
        ],
        notes: &[
            ("v1.10/ten.sql", 0, Changed),
            ("v1.11/m.sql", 0, Changed),
            ("v1.12/x.sql", 0, Changed),
            ("v1.2/a.sql", 0, Changed),
            ("v1.2/b.sql", 0, Changed),
            ("v1.2/manifest.json", 0, LeftOut),
        ],
    },
];
