//! The guard before what writes: whether a database looks like production, and who says that it is meant. It never waits
//! for an answer that nobody can give.

use migrate_source::Code;

use super::target::{ENVIRONMENT, Surroundings};
use super::{Database, Target, Terminal, Told};
use crate::pattern::fits;

/// Whether a verb may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It may.
    Given,
    /// Somebody was asked, and does not want it.
    Declined,
    /// Nobody could be asked: why, and what to do.
    Impossible(Told),
}

/// Asks before a verb that writes, where the database looks like production: whoever sits at the terminal types its name.
///
/// It does not where `MIGRATE_ENV` is not `production` and neither the name of the database nor that of a host is among
/// [`Target::production`]; nor with `--yes`.
pub async fn confirm(verb: &str, database: &Database, target: &Target, terminal: &mut Terminal) -> Consent {
    let environment = Surroundings::of_process().get(ENVIRONMENT);
    let Some(why) = looks_like_production(database, &target.production, environment.as_deref()) else {
        return Consent::Given;
    };
    if target.yes {
        return Consent::Given;
    }
    let name = database.name();
    if !terminal.is_attended() {
        return Consent::Impossible(Told::new(
            Code::M0905,
            format!(
                "{name} looks like production, because {why}, and `{verb}` writes to it: say --yes if that is meant, or call \
             it at a terminal and type the name of the database"
            ),
        ));
    }
    terminal.note(&format!("{name} looks like production, because {why}."));
    let question = format!("`{verb}` writes to it. Type the name of the database to go on:");
    match terminal.ask(&question).await {
        Some(answer) if answer == database.exact_name() => Consent::Given,
        _ => Consent::Declined,
    }
}

/// Asks before a rollout in which the control database or a tenant looks like production: whoever sits at the terminal types
/// how many tenants there are. `None`: it may go on; otherwise why not, and how that ends.
#[cfg(feature = "fleet")]
pub(super) async fn confirm_fleet(
    control: Option<&Database>,
    tenants: &crate::fleet::Tenants,
    target: &Target,
    terminal: &mut Terminal,
) -> Option<(Told, super::Exit)> {
    use super::Exit;
    let environment = Surroundings::of_process().get(ENVIRONMENT);
    let of_control = control
        .and_then(|control| looks_like_production(control, &target.production, environment.as_deref()));
    let of_environment = environment
        .as_deref()
        .filter(|environment| environment.eq_ignore_ascii_case("production"))
        .map(|_| format!("{ENVIRONMENT} is production"));
    let of_tenant = || {
        let names = |tenant: &crate::fleet::Tenant| {
            [tenant.database(), tenant.server().split(':').next().unwrap_or_default().to_owned()]
        };
        let found =
            tenants.list().iter().flat_map(names).find(|name| is_production(&target.production, name));
        found.map(|name| format!("`{name}` is among the names of production"))
    };
    let why = of_control.or(of_environment).or_else(of_tenant)?;
    let count = tenants.list().len().to_string();
    if target.yes {
        return None;
    }
    if !terminal.is_attended() {
        let text = format!(
            "these tenants look like production, because {why}, and `fleet up` writes to them: say --yes if that is \
             meant, or call it at a terminal and type how many they are"
        );
        return Some((Told::new(Code::M0905, text), Exit::Error));
    }
    terminal.note(&format!("these tenants look like production, because {why}."));
    match terminal.ask("`fleet up` writes to them. Type how many they are to go on:").await {
        Some(answer) if answer == count => None,
        _ if terminal.was_interrupted() => {
            Some((Told::new(Code::M0908, "interrupted: nothing was done"), Exit::Interrupted))
        }
        _ => Some((
            Told::new(
                Code::M0906,
                "not confirmed: nothing was done\nnext: call it again and answer as it asks, or say --yes",
            ),
            Exit::Error,
        )),
    }
}

/// Asks a question that is answered by yes or no; `--yes` answers it.
pub(super) async fn agree(question: &str, target: &Target, terminal: &mut Terminal) -> Consent {
    if target.yes {
        return Consent::Given;
    }
    if !terminal.is_attended() {
        let text = format!("{question} Nobody is at a terminal to say so: say --yes");
        return Consent::Impossible(Told::new(Code::M0906, text));
    }
    match terminal.ask(&format!("{question} [y/N]")).await {
        Some(answer) if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => Consent::Given,
        _ => Consent::Declined,
    }
}

/// Why a database looks like production, if it does: what is there for development only refuses it.
pub fn why_production(database: &Database, target: &Target) -> Option<String> {
    let environment = Surroundings::of_process().get(ENVIRONMENT);
    looks_like_production(database, &target.production, environment.as_deref())
}

/// Why it does, if it does.
fn looks_like_production(database: &Database, names: &[String], environment: Option<&str>) -> Option<String> {
    if environment.is_some_and(|environment| environment.eq_ignore_ascii_case("production")) {
        return Some(format!("{ENVIRONMENT} is production"));
    }
    let hosts = database.hosts().iter().map(String::as_str).map(|host| (host, host));
    let mut all = std::iter::once((database.exact_name(), database.name())).chain(hosts);
    let (_, shown) = all.find(|(name, _)| is_production(names, name))?;
    Some(format!("`{shown}` is among the names of production"))
}

/// Whether it is one of the names of production. Letter case does not count.
fn is_production(names: &[String], name: &str) -> bool {
    let name = name.to_lowercase();
    names.iter().any(|pattern| fits(&pattern.to_lowercase(), &name))
}

#[cfg(test)]
mod tests {
    use super::super::target::resolve_in;
    use super::*;

    #[test]
    fn production_is_known_by_its_environment_its_name_or_its_host() {
        let target = Target { database_url: Some("postgres://u@db.prod/shop".into()), ..Target::default() };
        let surroundings = Surroundings { variable: &|_| None, folder: "/nonexistent".into() };
        let database = resolve_in(&target, &surroundings).unwrap_or_else(|error| panic!("{error}"));
        let why = |names: &[&str], environment| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            looks_like_production(&database, &names, environment)
        };
        assert_eq!(why(&[], None), None);
        assert_eq!(why(&["*-prod"], Some("staging")), None);
        assert_eq!(why(&[], Some("production")).as_deref(), Some("MIGRATE_ENV is production"));
        assert_eq!(why(&["Sh*"], None).as_deref(), Some("`shop` is among the names of production"));
        assert_eq!(why(&["*.prod"], None).as_deref(), Some("`db.prod` is among the names of production"));
    }
}
