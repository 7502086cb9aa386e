//! What is wrong with a folder, in a line: the first half of the message of each fault.

use std::fmt;

use crate::fault::{Delimited, FaultKind, Shown};

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FolderMissing => f.write_str("there is no such folder"),
            Self::NotAFolder => f.write_str("this is not a folder"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::SquashUnfinished => {
                f.write_str("`migrate squash` was cut, and the files of this folder are partly moved")
            }
            Self::RenumberUnfinished => {
                f.write_str("`migrate renumber` was cut, and the files of this folder are partly renamed")
            }
            Self::CreateUnfinished => f.write_str(
                "`migrate create` or `migrate generate` was cut, and not all files of the new migrations are written",
            ),
            Self::NoMigrations => f.write_str("there is no migration in this folder"),
            Self::Name(fault, _) => write!(f, "{fault}"),
            Self::NameNotUtf8 => f.write_str("the file name is not UTF-8"),
            Self::Subfolder => f.write_str("migrations in a folder below are not read"),
            Self::NotARegularFile { what } => write!(f, "this is {what}, not a file"),
            Self::LinkOutside { target } => {
                write!(f, "the symbolic link to `{}` leads out of the folder", Shown(target))
            }
            Self::LinkBroken { target, why: None } => {
                write!(f, "the symbolic link to `{}` leads nowhere", Shown(target))
            }
            Self::LinkBroken { target, why: Some(why) } => {
                write!(f, "the symbolic link to `{}` cannot be followed: {why}", Shown(target))
            }
            Self::TooLarge => f.write_str("the file is larger than 512 MiB"),
            Self::MixedStyles { here, there, other } => {
                write!(f, "the version is {here}, that of `{other}` is {there}")
            }
            Self::DuplicateVersion { one, other, version } => {
                write!(f, "`{other}` and `{one}` both have version {version}")
            }
            Self::DuplicateDescription { other } => {
                write!(f, "the description is that of `{other}` too")
            }
            Self::Gap { expected, found } => {
                write!(f, "the sequence has a gap: {expected} was expected, {found} found")
            }
            Self::DownWithoutUp { up, .. } => write!(f, "there is no `{up}` for this file"),
            Self::UpWithoutDown { down, .. } => write!(f, "there is no `{down}` for this file"),
            Self::NotUtf8 { offset, .. } => write!(f, "the file is not UTF-8 at byte {offset}"),
            Self::Nul => f.write_str("there is a NUL byte here"),
            Self::More(count) => write!(f, "and {count} more in this file"),
            Self::NoStatement => f.write_str("there is no statement in this file"),
            Self::Unterminated(what) => write!(f, "this {what} is never closed"),
            Self::PsqlCommand(command) => write!(f, "`{command}` is a command of psql, not SQL"),
            Self::PsqlVariable => f.write_str("this is a variable of psql, not SQL"),
            Self::CopyFromStdin => f.write_str("COPY … FROM STDIN needs data that only psql can send along"),
            Self::CopyToStdout => f.write_str("COPY … TO STDOUT sends data that nobody reads"),
            Self::TransactionControl { statement, transactional: true } => {
                write!(f, "{statement} in a migration that runs in a transaction of its own")
            }
            Self::TransactionControl { statement, transactional: false }
            | Self::NeedsTransaction { statement } => {
                write!(f, "{statement} in a migration whose statements run one by one")
            }
            Self::RefusedInTransaction { statement } => {
                write!(f, "PostgreSQL refuses {statement} inside a transaction")
            }
            Self::UnknownDirective { found, .. } => write!(f, "there is no directive `{found}`"),
            Self::FunctionWithStatement => f.write_str("a statement in a migration that is a function"),
            Self::FunctionWithoutTransaction => {
                f.write_str("`function` and `no-transaction` in one migration")
            }
            Self::DirectiveInRepeatable { directive } => {
                write!(f, "`{directive}` in a repeatable migration")
            }
            Self::MisplacedDirective => f.write_str("a directive after the first statement has no effect"),
            Self::DirectiveWithoutReason { directive } => write!(f, "`{directive}` does not say why"),
            Self::RemarkWithoutStatement => f.write_str("there is no statement for this directive"),
            Self::Syntax { message, .. } | Self::Hazard { message, .. } => f.write_str(message),
            Self::Uncheckable(why) => write!(f, "this statement cannot be checked: {why}"),
            Self::Config(why) | Self::Import(why) | Self::UnknownLint { message: why } => f.write_str(why),
            Self::Checkpoint(fault) => write!(f, "{fault}"),
            Self::Lock(fault) => write!(f, "{fault}"),
        }
    }
}

impl fmt::Display for Delimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "string",
            Self::QuotedIdentifier => "quoted identifier",
            Self::Comment => "comment",
            Self::DollarQuote => "dollar-quoted string",
        })
    }
}
