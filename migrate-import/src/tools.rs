//! How each tool lays out its folder: which file is which migration, in which order, and what it says about it.

mod dbmate;
mod diesel;
mod drizzle;
pub(crate) mod flyway;
mod golang_migrate;
mod goose;
mod node_pg_migrate;
mod plain;
mod prisma;
mod rails;
mod refinery;
mod sea_orm;
mod sqlx;

use migrate_source::other_tool::Tool;

use crate::draft::Drafts;
use crate::files::Input;
use crate::note::Notes;

/// Reads the files, which are sorted by path.
pub(crate) fn gather(tool: Tool, files: &[Input], notes: &mut Notes) -> Drafts {
    match tool {
        Tool::Sqlx => sqlx::gather(files, notes),
        Tool::Refinery => refinery::gather(files, notes),
        Tool::Diesel => diesel::gather(files, notes),
        Tool::SeaOrm => sea_orm::gather(files, notes),
        Tool::GolangMigrate => golang_migrate::gather(files, notes),
        Tool::Goose => goose::gather(files, notes),
        Tool::Dbmate => dbmate::gather(files, notes),
        Tool::NodePgMigrate => node_pg_migrate::gather(files, notes),
        Tool::Drizzle => drizzle::gather(files, notes),
        Tool::Prisma => prisma::gather(files, notes),
        Tool::Flyway => flyway::gather(files, notes),
        Tool::Rails => rails::gather(files, notes),
        Tool::Plain => plain::gather(files, notes),
    }
}
