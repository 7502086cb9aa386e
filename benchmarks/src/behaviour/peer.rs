//! The tools of the table: what each calls a migration, and how it is told to leave the transaction away.

use std::fmt;
use std::fmt::Write as _;
use std::path::PathBuf;

use benchmarks::tools::Tool;

use crate::migration::{Files, Migration};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    Migrate,
    Sqlx,
    Refinery,
    Diesel,
    Drizzle,
    NodePgMigrate,
    Dbmate,
}

/// The second at which the migrations of the scenarios begin to count: 2026-01-01 00:00:00 UTC.
const START: u64 = 1_767_225_600;

impl Peer {
    pub(crate) const ALL: [Self; 7] = [
        Self::Migrate,
        Self::Sqlx,
        Self::Refinery,
        Self::Diesel,
        Self::Drizzle,
        Self::NodePgMigrate,
        Self::Dbmate,
    ];

    /// The tool that a Rust service is compiled with; the others come from npm.
    pub(crate) fn tool(self) -> Option<Tool> {
        match self {
            Self::Migrate => Some(Tool::Migrate),
            Self::Sqlx => Some(Tool::Sqlx),
            Self::Refinery => Some(Tool::Refinery),
            Self::Diesel => Some(Tool::Diesel),
            _ => None,
        }
    }

    /// Timestamps as the tool's own command gives them; refinery's versions are small numbers by default.
    pub(crate) fn version(self, n: u32) -> String {
        match self {
            Self::Refinery => n.to_string(),
            Self::Diesel => format!("2026-01-01-{n:06}"),
            Self::Drizzle => format!("{n:04}"),
            Self::NodePgMigrate => format!("{}", (START + u64::from(n)) * 1000),
            Self::Migrate | Self::Sqlx | Self::Dbmate => format!("20260101{n:06}"),
        }
    }

    /// The files of a folder, by their paths in it.
    pub(crate) fn files(self, migrations: &[Migration]) -> Files {
        let mut files: Files = migrations.iter().flat_map(|migration| self.file(migration)).collect();
        if self == Self::Drizzle {
            files.insert(PathBuf::from("meta/_journal.json"), journal(migrations));
        }
        files
    }

    fn file(self, migration: &Migration) -> Vec<(PathBuf, String)> {
        let version = match (self, migration.in_sequence()) {
            (Self::Migrate | Self::Sqlx | Self::Diesel | Self::Dbmate, true) => {
                format!("{:04}", migration.number())
            }
            _ => self.version(migration.number()),
        };
        let name = migration.description();
        let text = |head: &str| migration.text(head, "");
        let outside = !migration.in_transaction();
        let marked = |mark: &str| text(if outside { mark } else { "" });
        let one = |name: String, text: String| vec![(PathBuf::from(name), text)];
        match self {
            Self::Migrate => one(format!("{version}_{name}.sql"), marked("-- migrate: no-transaction\n")),
            Self::Sqlx => one(format!("{version}_{name}.sql"), marked("-- no-transaction\n")),
            Self::Refinery => one(format!("V{version}__{name}.sql"), text("")),
            Self::Diesel => {
                let mut files = one(format!("{version}_{name}/up.sql"), text(""));
                if outside {
                    let metadata = "run_in_transaction = false\n".to_owned();
                    files.push((PathBuf::from(format!("{version}_{name}/metadata.toml")), metadata));
                }
                files
            }
            Self::Drizzle => {
                one(format!("{version}_{name}.sql"), migration.text("", "--> statement-breakpoint"))
            }
            Self::NodePgMigrate if outside => one(format!("{version}_{name}.mjs"), script(migration)),
            Self::NodePgMigrate => one(format!("{version}_{name}.sql"), text("-- Up Migration\n")),
            Self::Dbmate => {
                let head = if outside { "-- migrate:up transaction:false\n" } else { "-- migrate:up\n" };
                // It takes no file without a way back.
                one(format!("{version}_{name}.sql"), text(head) + "-- migrate:down\n")
            }
        }
    }

    /// How a file asks to be run outside a transaction, if it can.
    pub(crate) fn mark(self) -> Option<&'static str> {
        match self {
            Self::Migrate => Some("-- migrate: no-transaction"),
            Self::Sqlx => Some("-- no-transaction"),
            Self::Refinery | Self::Drizzle => None,
            Self::Diesel => Some("run_in_transaction = false"),
            Self::NodePgMigrate => Some("pgm.noTransaction()"),
            Self::Dbmate => Some("transaction:false"),
        }
    }

    /// The rows of the history, one a line.
    pub(crate) fn history(self) -> &'static str {
        match self {
            Self::Migrate | Self::Dbmate => "schema_migrations",
            Self::Sqlx => "_sqlx_migrations",
            Self::Refinery => "refinery_schema_history",
            Self::Diesel => "__diesel_schema_migrations",
            Self::Drizzle => "drizzle.__drizzle_migrations",
            Self::NodePgMigrate => "pgmigrations",
        }
    }

    /// What a script of this tool has before and after its SQL.
    pub(crate) fn frame(self, sql: &str) -> String {
        if self == Self::Dbmate { format!("-- migrate:up\n{sql}-- migrate:down\n") } else { sql.to_owned() }
    }

    /// The second migration under two names that it should not have, each with the table that it would make.
    pub(crate) fn bad_names(self) -> [(&'static str, PathBuf); 2] {
        let version = self.version(2);
        let names = match self {
            Self::Refinery => [format!("V{version}_hyphen.sql"), format!("V{version}__capitals.SQL")],
            Self::Diesel => [format!("{version}-hyphen/up.sql"), format!("{version}_capitals/up.SQL")],
            _ => [format!("{version}-hyphen.sql"), format!("{version}_capitals.SQL")],
        };
        let [hyphen, capitals] = names.map(PathBuf::from);
        [("hyphen", hyphen), ("capitals", capitals)]
    }
}

/// What drizzle-kit writes beside the scripts.
fn journal(migrations: &[Migration]) -> String {
    let mut text = "{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[".to_owned();
    for (index, migration) in migrations.iter().enumerate() {
        let n = migration.number();
        let comma = if index > 0 { "," } else { "" };
        let _ = write!(
            text,
            "{comma}{{\"idx\":{index},\"version\":\"7\",\"when\":{},\"tag\":\"{n:04}_{}\",\"breakpoints\":true}}",
            (START + u64::from(n)) * 1000,
            migration.description(),
        );
    }
    text + "]}\n"
}

/// A migration of node-pg-migrate that runs outside a transaction, which a file of SQL cannot say.
fn script(migration: &Migration) -> String {
    let mut text = "export const up = (pgm) => {\n    pgm.noTransaction();\n".to_owned();
    for statement in migration.statements() {
        let _ = writeln!(text, "    pgm.sql(`{statement}`);");
    }
    text + "};\n"
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Migrate => "migrate",
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
            Self::Diesel => "diesel_migrations",
            Self::Drizzle => "drizzle-orm",
            Self::NodePgMigrate => "node-pg-migrate",
            Self::Dbmate => "dbmate",
        })
    }
}
