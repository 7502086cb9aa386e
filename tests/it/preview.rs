//! What a run would send is what a run sends, to the byte.

use migrate_runtime::{Action, Hooks, Preview, Runner};

use crate::recorder::Recorder;
use crate::support::{Db, connect, pairs, set, set_of, with};

/// The name of a run, which is another one each time, becomes `migrate_…`.
fn nameless(sql: &str) -> String {
    let mut text = String::new();
    for (at, part) in sql.split("migrate_").enumerate() {
        let is_name = at > 0 && part.bytes().take(16).filter(u8::is_ascii_hexdigit).count() == 16;
        let (name, rest) = if is_name { ("migrate_…", &part[16..]) } else { ("migrate_", part) };
        text += if at > 0 { name } else { "" };
        text += rest;
    }
    text
}

fn shown(preview: &Preview) -> Vec<String> {
    preview.messages().iter().map(|message| nameless(message.sql())).collect()
}

/// Without the questions before it.
fn sent(recorder: &Recorder) -> Vec<String> {
    // The history, and where there is none, those of other tools.
    let is_question = |sql: &String| {
        sql.starts_with("SELECT pg_catalog.transaction_timestamp()") || sql.contains("_sqlx_migrations,")
    };
    recorder.take().into_iter().filter(|sql| !is_question(sql)).map(|sql| nameless(&sql)).collect()
}

struct Silent;

impl Hooks for Silent {}

const FILES: [(&str, &str); 6] = [
    ("0001_a.up.sql", "CREATE TABLE a (n int);\nSET work_mem = '5MB';"),
    ("0001_a.down.sql", "DROP TABLE a;"),
    ("0002_b.sql", "CREATE TABLE b (n int)"),
    (
        "0003_s.sql",
        "-- migrate: no-transaction\nINSERT INTO a VALUES (1);\nSET search_path = public;\n\
         CREATE INDEX CONCURRENTLY a_n ON a (n);\nANALYZE a;",
    ),
    ("0004_f.sql", "-- migrate: function\n"),
    ("R_v.sql", "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;"),
];

#[tokio::test]
async fn of_a_run() {
    let set = set(&FILES);
    let runner = Runner::new(&set).function(4, |_| Box::pin(async { Ok(()) }));
    // With hooks each migration has a message of its own; where the first has no transaction, so has the history.
    let alone = Runner::new(&set).function(4, |_| Box::pin(async { Ok(()) })).hooks(&Silent);
    for runner in [&runner, &alone] {
        let db = Db::new().await;
        let recorder = Recorder::to(&db.url).await;
        let mut client = connect(&recorder.url(&db.url)).await;
        let preview = runner.preview(&mut client).await.unwrap();
        assert_eq!(sent(&recorder), [""; 0]);
        runner.run(&mut client).await.unwrap();
        pretty_eq(&sent(&recorder), &shown(&preview));
        assert!(runner.preview(&mut client).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn of_a_run_that_begins_without_a_transaction() {
    let set = set(&[("0001_s.sql", "-- migrate: no-transaction\nCREATE TABLE a (n int);\nVACUUM a;")]);
    let db = Db::new().await;
    let recorder = Recorder::to(&db.url).await;
    let mut client = connect(&recorder.url(&db.url)).await;
    let preview = Runner::new(&set).preview(&mut client).await.unwrap();
    let subjects: Vec<&str> =
        preview.messages().iter().map(migrate_runtime::PreviewMessage::subject).collect();
    assert_eq!(
        subjects,
        [
            "the history",
            "0001_s: it is claimed",
            "0001_s: statement 1",
            "0001_s: statement 2: the claim holds",
            "0001_s: statement 2",
            "0001_s: statement 2: it is recorded",
            "0001_s: it is done"
        ]
    );
    set.run(&mut client).await.unwrap();
    pretty_eq(&sent(&recorder), &shown(&preview));
}

#[tokio::test]
async fn of_a_way_back() {
    let stepwise = "-- migrate: no-transaction\nDROP TABLE t3;";
    let set = set_of(&with(&pairs(3), &[("0003_t3.down.sql", stepwise)]));
    let db = Db::new().await;
    let recorder = Recorder::to(&db.url).await;
    let mut client = connect(&recorder.url(&db.url)).await;
    let runner = Runner::new(&set);
    assert!(runner.preview_revert(&mut client, 1).await.unwrap().is_empty());
    runner.run(&mut client).await.unwrap();

    let two = runner.preview_revert(&mut client, 2).await.unwrap();
    let steps: Vec<_> = two.steps().iter().map(|step| (step.action(), step.version(), step.stem())).collect();
    assert_eq!(steps, [(Action::Revert, 3, "0003_t3"), (Action::Revert, 2, "0002_t2")]);
    assert_eq!(two.steps()[0].text(), "0003_t3  without a transaction");
    assert_eq!(runner.preview_revert_to(&mut client, 1).await.unwrap().steps(), two.steps());
    let error = runner.preview_revert_to(&mut client, 9).await.unwrap_err();
    assert!(error.to_string().starts_with("9 is not a version"), "{error}");

    recorder.take();
    runner.revert(&mut client, 2).await.unwrap();
    pretty_eq(&sent(&recorder), &shown(&two));
}

#[tokio::test]
async fn what_cannot_be_run_has_no_preview() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = set(&FILES);
    let error = Runner::new(&set).preview(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("no function is registered for it"), "{error}");
}

/// Shows the first message that differs, and not both lists.
#[track_caller]
fn pretty_eq(sent: &[String], shown: &[String]) {
    for (sent, shown) in sent.iter().zip(shown) {
        assert_eq!(sent.trim_end(), shown.trim_end());
    }
    assert_eq!(sent.len(), shown.len(), "{sent:#?}");
}
