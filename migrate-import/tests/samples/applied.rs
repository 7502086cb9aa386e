//! A folder of each tool of which a database has all but the last: the tables in `tests/tables` were made of them.

use migrate_import::Tool;

pub(crate) const USERS: &str = "CREATE TABLE users (id int);\n";
pub(crate) const TENANTS: &str = "CREATE TABLE tenants (id int);\n";
const MORE: &str = "SELECT 1;\n";

/// The folder from which the fixture's table was made, with one migration more.
pub(crate) fn files(tool: Tool) -> Vec<(&'static str, String)> {
    let goose = |sql: &str| format!("-- +goose Up\n{sql}");
    let dbmate = |sql: &str, down: &str| format!("-- migrate:up\n{sql}-- migrate:down\n{down}");
    let own = str::to_owned;
    match tool {
        Tool::Sqlx => vec![
            ("20230101000000_users.sql", own(USERS)),
            ("20230102000000_tenants.sql", own(TENANTS)),
            ("20230103000000_more.sql", own(MORE)),
        ],
        Tool::Refinery => vec![
            ("V1__users.sql", own(USERS)),
            ("V2__tenants.sql", own(TENANTS)),
            ("V3__more.sql", own(MORE)),
        ],
        Tool::Diesel => vec![
            ("2023-01-01-000000_users/up.sql", own(USERS)),
            ("2023-01-02-000000_tenants/up.sql", own(TENANTS)),
            ("2023-01-03-000000_more/up.sql", own(MORE)),
        ],
        Tool::SeaOrm => vec![
            ("m20230101_000001_users.sql", own(USERS)),
            ("m20230102_000001_tenants.sql", own(TENANTS)),
            ("m20230103_000001_more.sql", own(MORE)),
        ],
        Tool::GolangMigrate => vec![
            ("000001_users.up.sql", own(USERS)),
            ("000002_tenants.up.sql", own(TENANTS)),
            ("000003_more.up.sql", own(MORE)),
        ],
        Tool::Goose => vec![
            ("00001_users.sql", goose(USERS)),
            ("00002_tenants.sql", goose(TENANTS)),
            ("00003_more.sql", goose(MORE)),
        ],
        Tool::Dbmate => vec![
            ("20230101000000_users.sql", dbmate(USERS, "DROP TABLE users;\n")),
            ("20230102000000_tenants.sql", dbmate(TENANTS, "")),
            ("20230103000000_more.sql", dbmate(MORE, "")),
        ],
        Tool::NodePgMigrate => vec![
            (
                "1697040000000_users.sql",
                format!("-- Up Migration\n{USERS}-- Down Migration\nDROP TABLE users;\n"),
            ),
            ("1697040001000_tenants.sql", format!("-- Up Migration\n{TENANTS}")),
            ("1697040002000_more.sql", own(MORE)),
        ],
        Tool::Drizzle => vec![
            ("0000_users.sql", format!("{USERS}--> statement-breakpoint\nCREATE TABLE roles (id int);")),
            ("0001_tenants.sql", own(TENANTS.trim_end())),
            ("0002_more.sql", own(MORE)),
            (
                "meta/_journal.json",
                own(
                    r#"{"entries":[{"when":1697040000000,"tag":"0000_users"},{"when":1697040001000,"tag":"0001_tenants"},
                    {"when":1697040002000,"tag":"0002_more"}]}"#,
                ),
            ),
        ],
        Tool::Prisma => vec![
            ("20230101000000_users/migration.sql", own(USERS)),
            ("20230102000000_tenants/migration.sql", own(TENANTS)),
            ("20230103000000_more/migration.sql", own(MORE)),
        ],
        Tool::Flyway => vec![
            ("V01.0__users.sql", own(USERS)),
            ("V1_1__tenants.sql", own(TENANTS)),
            ("V2__more.sql", own(MORE)),
            ("R__views.sql", own(MORE)),
        ],
        Tool::Rails => vec![("structure.sql", own(include_str!("../tables/rails_structure.sql")))],
        Tool::Plain => Vec::new(),
    }
}
