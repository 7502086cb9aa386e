//! A report as figures, in the text format that Prometheus reads (exposition format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::outcome::Outcome;
use super::report::FleetReport;

/// The bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 9] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0];

impl FleetReport {
    /// How many tenants there are of each outcome and at each migration, and how long they took, as Prometheus' text format.
    /// Tenants have no figures of their own: thousands of series would be more than a server wants.
    pub fn to_prometheus(&self) -> String {
        let mut text = String::new();
        head(&mut text, "migrate_fleet_tenants", "gauge", "Tenants by what came of them.");
        for outcome in Outcome::ALL {
            sample(&mut text, "migrate_fleet_tenants", &[("outcome", outcome.key())], self.count(outcome));
        }
        head(
            &mut text,
            "migrate_fleet_skew_tenants",
            "gauge",
            "Tenants by the newest migration that they have.",
        );
        let skew: BTreeMap<_, _> = self.skew();
        for (stem, number) in skew {
            sample(&mut text, "migrate_fleet_skew_tenants", &[("migration", stem.unwrap_or(""))], number);
        }
        head(
            &mut text,
            "migrate_fleet_skipped_tenants",
            "gauge",
            "Tenants whose database is not PostgreSQL.",
        );
        sample(&mut text, "migrate_fleet_skipped_tenants", &[], self.skipped().len());
        head(&mut text, "migrate_fleet_migrations", "gauge", "Migrations that were applied.");
        sample(&mut text, "migrate_fleet_migrations", &[], self.applied());
        head(&mut text, "migrate_fleet_stopped", "gauge", "Whether it stopped before everybody had a turn.");
        sample(&mut text, "migrate_fleet_stopped", &[], usize::from(self.stopped().is_some()));
        head(&mut text, "migrate_fleet_duration_seconds", "gauge", "How long the whole verb took.");
        let seconds = self.duration().as_secs_f64();
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "migrate_fleet_duration_seconds {seconds}");
        self.histogram(&mut text);
        text
    }

    fn histogram(&self, text: &mut String) {
        let name = "migrate_fleet_tenant_seconds";
        head(text, name, "histogram", "How long the last attempt at a tenant took, connecting included.");
        let visited = self.tenants().iter().filter(|tenant| tenant.wave() > 0);
        let durations: Vec<Duration> = visited.map(super::TenantReport::duration).collect();
        for bound in BOUNDS {
            let within = durations.iter().filter(|duration| duration.as_secs_f64() <= bound).count();
            sample(text, &format!("{name}_bucket"), &[("le", &bound.to_string())], within);
        }
        sample(text, &format!("{name}_bucket"), &[("le", "+Inf")], durations.len());
        let sum: Duration = durations.iter().sum();
        let _ = writeln!(text, "{name}_sum {}", sum.as_secs_f64());
        sample(text, &format!("{name}_count"), &[], durations.len());
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: usize) {
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(text, "{name}{labels} {value}");
}
