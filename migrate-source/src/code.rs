//! The codes of all errors of the project: which there are, and what each is about. Which error has which is said where the
//! error is; what there is to know of a code is in its page, `migrate-cli/errors/M0101.md`.

use std::fmt;

/// Calls a macro with every code and its title.
///
/// A code never changes its meaning, and the number of one that is gone is not used again.
#[doc(hidden)]
#[macro_export]
macro_rules! with_codes {
    ($callback:ident) => {
        $callback! {
            // The folder and its files.
            M0101 "there is no such folder"
            M0102 "the folder is something else"
            M0103 "a file or folder cannot be read"
            M0104 "the folder has no migration"
            M0105 "migrations in a folder below"
            M0106 "a pipe, a socket or a device among the migrations"
            M0107 "a symbolic link leads out of the folder"
            M0108 "a file is too large for one message"
            M0109 "a file is not UTF-8"
            M0110 "a file has a NUL byte"
            M0111 "a file has more faults than are told"
            M0112 "a file has no statement"
            M0113 "`migrate squash` was cut"
            M0114 "`migrate renumber` was cut"
            M0115 "a symbolic link leads nowhere"
            M0116 "the files of a new migration are not all written"
            // Names of files.
            M0121 "a file name is not UTF-8"
            M0122 "a file name does not begin with a version"
            M0123 "no `_` between version and description"
            M0124 "a file name has no description"
            M0125 "a description is not `lowercase_with_underscores`"
            M0126 "a file name says neither up nor down"
            M0127 "a repeatable migration is given a direction"
            M0128 "a file is named nearly like a migration"
            M0129 "version 0"
            M0130 "a version is too large"
            M0131 "a timestamp is no date"
            // What the files of a folder are to each other.
            M0141 "a folder has two styles of versions"
            M0142 "two migrations have one version"
            M0143 "two migrations have one description"
            M0144 "a sequence has a gap"
            M0145 "a down has no up"
            M0146 "an up has no down, and the folder demands one"
            // Files that are created, renumbered, squashed.
            M0151 "a name cannot be made a description"
            M0152 "the folder has the other style of versions"
            M0154 "no version is left"
            M0155 "a migration without a down, where the folder demands one"
            M0156 "the file is there already"
            M0157 "a file cannot be written"
            M0161 "there is no such migration"
            M0162 "a sealed migration is not renumbered"
            M0163 "a checkpoint is not renumbered"
            M0164 "which of two migrations is to be renumbered"
            M0165 "a migration would be renamed to a file that is there"
            M0166 "what a cut command has left is not its own"
            M0167 "a name fits several migrations"
            M0171 "there is nothing to squash"
            M0172 "drafts are not squashed"
            M0173 "migrations in Rust are not squashed"
            M0174 "the archive cannot be there"
            M0175 "the folder was changed meanwhile"
            M0176 "the folder was changed after a squash was cut"
            // SQL.
            M0201 "something is opened and never closed"
            M0202 "a command of psql"
            M0203 "a variable of psql"
            M0204 "COPY … FROM STDIN"
            M0205 "COPY … TO STDOUT"
            M0206 "a migration ends or begins its own transaction"
            M0207 "transaction control where statements run one by one"
            M0208 "PostgreSQL refuses it inside a transaction"
            M0209 "it has an effect only inside a transaction"
            M0210 "a statement is not SQL"
            M0211 "a statement cannot be checked"
            M0212 "a hazard that is denied"
            // Directives.
            M0221 "there is no such directive"
            M0222 "a directive after the first statement"
            M0223 "a directive does not say why"
            M0224 "a directive without its statement"
            M0225 "there is no such lint"
            M0226 "SQL in a migration that is a function"
            M0227 "a function without a transaction"
            M0228 "a directive that a repeatable migration cannot have"
            M0231 "a checkpoint without its digest"
            M0232 "a checkpoint with another directive"
            M0233 "a checkpoint and a down"
            M0234 "migrations before a checkpoint"
            // The lock file.
            M0301 "a line of the lock file is not in its format"
            M0302 "a merge of the lock file is not resolved"
            M0303 "the lock file seals what is never sealed"
            M0304 "a file is sealed twice"
            M0305 "two sealed files have one version"
            M0306 "the lock file is out of order"
            M0307 "a sealed file was edited"
            M0308 "a sealed file has other line endings"
            M0309 "a sealed file was renamed"
            M0310 "a sealed file was removed"
            M0311 "a draft has the version of a sealed file"
            M0312 "a draft comes before a sealed file"
            M0313 "a release build has drafts in it"
            M0314 "a text is no checksum"
            // The history against the set.
            M0401 "a migration was edited after it was applied"
            M0402 "a migration was renamed after it was applied"
            M0403 "an applied migration has no file"
            M0404 "a pending migration comes before applied ones"
            M0405 "a migration that was begun without a transaction has one now"
            M0406 "what is done of a migration was edited"
            M0407 "a migration is half reverted"
            M0408 "a database has a part of what a checkpoint stands for"
            M0409 "a migration that a checkpoint stands for is not finished"
            M0410 "a database has another history than was squashed"
            M0411 "the database is ahead, and that is denied"
            M0421 "there is no such version"
            M0422 "a baseline where there is a history"
            M0423 "a migration cannot be skipped"
            M0424 "the history has changed since the repairs were listed"
            M0425 "no function is registered for a migration in Rust"
            M0426 "a function is registered that no file announces"
            M0427 "a baseline of tables that are not there"
            M0431 "a migration has no down"
            M0432 "a migration to revert has no file"
            M0433 "a migration was recorded and not run"
            M0434 "a migration to revert is not finished"
            M0435 "a migration to revert was changed"
            M0436 "there is no way back through a checkpoint"
            M0437 "another tool has migrated the database"
            M0438 "a migration is unfinished here and applied by another tool"
            // The connection.
            M0501 "no database is given"
            M0502 "a connection string cannot be understood"
            M0503 "a host has no address"
            M0504 "the server refused the connection"
            M0505 "the server did not answer in time"
            M0506 "the server broke the connection off"
            M0507 "the server does not support TLS"
            M0508 "a certificate, a key or a root cannot be used"
            M0509 "TLS failed"
            M0510 "the password is wrong or missing"
            M0511 "the server does not let the role in"
            M0512 "the database does not exist"
            M0513 "the server has no connection to spare"
            M0514 "the server is not ready"
            M0515 "there is no connection, for another reason"
            M0516 "no server is what `target_session_attrs` asks for"
            // The database as a whole.
            M0521 "the role may not use the history"
            M0522 "the lock of the history cannot be had"
            M0523 "the name of the history table is taken"
            M0524 "the history table is locked"
            M0525 "the server takes no writes"
            M0526 "a question about the history was cancelled"
            M0527 "the connection was lost"
            M0528 "the server failed at something of the history"
            M0531 "a transaction is open on the connection"
            M0532 "`standard_conforming_strings` is off"
            M0533 "the history table is another tool's"
            M0534 "the history has a row that does not belong there"
            M0535 "there is no such schema"
            M0536 "again and again something else was first"
            M0537 "the server cannot do what the settings ask of it"
            M0538 "a name cannot be that of a schema or table"
            M0539 "the history table has an earlier format"
            // Test databases.
            M0541 "there is no server for test databases"
            M0542 "the blueprint of a test database has no runner"
            M0543 "the thread of test databases is gone"
            M0544 "the role may not create test databases"
            M0545 "the server failed at a test database"
            M0546 "sqlx cannot connect to a test database"
            // Several sets in one database.
            M0551 "two sets have one name"
            M0552 "two sets would have one history"
            M0553 "a set comes after one that is not listed"
            M0554 "sets wait for each other"
            // A migration that fails.
            M0601 "a statement fails"
            M0602 "a lock does not come free"
            M0603 "a deadlock or a serialization failure"
            M0604 "a statement was cancelled"
            M0605 "the role lacks a privilege"
            M0606 "a statement does not run inside a transaction"
            M0607 "a new enum value is used too early"
            M0608 "existing rows violate a migration"
            M0609 "it is there already"
            M0610 "the server is short of something"
            M0611 "a transaction lasts too long"
            M0612 "a history row cannot be written"
            M0613 "a function fails"
            M0614 "a function goes on after an error"
            M0615 "a function ends its transaction"
            M0616 "the service refuses to migrate"
            M0617 "the history table discards its rows"
            M0618 "a statement ran after its migration was taken over"
            // A fleet.
            M0701 "the tenants cannot be listed"
            M0702 "a list of tenants cannot be understood"
            M0703 "a tenant cannot be called so"
            M0704 "there is no tenant"
            M0705 "the waves of a rollout are wrong"
            M0706 "a shared run is another one's"
            M0707 "the ledger of a shared run cannot be used"
            M0708 "there is no control database"
            M0709 "the master comes first"
            M0710 "tenants need attention"
            M0711 "a tenant of a shared run is not in the list"
            M0712 "processes have died at a tenant"
            M0713 "a tenant is not in the shared run"
            M0714 "a database type is unknown"
            M0715 "a tenant has drifted"
            M0716 "a tenant could not be checked"
            // Schemas.
            M0801 "the catalog cannot be read"
            M0802 "a row of the catalog cannot be understood"
            M0803 "there is no order for a plan"
            M0804 "a statement of a plan does not work"
            M0805 "a generated migration changes values"
            M0806 "something would be missing between two transactions"
            M0807 "there is no online way"
            M0808 "a plan loses data without saying so"
            M0809 "a statement of a plan does not work on rows"
            M0811 "a new name cannot be understood"
            M0812 "nothing is gone that could have a new name"
            M0813 "a new name may be any of several"
            M0814 "a new name is not in the declared schema"
            M0815 "a comment about a new name renames nothing"
            M0816 "a comment about a new name cannot be understood"
            M0821 "no schema is declared, or two are"
            M0822 "what is declared cannot be made"
            M0823 "a database cannot be compared with these files"
            M0831 "a checkpoint cannot repeat what migrations do"
            M0832 "rows that are no part of a schema"
            M0833 "a checkpoint does not work"
            M0834 "databases are yet to be adopted"
            M0835 "rows that are others each time the migrations run"
            M0841 "there is no server for scratch databases"
            M0842 "a scratch database cannot be made or dropped"
            M0843 "a role is not there"
            M0844 "a generated migration deletes data"
            M0845 "a schema is not what it should be"
            // The command, its settings, other tools, the private server.
            M0901 "a command line cannot be understood"
            M0902 "there is no folder of migrations"
            M0903 "`migrate.toml` cannot be understood"
            M0904 "a file of a command cannot be written"
            M0905 "a write to production is not confirmed"
            M0906 "it was not confirmed"
            M0907 "production is not dropped"
            M0908 "it was interrupted"
            M0909 "there is no such code"
            M0910 "the system is short of something"
            M0911 "the server did not answer while it was waited for"
            M0912 "the standard output cannot be written"
            M0913 "`MIGRATE_ENV` is not the name of an environment"
            M0914 "a revert would delete rows"
            M0921 "the arguments of `embed_migrations!` cannot be understood"
            M0922 "the path of `embed_migrations!` cannot be used"
            M0923 "a variable in the path of `embed_migrations!`"
            M0924 "a test with a database is not written so"
            M0925 "a macro does not know the path of the runtime"
            M0931 "there is no import from that tool"
            M0932 "a folder cannot be imported"
            M0933 "`migrate.import` is not what an import has written"
            M0934 "the history of the other tool cannot be read"
            M0935 "the history of the other tool cannot be adopted"
            M0938 "another tool's folder contradicts itself"
            M0951 "there is no PostgreSQL to start"
            M0952 "a private server does not start or stop"
            M0953 "a private server is in use"
            M0954 "a private server's data are of another version"
            M0955 "a folder cannot keep the data of a private server"
            M0956 "a server is not private"
            M0957 "there are no private servers on this platform"
            M0958 "the operating system refused something to a private server"
        }
    };
}

macro_rules! define {
    ($($code:ident $title:literal)+) => {
        /// The code of a kind of error, by which its page is found: `migrate explain M0201` prints it.
        ///
        /// [`Display`](fmt::Display) is the code itself. A code keeps its meaning for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $title] $code,)+ }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// As it is written: `M0201`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)+ }
            }

            /// What it is about, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }
        }
    };
}

with_codes!(define);

impl Code {
    /// The code that is written so: `M0201`, `m0201` or `201`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = number(text)?;
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// What follows the `M`.
    fn number(self) -> u32 {
        number(self.as_str()).unwrap_or_default()
    }

    /// The codes whose numbers are next to one that is not there, those of the same subject first.
    pub fn near(text: &str) -> Vec<Self> {
        const TOLD: usize = 3;
        let Some(number) = number(text) else { return Vec::new() };
        let mut codes = Self::ALL.to_vec();
        codes.sort_by_key(|code| (code.number() / 100 != number / 100, code.number().abs_diff(number)));
        codes.truncate(TOLD);
        codes.sort_unstable();
        codes
    }
}

/// The number of what is written like a code.
fn number(text: &str) -> Option<u32> {
    let digits = text.trim().trim_start_matches(['M', 'm']);
    let is_number = !digits.is_empty() && digits.len() <= 4 && digits.chars().all(|c| c.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_alike_and_in_order() {
        assert!(Code::ALL.is_sorted(), "by their place in the list");
        assert!(Code::ALL.is_sorted_by_key(|code| code.as_str()), "by their numbers");
        for code in Code::ALL {
            let digits = code.as_str().strip_prefix('M').expect("an M");
            assert!(digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit()), "{code}");
            assert!(!code.title().ends_with('.') && code.title().len() < 70, "{code}: {}", code.title());
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
        let titles: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.title()).collect();
        assert_eq!(titles.len(), Code::ALL.len(), "each has a title of its own");
    }

    #[test]
    fn a_code_is_known_however_it_is_written() {
        for text in ["M0201", "m0201", "201", "0201", "M201", " M0201 "] {
            assert_eq!(Code::parse(text), Some(Code::M0201), "{text}");
        }
        for text in ["", "M", "M0000", "M9999", "drop-table", "M02011", "+201"] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
        assert_eq!(Code::near("M0213"), [Code::M0210, Code::M0211, Code::M0212]);
        assert_eq!(Code::near("drop-table"), []);
    }
}
