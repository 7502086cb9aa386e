//! The guard before what writes: whether a database is production's or reads like it, and whether somebody wants to go on. It
//! never waits for an answer that nobody can give.

use migrate_source::Code;

use super::terminal::{Style, paint};
use super::{Database, Target, Terminal, Told};
use crate::options::Runner;
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

/// What a database has to do with production, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Production {
    /// `MIGRATE_ENV` or `production` in `migrate.toml` says so.
    Declared(String),
    /// Its name, a host or the user has a word such as `prod` in it.
    Resembled(String),
}

/// What has to happen before a verb writes.
pub(super) enum Guard {
    /// Nothing.
    Open,
    /// Whoever sits at the terminal types the name of the database.
    Question,
    /// It is refused: nobody can be asked.
    Refusal(Told),
}

impl Target {
    /// The same with what the set of a runner says of production.
    pub(super) fn with_production_of(&self, runner: &Runner<'_>) -> Self {
        let of_set = runner.production.unwrap_or_default().iter().map(|&name| name.to_owned());
        Self {
            production: self.production.iter().cloned().chain(of_set).collect(),
            no_production: self.no_production || runner.production.is_some_and(<[_]>::is_empty),
            ..self.clone()
        }
    }
}

/// Asks before a verb that writes, where the database is production's or reads like it: whoever sits at the terminal types its
/// name.
///
/// It is production's where `MIGRATE_ENV` is `production`, or the name of the database or of a host is among
/// [`Target::production`]: without a terminal, the verb needs `--yes` there. It reads like production's where one of the words
/// `prod`, `production`, `prd` and `live` is in the name of the database, of a host or of the user: then there is a warning,
/// whatever the answer, and without a terminal the verb goes on. [`Target::no_production`] turns the latter off.
pub async fn confirm(verb: &str, database: &Database, target: &Target, terminal: &mut Terminal) -> Consent {
    match guard(verb, database, target, terminal) {
        Guard::Open => Consent::Given,
        Guard::Question => ask_for_name(verb, database, terminal).await,
        Guard::Refusal(why) => Consent::Impossible(why),
    }
}

/// What has to happen before a verb writes. What there is to warn of is printed.
pub(super) fn guard(verb: &str, database: &Database, target: &Target, terminal: &mut Terminal) -> Guard {
    let Some(production) = Production::of(database, target) else {
        return Guard::Open;
    };
    let name = database.name();
    match production {
        Production::Resembled(why) => {
            warn(&format!("{database} looks like production, because {why}"), terminal);
            if target.yes || !terminal.is_attended() {
                return Guard::Open;
            }
        }
        Production::Declared(_) if target.yes => return Guard::Open,
        Production::Declared(why) if terminal.is_attended() => {
            terminal.note(&format!("{name} is production, because {why}."));
        }
        Production::Declared(why) => {
            return Guard::Refusal(Told::new(
                Code::M0905,
                format!(
                    "{name} is production, because {why}, and `{verb}` writes to it\n\
                     help: pass --yes, or run it in a terminal and type the database name"
                ),
            ));
        }
    }
    Guard::Question
}

/// Whoever sits at the terminal types the name of the database.
pub(super) async fn ask_for_name(verb: &str, database: &Database, terminal: &mut Terminal) -> Consent {
    let question = format!("`{verb}` writes to it. Type the name of the database to go on:");
    match terminal.ask(&question).await {
        Some(answer) if answer == database.exact_name() => Consent::Given,
        _ => Consent::Declined,
    }
}

fn warn(what: &str, terminal: &mut Terminal) {
    terminal.note(&format!(
        "{} {what}\n\
         help: list its name in `production` of migrate.toml, so that every write needs --yes; or set `production = []` to \
         turn this warning off",
        paint(Style::Warning, "warning:")
    ));
}

/// Asks before a rollout in which the control database or a tenant is production's or reads like it: whoever sits at the
/// terminal types how many tenants there are. `None`: it may go on; otherwise why not, and how that ends.
#[cfg(feature = "fleet")]
pub(super) async fn confirm_fleet(
    control: Option<&Database>,
    tenants: &crate::fleet::Tenants,
    target: &Target,
    terminal: &mut Terminal,
) -> Option<(Told, super::Exit)> {
    use super::Exit;
    use super::target::Surroundings;
    let of_control = control.and_then(|control| Production::of(control, target));
    let of_environment = || {
        let is_production = Surroundings::of_process().is_production().unwrap_or(true);
        is_production.then(Production::of_environment)
    };
    // The first tenant with what there is to say of it, and how many there are.
    let of_tenants = |judge: &dyn Fn(&crate::fleet::Tenant) -> Option<Production>| {
        let found = tenants.list().iter().filter_map(|tenant| Some((tenant.slug(), judge(tenant)?)));
        let mut found = found.map(|(slug, production)| (Some(slug), production));
        found.next().map(|(slug, production)| (slug, production, 1 + found.count()))
    };
    let declared = |tenant: &crate::fleet::Tenant| {
        let names = tenant_names(tenant);
        Production::declared(names.iter().map(|(name, _)| (&**name, &**name)), target)
    };
    let resembled = |tenant: &crate::fleet::Tenant| {
        let names = tenant_names(tenant);
        let user = tenant.user();
        let all = names.iter().map(|(name, what)| (&**name, &**name, *what));
        Production::resembled(all.chain([(&*user, &*user, "user")]), target)
            .map(|(what, shown)| Production::Resembled(format!("{what} is `{shown}`")))
    };
    let is_declared = |production: &Production| matches!(production, Production::Declared(_));
    let (slug, production, alike) = of_control
        .clone()
        .filter(is_declared)
        .or_else(of_environment)
        .map(|production| (None, production, 1))
        .or_else(|| of_tenants(&declared))
        .or_else(|| of_tenants(&resembled))
        .or_else(|| of_control.map(|production| (None, production, 1)))?;
    let count = tenants.list().len().to_string();
    match production {
        Production::Resembled(why) => {
            let what = match (slug, control) {
                (Some(slug), _) if alike > 1 => {
                    format!("{alike} tenants look like production; the first is `{slug}`, whose {why}")
                }
                (Some(slug), _) => format!("tenant `{slug}` looks like production, because its {why}"),
                (None, Some(control)) => format!("{control} looks like production, because {why}"),
                (None, None) => format!("this fleet looks like production, because {why}"),
            };
            warn(&what, terminal);
            if target.yes || !terminal.is_attended() {
                return None;
            }
        }
        Production::Declared(_) if target.yes => return None,
        Production::Declared(why) if terminal.is_attended() => {
            terminal.note(&format!("these tenants are production, because {why}."));
        }
        Production::Declared(why) => {
            let text = format!(
                "these tenants are production, because {why}, and `fleet up` writes to them\n\
                 help: pass --yes, or run it in a terminal and type the number of tenants"
            );
            return Some((Told::new(Code::M0905, text), Exit::Error));
        }
    }
    match terminal.ask("`fleet up` writes to them. Type the number of tenants to go on:").await {
        Some(answer) if answer == count => None,
        _ if terminal.was_interrupted() => {
            Some((Told::new(Code::M0908, "interrupted: nothing was done"), Exit::Interrupted))
        }
        _ => Some((
            Told::new(Code::M0906, format!("not confirmed: nothing was done\nnext: {NOT_CONFIRMED}")),
            Exit::Error,
        )),
    }
}

/// The names by which a tenant may be known as production's, each with what it is of.
#[cfg(feature = "fleet")]
fn tenant_names(tenant: &crate::fleet::Tenant) -> Vec<(String, &'static str)> {
    let hosts = tenant.server().split(',').map(|place| {
        let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
        (host.to_owned(), "host")
    });
    std::iter::once((tenant.database(), "database")).chain(hosts).collect()
}

/// What to do where a question was not answered as it asks.
pub(super) const NOT_CONFIRMED: &str = "run it again and type what it asks for, or pass --yes";

/// Asks a question that is answered by yes or no; `--yes` answers it. `what` goes on behind "pass --yes to".
pub(super) async fn agree(
    question: &str,
    what: &str,
    code: Code,
    target: &Target,
    terminal: &mut Terminal,
) -> Consent {
    if target.yes {
        return Consent::Given;
    }
    if !terminal.is_attended() {
        let text = format!("no terminal to confirm at\nhelp: pass --yes to {what}");
        return Consent::Impossible(Told::new(code, text));
    }
    match terminal.ask(&format!("{question} [y/N]")).await {
        Some(answer) if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => Consent::Given,
        _ => Consent::Declined,
    }
}

/// Why a database is production's or reads like it, if so: "is production, because …". What is there for development only
/// refuses both.
pub fn why_production(database: &Database, target: &Target) -> Option<String> {
    Some(match Production::of(database, target)? {
        Production::Declared(why) => format!("is production, because {why}"),
        Production::Resembled(why) => format!("looks like production, because {why}"),
    })
}

impl Production {
    /// `None`: it has nothing to do with it.
    fn of(database: &Database, target: &Target) -> Option<Self> {
        if database.is_production() {
            return Some(Self::of_environment());
        }
        let hosts = || database.hosts().iter().map(String::as_str);
        let names = std::iter::once((database.exact_name(), database.name()));
        let declared = Self::declared(names.chain(hosts().map(|host| (host, host))), target);
        declared.or_else(|| {
            let (user, shown_user) = database.user();
            let hosts = hosts().map(|host| (host, host, "host"));
            let name = (database.exact_name(), database.name(), "name");
            let all = std::iter::once(name).chain(hosts).chain([(user, shown_user, "user")]);
            Self::resembled(all, target)
                .map(|(what, shown)| Self::Resembled(format!("its {what} is `{shown}`")))
        })
    }

    fn of_environment() -> Self {
        Self::Declared("MIGRATE_ENV is `production`".to_owned())
    }

    /// Of names as they are, with how they are shown.
    fn declared<'n>(mut names: impl Iterator<Item = (&'n str, &'n str)>, target: &Target) -> Option<Self> {
        let (_, shown) = names.find(|(name, _)| is_listed(&target.production, name))?;
        Some(Self::Declared(format!("`{shown}` is among the names of production")))
    }

    /// Of names as they are, with how they are shown and what they are of: the one that reads like it.
    fn resembled<'n>(
        mut names: impl Iterator<Item = (&'n str, &'n str, &'static str)>,
        target: &Target,
    ) -> Option<(&'static str, &'n str)> {
        if target.no_production {
            return None;
        }
        let (_, shown, what) = names.find(|(name, ..)| reads_like_production(name))?;
        Some((what, shown))
    }
}

/// Whether it is one of the names of production. Letter case does not count.
fn is_listed(names: &[String], name: &str) -> bool {
    let name = name.to_lowercase();
    names.iter().any(|pattern| fits(&pattern.to_lowercase(), &name))
}

/// Whether one of its words means production: between characters that are neither letters nor digits, with or without a
/// number behind it. `non-prod` and `pre-prod` are something else.
fn reads_like_production(name: &str) -> bool {
    const WORDS: [&str; 4] = ["prod", "production", "prd", "live"];
    const NOT: [&str; 4] = ["no", "non", "not", "pre"];
    let name = name.to_lowercase();
    let mut before = "";
    let mut words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| {
        let before = std::mem::replace(&mut before, word);
        let is_it = WORDS.contains(&word.trim_end_matches(|digit: char| digit.is_ascii_digit()));
        is_it && !NOT.contains(&before)
    })
}

#[cfg(test)]
mod tests {
    use super::super::target::{Surroundings, resolve_in};
    use super::*;

    /// What `MIGRATE_ENV` says, the names in `production`, and a connection string.
    fn production(environment: &str, names: &[&str], url: &str) -> Option<Production> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let target = Target { database_url: Some(url.to_owned()), production: names, ..Target::default() };
        let variable = |name: &str| (name == "MIGRATE_ENV").then(|| environment.to_owned());
        let surroundings = Surroundings { variable: &variable, folder: "/nonexistent".into() };
        let database = resolve_in(&target, &surroundings).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            Production::of(
                &database,
                &Target { production: Vec::new(), no_production: true, ..target.clone() }
            ),
            (environment == "production").then(Production::of_environment)
        );
        Production::of(&database, &target)
    }

    #[test]
    fn production_is_known_by_environment_name_host_or_user() {
        let declared = |why: &str| Some(Production::Declared(why.to_owned()));
        let resembled = |why: &str| Some(Production::Resembled(why.to_owned()));
        let listed = |name: &str| declared(&format!("`{name}` is among the names of production"));
        for (environment, names, url, expected) in [
            ("", &[][..], "postgres://u@db/shop", None),
            ("staging", &["*-prod"], "postgres://u@db/shop", None),
            ("production", &[], "postgres://u@db/shop", declared("MIGRATE_ENV is `production`")),
            ("", &["Sh*"], "postgres://u@db/shop", listed("shop")),
            ("", &["*.prod"], "postgres://u@db.prod/shop", listed("db.prod")),
            ("", &["other"], "postgres://u@db/shop-prod", resembled("its name is `shop-prod`")),
            ("development", &[], "postgres://u@a,b.prod1.eu/d", resembled("its host is `b.prod1.eu`")),
            ("", &[], "postgres://live_app@db/shop", resembled("its user is `live_app`")),
            ("", &[], "postgres://live%3Asecret@db/shop", resembled("its user is `live:***`")),
        ] {
            assert_eq!(production(environment, names, url), expected, "{environment} {names:?} {url}");
        }
    }

    #[test]
    fn names_read_like_production_by_whole_words() {
        for (name, expected) in [
            ("prod", true),
            ("PROD", true),
            ("shop_prd", true),
            ("prod1", true),
            ("prod-eu-1", true),
            ("eu-prod02-db", true),
            ("db.production.example.com", true),
            ("shop.live", true),
            ("/run/prod/pg", true),
            ("shop prod", true),
            ("non-shop-prod", true),
            ("pre-prod.prod.example.com", true),
            ("", false),
            ("shop", false),
            ("product", false),
            ("products", false),
            ("prod1a", false),
            ("delivery", false),
            ("olive", false),
            ("alive", false),
            ("livestream", false),
            ("reproduction", false),
            ("shopprod", false),
            ("preprod", false),
            ("pre-prod", false),
            ("non_prod", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(reads_like_production(name), expected, "{name}");
        }
    }
}
