//! Who looks on while a fleet is migrated, and who has a say between two waves.

use std::pin::Pin;
use std::time::Duration;

use super::report::TenantReport;
use super::tenant::Tenant;
use crate::hooks::BoxError;

/// One of the waves of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wave {
    /// From 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// How many tenants it has.
    pub tenants: usize,
}

/// Hears what happens. Called from the task of the rollout: it must not block.
pub trait Observer: Sync {
    /// A wave begins.
    fn wave_begun(&self, _wave: &Wave) {}

    /// A tenant has its turn, the first time or again.
    fn begun(&self, _tenant: &Tenant) {}

    /// A server cannot be reached: those of its tenants that are to have their turns wait, and one of them tries again after
    /// a pause.
    fn server_away(&self, _server: &str, _reason: &str, _pause: Duration) {}

    /// The control database of a shared run cannot be reached, and is asked again and again.
    fn control_away(&self, _reason: &str) {}

    /// It answers again.
    fn control_back(&self) {}

    /// Its connection was lost, or its server has none for it, and it is tried again after a pause.
    fn retried(&self, _tenant: &Tenant, _reason: &str, _pause: Duration) {}

    /// It is through, well or not.
    fn done(&self, _tenant: &TenantReport) {}
}

/// What a gate comes to: the rollout goes on, or stops and says why.
pub type GateFuture<'g> = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send + 'g>>;

/// Has a say after each wave but the last: whether the service is well, for example.
pub trait Gate: Sync {
    /// The wave is done. An error stops the rollout.
    fn pass<'g>(&'g self, wave: &'g Wave) -> GateFuture<'g>;
}
