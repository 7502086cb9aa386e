//! Why there is no connection: what an attempt came to, in one line that says what to do. It holds neither the
//! connection string nor a password.

use std::error::Error as _;
use std::{fmt, io};

use migrate_source::Code;
use tokio_postgres::config::{SslMode as Step, SslNegotiation};
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{Config, Error};

use super::conninfo::Host;
use super::sslmode::{SslMode, Tls};
use crate::error::cause;

/// Why there is no connection, in one line that says what to do.
#[derive(Debug)]
pub(crate) struct ConnectError {
    code: Code,
    message: String,
    /// The server had agreed to TLS.
    in_tls: bool,
    /// Nothing came of it.
    handshake_failed: bool,
    /// What the server called it.
    sqlstate: Option<SqlState>,
    /// The server was there, and another address has no better answer.
    is_answer: bool,
    source: Option<Error>,
}

impl ConnectError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            in_tls: false,
            handshake_failed: false,
            sqlstate: None,
            is_answer: false,
            source: None,
        }
    }

    /// What an attempt came to. `in_tls`: the server had agreed to TLS.
    pub(super) fn of_step(error: Error, host: &Host, config: &Config, tls: &Tls, in_tls: bool) -> Self {
        let (code, message) = explain(&error, host, config, tls, in_tls);
        let is_answer = match error.code() {
            Some(code) => *code != SqlState::CANNOT_CONNECT_NOW,
            None => !(error.is_closed() || io_error(&error).is_some()),
        };
        let sqlstate = error.code().cloned();
        Self { in_tls, sqlstate, is_answer, source: Some(error), ..Self::new(code, message) }
    }

    /// The same without what the server said, which may repeat a name, and that a password.
    pub(super) fn without_words(self, host: &Host) -> Self {
        let Some(sqlstate) = &self.sqlstate else {
            return self;
        };
        let message = format!(
            "the server at {host} refused the connection ({}; its words are not shown): the user, the database or the \
             options in the connection string have a piece of it in them that may be a password, so write the `:` between \
             user and password as it is and not as %3A",
            sqlstate.code()
        );
        Self { message, source: None, ..self }
    }

    /// The server is none of those that are wanted.
    pub(super) fn of_other_server(host: &Host, what: &str) -> Self {
        let message = format!("the server at {host} {what}");
        Self::new(Code::M0516, message)
    }

    /// The same with what is known of its handshake.
    #[cfg(feature = "tls")]
    pub(super) fn of_handshake(self, failed: bool, explanation: Option<String>) -> Self {
        let code = if explanation.is_some() { Code::M0509 } else { self.code };
        Self { code, message: explanation.unwrap_or(self.message), handshake_failed: failed, ..self }
    }

    /// It takes connections, or seems to, and does not answer within `connect_timeout`.
    pub(super) fn of_silence(host: &Host) -> Self {
        Self::new(Code::M0505, silent(host))
    }

    /// What all attempts have to tell, the last of which counts.
    pub(super) fn of_all(mut failures: Vec<Self>) -> Self {
        let mut messages: Vec<String> = failures.iter().map(|failure| failure.message.clone()).collect();
        messages.dedup();
        let message = messages.join("; then ");
        match failures.pop() {
            Some(last) => Self { message, ..last },
            None => Self::new(Code::M0503, "the hosts of the connection string have no address"),
        }
    }

    /// It is another kind of server than wanted; the next host may be one.
    pub(super) fn is_other_server(&self) -> bool {
        self.code == Code::M0516
    }

    /// The same with what to do about it.
    pub(super) fn with_advice(self, advice: &str) -> Self {
        Self { message: format!("{}: {advice}", self.message), ..self }
    }

    /// The kind of error that it is; of several attempts, that of the last.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// There was no answer, rather than one that will be the same again: a certificate or a password that is missing.
    #[cfg(feature = "fleet")]
    pub(crate) fn may_pass(&self) -> bool {
        use Code::{M0503, M0504, M0505, M0506, M0514, M0515};
        [M0503, M0504, M0505, M0506, M0514, M0515].contains(&self.code)
    }

    /// What the server called it.
    pub(crate) fn sqlstate(&self) -> Option<&str> {
        self.sqlstate.as_ref().map(SqlState::code)
    }

    /// The server was there, and another address has no better answer.
    pub(super) fn is_answer(&self) -> bool {
        self.is_answer || self.handshake_failed
    }

    /// With TLS where this was without, or the reverse, there may be a connection.
    pub(super) fn asks_for_more(&self, step: Step) -> bool {
        // `prefer` goes on without TLS by itself if the server has none.
        let tried = step != Step::Prefer || self.in_tls;
        // Poolers say it by 08P01, PostgreSQL by 28000: "no pg_hba.conf entry …".
        let refused = self.sqlstate().map(|code| code == "28000" || code.starts_with("08"));
        tried && refused.unwrap_or(self.handshake_failed)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

fn io_error(error: &Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

fn explain(error: &Error, host: &Host, config: &Config, tls: &Tls, in_tls: bool) -> (Code, String) {
    if let Some(error) = error.as_db_error() {
        return explain_answer(error, host, config);
    }
    if error.is_closed() {
        return explain_end(host, config, in_tls);
    }
    if let Some(error) = io_error(error) {
        return explain_io(error, host, config, in_tls);
    }
    // tokio-postgres tells these apart by their text alone.
    let source = error.source().map(ToString::to_string);
    match source.as_deref() {
        Some("server does not support TLS") if tls.mode < SslMode::Require => {
            (Code::M0507, format!("the server at {host} does not support TLS"))
        }
        Some("server does not support TLS") => (
            Code::M0507,
            format!(
                "the server at {host} does not support TLS, and {tls} demands it: set `ssl = on` there, or take \
                 sslmode=prefer"
            ),
        ),
        Some("password missing") => (
            Code::M0510,
            format!(
                "the server at {host} asks for a password: add it to the connection string, percent-encoded in a URL"
            ),
        ),
        _ => (Code::M0515, format!("there is no connection to the server at {host}: {}", cause(error))),
    }
}

fn explain_io(error: &io::Error, host: &Host, config: &Config, in_tls: bool) -> (Code, String) {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            Code::M0504,
            format!(
                "the server at {host} refused the connection: is PostgreSQL running there, and does it listen on that \
                 address and port?"
            ),
        ),
        io::ErrorKind::NotFound if host.is_unix() => (
            Code::M0504,
            format!("there is no socket {host}: is PostgreSQL running, with that directory and port?"),
        ),
        io::ErrorKind::TimedOut => (Code::M0505, silent(host)),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            explain_end(host, config, in_tls)
        }
        _ => (Code::M0515, format!("there is no connection to the server at {host}: {error}")),
    }
}

fn silent(host: &Host) -> String {
    format!(
        "the server at {host} did not answer in time: check host and port, and whether a firewall is in between"
    )
}

fn explain_end(host: &Host, config: &Config, in_tls: bool) -> (Code, String) {
    let hint = match config.get_ssl_negotiation() {
        SslNegotiation::Direct => "see its log; sslnegotiation=direct demands PostgreSQL 17 or newer",
        // An alert can be lost when its sender closes the connection.
        _ if in_tls => "see its log, and check sslcert and sslkey if they are set",
        _ => "is it PostgreSQL that listens there?",
    };
    (Code::M0506, format!("the server at {host} broke the connection off: {hint}"))
}

/// Whose limit it is that no connection is left. The SQLSTATE is the same for all three, and the message is in the server's
/// language; the function of the server that says so is not. A server that is none of ours, or newer, may have others.
fn room(error: &DbError, config: &Config) -> String {
    let quoted = |name: Option<&str>| format!("\"{}\"", name.unwrap_or_default().replace('"', "\"\""));
    let role = format!("ALTER ROLE {} CONNECTION LIMIT …", quoted(config.get_user()));
    let database = config.get_dbname().or(config.get_user());
    let database = format!("ALTER DATABASE {} CONNECTION LIMIT …", quoted(database));
    match error.routine() {
        Some("InitializeSessionUserId") => format!("close some of the role's, or allow it more with {role}"),
        Some("CheckMyDatabase") => format!("close some to the database, or allow it more with {database}"),
        _ => format!(
            "close some; if the server has few, see the limit of the role ({role}), then that of the database ({database}), \
             then max_connections"
        ),
    }
}

/// What the server said, and what to do.
fn explain_answer(error: &DbError, host: &Host, config: &Config) -> (Code, String) {
    let sqlstate = error.code();
    let (code, advice) = match *sqlstate {
        SqlState::INVALID_PASSWORD => {
            (Code::M0510, "check user and password in the connection string".to_owned())
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => (
            Code::M0511,
            "see whether the role is there and may log in, pg_hba.conf there, and sslmode, sslcert and sslkey here"
                .to_owned(),
        ),
        SqlState::INVALID_CATALOG_NAME => {
            let name = config.get_dbname().or(config.get_user()).unwrap_or_default().replace('"', "\"\"");
            (Code::M0512, format!("create it with CREATE DATABASE \"{name}\""))
        }
        SqlState::CANNOT_CONNECT_NOW => (Code::M0514, "try again in a moment".to_owned()),
        SqlState::TOO_MANY_CONNECTIONS => (Code::M0513, room(error, config)),
        _ => {
            let told = [error.detail(), error.hint()];
            (Code::M0515, told.into_iter().flatten().collect::<Vec<_>>().join("; "))
        }
    };
    let colon = if advice.is_empty() { "" } else { ": " };
    let text = format!("{} ({}, from {host}){colon}{advice}", error.message(), sqlstate.code());
    (code, text.replace('\n', " "))
}
