//! A connection string with what is around it, taken apart by libpq's rules: hosts, TLS, and the rest as a
//! `tokio_postgres::Config`. It opens no socket, and its errors show nothing of the string but names of parameters that libpq
//! has.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use migrate_source::{Code, masked, masked_name, masked_user};
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts};

use super::ConnectError;
use super::attributes::Attributes;
use super::environment::{self, Variable};
use super::keyword::{self, Known, Meaning};
use super::parse::Parameters;
use super::sslmode::{SslMode, Tls};
use crate::options::Secret;

/// A connection string, taken apart.
pub(crate) struct Conninfo {
    /// Everything but hosts, TLS and what kind of server is wanted.
    pub(crate) config: Config,
    pub(crate) hosts: Vec<Host>,
    pub(crate) tls: Tls,
    pub(crate) attributes: Attributes,
    /// What is not as it should be, and no reason to stop: a line each.
    pub(crate) warnings: Vec<String>,
    /// The name of the user, or of the database, reads as if it had swallowed a password. What a server says may repeat it.
    pub(crate) has_swallowed: bool,
}

/// One of the places to connect to.
#[derive(Debug)]
pub(crate) struct Host {
    /// A name, an address, or the directory of a Unix-domain socket.
    pub(crate) name: Option<String>,
    /// `hostaddr`: saves the look-up of the name.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
    /// That of the file of passwords.
    pub(crate) password: Option<Secret>,
}

impl Conninfo {
    /// Reads `postgres://…`, `postgresql://…` or `keyword=value …`. As for libpq, the service that is named and the variables of
    /// this process are the defaults of what is not said.
    pub(crate) fn parse(string: &str) -> Result<Self, ConnectError> {
        Self::parse_in(string, &environment::of_process)
    }

    /// The same with other variables.
    pub(crate) fn parse_in(string: &str, variable: Variable<'_>) -> Result<Self, ConnectError> {
        let mut parameters = all_parameters(string, variable)?;
        let is_shortened =
            |name, shown: fn(&str) -> String| parameters.get(name).is_some_and(|value| shown(value) != value);
        let has_swallowed = is_shortened("user", masked_user)
            || is_shortened("dbname", masked_name)
            || is_shortened("options", masked);
        let tls = Tls::take(&mut parameters)?;
        let attributes = Attributes::take(&mut parameters)?;
        let mut hosts = Host::take(&mut parameters)?;
        let nameless = |host: &Host| !host.is_unix() && host.name_for_tls().is_none();
        if tls.mode == SslMode::VerifyFull && hosts.iter().any(nameless) {
            return Err(ConnectError::new(
                Code::M0502,
                format!("{tls} demands a host name to verify: add host beside hostaddr"),
            ));
        }
        if let Some(host) =
            hosts.iter().find(|host| host.is_unix() && parameters.get("requirepeer").is_some())
        {
            let what = parameters.called("requirepeer");
            return Err(ConnectError::new(
                Code::M0502,
                format!(
                    "{what} is not supported here, and {host} is a Unix-domain socket: remove it, or connect by TCP with \
                     sslmode=verify-full"
                ),
            ));
        }
        let file = parameters.take("passfile");
        let config = config(parameters)?;
        let mut warnings = Vec::new();
        if config.get_password().is_none_or(<[u8]>::is_empty) {
            let user = config.get_user().map(str::to_owned).or_else(|| environment::user(variable));
            let user = user.unwrap_or_default();
            let database = config.get_dbname().unwrap_or(&user);
            warnings.extend(environment::look_up_passwords(&mut hosts, file, (database, &user), variable));
        }
        Ok(Self { config, hosts, tls, attributes, warnings, has_swallowed })
    }

    /// The user as it may be shown, where one is named.
    #[cfg(any(feature = "cli", feature = "testing"))]
    pub(crate) fn user(&self) -> Option<String> {
        self.config.get_user().map(masked_user)
    }

    /// The database as it may be shown, where one is named.
    #[cfg(any(feature = "cli", feature = "fleet"))]
    pub(crate) fn database(&self) -> Option<String> {
        self.config.get_dbname().map(masked_name).or_else(|| self.config.get_user().map(masked_user))
    }

    /// Whether there is a password for any of the hosts.
    #[cfg(feature = "cli")]
    pub(crate) fn has_password(&self) -> bool {
        let is_given = self.config.get_password().is_some_and(|password| !password.is_empty());
        is_given || self.hosts.iter().any(|host| host.password.is_some())
    }
}

/// What the string says, and what is around it.
fn all_parameters(string: &str, variable: Variable<'_>) -> Result<Parameters, ConnectError> {
    if string.trim().is_empty() && !environment::names_a_database(variable) {
        return Err(ConnectError::new(
            Code::M0502,
            "the connection string is empty, and the environment names no database: write \
             postgres://user:password@host:port/name, or set PGHOST, PGDATABASE and so on",
        ));
    }
    let mut parameters = Parameters::parse(string)?;
    environment::fill(&mut parameters, variable)?;
    Ok(parameters)
}

/// The string that the variables stand for, and the service that they name.
#[cfg(feature = "cli")]
pub(crate) fn string_of(variable: Variable<'_>) -> Result<String, ConnectError> {
    let mut parameters = all_parameters("", variable)?;
    if parameters.get("host").is_none() && parameters.get("hostaddr").is_none() {
        let port = parameters.get("port").and_then(|port| port.parse().ok()).unwrap_or(DEFAULT_PORT);
        parameters.set("host", environment::default_host(port));
    }
    if let Some(user) = environment::user(variable).filter(|_| parameters.get("user").is_none()) {
        parameters.set("user", user);
    }
    let words: Vec<String> =
        parameters.rest().map(|(name, value)| super::parameter::word(name, value)).collect();
    Ok(words.join(" "))
}

const DEFAULT_PORT: u16 = 5432;

/// What is left for tokio-postgres.
fn config(mut parameters: Parameters) -> Result<Config, ConnectError> {
    for (name, value) in parameters.rest() {
        let Some(Known::Libpq(keyword)) = keyword::known(name) else {
            continue;
        };
        if let Meaning::Refused { but, instead } = keyword.meaning
            && !but.iter().any(|harmless| harmless.eq_ignore_ascii_case(value))
        {
            let what = parameters.called(name);
            return Err(ConnectError::new(Code::M0502, format!("{what} is not supported here: {instead}")));
        }
    }
    let mut config = Config::new();
    for (name, set) in [
        ("user", Config::user as fn(&mut Config, String) -> &mut Config),
        ("dbname", Config::dbname),
        ("options", Config::options),
        ("fallback_application_name", Config::application_name),
        ("application_name", Config::application_name),
    ] {
        if let Some(value) = parameters.take(name) {
            set(&mut config, value);
        }
    }
    if let Some(password) = parameters.take("password") {
        config.password(password);
    }
    let seconds =
        |number: i64| u64::try_from(number).ok().filter(|number| *number > 0).map(Duration::from_secs);
    if let Some(limit) = parameters.number("connect_timeout")?.and_then(seconds) {
        config.connect_timeout(limit);
    }
    if let Some(are_sent) = parameters.number("keepalives")? {
        config.keepalives(are_sent != 0);
    }
    if let Some(idle) = parameters.number("keepalives_idle")?.and_then(seconds) {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = parameters.number("keepalives_interval")?.and_then(seconds) {
        config.keepalives_interval(interval);
    }
    if let Some(count) = parameters.number("keepalives_count")?.and_then(|count| u32::try_from(count).ok()) {
        config.keepalives_retries(count);
    }
    // The only one in milliseconds.
    let limit = parameters.number("tcp_user_timeout")?.and_then(|limit| u64::try_from(limit).ok());
    if let Some(limit) = limit.filter(|limit| *limit > 0) {
        config.tcp_user_timeout(Duration::from_millis(limit));
    }
    let bindings = [
        ("disable", ChannelBinding::Disable),
        ("prefer", ChannelBinding::Prefer),
        ("require", ChannelBinding::Require),
    ];
    if let Some(binding) = parameters.choice("channel_binding", &bindings)? {
        config.channel_binding(binding);
    }
    let orders = [("disable", LoadBalanceHosts::Disable), ("random", LoadBalanceHosts::Random)];
    if let Some(order) = parameters.choice("load_balance_hosts", &orders)? {
        config.load_balance_hosts(order);
    }
    Ok(config)
}

impl Host {
    fn take(parameters: &mut Parameters) -> Result<Vec<Self>, ConnectError> {
        let mut list = |name| -> Vec<String> {
            let value = parameters.take(name);
            value.map(|value| value.split(',').map(str::to_owned).collect()).unwrap_or_default()
        };
        let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
        // Without any, there is the one of this machine.
        let count = names.len().max(addresses.len()).max(1);
        if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
            return Err(ConnectError::new(
                Code::M0502,
                format!(
                    "{} and {} differ in length: give one address for each host",
                    parameters.called("host"),
                    parameters.called("hostaddr")
                ),
            ));
        }
        if ports.len() > 1 && ports.len() != count {
            return Err(ConnectError::new(
                Code::M0502,
                format!("{} has neither one port for all hosts nor one for each", parameters.called("port")),
            ));
        }
        let port = |at: usize| ports.get(at).or(ports.first()).map_or("", String::as_str);
        (0..count).map(|at| Self::new(names.get(at), addresses.get(at), port(at), parameters)).collect()
    }

    fn new(
        name: Option<&String>,
        address: Option<&String>,
        port: &str,
        parameters: &Parameters,
    ) -> Result<Self, ConnectError> {
        let name = name.filter(|name| !name.is_empty()).cloned();
        name.as_deref().map_or(Ok(()), |name| must_be_plain(name, parameters))?;
        let address = address.filter(|address| !address.is_empty());
        let address = address.map(|address| address.parse()).transpose();
        let address = address.map_err(|_| {
            ConnectError::new(
                Code::M0502,
                format!(
                    "{} is not a numeric IP address: names belong in host",
                    parameters.called("hostaddr")
                ),
            )
        })?;
        let port =
            if port.is_empty() { Some(DEFAULT_PORT) } else { port.parse().ok().filter(|port| *port > 0) };
        let port = port.ok_or_else(|| {
            let what = parameters.called("port");
            let help = if parameters.is_in_string("port") {
                "if it is a piece of the password, write `:` in the password as %3A and `/` as %2F"
            } else {
                "write digits alone"
            };
            ConnectError::new(Code::M0502, format!("{what} is not a number from 1 to 65535: {help}"))
        })?;
        let is_named = name.is_some() || address.is_some();
        let name = if is_named { name } else { Some(environment::default_host(port)) };
        Ok(Self { name, address, port, password: None })
    }

    /// What the certificate has to be for, and what the server is told before it shows one.
    pub(crate) fn name_for_tls(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.starts_with('/'))
    }

    /// The name and the port, as in a URL.
    pub(crate) fn place(&self) -> String {
        let port = self.port;
        match (&self.name, &self.address) {
            (Some(name), _) if self.is_unix() => format!("{name}/.s.PGSQL.{port}"),
            (Some(name), _) if name.contains(':') => format!("[{name}]:{port}"),
            (Some(name), _) => format!("{name}:{port}"),
            (None, Some(IpAddr::V6(address))) => format!("[{address}]:{port}"),
            (None, Some(address)) => format!("{address}:{port}"),
            (None, None) => format!("port {port}"),
        }
    }

    /// There is no TLS on a Unix-domain socket, whatever `sslmode` says.
    pub(crate) fn is_unix(&self) -> bool {
        cfg!(unix) && self.address.is_none() && self.name.as_ref().is_some_and(|name| name.starts_with('/'))
    }
}

/// It is shown in errors, and looked up.
fn must_be_plain(name: &str, parameters: &Parameters) -> Result<(), ConnectError> {
    let zoneless = name.split('%').next().unwrap_or_default();
    if name.starts_with('/')
        || zoneless.parse::<Ipv6Addr>().is_ok()
        || name.chars().all(|c| c.is_alphanumeric() || "-._".contains(c))
    {
        return Ok(());
    }
    let what = parameters.called("host");
    let help = if parameters.is_in_string("host") {
        "write the `:` and the `@` between user, password, host and port as they are, not as %3A and %40, and in \
         `keyword=value` write the port as port=…"
    } else {
        "write the host alone, and the port as port=… or in PGPORT"
    };
    Err(ConnectError::new(Code::M0502, format!("{what} has a character that no host has: {help}")))
}

/// The place, and the address that is dialled instead of looking up the name.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())?;
        match (&self.name, &self.address) {
            (Some(name), Some(address)) if *name != address.to_string() => write!(f, " (address {address})"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
