//! Makes a connection from a connection string: which host, which address and which kind of encryption is tried after
//! which. It must not know of migrations, and no error of it holds the string or a password.

use std::future::poll_fn;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use migrate_source::Code;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::{LoadBalanceHosts, SslMode as Step, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error, NoTls, Socket};

mod attributes;
mod conninfo;
pub(crate) mod environment;
mod error;
mod keyword;
#[cfg(any(feature = "cli", feature = "fleet", feature = "testing"))]
pub(crate) mod parameter;
mod parse;
mod service;
pub(crate) mod sslmode;

#[cfg(feature = "tls")]
mod certificates;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod verifier;

use crate::notices::{self, Here};
use crate::options::Secret;
use crate::runner::Compiled;
use attributes::Attributes;
#[cfg(feature = "cli")]
pub(crate) use conninfo::string_of;
pub(crate) use conninfo::{Conninfo, Host};
pub(crate) use error::ConnectError;
use sslmode::{SslMode, Tls};
#[cfg(feature = "tls")]
use tls::Connector;

/// A client, and the connection that works for it.
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// Talks with the server while it is polled, logs the server's notices, and ends after the client is dropped. To
    /// drop it is to close the socket.
    pub(crate) connection: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// What the server's notices are about.
    pub(crate) here: Arc<Here>,
    /// Asks the server to cancel the statement under way, by a connection of its own.
    #[cfg(any(feature = "cli", feature = "fleet"))]
    pub(crate) cancel: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Connects to the first host that answers.
pub(crate) fn connect(string: &str) -> Compiled<'_, Result<Connected, ConnectError>> {
    Box::pin(connect_to_first(Conninfo::parse(string)))
}

/// The same with nothing from around the string: for a server of our own, which no variable is about.
pub(crate) fn connect_exactly(string: &str) -> Compiled<'_, Result<Connected, ConnectError>> {
    Box::pin(connect_to_first(Conninfo::parse_in(string, &|_| None)))
}

async fn connect_to_first(conninfo: Result<Conninfo, ConnectError>) -> Result<Connected, ConnectError> {
    let Conninfo { mut config, mut hosts, tls, attributes, warnings, has_swallowed } = conninfo?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if tls.direct {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    let is_random = config.get_load_balance_hosts() == LoadBalanceHosts::Random;
    let connector = connector(&tls, &hosts)?;
    let dialer = Dialer { config, tls, connector, has_swallowed };
    shuffle_if(is_random, &mut hosts);
    let mut failures = Vec::new();
    for wanted in attributes.passes() {
        failures.clear();
        for host in &hosts {
            match dialer.dial_host(host, *wanted, is_random, &mut failures).await {
                Ok(Some(connected)) => return Ok(connected),
                Ok(None) => {}
                Err(answer) => {
                    failures.push(answer);
                    return Err(ConnectError::of_all(failures));
                }
            }
        }
    }
    let is_other_server = failures.last().is_some_and(ConnectError::is_other_server);
    let error = ConnectError::of_all(failures);
    if !is_other_server {
        return Err(error);
    }
    Err(error.with_advice(&format!(
        "target_session_attrs={attributes} asks for another one, so name its host in the connection string too"
    )))
}

/// The addresses of a host. A Unix-domain socket is one without address.
async fn addresses(host: &Host) -> Result<Vec<Option<IpAddr>>, ConnectError> {
    match (&host.name, host.address) {
        (Some(name), None) if !host.is_unix() => {
            let found = tokio::net::lookup_host((name.as_str(), host.port)).await;
            let found = found.map_err(|error| {
                ConnectError::new(Code::M0503, format!(
                    "the host of {host} is not found: check its spelling in the connection string ({error})"
                ))
            })?;
            Ok(found.map(|address| Some(address.ip())).collect())
        }
        (_, address) => Ok(vec![address]),
    }
}

/// `load_balance_hosts=random`.
fn shuffle_if<T>(random: bool, places: &mut [T]) {
    if random {
        // Each state has keys of its own, so that the hash of nothing is a random number.
        places.sort_by_cached_key(|_| RandomState::new().hash_one(()));
    }
}

/// Connects to one address.
struct Dialer {
    config: Config,
    tls: Tls,
    /// `None` where there is no TLS to try.
    connector: Option<Connector>,
    /// A name may have a password in it: what a server says is not shown.
    has_swallowed: bool,
}

impl Dialer {
    /// Tries each address. `None`: there is no such server at this host. An error is an answer, and no other host has a better
    /// one.
    async fn dial_host(
        &self,
        host: &Host,
        wanted: Attributes,
        is_random: bool,
        failures: &mut Vec<ConnectError>,
    ) -> Result<Option<Connected>, ConnectError> {
        let mut addresses = match addresses(host).await {
            Ok(addresses) => addresses,
            Err(failure) => {
                failures.push(failure);
                return Ok(None);
            }
        };
        shuffle_if(is_random, &mut addresses);
        for address in addresses {
            match self.dial_in_time(host, address, wanted).await {
                Ok(connected) => return Ok(Some(connected)),
                Err(failure) if failure.is_answer() => return Err(failure),
                Err(failure) => {
                    let is_other_server = failure.is_other_server();
                    failures.push(failure);
                    // Its other addresses lead to the same server.
                    if is_other_server {
                        break;
                    }
                }
            }
        }
        Ok(None)
    }

    /// As in libpq, `connect_timeout` is for all of it: a server that takes the connection and says nothing is waited for
    /// no longer than one that does not take it.
    async fn dial_in_time(
        &self,
        host: &Host,
        address: Option<IpAddr>,
        wanted: Attributes,
    ) -> Result<Connected, ConnectError> {
        let dialing = async {
            let mut connected = self.dial(host, address).await?;
            match wanted.refuse(&mut connected).await {
                Ok(None) => Ok(connected),
                Ok(Some(what)) => Err(ConnectError::of_other_server(host, what)),
                Err(error) => Err(self.failure(error, host, &self.config, false)),
            }
        };
        let Some(limit) = self.config.get_connect_timeout() else {
            return dialing.await;
        };
        let dialed = tokio::time::timeout(*limit, dialing).await;
        dialed.unwrap_or_else(|_| Err(ConnectError::of_silence(host)))
    }

    async fn dial(&self, host: &Host, address: Option<IpAddr>) -> Result<Connected, ConnectError> {
        let mut config = self.config.clone();
        config.port(host.port);
        if let Some(Secret(password)) = &host.password {
            config.password(password);
        }
        match address {
            // The name is then for TLS alone.
            Some(address) => {
                let name = host.name_for_tls().map_or_else(|| address.to_string(), str::to_owned);
                config.host(name).hostaddr(address)
            }
            None => config.host(host.name.as_deref().unwrap_or_default()),
        };
        let (first, second) = match &self.connector {
            Some(_) if !host.is_unix() => self.tls.mode.steps(),
            _ => (Step::Disable, None),
        };
        let failure = match self.step(&mut config, host, first).await {
            Ok(connected) => return Ok(connected),
            Err(failure) => failure,
        };
        let Some(second) = second.filter(|_| failure.asks_for_more(first)) else {
            return Err(failure);
        };
        let encryption = if second == Step::Disable { "without TLS" } else { "with TLS" };
        tracing::info!(reason = %failure, "connecting once more, {encryption}");
        let connected = self.step(&mut config, host, second).await;
        connected.map_err(|last| ConnectError::of_all(vec![failure, last]))
    }

    async fn step(&self, config: &mut Config, host: &Host, step: Step) -> Result<Connected, ConnectError> {
        config.ssl_mode(step);
        #[cfg(feature = "tls")]
        if let Some(connector) = &self.connector {
            let connector = connector.for_one_handshake();
            return open(config, connector.clone()).await.map_err(|error| {
                let explanation = connector.explain(&error);
                let explanation =
                    explanation.map(|explanation| format!("the server at {host} {explanation}"));
                self.failure(error, host, config, connector.has_begun())
                    .of_handshake(connector.has_failed(), explanation)
            });
        }
        let connected = open(config, NoTls).await;
        connected.map_err(|error| self.failure(error, host, config, false))
    }

    /// What an attempt came to. `in_tls`: the server had agreed to TLS.
    fn failure(&self, error: Error, host: &Host, config: &Config, in_tls: bool) -> ConnectError {
        let failure = ConnectError::of_step(error, host, config, &self.tls, in_tls);
        if self.has_swallowed { failure.without_words(host) } else { failure }
    }
}

#[cfg(not(feature = "tls"))]
type Connector = std::convert::Infallible;

/// What TLS is made with, where TLS may be made.
fn connector(tls: &Tls, hosts: &[Host]) -> Result<Option<Connector>, ConnectError> {
    if tls.mode == SslMode::Disable || hosts.iter().all(Host::is_unix) {
        return Ok(None);
    }
    #[cfg(feature = "tls")]
    return Connector::new(tls).map(Some);
    #[cfg(not(feature = "tls"))]
    if tls.mode < SslMode::Require {
        Ok(None)
    } else {
        Err(ConnectError::new(
            Code::M0507,
            format!(
                "{tls} demands TLS, which is not compiled in: build migrate-runtime with its feature `tls`"
            ),
        ))
    }
}

async fn open<T>(config: &Config, tls: T) -> Result<Connected, Error>
where
    T: MakeTlsConnect<Socket> + Clone + Send + 'static,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    #[cfg(any(feature = "cli", feature = "fleet"))]
    let tls_to_cancel = tls.clone();
    let (client, connection) = config.connect(tls).await?;
    let here = Arc::new(Here::default());
    #[cfg(any(feature = "cli", feature = "fleet"))]
    let cancel = {
        let token = client.cancel_token();
        Box::pin(async move {
            if let Err(error) = token.cancel_query(tls_to_cancel).await {
                tracing::warn!(reason = %crate::error::cause(&error), "the statement could not be cancelled");
            }
        })
    };
    Ok(Connected {
        client,
        connection: Box::pin(drive(connection, Arc::clone(&here))),
        here,
        #[cfg(any(feature = "cli", feature = "fleet"))]
        cancel,
    })
}

async fn drive<S>(mut connection: Connection<Socket, S>, here: Arc<Here>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notice(notice))) => {
                // Who listens to the answers on the same task hears those first that came before the notice.
                tokio::task::yield_now().await;
                notices::log(&notice, &here);
            }
            // Nobody here listens for notifications.
            Some(Ok(_)) => {}
            // The client learns no more than that the connection is closed.
            Some(Err(error)) => {
                return tracing::warn!(reason = %crate::error::cause(&error), "the connection is lost");
            }
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::conninfo::Conninfo;
    use super::{ConnectError, connect, connector, shuffle_if};

    #[test]
    fn a_service_may_spawn_it() {
        fn assert_send<T: Send>(_: T) {}
        assert_send(connect("host=h"));
    }

    #[test]
    fn tells_of_every_attempt_once() {
        let failures = ["a", "a", "b"].map(|text| ConnectError::new(super::Code::M0515, text));
        assert_eq!(ConnectError::of_all(failures.into()).to_string(), "a; then b");
        assert!(ConnectError::of_all(Vec::new()).to_string().contains("no address"));
    }

    #[test]
    fn shuffles_where_it_is_asked_to() {
        let places: Vec<u32> = (0..99).collect();
        let mut shuffled = places.clone();
        shuffle_if(false, &mut shuffled);
        assert_eq!(shuffled, places);
        shuffle_if(true, &mut shuffled);
        assert_ne!(shuffled, places);
        shuffled.sort_unstable();
        assert_eq!(shuffled, places);
    }

    #[test]
    fn demands_the_feature_for_tls_alone() {
        for (string, fails) in [
            ("host=h sslmode=disable", false),
            ("host=h sslmode=allow", false),
            ("host=h", false),
            ("host=h sslmode=require", cfg!(not(feature = "tls"))),
            ("host=/run sslmode=verify-full", cfg!(not(unix))),
        ] {
            let Conninfo { hosts, tls, .. } = Conninfo::parse(string).expect(string);
            match connector(&tls, &hosts) {
                Ok(_) => assert!(!fails, "{string}"),
                Err(error) => assert!(fails && error.to_string().contains("feature `tls`"), "{error}"),
            }
        }
    }
}
