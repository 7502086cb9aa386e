//! Connections that come to nothing.

use migrate_runtime::{Code, MigrationSet};

/// It is not the network that is silent here, but a server behind it: a standby that hangs, a pooler without a server.
#[tokio::test]
async fn a_server_that_takes_the_connection_and_says_nothing_is_not_waited_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = tokio::spawn(async move { listener.accept().await.unwrap() });
    let url = format!("postgres://app:s3cret@127.0.0.1:{port}/shop?sslmode=disable&connect_timeout=1");
    let error = MigrationSet::EMPTY.run_url(&url).await.unwrap_err();
    assert!(error.is_connect());
    assert_eq!(error.code(), Code::M0505);
    let expected = format!("the server at 127.0.0.1:{port} did not answer in time");
    assert!(error.to_string().starts_with(&expected), "{error}");
    // The connection was there.
    taken.await.unwrap();
}
