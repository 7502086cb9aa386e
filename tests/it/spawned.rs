//! The futures of all verbs can be sent to another thread: a service spawns its run beside what it does meanwhile.

use migrate_runtime::Runner;

use crate::support::{Db, borrowed, connect, set, small};

#[tokio::test]
async fn a_run_is_spawned() {
    let db = Db::new().await;
    let url = db.url.clone();
    let applied = tokio::spawn(async move {
        let files = small(2);
        set(&borrowed(&files)).run_url(&url).await.unwrap().applied().len()
    });
    assert_eq!(applied.await.unwrap(), 2);

    let mut client = connect(&db.url).await;
    let again = tokio::spawn(async move {
        let files = small(2);
        set(&borrowed(&files)).run(&mut client).await.unwrap().applied().len()
    });
    assert_eq!(again.await.unwrap(), 0);
}

/// It is the compiler that tests here.
#[tokio::test]
async fn every_verb_can_be_sent() {
    fn send(_: impl Send) {}

    let db = Db::new().await;
    let files = small(1);
    let set = set(&borrowed(&files));
    let runner = Runner::new(&set);
    let mut client = connect(&db.url).await;
    send(runner.run(&mut client));
    send(runner.run_url(&db.url));
    send(runner.plan(&mut client));
    send(runner.status(&mut client));
    send(runner.revert(&mut client, 1));
    send(runner.revert_to(&mut client, 0));
    send(runner.baseline(&mut client, 1));
    send(runner.adopt(&mut client));
    send(runner.skip(&mut client, 1));
    send(runner.repairs(&mut client));
    send(runner.preview(&mut client));
    send(runner.preview_revert(&mut client, 1));
    send(runner.preview_revert_to(&mut client, 0));
    send(runner.rehearse(&mut client));
    let repairs = runner.repairs(&mut client).await.unwrap();
    send(runner.repair(&mut client, &repairs));
    send(migrate_runtime::connect(&db.url));
    send(set.run(&mut client));
    send(set.run_url(&db.url));
    send(set.plan(&mut client));
    send(set.status(&mut client));
}
