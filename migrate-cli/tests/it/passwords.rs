//! Passwords that a schema has where it speaks of other servers: in the files that need them, and nowhere else.

use crate::life::Life;
use crate::session::Session;

const SCHEMA: &str = "\
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'db', api_key 'hunter1');
CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (\"user\" 'me', password 'hunter2');
CREATE SUBSCRIPTION feed CONNECTION 'host=db password=hunter3 dbname=app' PUBLICATION p
    WITH (connect = false, slot_name = NONE);
";

/// What the command printed, whose exit code is this.
#[track_caller]
fn printed(life: &Life, args: &[&str], code: i32) -> String {
    let output = life.session.output(args);
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {printed}");
    printed
}

#[track_caller]
fn shows_none(text: &str) {
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn they_are_in_the_files_and_not_shown() {
    let life = Life::new(Session::with(&[]));
    life.session.write("schema.sql", SCHEMA);
    let dev_url = ["--dev-url", life.server.url()];
    let with = |args: &[&'static str]| -> Vec<String> {
        args.iter().chain(&dev_url).map(|arg| (*arg).to_owned()).collect()
    };
    let shown = |args: &[&'static str], code: i32| {
        let args = with(args);
        printed(&life, &args.iter().map(String::as_str).collect::<Vec<_>>(), code)
    };

    for args in
        [&["generate", "feed", "--dry-run"][..], &["generate", "feed", "--dry-run", "--format", "json"]]
    {
        let plan = shown(args, 0);
        shows_none(&plan);
        assert!(
            plan.contains("password '<password>'") && plan.contains("password=<password> dbname"),
            "{plan}"
        );
        assert!(plan.contains("contains-password") || plan.contains("! contains a password"), "{plan}");
    }
    shows_none(&shown(&["generate", "feed"], 0));
    let names = life.session.names("migrations");
    let up = names.iter().find(|name| name.contains("_feed") && !name.contains("down")).unwrap();
    let up = life.session.read(&format!("migrations/{up}"));
    for password in ["api_key 'hunter1'", "password 'hunter2'", "password=hunter3"] {
        assert!(up.contains(password), "{up}");
    }
    assert_eq!(up.matches("-- Hazard: contains a password.\n").count(), 3, "{up}");

    printed(&life, &["up"], 0);
    shown(&["drift"], 0);
    life.sql("ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (SET password 'hunter4')");
    let drift = shown(&["drift"], 2);
    shows_none(&drift);
    assert!(drift.contains("SET password '<password>'") && drift.contains("put it in"), "{drift}");
    shows_none(&shown(&["drift", "--format", "json"], 2));
    shows_none(&printed(&life, &["diff", &life.url, life.server.url()], 2));

    shown(&["docs"], 0);
    let page = life.session.read("schema.html");
    shows_none(&page);
    assert!(page.contains("_feed"), "{page}");

    let dump = shown(&["dump"], 0);
    shows_none(&dump);
    assert!(dump.contains("api_key '<password>'"), "{dump}");
    let whole = shown(&["dump", "--with-passwords"], 0);
    assert!(whole.contains("'hunter4'") && whole.contains("password=hunter3"), "{whole}");
}

#[test]
fn a_placeholder_stands_for_any() {
    let life = Life::new(Session::with(&[(
        "0001_s.sql",
        "CREATE FOREIGN DATA WRAPPER w;\nCREATE SERVER s FOREIGN DATA WRAPPER w;\n\
         CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (\"user\" 'me', password '<password>');\n",
    )]));
    let drift = ["drift", "--dev-url", life.server.url()];
    printed(&life, &["up"], 0);
    printed(&life, &drift, 0);
    life.sql("ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (SET password 'hunter2')");
    printed(&life, &drift, 0);
    life.sql("ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (SET \"user\" 'you')");
    shows_none(&printed(&life, &drift, 2));
}
