//! Tests that take what sqlx connects with. Where the database is, is read by this crate's rules and handed over in parts:
//! sqlx takes no `keyword=value` string, and knows no service file.

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

use super::error::{Kind, TestDbError};
use super::{Argument, TestDb};
use crate::connect::sslmode::{Root, SslMode};
use crate::connect::{Conninfo, Host};
use crate::options::Secret;

/// The connections of a pool that a test takes: many tests run at once.
const MOST: u32 = 5;

impl Argument for PgConnectOptions {
    async fn of(db: &TestDb) -> Result<Self, TestDbError> {
        Ok(options(&Conninfo::parse(db.url()).map_err(Kind::Connect)?))
    }
}

impl Argument for PgPool {
    async fn of(db: &TestDb) -> Result<Self, TestDbError> {
        let options = PgConnectOptions::of(db).await?;
        let pool = PgPoolOptions::new().max_connections(MOST).connect_with(options).await;
        Ok(pool.map_err(Kind::Sqlx)?)
    }
}

/// The first host of several.
fn options(conninfo: &Conninfo) -> PgConnectOptions {
    let Conninfo { config, hosts, tls, .. } = conninfo;
    let mut options = PgConnectOptions::new_without_pgpass().ssl_mode(match tls.mode {
        SslMode::Disable => PgSslMode::Disable,
        SslMode::Allow => PgSslMode::Allow,
        SslMode::Prefer => PgSslMode::Prefer,
        SslMode::Require => PgSslMode::Require,
        SslMode::VerifyCa => PgSslMode::VerifyCa,
        SslMode::VerifyFull => PgSslMode::VerifyFull,
    });
    let mut password = config.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    if let Some(host) = hosts.first() {
        options = options.host(&name_of(host)).port(host.port);
        password = password.or_else(|| host.password.as_ref().map(|Secret(password)| password.clone()));
    }
    if let Some(password) = password {
        options = options.password(&password);
    }
    if let Some(user) = config.get_user() {
        options = options.username(user);
    }
    if let Some(database) = config.get_dbname() {
        options = options.database(database);
    }
    if let Some(Root::File(path)) = &tls.root {
        options = options.ssl_root_cert(path);
    }
    if let (Some(certificate), Some(key)) = (&tls.cert, &tls.key) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    options
}

/// A name where there is one, which a certificate is checked against.
fn name_of(host: &Host) -> String {
    let address = || host.address.map(|address| address.to_string());
    host.name.clone().or_else(address).unwrap_or_else(|| "localhost".to_owned())
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;

    use super::{Conninfo, options};

    #[test]
    fn options_are_what_the_string_says() {
        for string in [
            "postgres://app:s%40cret@h:6432/shop?sslmode=require",
            "host=h port=6432 user=app password=s@cret dbname=shop sslmode=require",
            "postgres://app:s%40cret@h:6432,other:1/shop?sslmode=require&hostaddr=10.0.0.1,10.0.0.2",
        ] {
            let conninfo = Conninfo::parse(string).unwrap_or_else(|error| panic!("{error}"));
            let options = options(&conninfo);
            assert_eq!((options.get_host(), options.get_port()), ("h", 6432), "{string}");
            assert_eq!((options.get_username(), options.get_database()), ("app", Some("shop")), "{string}");
            assert!(matches!(options.get_ssl_mode(), PgSslMode::Require), "{string}");
            assert!(format!("{options:?}").contains("s@cret"), "{string}");
        }
        let socket = Conninfo::parse("host=/run/pg user=app").unwrap_or_else(|error| panic!("{error}"));
        let options = options(&socket);
        // What begins with a slash is a folder to sqlx as well.
        assert_eq!(options.get_host(), "/run/pg");
    }
}
