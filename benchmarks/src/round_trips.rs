//! Counts round trips, after connecting, of a run that applies ten small migrations to an empty database, and of one
//! that finds nothing to do: `cargo run --bin round-trips`.

use std::time::Duration;

use benchmarks::proxy::Proxy;
use benchmarks::tools::{Loaded, Result, Tool, connect};
use migrate_runtime::tokio_postgres::Config;
use migrate_server::Server;

const MIGRATIONS: usize = 10;

#[tokio::main]
async fn main() -> Result<()> {
    let server = Server::start()?;
    let config: Config = server.url().parse()?;
    let port = config.get_ports()[0];
    let proxy = Proxy::to(port, Duration::ZERO)?;
    let admin = connect(server.url()).await?;

    println!(
        "| round trips after connecting | 10 pending, no history table | nothing to do |\n|---|---|---|"
    );
    for tool in Tool::ALL.into_iter().filter(|&tool| tool != Tool::Floor) {
        admin.batch_execute(&format!("CREATE DATABASE bench_{tool}")).await?;
        let url = server.url_of(&format!("bench_{tool}"));
        // libpq would first ask for TLS, which this server does not have; that is part of connecting, not of running.
        let url =
            format!("{}?sslmode=disable", url.replace(&format!(":{port}/"), &format!(":{}/", proxy.port)));
        let loaded = Loaded::new(tool, MIGRATIONS).await?;
        let mut counts = [0; 2];
        for count in &mut counts {
            loaded.run(&url, || _ = proxy.take()).await?;
            *count = proxy.take();
        }
        let [first, second] = counts;
        println!("| {tool} | {first} | {second} |");
    }
    Ok(())
}
