//! A connection string, taken apart by libpq's rules: hosts, TLS, and the rest as a `tokio_postgres::Config`. It
//! opens neither file nor socket, and its errors show nothing of the string but names of parameters that libpq has.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::{self, Write as _};
use std::net::IpAddr;

use migrate_source::Code;
use percent_encoding::percent_decode_str;
use tokio_postgres::Config;

use super::ConnectError;
use super::sslmode::{SslMode, Tls};

/// A connection string, taken apart.
pub(crate) struct Conninfo {
    /// Everything but hosts and TLS.
    pub(crate) config: Config,
    pub(crate) hosts: Vec<Host>,
    pub(crate) tls: Tls,
}

/// One of the places to connect to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// A name, an address, or the directory of a Unix-domain socket.
    pub(crate) name: Option<String>,
    /// `hostaddr`: saves the look-up of the name.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
}

/// Of a parameter that is given twice, the last one counts.
pub(super) type Parameters = BTreeMap<String, String>;

/// What `tokio_postgres::Config` and this module understand between them.
const SUPPORTED: &str = "application_name, channel_binding, connect_timeout, dbname, gssencmode, host, hostaddr, \
    keepalives, keepalives_idle, keepalives_interval, keepalives_retries, load_balance_hosts, options, password, port, \
    ssl_max_protocol_version, ssl_min_protocol_version, sslcert, sslcertmode, sslcompression, sslkey, sslmode, \
    sslnegotiation, sslrootcert, sslsni, target_session_attrs, tcp_user_timeout, user";

/// What only libpq understands. Ignoring one could make a connection less safe than it looks.
const LIBPQ_ONLY: &str = "client_encoding fallback_application_name gssdelegation gsslib keepalives_count krbsrvname \
    max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer oauth_scope passfile \
    replication require_auth requirepeer requiressl scram_client_key scram_server_key service servicefile sslcrl \
    sslcrldir sslkeylogfile sslpassword tty";

impl Conninfo {
    /// Reads `postgres://…`, `postgresql://…` or `keyword=value …`.
    pub(crate) fn parse(string: &str) -> Result<Self, ConnectError> {
        let url = ["postgres://", "postgresql://"].iter().find_map(|scheme| string.strip_prefix(scheme));
        let mut parameters = match url {
            Some(url) => parse_url(url)?,
            None => parse_words(string)?,
        };
        // A separator that is forgotten or the wrong one: the value would be shown, and the password with it.
        let swallowed = |(name, value): (&String, &String)| name != "password" && value.contains("password=");
        if parameters.iter().any(swallowed) {
            return Err(ConnectError::new(
                Code::M0502,
                "`password=` in the connection string is within another value: separate parameters by `?` and `&` in a \
                 URL, and by spaces otherwise",
            ));
        }
        // With one `@` it is known where the password is, and that no name is a piece of it.
        let may_name = url.is_some_and(|url| url.matches('@').count() == 1 && !url.contains("password="));
        let tls = Tls::take(&mut parameters)?;
        let hosts = Host::take(&mut parameters)?;
        let nameless = |host: &Host| !host.is_unix() && host.name_for_tls().is_none();
        if tls.mode == SslMode::VerifyFull && hosts.iter().any(nameless) {
            return Err(ConnectError::new(
                Code::M0502,
                "sslmode=verify-full demands a host name to verify: add host beside hostaddr",
            ));
        }
        Ok(Self { config: rest(parameters, may_name)?, hosts, tls })
    }
}

fn parse_url(url: &str) -> Result<Parameters, ConnectError> {
    let in_query = |head: &str| head.split_once('/').is_some_and(|(_, path)| path.contains('?'));
    let (credentials, rest) = match url.split_once('@') {
        Some((head, rest)) if !in_query(head) => (head, rest),
        _ => ("", url),
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A piece of the password would be taken for a host, and be shown as one.
    if place.contains('@') || (credentials.contains('?') && credentials.contains('=')) {
        return Err(ConnectError::new(
            Code::M0502,
            "the URL can be read in more than one way: write an `@` in it as %40, and a `?` in the user name or the \
             password as %3F",
        ));
    }
    let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let (names, ports): (Vec<&str>, Vec<&str>) = hosts.split(',').map(split_port).unzip();

    let mut parameters = Parameters::new();
    let parts = [
        ("user", user),
        ("password", password),
        ("host", &*names.join(",")),
        ("port", &*ports.join(",")),
        ("dbname", database),
    ];
    for (name, value) in parts {
        parameters.insert(name.to_owned(), decode(value)?);
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(ConnectError::new(
                Code::M0502,
                "a parameter of the URL has no value: write `name=value`",
            ));
        };
        match (decode(name)?, decode(value)?) {
            // As JDBC has it; libpq understands it too.
            (name, value) if name == "ssl" && value == "true" => {
                parameters.insert("sslmode".to_owned(), "require".to_owned())
            }
            (name, value) => parameters.insert(name, value),
        };
    }
    Ok(parameters)
}

/// Splits `name:port`, `[address]:port` or either without port.
fn split_port(host: &str) -> (&str, &str) {
    let bracketed = host.strip_prefix('[').and_then(|literal| literal.split_once(']'));
    match bracketed {
        Some((literal, port)) => (literal, port.strip_prefix(':').unwrap_or(port)),
        None => host.split_once(':').unwrap_or((host, "")),
    }
}

fn decode(text: &str) -> Result<String, ConnectError> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded
        .map_err(|_| ConnectError::new(Code::M0502, "a percent-encoded part of the URL is not UTF-8"))?;
    Ok(decoded.into_owned())
}

fn parse_words(words: &str) -> Result<Parameters, ConnectError> {
    let mut parameters = Parameters::new();
    let mut rest = words.trim_ascii_start();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=') else {
            return Err(ConnectError::new(
                Code::M0502,
                "the connection string is neither a URL that begins with postgres:// nor a list of `keyword=value`: \
                 write a value with spaces in it between single quotes",
            ));
        };
        let Some((value, after)) = split_value(after.trim_ascii_start()) else {
            return Err(ConnectError::new(
                Code::M0502,
                "a quoted value of the connection string has no closing quote",
            ));
        };
        parameters.insert(name.trim_ascii_end().to_owned(), value);
        rest = after.trim_ascii_start();
    }
    Ok(parameters)
}

/// The value that `text` begins with, without its quotes and backslashes, and what follows it. `None` if its quote does
/// not end.
fn split_value(text: &str) -> Option<(String, &str)> {
    let quoted = text.strip_prefix('\'');
    let mut value = String::new();
    let mut characters = quoted.unwrap_or(text).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.extend(characters.next()),
            '\'' if quoted.is_some() => return Some((value, characters.as_str())),
            space if quoted.is_none() && space.is_ascii_whitespace() => {
                return Some((value, characters.as_str()));
            }
            other => value.push(other),
        }
    }
    quoted.is_none().then_some((value, ""))
}

/// What is left for tokio-postgres.
fn rest(parameters: Parameters, may_name: bool) -> Result<Config, ConnectError> {
    let mut words = String::new();
    for (name, value) in parameters.into_iter().filter(|(_, value)| !value.is_empty()) {
        if LIBPQ_ONLY.split(' ').any(|known| known == name) {
            return Err(ConnectError::new(
                Code::M0502,
                format!("the parameter {name} of the connection string is not supported here: remove it"),
            ));
        }
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(unknown());
        }
        let value = value.replace('\\', r"\\").replace('\'', r"\'");
        // Writing to a `String` cannot fail.
        let _ = write!(words, "{name}='{value}' ");
    }
    words.parse::<Config>().map_err(|error| match error.source().map(ToString::to_string) {
        // It names the parameter, which is a known one, and not the value.
        Some(cause) if cause.starts_with("invalid value") => {
            ConnectError::new(Code::M0502, format!("{cause} in the connection string"))
        }
        Some(cause) if may_name => {
            ConnectError::new(Code::M0502, format!("{cause} in the connection string: known are {SUPPORTED}"))
        }
        _ => unknown(),
    })
}

fn unknown() -> ConnectError {
    ConnectError::new(
        Code::M0502,
        format!(
            "a parameter of the connection string is not known (its name is not shown, it may be a piece of a password); \
         known are {SUPPORTED}"
        ),
    )
}

impl Host {
    fn take(parameters: &mut Parameters) -> Result<Vec<Self>, ConnectError> {
        let mut list = |name| match parameters.remove(name) {
            Some(value) if !value.is_empty() => value.split(',').map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
        let count = names.len().max(addresses.len());
        if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
            return Err(ConnectError::new(
                Code::M0502,
                "host and hostaddr in the connection string differ in length",
            ));
        }
        if ports.len() > 1 && ports.len() != count {
            return Err(ConnectError::new(
                Code::M0502,
                "the connection string has neither one port for all hosts nor one for each",
            ));
        }
        if count == 0 {
            return Err(no_host());
        }
        let port = |at: usize| ports.get(at).or(ports.first()).map_or("", String::as_str);
        (0..count).map(|at| Self::new(names.get(at), addresses.get(at), port(at))).collect()
    }

    fn new(name: Option<&String>, address: Option<&String>, port: &str) -> Result<Self, ConnectError> {
        let name = name.filter(|name| !name.is_empty()).cloned();
        let address = address.filter(|address| !address.is_empty());
        if name.is_none() && address.is_none() {
            return Err(no_host());
        }
        let address = address.map(|address| address.parse()).transpose();
        let address = address.map_err(|_| {
            ConnectError::new(
                Code::M0502,
                "hostaddr in the connection string is not a numeric IP address: names belong in host",
            )
        })?;
        let port = if port.is_empty() { Some(5432) } else { port.parse().ok().filter(|port| *port > 0) };
        let port = port.ok_or_else(|| {
            ConnectError::new(Code::M0502,
                "the port in the connection string is not a number from 1 to 65535: if it is a piece of the password, \
                 write `:` in the password as %3A and `/` as %2F",
            )
        })?;
        Ok(Self { name, address, port })
    }

    /// What the certificate has to be for, and what the server is told before it shows one.
    pub(crate) fn name_for_tls(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.starts_with('/'))
    }

    /// There is no TLS on a Unix-domain socket, whatever `sslmode` says.
    pub(crate) fn is_unix(&self) -> bool {
        cfg!(unix) && self.address.is_none() && self.name.as_ref().is_some_and(|name| name.starts_with('/'))
    }
}

fn no_host() -> ConnectError {
    ConnectError::new(
        Code::M0502,
        "the connection string names no host: write postgres://localhost/… or host=localhost, or the directory of the \
         server's Unix-domain socket as host=/…",
    )
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.address) {
            (Some(name), _) if self.is_unix() => write!(f, "{name}/.s.PGSQL.{}", self.port),
            (Some(name), _) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            (Some(name), _) => write!(f, "{name}:{}", self.port),
            (None, Some(IpAddr::V6(address))) => write!(f, "[{address}]:{}", self.port),
            (None, Some(address)) => write!(f, "{address}:{}", self.port),
            (None, None) => write!(f, "port {}", self.port),
        }
    }
}

#[cfg(test)]
mod tests;
