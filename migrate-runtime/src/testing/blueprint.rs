//! What test databases are made from: which migrations, how they are applied, and on which server.

use crate::{BoxError, MigrationSet, Runner};

/// What a [`TestDb`](super::TestDb) is made from. A [`MigrationSet`] is one, and so is a [`Runner`] with its options; a type
/// of one's own can have both options and a server.
///
/// ```no_run
/// use migrate_runtime::testing::{Blueprint, TestDb};
/// use migrate_runtime::{BoxError, MigrationSet, Runner, embed_migrations};
///
/// # mod doc { pub(super) use migrate_runtime::MigrationSet; }
/// static MIGRATIONS: MigrationSet = embed_migrations!("../migrations");
///
/// struct Tenant;
///
/// impl Blueprint for Tenant {
///     fn runner(&self) -> Result<Runner<'_>, BoxError> {
///         Ok(Runner::new(&MIGRATIONS).in_schema("tenant", &[])?)
///     }
/// }
///
/// #[migrate_runtime::test(Tenant)]
/// async fn has_a_schema(db: TestDb) -> Result<(), Box<dyn std::error::Error>> {
///     db.connect().await?.batch_execute("SELECT FROM tenant.users").await?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "test databases cannot be made from `{Self}`",
    label = "neither a `MigrationSet` nor a `Runner`",
    note = "name the static that `embed_migrations!` is assigned to, or implement `migrate_runtime::testing::Blueprint`"
)]
pub trait Blueprint {
    /// The migrations with the options by which they are applied: once, when the template is made. A schema of
    /// [`Runner::in_schema`] is created.
    ///
    /// # Errors
    ///
    /// The caller's own; there is no test database then.
    fn runner(&self) -> Result<Runner<'_>, BoxError>;

    /// The URL of the server where there is no `DATABASE_URL`, also not in `.env`, with a database that exists, and the role's password.
    fn server(&self) -> Option<String> {
        None
    }
}

impl Blueprint for MigrationSet {
    fn runner(&self) -> Result<Runner<'_>, BoxError> {
        Ok(Runner::new(self))
    }
}

impl Blueprint for Runner<'_> {
    fn runner(&self) -> Result<Runner<'_>, BoxError> {
        Ok(self.clone())
    }
}
