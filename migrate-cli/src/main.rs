//! The `migrate` command.

fn main() -> std::process::ExitCode {
    migrate_cli::main(std::env::args_os())
}
