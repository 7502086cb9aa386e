//! The command line before a database that looks like production: what writes wants a word first, and nothing ever waits
//! for an answer that nobody can give.

use migrate_runtime::Runner;
use migrate_runtime::cli::Exit;

use crate::cli::{Played, play_at};
use crate::support::{Db, HISTORY, pairs, set_of, with};

/// With the database's own name among those of production, and these answers.
async fn play(db: &Db, line: &str, answers: Option<String>) -> Played {
    let set = set_of(&with(&pairs(2), &[("0001_t1.up.sql", "CREATE TABLE t1 (id int PRIMARY KEY);")]));
    let runner = Runner::new(&set);
    let pattern = format!("*{}", db.name.trim_start_matches("migrate"));
    play_at(&db.url, runner, line, &["elsewhere", &pattern], |terminal| match answers {
        Some(answers) => terminal.answering(std::io::Cursor::new(answers)),
        None => terminal,
    })
    .await
}

#[tokio::test]
async fn what_writes_wants_the_name_or_yes() {
    let db = Db::new().await;
    for line in ["up", "up --rehearse", "up --to 1", "down", "redo", "baseline 1", "skip 1"] {
        let refused = play(&db, line, None).await;
        assert_eq!(refused.exit, Exit::Error, "{line}");
        let expected = format!(
            "error[M0905]: {name} looks like production, because `{name}` is among the names of production, and `{verb}` writes \
             to it: say --yes if that is meant",
            name = db.name,
            verb = line.split(' ').next().unwrap(),
        );
        assert!(refused.err.contains(&expected), "{}", refused.err);
        let json = play(&db, &format!("{line} --format json"), None).await.value();
        assert!(json["error"]["message"].as_str().unwrap().contains("looks like production"));
    }
    for wrong in ["y\n", "\n", ""] {
        let declined = play(&db, "up", Some(wrong.to_owned())).await;
        assert_eq!(declined.exit, Exit::Error);
        let expected = "error[M0906]: not confirmed: nothing was done\nnext: call it again and answer as it asks, or say --yes\n";
        assert!(declined.err.ends_with(expected), "{}", declined.err);
    }
    assert_eq!(db.value("SELECT to_regclass('schema_migrations') IS NULL").await, "t");

    let named = play(&db, "up --steps 1", Some(format!("{}\n", db.name))).await;
    assert_eq!(named.exit, Exit::Done, "{}", named.err);
    assert!(
        named.err.contains("`up` writes to it. Type the name of the database to go on:"),
        "{}",
        named.err
    );
    let yes = play(&db, "up --yes", None).await;
    assert_eq!(yes.exit, Exit::Done, "{}", yes.err);
    assert_eq!(db.value(HISTORY).await, "1,2");
}

#[tokio::test]
async fn what_reads_does_not() {
    let db = Db::new().await;
    for line in ["status", "plan", "history", "wait", "up --dry-run", "down --dry-run", "repair"] {
        let played = play(&db, line, None).await;
        assert_eq!(played.exit, Exit::Done, "{line}: {}", played.err);
    }
}

/// A repair is shown first; then the name is asked for, and nothing else.
#[tokio::test]
async fn a_repair_wants_the_name_once() {
    let db = Db::new().await;
    let before = set_of(&pairs(2));
    before.run(&mut db.connect().await).await.unwrap();
    db.execute("UPDATE schema_migrations SET checksum = 'x', tokens_checksum = 'x' WHERE version = 1").await;
    let nobody = play(&db, "repair", None).await;
    assert!(nobody.out.starts_with("1 row to repair:") && nobody.err.contains("looks like production"));
    let yes = play(&db, "repair", Some("y\n".to_owned())).await;
    assert_eq!(yes.exit, Exit::Error);
    let named = play(&db, "repair", Some(format!("{}\n", db.name))).await;
    assert_eq!(named.exit, Exit::Done, "{}", named.err);
}
