//! `migrate.toml`: the settings of a folder, which the macro and the command line read alike.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::applying::{self, Applying};
use crate::check::LintSetting;
use crate::fault::FaultKind;
use crate::identifier;
use crate::name::VersionStyle;
use crate::other_tool::KnownHistory;
use crate::setting::Setting;

/// The name of the file, in the folder of migrations.
pub const SETTINGS_FILE: &str = "migrate.toml";

/// The settings of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Each migration must have a down.
    pub(crate) require_down: bool,
    /// The files may be links that lead out of the folder.
    pub(crate) follows_links: bool,
    /// How the first migration is numbered.
    pub(crate) versions: Option<VersionStyle>,
    /// Names of production's databases and hosts, in which `*` stands for any characters. `None`: the file does not say.
    pub(crate) production: Option<Vec<String>>,
    /// What is made of single lints.
    pub(crate) lints: Vec<LintSetting>,
    /// How the migrations are applied.
    pub(crate) applying: Applying,
}

/// Parses the text of `migrate.toml`.
///
/// # Errors
///
/// Every fault with its byte offset: what TOML does not allow, and each key that is unknown or of another type.
pub(crate) fn parse(text: &str) -> Result<Config, Vec<(usize, FaultKind)>> {
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        vec![(offset, FaultKind::Config(error.message().to_owned()))]
    })?;
    let mut config = Config::default();
    let mut faults = Vec::new();
    for (key, value) in table.get_ref() {
        let Some(setting) = Setting::named(key.get_ref()) else {
            let what = format!("there is no setting `{}`", key.get_ref());
            faults.push((key.span().start, FaultKind::Config(what)));
            continue;
        };
        match setting {
            Setting::RequireDown => {
                if let Some(required) = value.get_ref().as_bool() {
                    config.require_down = required;
                } else {
                    let what = "`require-down` is `true` or `false`".to_owned();
                    faults.push((value.span().start, FaultKind::Config(what)));
                }
            }
            Setting::Links => {
                let follows = of_text(key, value, "\"follow\"", follows, &mut faults);
                config.follows_links = follows.unwrap_or_default();
            }
            Setting::Versions => {
                config.versions = of_text(key, value, "\"sequence\"", version_style, &mut faults);
            }
            Setting::HistoryTable => {
                let read = identifier::history_table;
                config.applying.history_table = of_text(key, value, "\"schema.table\"", read, &mut faults);
            }
            Setting::LockTimeout => {
                config.applying.lock_timeout = of_text(key, value, "\"3s\"", applying::duration, &mut faults);
            }
            Setting::StatementTimeout => {
                config.applying.statement_timeout =
                    of_text(key, value, "\"10min\"", applying::duration, &mut faults);
            }
            Setting::Lock => {
                let lock = of_text(key, value, "\"row\"", applying::is_row_lock, &mut faults);
                config.applying.row_lock = lock.unwrap_or_default();
            }
            Setting::Transaction => {
                let unit = of_text(key, value, "\"statement\"", applying::is_by_statement, &mut faults);
                config.applying.by_statement = unit.unwrap_or_default();
            }
            Setting::Beside => config.applying.beside = beside(value, &mut faults),
            Setting::Production => config.production = Some(production(value, &mut faults)),
            Setting::Lints => config.lints = lints(value, &mut faults),
        }
    }
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

/// Whether a text of `migrate.toml` lets links lead out of the folder, whatever else is wrong in it. The folder asks before it
/// judges its links, of which `migrate.toml` may be one.
pub(crate) fn follows_links(text: &str) -> bool {
    let table = DeTable::parse(text).ok();
    let value =
        table.as_ref().and_then(|table| table.get_ref().get(Setting::Links.key())?.get_ref().as_str());
    value.is_some_and(|value| follows(value) == Ok(true))
}

/// Reads what `links` may be: whether they may lead out of the folder.
fn follows(text: &str) -> Result<bool, String> {
    match text {
        "inside" => Ok(false),
        "follow" => Ok(true),
        _ => Err("it is `inside` or `follow`".to_owned()),
    }
}

/// The value of a text that has a form.
fn of_text<T>(
    key: &Spanned<Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    form: &str,
    read: impl Fn(&str) -> Result<T, String>,
    faults: &mut Vec<(usize, FaultKind)>,
) -> Option<T> {
    let text = value.get_ref().as_str().ok_or_else(|| "it is a text".to_owned());
    let read = text.and_then(read);
    let in_faults = |why: String| {
        let what = format!("`{}` is like `{form}`: {why}", key.get_ref());
        faults.push((value.span().start, FaultKind::Config(what)));
    };
    read.map_err(in_faults).ok()
}

fn version_style(text: &str) -> Result<VersionStyle, String> {
    match text {
        "sequence" => Ok(VersionStyle::Sequence),
        "timestamp" => Ok(VersionStyle::Timestamp),
        _ => Err("the other one is `\"timestamp\"`".to_owned()),
    }
}

/// The tools that `beside` names.
fn beside(value: &Spanned<DeValue<'_>>, faults: &mut Vec<(usize, FaultKind)>) -> Vec<String> {
    let Some(array) = value.get_ref().as_array() else {
        let what = "`beside` is a list of migration tools: `[\"sqlx\"]`";
        faults.push((value.span().start, FaultKind::Config(what.to_owned())));
        return Vec::new();
    };
    let mut names = Vec::new();
    for value in array {
        let name = value.get_ref().as_str().unwrap_or_default();
        if KnownHistory::all().iter().any(|known| known.is_called(name)) {
            names.push(name.to_owned());
        } else {
            let known: Vec<String> = KnownHistory::all().iter().map(KnownHistory::key).collect();
            let what = format!("`beside` lists migration tools, which are {}", known.join(", "));
            faults.push((value.span().start, FaultKind::Config(what)));
        }
    }
    names
}

fn production(value: &Spanned<DeValue<'_>>, faults: &mut Vec<(usize, FaultKind)>) -> Vec<String> {
    let names = value.get_ref().as_array().and_then(|array| {
        // An empty name fits no database.
        let name = |value: &Spanned<DeValue<'_>>| {
            value.get_ref().as_str().filter(|name| !name.trim().is_empty()).map(str::to_owned)
        };
        array.iter().map(name).collect()
    });
    names.unwrap_or_else(|| {
        let what = "`production` is a list of names, in which `*` stands for any characters: `[\"*-prod\"]`";
        faults.push((value.span().start, FaultKind::Config(what.to_owned())));
        Vec::new()
    })
}

fn lints(value: &Spanned<DeValue<'_>>, faults: &mut Vec<(usize, FaultKind)>) -> Vec<LintSetting> {
    let Some(table) = value.get_ref().as_table() else {
        faults.push((value.span().start, FaultKind::Config("`lints` is a table".to_owned())));
        return Vec::new();
    };
    let mut settings = Vec::new();
    for (name, level) in table {
        let (name_offset, name) = (name.span().start, name.get_ref().to_string());
        let level_offset = level.span().start;
        if let Some(level) = level.get_ref().as_str() {
            settings.push(LintSetting { name, name_offset, level: level.to_owned(), level_offset });
        } else {
            let what = format!("`{name}` is `\"allow\"`, `\"warn\"` or `\"deny\"`");
            faults.push((level_offset, FaultKind::Config(what)));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn settings() {
        assert_eq!(parse(""), Ok(Config::default()));
        let config = Config { require_down: true, ..Config::default() };
        assert_eq!(parse("require-down = true # always\n"), Ok(config));
        let versions = |text: &str| parse(text).map(|config| config.versions).unwrap_or_default();
        assert_eq!(versions("versions = \"sequence\""), Some(VersionStyle::Sequence));
        assert_eq!(versions("versions = \"timestamp\""), Some(VersionStyle::Timestamp));
    }

    #[test]
    fn names_of_production() {
        let config = parse("production = ['shop', \"*-prod\"]").expect("no fault");
        assert_eq!(config.production, Some(vec!["shop".to_owned(), "*-prod".to_owned()]));
        assert_eq!(parse("production = []").expect("no fault").production, Some(Vec::new()));
        for text in
            ["production = 'shop'", "production = [1]", "production = ['']", "production = ['shop', ' ']"]
        {
            assert_eq!(parse(text).expect_err("a fault")[0].0, 13);
        }
    }

    #[test]
    fn links_are_followed_only_where_it_says_so() {
        for (text, expected) in [
            ("links = 'follow'", true),
            ("links = 'follow'\nno-such-setting = 1", true),
            ("links = 'inside'", false),
            ("links = 'all'", false),
            ("links = true", false),
            ("[links]\nfollow = true", false),
            ("links = 'follow'\n[", false),
            ("", false),
        ] {
            assert_eq!(follows_links(text), expected, "{text}");
            let parsed = parse(text).map(|config| config.follows_links);
            assert!(parsed.is_err() || parsed == Ok(expected), "{text}");
        }
        assert_eq!(parse("links = 'all'").expect_err("a fault")[0].0, 8);
    }

    #[test]
    fn levels_of_lints() {
        let config = parse("[lints]\ndrop-table = \"deny\"\n").expect("no fault");
        let (name, level) = ("drop-table".to_owned(), "deny".to_owned());
        assert_eq!(config.lints, [LintSetting { name, name_offset: 8, level, level_offset: 21 }]);
    }

    #[test]
    fn how_migrations_are_applied() {
        let text = "history-table = 'ops.migrations'\nlock-timeout = '5s'\nstatement-timeout = '1h'\nlock = 'row'\ntransaction = 'statement'\n";
        let Applying { history_table, lock_timeout, statement_timeout, row_lock, by_statement, .. } =
            parse(text).expect("no fault").applying;
        assert_eq!(
            parse("beside = ['sqlx', 'Flyway']").expect("no fault").applying.beside,
            ["sqlx", "Flyway"]
        );
        assert!(by_statement);
        assert!(row_lock && !parse("lock = 'advisory'").expect("no fault").applying.row_lock);
        assert_eq!(history_table, Some(("ops".to_owned(), "migrations".to_owned())));
        assert_eq!(
            (lock_timeout, statement_timeout),
            (Some(Duration::from_secs(5)), Some(Duration::from_hours(1)))
        );
    }

    #[test]
    fn faults_have_their_place() {
        let offsets = |text: &str| {
            let faults = parse(text).expect_err("faults");
            faults.into_iter().map(|(offset, _)| offset).collect::<Vec<_>>()
        };
        assert_eq!(offsets("require-down = 1"), [15]);
        assert_eq!(offsets("\nrequire_down = true"), [1]);
        assert_eq!(offsets("require-down = "), [15]);
        assert_eq!(offsets("lints = 1"), [8]);
        assert_eq!(offsets("history-table = 'a.b.c'\nlock-timeout = 3"), [16, 39]);
        assert_eq!(offsets("lock = 'table'\ntransaction = 'none'"), [7, 29]);
        assert_eq!(offsets("versions = 'random'"), [11]);
        assert_eq!(offsets("[lints]\ndrop-table = true"), [21]);
        assert_eq!(offsets("beside = 'sqlx'"), [9]);
        assert_eq!(offsets("beside = ['sqlx', 'rake', 1]"), [18, 26]);
    }
}
