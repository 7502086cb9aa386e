//! The parameters of a connection, as the manual of PostgreSQL 18 lists them (sections 32.1.2 and 32.15), and what becomes
//! of each here. It reads no value.

/// A parameter of libpq.
#[derive(Debug)]
pub(super) struct Keyword {
    pub(super) name: &'static str,
    /// What is its default if it is set.
    pub(super) variable: Option<&'static str>,
    pub(super) meaning: Meaning,
}

/// What becomes of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is what it is for libpq.
    Followed,
    /// It asks for nothing that is not so anyway, or for something that nothing here has a use for.
    Moot,
    /// It cannot be done here, and to ignore it could make a connection less safe than it looks. `but`: these values ask for
    /// nothing. `instead`: what to do.
    Refused { but: &'static [&'static str], instead: &'static str },
}

use Meaning::{Followed, Moot, Refused};

const fn keyword(name: &'static str, variable: &'static str, meaning: Meaning) -> Keyword {
    let variable = if variable.is_empty() { None } else { Some(variable) };
    Keyword { name, variable, meaning }
}

const fn refused(instead: &'static str) -> Meaning {
    Refused { but: &[], instead }
}

const NO_OAUTH: Meaning = refused("remove it, and log in with a password or a client certificate");
const NO_KEYS: Meaning = refused("remove it, and give the password");
const NO_REVOCATION: Meaning = refused(
    "remove it, and set sslrootcert to an authority whose certificates all count, since lists of revoked ones are not read",
);

/// In the order of the manual.
pub(super) const KEYWORDS: [Keyword; 52] = [
    keyword("host", "PGHOST", Followed),
    keyword("hostaddr", "PGHOSTADDR", Followed),
    keyword("port", "PGPORT", Followed),
    keyword("dbname", "PGDATABASE", Followed),
    keyword("user", "PGUSER", Followed),
    keyword("password", "PGPASSWORD", Followed),
    keyword("passfile", "PGPASSFILE", Followed),
    keyword(
        "require_auth",
        "PGREQUIREAUTH",
        refused(
            "remove it, and use channel_binding=require with sslmode=verify-full, by which only SCRAM is taken",
        ),
    ),
    keyword("channel_binding", "PGCHANNELBINDING", Followed),
    keyword("connect_timeout", "PGCONNECT_TIMEOUT", Followed),
    // What is sent is UTF-8, and the server knows.
    keyword("client_encoding", "PGCLIENTENCODING", Moot),
    keyword("options", "PGOPTIONS", Followed),
    keyword("application_name", "PGAPPNAME", Followed),
    keyword("fallback_application_name", "", Followed),
    keyword("keepalives", "", Followed),
    keyword("keepalives_idle", "", Followed),
    keyword("keepalives_interval", "", Followed),
    keyword("keepalives_count", "", Followed),
    keyword("tcp_user_timeout", "", Followed),
    keyword(
        "replication",
        "",
        Refused {
            but: &["false", "off", "no", "0"],
            instead: "remove it, since no migration runs on such a connection",
        },
    ),
    keyword(
        "gssencmode",
        "PGGSSENCMODE",
        Refused { but: &["disable", "prefer"], instead: "use gssencmode=disable, and sslmode=verify-full" },
    ),
    keyword("sslmode", "PGSSLMODE", Followed),
    keyword("requiressl", "", Followed),
    keyword("sslnegotiation", "PGSSLNEGOTIATION", Followed),
    // Nothing compresses TLS any more, in libpq neither.
    keyword("sslcompression", "PGSSLCOMPRESSION", Moot),
    keyword("sslcert", "PGSSLCERT", Followed),
    keyword("sslkey", "PGSSLKEY", Followed),
    keyword("sslkeylogfile", "", refused("remove it")),
    keyword("sslpassword", "", refused("decrypt the key with `openssl pkey`, and remove it")),
    keyword("sslcertmode", "PGSSLCERTMODE", Followed),
    keyword("sslrootcert", "PGSSLROOTCERT", Followed),
    keyword("sslcrl", "PGSSLCRL", NO_REVOCATION),
    keyword("sslcrldir", "PGSSLCRLDIR", NO_REVOCATION),
    keyword("sslsni", "PGSSLSNI", Followed),
    // It is about Unix-domain sockets only.
    keyword("requirepeer", "PGREQUIREPEER", Followed),
    keyword("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", Followed),
    keyword("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", Followed),
    keyword(
        "min_protocol_version",
        "PGMINPROTOCOLVERSION",
        Refused {
            but: &["3.0"],
            instead: "remove it, since version 3.0 of the protocol is spoken here and no other",
        },
    ),
    // 3.0 is below any.
    keyword("max_protocol_version", "PGMAXPROTOCOLVERSION", Moot),
    // These three matter to a log-in by GSSAPI, and there is none here.
    keyword("krbsrvname", "PGKRBSRVNAME", Moot),
    keyword("gsslib", "PGGSSLIB", Moot),
    keyword("gssdelegation", "PGGSSDELEGATION", Moot),
    keyword("scram_client_key", "", NO_KEYS),
    keyword("scram_server_key", "", NO_KEYS),
    keyword("service", "PGSERVICE", Followed),
    keyword("servicefile", "PGSERVICEFILE", Followed),
    keyword("target_session_attrs", "PGTARGETSESSIONATTRS", Followed),
    keyword("load_balance_hosts", "PGLOADBALANCEHOSTS", Followed),
    keyword("oauth_issuer", "", NO_OAUTH),
    keyword("oauth_client_id", "", NO_OAUTH),
    keyword("oauth_client_secret", "", NO_OAUTH),
    keyword("oauth_scope", "", NO_OAUTH),
];

/// What other drivers call a parameter of libpq.
const ALIASES: [(&str, &str); 10] = [
    ("ssl-mode", "sslmode"),
    ("ssl-root-cert", "sslrootcert"),
    ("ssl-ca", "sslrootcert"),
    ("ssl-cert", "sslcert"),
    ("ssl-key", "sslkey"),
    ("application-name", "application_name"),
    ("connect-timeout", "connect_timeout"),
    ("keepalives_retries", "keepalives_count"),
    ("ApplicationName", "application_name"),
    ("connectTimeout", "connect_timeout"),
];

/// What other drivers call the schemas in which a session looks: Prisma one by its exact name, JDBC and Rails a search path.
const SEARCH_PATHS: [(&str, SearchPath); 3] = [
    ("schema", SearchPath::Schema),
    ("currentSchema", SearchPath::List),
    ("schema_search_path", SearchPath::List),
];

/// How a search path is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchPath {
    /// The name of one schema.
    Schema,
    /// As the server writes it.
    List,
}

/// What another driver does for safety, which would be gone if it were passed over.
const STRICT: [Keyword; 1] = [keyword(
    "sslaccept",
    "",
    Refused {
        but: &["accept_invalid_certs"],
        instead: "use sslmode=verify-full, which checks the certificate",
    },
)];

/// What other drivers, their pools and other migration tools read in the same string, and what means nothing to a connection
/// that is made once: of sqlx, pgx, Prisma, JDBC, node-postgres, Rails and golang-migrate.
const OF_OTHERS: [&str; 39] = [
    "statement-cache-capacity",
    "statement_cache_capacity",
    "statement_cache_size",
    "description_cache_capacity",
    "default_query_exec_mode",
    "pgbouncer",
    "connection_limit",
    "pool_timeout",
    "pool_max_conns",
    "pool_min_conns",
    "pool_min_idle_conns",
    "pool_max_conn_lifetime",
    "pool_max_conn_lifetime_jitter",
    "pool_max_conn_idle_time",
    "pool_health_check_period",
    "pool",
    "pool_size",
    "checkout_timeout",
    "prepared_statements",
    "prepared_statement_cache_size",
    "single_use_connections",
    "max_connection_lifetime",
    "max_idle_connection_lifetime",
    "socket_timeout",
    "socketTimeout",
    "tcpKeepAlive",
    "prepareThreshold",
    "preparedStatementCacheQueries",
    "preparedStatementCacheSizeMiB",
    "reWriteBatchedInserts",
    "defaultRowFetchSize",
    "binaryTransfer",
    "stringtype",
    // The meaning of sslmode that is libpq's, as here.
    "uselibpqcompat",
    "x-migrations-table",
    "x-migrations-table-quoted",
    "x-statement-timeout",
    "x-multi-statement",
    "x-multi-statement-max-size",
];

/// Who a name belongs to.
#[derive(Debug)]
pub(super) enum Known {
    Libpq(&'static Keyword),
    /// Another driver, and it is what `search_path` is in `options`.
    SearchPath(SearchPath),
    /// Another driver, for which alone it means something.
    Other(&'static str),
}

/// What a name stands for. `None`: it is not a parameter of libpq, nor one that is known of another driver.
pub(super) fn known(name: &str) -> Option<Known> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    let other = || OF_OTHERS.iter().find(|other| **other == name).map(|other| Known::Other(other));
    let search_path = SEARCH_PATHS.iter().find(|(path, _)| *path == name);
    let keyword = KEYWORDS.iter().chain(&STRICT).find(|keyword| keyword.name == name).map(Known::Libpq);
    keyword.or_else(|| search_path.map(|(_, how)| Known::SearchPath(*how))).or_else(other)
}

/// The names that can be used, for messages.
pub(super) fn followed() -> String {
    let mut names: Vec<&str> =
        KEYWORDS.iter().filter(|keyword| keyword.meaning == Followed).map(|keyword| keyword.name).collect();
    names.sort_unstable();
    names.join(", ")
}

#[cfg(test)]
mod tests;
