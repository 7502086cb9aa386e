//! What the tests of fleets share: many small databases on the shared server, and what is wrong with some of them.

use migrate_runtime::fleet::{FleetReport, Outcome, Tenant, Tenants};
use migrate_runtime::tokio_postgres::Client;

use crate::support::{SERVER, connect};

/// Databases of one test, which are gone with it.
pub(crate) struct Town {
    pub(crate) names: Vec<String>,
}

impl Town {
    /// So many databases, each empty.
    pub(crate) async fn of(name: &str, count: usize) -> Self {
        let names: Vec<String> =
            (0..count).map(|n| format!("{name}_{}_{n:03}", std::process::id())).collect();
        let admin = connect(SERVER.url()).await;
        for name in &names {
            admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        }
        Self { names }
    }

    pub(crate) fn url(&self, at: usize) -> String {
        SERVER.url_of(&self.names[at])
    }

    pub(crate) async fn connect(&self, at: usize) -> Client {
        connect(&self.url(at)).await
    }

    /// A tenant for each, called `t0`, `t1`, ….
    pub(crate) fn list(&self) -> Vec<Tenant> {
        (0..self.names.len()).map(|at| Tenant::new(format!("t{at}"), self.url(at))).collect()
    }

    pub(crate) fn tenants(&self) -> Tenants {
        Tenants::new(self.list()).unwrap()
    }

    /// They are dropped where the server lives on.
    pub(crate) async fn end(self) {
        let admin = connect(SERVER.url()).await;
        for name in &self.names {
            admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

/// `t0 applied, t1 failed`.
pub(crate) fn outcomes(report: &FleetReport) -> String {
    let one =
        |tenant: &migrate_runtime::fleet::TenantReport| format!("{} {}", tenant.slug(), tenant.outcome());
    report.tenants().iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `3 applied, 1 failed`.
pub(crate) fn counts(report: &FleetReport) -> String {
    let one = |(outcome, number): (Outcome, usize)| format!("{number} {outcome}");
    report.counts().into_iter().map(one).collect::<Vec<_>>().join(", ")
}
