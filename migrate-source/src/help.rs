//! What to do about each fault: the second half of its message.

use crate::fault::{Delimited, FaultKind, NameFault};
use crate::name;
use crate::setting::Setting;

impl FaultKind {
    /// What to do about it, in a sentence or two.
    #[expect(clippy::too_many_lines, reason = "an arm for each fault")]
    pub fn help(&self) -> String {
        match self {
            Self::FolderMissing => "create the folder with a first migration such as `0001_users.sql` in it, or \
                                    correct the path, which is relative to the folder of the crate's Cargo.toml"
                .into(),
            Self::NotAFolder => "name the folder that holds the migrations".into(),
            Self::Unreadable(_) => "allow the user who builds to read it".into(),
            Self::SquashUnfinished => "run `migrate squash` again with any `--to`: it finishes what was begun, and does nothing else".into(),
            Self::RenumberUnfinished => "run `migrate renumber` again, which finishes what was begun".into(),
            Self::CreateUnfinished => "run `migrate status` or any other command on this folder, which writes the rest".into(),
            Self::NoMigrations => "add a first migration: `migrate create NAME` writes its files".into(),
            Self::Name(fault, proposal) => name_help(fault, proposal.as_deref()),
            Self::NameNotUtf8 => "rename it to `<version>_<description>.sql`".into(),
            Self::Subfolder => "move its files up, named `<version>_<description>.up.sql` and `….down.sql`".into(),
            Self::LinkOutside { .. } => "put the file itself into the folder, so that a checkout has all that is built; or, where \
                                         the build makes the links, as Bazel does, write `links = \"follow\"` in migrate.toml"
                .into(),
            Self::NotARegularFile { .. } | Self::LinkBroken { .. } => {
                "put the file itself into the folder, so that a checkout has all that is built".into()
            }
            Self::TooLarge => "split the file; a message to PostgreSQL has 1 GiB at most, and bulk data is better \
                               loaded by a program with COPY"
                .into(),
            Self::MixedStyles { .. } => "use one style in a folder, else a number would sort before every timestamp: \
                                         rename the files of one style before they are applied anywhere"
                .into(),
            Self::DuplicateVersion { one, other, .. } if name::stem(one) == name::stem(other) => {
                format!("these are one migration in two files: keep `{one}` or `{other}`, and remove the other")
            }
            Self::DuplicateVersion { .. } => "run `migrate renumber`, which gives the later one the next free version; it finds \
                                              out by the branch and by the database which one that is, or asks"
                .into(),
            Self::DuplicateDescription { .. } => "describe what sets this change apart; after a merge, check that it \
                                                  is not the same change twice"
                .into(),
            Self::Gap { expected, .. } => format!(
                "give the file the version {expected}, or restore the one that is missing; only timestamps, \
                 YYYYMMDDHHMMSS, may have gaps"
            ),
            Self::DownWithoutUp { forward: Some(forward), up } => format!("rename `{forward}` to `{up}`"),
            Self::DownWithoutUp { forward: None, up } => {
                format!("restore `{up}`, correct this name, or remove the file")
            }
            Self::UpWithoutDown { forward: true, .. } => "`require-down` is set in migrate.toml: rename the file to \
                                                          `….up.sql` and write the `….down.sql` that reverts it"
                .into(),
            Self::UpWithoutDown { forward: false, .. } => {
                "`require-down` is set in migrate.toml: write the file that reverts this one".into()
            }
            Self::NotUtf8 { utf16: true, .. } => "the file is UTF-16; save it as UTF-8".into(),
            Self::NotUtf8 { utf16: false, .. } => "save the file as UTF-8".into(),
            Self::Nul => "remove it, and save the file as UTF-8 if it is UTF-16".into(),
            Self::More(_) => "fix those above first".into(),
            Self::NoStatement => "write the statement, or remove the file; a change that is nothing on purpose can \
                                  say `SELECT 1;`, one in Rust says `-- migrate: function`"
                .into(),
            Self::Unterminated(what) => unterminated_help(*what).into(),
            Self::PsqlCommand(command) => psql_help(command).into(),
            Self::PsqlVariable => "write the value itself; a migration is the same on every database".into(),
            Self::CopyFromStdin => "write INSERT statements (pg_dump --inserts), or load the data by a program".into(),
            Self::CopyToStdout => "remove it, or copy to a file or program on the server".into(),
            Self::TransactionControl { transactional: true, statement: "SET TRANSACTION" } => {
                "remove it: the history has been read by then, and PostgreSQL sets these modes before the first query \
                 only"
                    .into()
            }
            Self::TransactionControl { transactional: true, .. } => {
                "remove it: the migration and its history row commit together or not at all. What must commit by \
                 itself goes into a migration of its own"
                    .into()
            }
            Self::TransactionControl { transactional: false, .. } => {
                "remove it: after a failure the migration resumes at a statement, which a transaction across \
                 statements forbids. What belongs together goes into a migration without `no-transaction`"
                    .into()
            }
            Self::RefusedInTransaction { .. } => "put it into a migration of its own that begins with the line \
                                                  `-- migrate: no-transaction`"
                .into(),
            Self::NeedsTransaction { statement: "SET LOCAL" } => {
                "write SET: outside a transaction SET LOCAL has no effect; what a migration sets is put back after it".into()
            }
            Self::NeedsTransaction { .. } => "put it, with the statements that it is for, into a migration of its own \
                                              without `no-transaction`"
                .into(),
            Self::UnknownDirective { proposal: Some(proposal), .. } => format!("write `{proposal}`"),
            Self::UnknownDirective { proposal: None, .. } => "those that are known are `no-transaction`, `function`, \
                                                              `checkpoint <digest>`, `unchecked, <reason>` and `allow \
                                                              <lint>, <reason>`"
                .into(),
            Self::FunctionWithStatement => "remove it, as the service's function does the work and this file only \
                                            announces it; or remove `-- migrate: function`"
                .into(),
            Self::FunctionWithoutTransaction => {
                "remove one of them: a function runs in the transaction of its history row".into()
            }
            Self::DirectiveInRepeatable { directive: "function" } => {
                "remove it and write SQL, or give the migration a version: a function is run once".into()
            }
            Self::DirectiveInRepeatable { directive: "checkpoint" } => {
                "remove it: what stands for others has the version of the last of them".into()
            }
            Self::DirectiveInRepeatable { .. } => "remove it, as a repeatable migration runs in a transaction; what \
                                                   PostgreSQL refuses there goes into a migration with a version"
                .into(),
            Self::MisplacedDirective => "move it above the first statement".into(),
            Self::DirectiveWithoutReason { .. } => {
                "add a comma and the reason, for who reads the migration after you".into()
            }
            Self::RemarkWithoutStatement => {
                "put it before the statement that it is about, or into its last line".into()
            }
            Self::Syntax { advice: Some(advice), .. } => advice.clone(),
            Self::Syntax { advice: None, .. } => "correct it; SQL that is newer than the grammar of this build passes with \
                                `-- migrate: unchecked, <reason>` in the line before the statement"
                .into(),
            Self::Uncheckable(_) => "put `-- migrate: unchecked, <reason>` in the line before it, and try it on a \
                                     server"
                .into(),
            Self::Hazard { lint, instead, .. } => hazard_help(lint, instead),
            Self::UnknownLint { .. } => "their names are in LINTS.md, in the repository of this crate".into(),
            Self::Import(_) => "restore it as the import wrote it; once every database has been adopted, remove it".into(),
            Self::Config(_) => format!(
                "the settings are {}; docs/src/migrate-toml.md explains each, and LINTS.md lists the lints",
                Setting::ALL.map(|setting| format!("`{}`", setting.key())).join(", ")
            ),
            Self::Checkpoint(fault) => fault.help().into(),
            Self::Lock(fault) => fault.help(),
        }
    }
}

/// What to do about a hazard.
pub fn hazard_help(lint: &str, instead: &str) -> String {
    if lint == "unused-allow" {
        return instead.to_owned();
    }
    format!("{instead}; if it is meant, put `-- migrate: allow {lint}, <reason>` in the line before")
}

fn name_help(fault: &NameFault, proposal: Option<&str>) -> String {
    match (fault, proposal) {
        (NameFault::Ending(_), Some(proposal)) => {
            format!("rename it to `{proposal}` if it is one, or move it out of the folder")
        }
        (NameFault::Ending(_), None) => "delete it, or move it out of the folder".into(),
        (NameFault::NoVersion, Some(proposal)) if proposal.starts_with("R_") => format!(
            "rename it to `{proposal}` if it is repeatable, or begin its name with the version that is next"
        ),
        (NameFault::RepeatableDirection(_), Some(proposal)) => format!(
            "rename it to `{proposal}`, or remove it if that is there: what reverts a repeatable migration is the \
             text that its file had before"
        ),
        (NameFault::NoVersion, Some(proposal)) => {
            format!("rename it, with the version that is next, for example to `{proposal}`")
        }
        (_, Some(proposal)) => format!("rename it, for example to `{proposal}`"),
        (NameFault::VersionZero, None) => "begin with 0001".into(),
        (NameFault::VersionTooLarge, None) => "count from 0001, or use a UTC timestamp YYYYMMDDHHMMSS".into(),
        (NameFault::NoDate, None) => {
            "use a UTC timestamp YYYYMMDDHHMMSS that exists, or count from 0001".into()
        }
        (_, None) => {
            "migrations are named `<version>_<description>.sql`, or `….up.sql` with `….down.sql`, where the \
             version is a number like 0001 or a timestamp YYYYMMDDHHMMSS; `R_<description>.sql` is repeatable"
                .into()
        }
    }
}

fn psql_help(command: &str) -> &'static str {
    match command {
        "\\." => "data for COPY does not travel with a migration: write INSERT statements",
        "\\restrict" | "\\unrestrict" => "pg_dump wrote it for psql; remove the line",
        "\\connect" | "\\c" => "a migration runs on the connection it is given; remove the line",
        "\\i" | "\\ir" | "\\include" | "\\include_relative" => "put the SQL itself into the migration",
        "\\copy" => "write INSERT statements, or load the data by a program",
        _ => "write what it does as SQL, or remove the line",
    }
}

fn unterminated_help(what: Delimited) -> &'static str {
    match what {
        Delimited::String => {
            "close it with `'`; inside a string a quote is written `''`, also in the strings before this one"
        }
        Delimited::QuotedIdentifier => "close it with `\"`; a quote inside it is written `\"\"`",
        Delimited::Comment => "close it with `*/`; comments nest, so each `/*` inside needs its own",
        Delimited::DollarQuote => "close it with the same tag that opens it, in the same letter case",
    }
}
