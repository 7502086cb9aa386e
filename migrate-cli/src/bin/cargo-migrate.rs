//! The `migrate` command as cargo runs it: `cargo migrate up` is `cargo-migrate migrate up`.

fn main() -> std::process::ExitCode {
    let mut args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|first| first == "migrate") {
        args.remove(1);
    }
    migrate_cli::main(args)
}
