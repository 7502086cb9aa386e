//! The command line: `wait`, for a server that comes later, or not, or does not want us.

use std::time::Duration;

use migrate_runtime::Runner;
use migrate_runtime::cli::Exit;
use tokio::net::{TcpListener, TcpStream};

use crate::cli::{Played, play_at};
use crate::support::{Db, address, moved, set};

async fn wait(url: &str, line: &str) -> Played {
    let set = set(&[("0001_a.sql", "SELECT 1;")]);
    play_at(url, Runner::new(&set), line, &[], |terminal| terminal).await
}

#[tokio::test]
async fn for_a_server_that_comes_later() {
    let db = Db::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = address(&db.url);
    let later = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(600)).await;
        let listener = TcpListener::bind(free).await.unwrap();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(&target).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    let played = wait(&moved(&db.url, free), "wait").await;
    later.abort();
    assert_eq!(played.exit, Exit::Done, "{}", played.err);
    assert_eq!(played.out(), "the server answers, after …");
}

#[tokio::test]
async fn for_one_that_does_not_come() {
    let played = wait("postgres://app:secret@127.0.0.1:1/x", "wait --timeout 1 --format json").await;
    assert_eq!(played.exit, Exit::Error);
    let value = played.value();
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("after 1 s the server does not answer: "), "{message}");
    assert!(message.contains("refused the connection"), "{message}");
    assert!(value["error"]["next"].as_str().unwrap().contains("--timeout"), "{value}");
    assert!(value["milliseconds"].as_f64().unwrap() >= 1000.0);
}

/// An answer is an answer, also where it is no.
#[tokio::test]
async fn for_one_that_says_no() {
    let db = Db::new().await;
    let played = wait(&format!("{}_gone", db.url), "wait --timeout 60").await;
    assert_eq!(played.exit, Exit::Error);
    assert!(played.err.contains("(3D000, from "), "{}", played.err);
}
