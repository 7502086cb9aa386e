//! The command line before a database that looks like production: what writes wants a word first, and nothing ever waits
//! for an answer that nobody can give.

use migrate_runtime::Runner;
use migrate_runtime::cli::Exit;

use crate::cli::{Played, play_at};
use crate::support::{Db, HISTORY, SERVER, connect, pairs, set_of, with};

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
            "error[M0905]: {name} is production, because `{name}` is among the names of production, and `{verb}` writes \
             to it\nhelp: pass --yes, or run it in a terminal and type the database name",
            name = db.name,
            verb = line.split(' ').next().unwrap(),
        );
        assert!(refused.err.contains(&expected), "{}", refused.err);
        let json = play(&db, &format!("{line} --format json"), None).await.value();
        assert!(json["error"]["message"].as_str().unwrap().contains("is production, because"));
    }
    for wrong in ["y\n", "\n", ""] {
        let declined = play(&db, "up", Some(wrong.to_owned())).await;
        assert_eq!(declined.exit, Exit::Error);
        let expected = "error[M0906]: not confirmed: nothing was done\nnext: run it again and type what it asks for, or pass --yes\n";
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
    assert!(nobody.out.starts_with("1 row to repair:") && nobody.err.contains("is production, because"));
    let yes = play(&db, "repair", Some("y\n".to_owned())).await;
    assert_eq!(yes.exit, Exit::Error);
    let named = play(&db, "repair", Some(format!("{}\n", db.name))).await;
    assert_eq!(named.exit, Exit::Done, "{}", named.err);
}

/// A database whose name reads like production's.
async fn read_like_production() -> Db {
    let mut db = Db::new().await;
    let name = format!("{}_prod", db.name);
    let rename = format!("ALTER DATABASE {} RENAME TO {name}", db.name);
    connect(SERVER.url()).await.batch_execute(&rename).await.unwrap();
    (db.url, db.name) = (SERVER.url_of(&name), name);
    db
}

#[tokio::test]
async fn name_like_production_warns_and_goes_on_unattended() {
    let db = read_like_production().await;
    for line in [
        "up --rehearse",
        "up",
        "down",
        "redo",
        "up",
        "down --to 0",
        "baseline 1 --allow-missing",
        "skip 2",
        "up --yes",
    ] {
        let played = play_at(&db.url, Runner::new(&set_of(&pairs(2))), line, &[], |terminal| terminal).await;
        assert_eq!(played.exit, Exit::Done, "{line}: {}", played.err);
        let (place, name) = (played.err.lines().next().unwrap().trim_start_matches("database: "), &db.name);
        let expected =
            format!("\nwarning: {place} looks like production, because its name is `{name}`\nhelp: list");
        assert_eq!(played.err.matches(&expected).count(), 1, "{line}: {}", played.err);
    }
    for line in ["status", "plan", "history", "up --dry-run", "down --dry-run"] {
        let played = play_at(&db.url, Runner::new(&set_of(&pairs(2))), line, &[], |terminal| terminal).await;
        assert!(played.exit == Exit::Done && !played.err.contains("production"), "{line}: {}", played.err);
    }
}

/// Drafts may be edited where a database is for development, which is not what this one looks like.
#[tokio::test]
async fn edited_draft_is_not_redone_where_it_looks_like_production() {
    let edited = with(&pairs(1), &[("0001_t1.up.sql", "CREATE TABLE t1 (id bigint PRIMARY KEY);")]);
    for (is_production, exit) in [(true, Exit::Error), (false, Exit::Done)] {
        let db = if is_production { read_like_production().await } else { Db::new().await };
        let redo = async |files: &[(String, String)], line: &str| {
            let set = set_of(files);
            let runner = Runner::new(&set).with_drafts(0, Vec::new(), Vec::new());
            play_at(&db.url, runner, line, &[], |terminal| terminal).await
        };
        Runner::new(&set_of(&pairs(1))).store_downs(true).run(&mut db.connect().await).await.unwrap();
        let played = redo(&edited, "redo --yes").await;
        assert_eq!(played.exit, exit, "{}", played.err);
        assert_eq!(played.err.contains("error[M0435]"), is_production, "{}", played.err);
    }
}

/// What is about to happen is listed before the question.
#[tokio::test]
async fn name_like_production_asks_at_a_terminal() {
    let db = read_like_production().await;
    let files = [
        ("0001_t1.up.sql", "CREATE TABLE t1 (id int, n int); INSERT INTO t1 SELECT 1, 2;"),
        ("0001_t1.down.sql", "DROP TABLE t1;"),
        ("0002_t1_n.up.sql", "ALTER TABLE t1 DROP COLUMN n;"),
        ("0002_t1_n.down.sql", "ALTER TABLE t1 ADD COLUMN n int;"),
    ];
    let set = set_of(&with(&[], &files));
    let at_terminal = async |line: &str, answer: &str| {
        let answers = std::io::Cursor::new(format!("{answer}\n"));
        play_at(&db.url, Runner::new(&set), line, &[], |terminal| terminal.answering(answers)).await
    };
    let (name, question) = (db.name.clone(), "Type the name of the database to go on:");
    for (line, answer, exit, listed) in [
        ("up", "y", Exit::Error, "`up` applies 2 migrations:\n  0001_t1\n  0002_t1_n\n`up` writes to it. "),
        ("up --to 1", &*name, Exit::Done, "`up` applies 1 migration:\n  0001_t1\n`up` writes"),
        (
            "up",
            &name,
            Exit::Done,
            "  0002_t1_n\n    ! deletes the column t1.n, which has 1 value\n`up` writes to it. ",
        ),
        ("down", "", Exit::Error, "`down` reverts 1 migration:\n  0002_t1_n\n`down` writes"),
        ("redo", &name, Exit::Done, "`redo` reverts and applies again 1 migration:\n  0002_t1_n\n"),
        (
            "down --to 0",
            "y",
            Exit::Error,
            "`down` reverts 2 migrations:\n  0002_t1_n\n  0001_t1\n    ! deletes the table t1, which has 1 row\n",
        ),
    ] {
        let played = at_terminal(line, answer).await;
        assert_eq!(played.exit, exit, "{line}: {}", played.err);
        assert!(played.err.contains(listed) && played.err.contains(question), "{line}: {}", played.err);
    }
    assert_eq!(db.value(HISTORY).await, "1,2");
    // Where there is nothing to do, there is nothing to ask.
    let idle = at_terminal("up", "").await;
    assert!(idle.exit == Exit::Done && !idle.err.contains(question), "{}", idle.err);
}
