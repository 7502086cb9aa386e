//! Sees what each tool does with migrations that are edited, missing, out of order, duplicate, badly named, broken,
//! concurrent, killed and locked, and prints a table: `cargo run --release --bin behaviour`, half an hour.
//!
//! `-- --quick` repeats less; `-- --only migrate,sqlx` leaves out the other tools, `-- --scenario killed,locked` the
//! other lines. Each cell is made from what was seen on a fresh database of a private server: whether the program
//! compiled, how it ended, and what is in the database then. All of that, with the messages in full, is in
//! `target/behaviour.md` afterwards. The Rust tools are embedded by their macros into services that do nothing else; the
//! others are installed from npm, and left out where that is not to be had.

mod bench;
mod cell;
mod database;
mod migration;
mod peer;
mod pooler;
mod program;
mod scenarios;
mod workshop;

use std::env;
use std::fmt::Write as _;
use std::fs;

use benchmarks::tools::Result;

use crate::bench::Bench;
use crate::cell::Cell;
use crate::peer::Peer;
use crate::scenarios::Scenario;
use crate::workshop::{PACKAGES, Workshop, target};

#[tokio::main]
async fn main() -> Result<()> {
    let mut wishes = Wishes::parse(env::args().skip(1))?;
    let workshop = Workshop::new()?;
    if wishes.peers.iter().any(|peer| peer.tool().is_none()) {
        match workshop.install() {
            Ok(()) => {
                let names: Vec<String> =
                    PACKAGES.iter().map(|(name, version)| format!("{name} {version}")).collect();
                println!("From npm: {}.", names.join(", "));
            }
            Err(error) => {
                println!("Left out, because they cannot be had: what npm serves ({error}).");
                wishes.peers.retain(|peer| peer.tool().is_some());
            }
        }
    }
    let bench = Bench::new(workshop, wishes.quick).await?;
    println!("PostgreSQL {}.\n", bench.version().await?);

    let names: Vec<String> = wishes.peers.iter().map(ToString::to_string).collect();
    println!("| What happens when … | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    let mut details = "# What was seen\n".to_owned();
    for &scenario in &wishes.scenarios {
        let mut cells = Vec::new();
        for &peer in &wishes.peers {
            let cell =
                scenario.observe(&bench, peer).await.unwrap_or_else(|error| not_run(&error.to_string()));
            describe(&mut details, scenario, peer, &cell);
            cells.push(cell.short().replace('|', "\\|"));
        }
        println!("| {} | {} |", scenario.title(), cells.join(" | "));
        fs::write(target().join("behaviour.md"), &details)?;
    }
    Ok(())
}

/// A cell whose scenario could not be played: it claims nothing.
fn not_run(error: &str) -> Cell {
    let mut cell = Cell::only("not run");
    cell.note("this went wrong", error);
    cell
}

fn describe(details: &mut String, scenario: Scenario, peer: Peer, cell: &Cell) {
    let _ = writeln!(details, "\n## {}: {peer}\n\n**{}**", scenario.title(), cell.short());
    for (what, text) in &cell.notes {
        let _ = writeln!(details, "\n{what}\n");
        for line in text.lines() {
            let _ = writeln!(details, "    {line}");
        }
    }
}

/// What the command line asks for.
struct Wishes {
    quick: bool,
    peers: Vec<Peer>,
    scenarios: Vec<Scenario>,
}

impl Wishes {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut wishes = Self { quick: false, peers: Peer::ALL.to_vec(), scenarios: Scenario::ALL.to_vec() };
        while let Some(argument) = arguments.next() {
            let mut names = || arguments.next().unwrap_or_default();
            match argument.as_str() {
                "--quick" => wishes.quick = true,
                "--only" => keep(&mut wishes.peers, &names(), ToString::to_string)?,
                "--scenario" => {
                    keep(&mut wishes.scenarios, &names(), |scenario| scenario.key().to_owned())?;
                }
                _ => return Err("usage: behaviour [--quick] [--only TOOLS] [--scenario SCENARIOS]".into()),
            }
        }
        Ok(wishes)
    }
}

/// Leaves what is named, in the order of the list.
fn keep<T>(list: &mut Vec<T>, names: &str, name: impl Fn(&T) -> String) -> Result<()> {
    let all: Vec<String> = list.iter().map(&name).collect();
    if let Some(unknown) = names.split(',').find(|wanted| !all.iter().any(|one| one == wanted)) {
        return Err(format!("there is no `{unknown}`; there are {}", all.join(", ")).into());
    }
    list.retain(|one| names.split(',').any(|wanted| wanted == name(one)));
    Ok(())
}
