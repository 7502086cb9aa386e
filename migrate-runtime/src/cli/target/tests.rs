//! Which database is meant, by what is given where.

use std::path::Path;

use migrate_source::Code;

use super::super::{Target, Told};
use super::{Database, Surroundings, resolve_in};

/// What an option, the environment and a folder come to.
fn resolve(option: Option<&str>, variables: &[(&str, &str)], folder: &Path) -> Result<Database, Told> {
    let target = Target { database_url: option.map(str::to_owned), ..Target::default() };
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    resolve_in(&target, &Surroundings { variable: &variable, folder: folder.to_owned() })
}

fn shown(option: Option<&str>, variables: &[(&str, &str)], folder: &Path) -> String {
    match resolve(option, variables, folder) {
        Ok(database) => database.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

/// A folder of its own that goes with the process.
fn folder(name: &str, file: &str, text: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("migrate-cli-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    std::fs::write(folder.join(file), text).unwrap_or_else(|error| panic!("{error}"));
    folder
}

#[test]
fn the_nearest_one_counts() {
    let dotenv = folder("nearest", ".env", "# local\nDATABASE_URL=\"postgres://dev:secret@localhost/dev\"\n");
    let nothing = Path::new("/nonexistent");
    let url = ("DATABASE_URL", "postgres://app:secret@db/shop");
    let libpq = [("PGHOST", "pg"), ("PGDATABASE", "d"), ("PGUSER", "u"), ("PGPASSWORD", "secret")];
    assert_eq!(shown(Some("postgres://o:secret@h:6000/d"), &[url], &dotenv), "postgres://o:***@h:6000/d");
    assert_eq!(shown(None, &[url], &dotenv), "postgres://app:***@db:5432/shop");
    assert_eq!(shown(Some(""), &[("DATABASE_URL", "")], &dotenv), "postgres://dev:***@localhost:5432/dev");
    assert_eq!(shown(None, &libpq, &dotenv), "postgres://dev:***@localhost:5432/dev");
    assert_eq!(shown(None, &libpq, nothing), "postgres://u:***@pg:5432/d");
    // Beside a string they are what it does not say.
    assert_eq!(shown(Some("postgres://h"), &libpq, nothing), "postgres://u:***@h:5432/d");
    let service = [("PGSERVICE", "billing"), ("PGSERVICEFILE", "/nonexistent")];
    assert!(shown(None, &service, nothing).contains("the service file /nonexistent cannot be read"));
    let missing = shown(None, &[("USER", "me")], nothing);
    assert!(missing.starts_with("error: no database is given: say --database-url postgres://"), "{missing}");
    std::fs::remove_dir_all(dotenv).unwrap_or_default();
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_without_its_text() {
    let dotenv = folder("broken", ".env", "DATABASE_URL=postgres://a:secret@h/d x y\n");
    let error = shown(None, &[], &dotenv);
    assert!(error.contains(".env cannot be read") && !error.contains("secret"), "{error}");
    std::fs::remove_dir_all(dotenv).unwrap_or_default();
}

#[test]
fn it_is_shown_without_its_password() {
    let nothing = Path::new("/nonexistent");
    for (url, expected) in [
        ("postgres://app@h/shop", "postgres://app@h:5432/shop"),
        ("postgres://app:secret@a,b:6/shop?sslmode=require", "postgres://app:***@a:5432,b:6/shop"),
        ("host=/run/pg user=app password=secret", "postgres://app:***@/run/pg/.s.PGSQL.5432/app"),
        ("postgres://h/shop", "postgres://me@h:5432/shop"),
        ("postgres://app@h/shop?password=secret", "postgres://app:***@h:5432/shop"),
        ("postgres://app%3Asecret@h/shop", "postgres://app:***@h:5432/shop"),
        ("postgres://app%3asecret:secret@h", "postgres://app:***@h:5432/app:***"),
        ("postgres://h/shop?user=app:secret", "postgres://app:***@h:5432/shop"),
        ("user='app:secret' host=h dbname=shop", "postgres://app:***@h:5432/shop"),
        ("postgres://app@h/shop%3Fpwd%3Dsecret", "postgres://app@h:5432/shop?***"),
        ("postgres://app@h/shop;pwd=secret", "postgres://app@h:5432/shop;***"),
        ("postgres://app%40tenant:secret@h/shop", "postgres://app@tenant:***@h:5432/shop"),
    ] {
        assert_eq!(shown(Some(url), &[("USER", "me")], nothing), expected);
        let database = resolve(Some(url), &[], nothing).unwrap_or_else(|error| panic!("{error}"));
        assert!(!format!("{database:?} {database}").contains("secret"), "{url}");
    }
    let unnamed = shown(Some("host=h dbname=d password=secret"), &[], nothing);
    assert_eq!(unnamed, "postgres://:***@h:5432/d");
    for url in [
        "postgres://app:sec ret@h:x/d",
        "postgres://app%3Asecret%40h/d",
        "jdbc:postgresql://h/d?password=secret",
    ] {
        let error = shown(Some(url), &[], nothing);
        assert!(error.starts_with("error: ") && !error.contains("ret"), "{error}");
    }
}

#[test]
fn a_missing_password_is_looked_up() {
    let folder = folder("pgpass", "pass", "h:*:*:app:secret\n");
    let file = folder.join("pass");
    let variables = [("PGPASSFILE", file.to_str().unwrap_or_default())];
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = resolve(Some("postgres://app@h/shop"), &variables, Path::new("/nonexistent"));
        let open = open.unwrap_or_else(|error| panic!("{error}"));
        assert!(open.warnings()[0].contains("chmod 0600"), "{:?}", open.warnings());
        assert_eq!(open.to_string(), "postgres://app@h:5432/shop");
        let closed = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, closed).unwrap_or_else(|error| panic!("{error}"));
    }
    let found = resolve(Some("postgres://app@h/shop"), &variables, Path::new("/nonexistent"));
    let found = found.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.to_string(), "postgres://app:***@h:5432/shop");
    assert_eq!(found.url(), "postgres://app@h/shop?password=secret");
    std::fs::remove_dir_all(folder).unwrap_or_default();
}

#[test]
fn environment_must_be_one_that_is_known() {
    let nothing = Path::new("/nonexistent");
    let all = "set it to one of `production`, `staging`, `development`, `test`, or unset it";
    for (value, expected) in [
        ("", Ok(false)),
        (" ", Ok(false)),
        ("staging", Ok(false)),
        ("Development", Ok(false)),
        ("test", Ok(false)),
        ("PRODUCTION", Ok(true)),
        (" production ", Ok(true)),
        ("prod", Err("did you mean `production`? ")),
        ("PRD", Err("did you mean `production`? ")),
        ("productoin", Err("did you mean `production`? ")),
        ("live", Err("did you mean `production`? ")),
        ("stage", Err("did you mean `staging`? ")),
        ("dev", Err("did you mean `development`? ")),
        ("testing", Err("did you mean `test`? ")),
        ("qa", Err("")),
        ("preprod", Err("")),
    ] {
        let found = resolve(Some("postgres://u@h/d"), &[("MIGRATE_ENV", value)], nothing);
        let found = found.map(|database| database.is_production()).map_err(|error| error.to_string());
        let shown = value.to_lowercase();
        let expected = expected.map_err(|meant| {
            format!("MIGRATE_ENV is `{shown}`, which is not the name of an environment\nhelp: {meant}{all}")
        });
        assert_eq!(found, expected, "{value:?}");
    }
    let dotenv = folder("environment", ".env", "MIGRATE_ENV=prod\n");
    assert!(resolve(Some("postgres://u@h/d"), &[], &dotenv).is_err());
    std::fs::remove_dir_all(dotenv).unwrap_or_default();
}

/// The guard of production is in it.
#[test]
fn broken_dotenv_is_an_error_though_the_url_is_given() {
    let env = folder("guard", ".env", "");
    let file = env.join(".env");
    let judged = |variables: &[(&str, &str)]| {
        let found = resolve(Some("postgres://u@h/d"), variables, &env);
        found.map(|database| database.is_production()).map_err(|error| error.code())
    };
    for (text, expected) in [
        (&b"MIGRATE_ENV=production\n"[..], Ok(true)),
        (b"A='x'\nMIGRATE_ENV=production\n", Ok(true)),
        (b"BROKEN \"unterminated\nMIGRATE_ENV=production\n", Err(Code::M0103)),
        (b"A=\xff\nMIGRATE_ENV=production\n", Err(Code::M0103)),
        (b"A=b c d\n", Err(Code::M0103)),
    ] {
        std::fs::write(&file, text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(judged(&[]), expected, "{text:?}");
    }
    // The file is not asked for what the environment says.
    assert_eq!(judged(&[("MIGRATE_ENV", "test")]), Ok(false));
    #[cfg(unix)]
    {
        std::fs::remove_file(&file).unwrap_or_else(|error| panic!("{error}"));
        std::os::unix::fs::symlink("nowhere", &file).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(judged(&[]), Err(Code::M0103));
    }
    std::fs::remove_dir_all(env).unwrap_or_default();
}
