//! `--format json` of a fleet: each line is an object, whatever fails; and a list that leaves nobody to visit is a failure.

use serde_json::{Value, json};

use crate::fleet::{Company, QUERY};
use crate::schema::{check, check_line};

struct Case {
    what: &'static str,
    /// Behind `fleet <verb>`.
    args: &'static [&'static str],
    /// `DATABASE_URL`, where it is not that of the company.
    url: Option<&'static str>,
    code: &'static str,
}

const fn case(what: &'static str, args: &'static [&'static str], code: &'static str) -> Case {
    Case { what, args, url: None, code }
}

const LIST: [&str; 2] = ["--tenants", "tenants"];

const CASES: [Case; 18] = [
    case("broken SQL", &["--tenants", "broken", "--schemas", "s_*"], "M0210"),
    case("two faults of a folder", &["--tenants", "gaps", "--schemas", "s_*"], "M0144"),
    case("no folder", &["--tenants", "nowhere", "--schemas", "s_*"], "M0101"),
    case("no list file", &["--tenants", "tenants", "--tenants-file", "none.csv"], "M0701"),
    case("list with unknown field", &["--tenants", "tenants", "--tenants-file", "odd.toml"], "M0702"),
    case("list that names one twice", &["--tenants", "tenants", "--tenants-file", "twice.csv"], "M0703"),
    case("unknown database type", &["--tenants", "tenants", "--tenants-file", "types.csv"], "M0714"),
    case("empty list", &["--tenants", "tenants", "--tenants-file", "empty.csv"], "M0704"),
    case("empty list on the standard input", &["--tenants", "tenants", "--tenants-file", "-"], "M0704"),
    case("every tenant skipped", &["--tenants", "tenants", "--tenants-file", "others.csv"], "M0704"),
    case(
        "query without rows",
        &["--tenants", "tenants", "--tenants-from", "SELECT '' AS slug WHERE false"],
        "M0704",
    ),
    case("query that fails", &["--tenants", "tenants", "--tenants-from", "SELEC"], "M0701"),
    case("pattern without match", &["--tenants", "tenants", "--databases", "nope_*"], "M0704"),
    case(
        "report in no folder",
        &["--tenants", "tenants", "--schemas", "s_*", "--report", "no/r.html"],
        "M0904",
    ),
    case("no list", &["--tenants", "tenants"], "M0901"),
    case("unknown option", &["--tenants", "tenants", "--schemas", "s_*", "--bogus"], "M0901"),
    Case {
        what: "no server",
        args: &["--tenants", "tenants", "--schemas", "s_*"],
        url: Some("postgres://u:hidden@127.0.0.1:1/d"),
        code: "M0701",
    },
    Case {
        what: "no such parameter",
        args: &["--tenants", "tenants", "--schemas", "s_*"],
        url: Some("postgres://u:hidden@h/d?sslmod=x"),
        code: "M0502",
    },
];

#[test]
fn every_line_is_an_object_in_every_failure() {
    let company = Company::of(1);
    let session = &company.life.session;
    company.life.sql("CREATE SCHEMA s_one");
    for (file, text) in [
        ("broken/0001_a.sql", "CREATE TABEL a (id int);\n\nSELECT 1,,2;\n"),
        ("gaps/0001_a.sql", "CREATE TABLE a (id int);\n"),
        ("gaps/0003_b.sql", "CREATE TABLE b (id int);\n"),
        ("gaps/0007_c.sql", "CREATE TABLE c (id int);\n"),
        ("odd.toml", "[[tenant]]\nslug = 'a'\nurl = 'x'\n"),
        ("twice.csv", "slug,database_url\na,postgres://h/d\na,postgres://h/d\n"),
        ("types.csv", "slug,database_type\na,postgres15\nb,mysql\n"),
        ("empty.csv", "slug,database_url\n"),
        ("others.csv", "slug,database_type\na,MySQL\nb,SQL_SERVER\n"),
    ] {
        let path = session.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for verb in ["up", "status", "plan", "verify"] {
        for Case { what, args, url, code } in &CASES {
            let args = [&["fleet", verb, "--format", "json"][..], args].concat();
            let binary = std::path::Path::new(env!("CARGO_BIN_EXE_migrate"));
            let mut command = session.command(binary, &args);
            if let Some(url) = url {
                command.env("DATABASE_URL", url);
            }
            let output = command.stdin(std::process::Stdio::null()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let said = format!("{what}, {args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
            assert!(!said.contains("hidden"), "{said}");
            let lines: Vec<Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{said}")))
                .collect();
            assert!(!lines.is_empty() && lines.iter().all(Value::is_object), "{said}");
            for line in text.lines() {
                if verb == "verify" { check(&lines[0]) } else { drop(check_line(line)) }
            }
            let last = lines.last().unwrap();
            assert_eq!(last["verb"], format!("fleet {verb}"), "{said}");
            assert_eq!(last["error"]["code"], *code, "{said}");
            assert_eq!(last["exit_code"], json!(output.status.code().unwrap()), "{said}");
            assert_ne!(output.status.code(), Some(0), "{said}");
        }
    }
    assert_eq!(company.life.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 's_one'"), ["0"]);
}

#[test]
fn usage_error_without_verb_is_a_line_too() {
    let company = Company::of(0);
    for args in [&["fleet", "--format", "json"][..], &["fleet", "upp", "--format=json"]] {
        let output = company.life.session.output(args);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            (text.lines().count(), &check_line(text.trim_end())["verb"]),
            (1, &json!("fleet")),
            "{text}"
        );
    }
}

#[test]
fn unknown_database_types_are_refused_before_the_master() {
    let company = Company::of(2);
    company.life.sql("UPDATE tenants SET database_type = 'postgres15'");
    let up = [&["fleet", "up", "--tenants-from", QUERY][..], &LIST].concat();
    let output = company.life.session.output(&up);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(
            "error[M0714]: database_type \"postgres15\" (t000 in row 1 and 1 more) is unknown\nhelp: write `postgresql`"
        ),
        "{said}"
    );
    assert!(said.contains("mysql, mariadb, sqlite"), "{said}");
    assert_eq!(company.ask(0, "SELECT to_regclass('users') IS NULL"), ["t"]);

    // A file is read before anything is done, the master's own migrations included.
    company.life.session.write("types.csv", "slug,database_url,database_type\na,postgres://h/d,pgsq\n");
    company.life.session.write("master/0002_more.sql", "CREATE TABLE more (id int);\n");
    let up = ["fleet", "up", "--tenants-file", "types.csv", "--master", "master"];
    company.life.session.run_quietly(&[&up[..], &LIST].concat(), 1);
    assert!(!company.life.has_table("more"));
}

#[test]
fn nobody_to_visit_is_a_failure_unless_it_is_allowed() {
    let company = Company::of(0);
    let run = |more: &[&str]| {
        let output = company
            .life
            .session
            .output(&[&["fleet", "up", "--tenants-from", QUERY][..], &LIST, more].concat());
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&[]);
    assert!(code == 1 && said.contains("error[M0704]: the query lists no tenant\nhelp: "), "{said}");
    assert_eq!(run(&["--allow-empty"]).0, 0);
    // That one was skipped is never meant.
    company.life.sql("INSERT INTO tenants VALUES ('legacy', '', 'MYSQL')");
    for more in [&[][..], &["--allow-empty"]] {
        let (code, said) = run(more);
        assert!(code == 1 && said.contains("1 skipped as not PostgreSQL: legacy (MYSQL)\nhelp: "), "{said}");
    }
}

#[test]
fn report_says_when_by_whom_and_with_what() {
    let mut company = Company::of(1);
    company.life.session.set("USER", "eva<b>&\"'");
    company.life.session.set("HOSTNAME", "build-7");
    company.life.sql("UPDATE tenants SET slug = '<script>t\"&''</script>'");
    let dev = company.life.server.url().to_owned();
    let (last, _, _) = company.lines("up", &["--report", "up.html"]);
    let fleet = &last["fleet"];
    assert_eq!(
        (&fleet["operator"], &fleet["version"], &fleet["newest"], &fleet["applied"]),
        (&json!("eva<b>&\"'@build-7"), &json!(env!("CARGO_PKG_VERSION")), &json!("0002_wells"), &json!(2))
    );
    let (started, finished) = (fleet["started"].as_str().unwrap(), fleet["finished"].as_str().unwrap());
    assert!(started <= finished && started.len() == 20 && started.ends_with('Z'), "{started} {finished}");

    let verify = ["fleet", "verify", "--tenants-from", QUERY, "--dev-url", &dev, "--report", "verify.html"];
    let (object, _) = company.life.session.json(&[&verify[..], &LIST].concat());
    assert_eq!((&object["operator"], &object["tenants"][0]["check"]), (&fleet["operator"], &json!("same")));
    for file in ["up.html", "verify.html"] {
        let page = company.life.session.read(file);
        for words in [
            "<dt>Started</dt><dd>20",
            "<dt>Finished</dt><dd>20",
            "<dt>Run by</dt><dd>eva&lt;b&gt;&amp;&quot;&#39;@build-7</dd>",
            concat!("<dt>Version</dt><dd>migrate ", env!("CARGO_PKG_VERSION"), "</dd>"),
            "<dt>Newest migration</dt><dd>0002_wells</dd>",
            "<dt>Tenants</dt><dd>1</dd>",
            "<b>&lt;script&gt;t&quot;&amp;&#39;&lt;/script&gt;</b>",
        ] {
            assert!(page.contains(words), "{words} is not in {page}");
        }
        assert_eq!(page.matches("<script>").count(), 1, "{page}");
    }
    let page = company.life.session.read("verify.html");
    assert!(page.contains("<td>same</td>") && page.contains("<title>Fleet: verify</title>"), "{page}");
}
