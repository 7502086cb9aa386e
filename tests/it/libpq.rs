//! The parameters of a connection as libpq has them: each in the string, in the environment, in a file of services and by
//! default, seen by a server that takes down what it hears, and compared with what `psql` says to it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use crate::listeners::{Heard, Listeners};
use crate::processes::migrator;
use crate::support::{program, say};

/// What a value comes to.
#[derive(Clone, Copy, Debug)]
enum Effect {
    /// The server hears it under this name.
    Heard(&'static str),
    /// The server hears this.
    Is(&'static str, &'static str),
    /// The server does not hear of this.
    Not(&'static str),
    /// There is no connection.
    Refused,
    /// It is as without it.
    Nothing,
}

use Effect::{Heard as Hears, Is, Not, Nothing, Refused};

struct Row {
    name: &'static str,
    /// Empty: there is none.
    variable: &'static str,
    /// The second one is another, for where the first one comes before it.
    values: [(&'static str, Effect); 2],
    /// PostgreSQL 15 has it, and `psql` is compared.
    compared: bool,
    /// What the string has otherwise, and not here.
    without: &'static [&'static str],
}

const fn row(name: &'static str, variable: &'static str, values: [(&'static str, Effect); 2]) -> Row {
    Row { name, variable, values, compared: true, without: &[] }
}

/// One that newer versions have, or about which `psql` is less strict.
const fn apart(name: &'static str, variable: &'static str, values: [(&'static str, Effect); 2]) -> Row {
    Row { compared: false, ..row(name, variable, values) }
}

/// Sections 32.1.2 and 32.15 of the manual of PostgreSQL 18. `service` and `servicefile` are where all others are looked up.
/// `%`: the folder of the test; `#0` and `#1`: ports.
const ROWS: [Row; 48] = [
    Row {
        without: &["host"],
        ..row("host", "PGHOST", [("127.0.0.2", Is("server", "second")), ("127.0.0.1", Is("server", "first"))])
    },
    row(
        "hostaddr",
        "PGHOSTADDR",
        [("127.0.0.2", Is("server", "second")), ("127.0.0.1", Is("server", "first"))],
    ),
    Row {
        without: &["port"],
        ..row("port", "PGPORT", [("#1", Is("server", "third")), ("#0", Is("server", "first"))])
    },
    Row {
        without: &["dbname"],
        ..row("dbname", "PGDATABASE", [("d 1", Hears("database")), ("d2", Hears("database"))])
    },
    Row { without: &["user"], ..row("user", "PGUSER", [("u'1", Hears("user")), ("u2", Hears("user"))]) },
    Row {
        without: &["password"],
        ..row("password", "PGPASSWORD", [("p&1", Hears("password")), ("p2", Hears("password"))])
    },
    Row {
        without: &["password"],
        ..row(
            "passfile",
            "PGPASSFILE",
            [("%/pass1", Is("password", "one")), ("%/pass2", Is("password", "two"))],
        )
    },
    apart("require_auth", "PGREQUIREAUTH", [("scram-sha-256", Refused), ("", Nothing)]),
    row("channel_binding", "PGCHANNELBINDING", [("require", Not("password")), ("disable", Nothing)]),
    row("connect_timeout", "PGCONNECT_TIMEOUT", [("soon", Refused), ("60", Nothing)]),
    row("client_encoding", "PGCLIENTENCODING", [("LATIN1", Nothing), ("UTF8", Nothing)]),
    row("options", "PGOPTIONS", [("-c a.b=1 -c c=2", Hears("options")), ("-c d=3", Hears("options"))]),
    row(
        "application_name",
        "PGAPPNAME",
        [("one app", Hears("application_name")), ("two", Hears("application_name"))],
    ),
    apart(
        "fallback_application_name",
        "",
        [("one", Hears("application_name")), ("two", Hears("application_name"))],
    ),
    row("keepalives", "", [("x", Refused), ("1", Nothing)]),
    row("keepalives_idle", "", [("x", Refused), ("60", Nothing)]),
    row("keepalives_interval", "", [("x", Refused), ("60", Nothing)]),
    row("keepalives_count", "", [("x", Refused), ("6", Nothing)]),
    row("tcp_user_timeout", "", [("x", Refused), ("60000", Nothing)]),
    apart("replication", "", [("database", Refused), ("false", Nothing)]),
    row("gssencmode", "PGGSSENCMODE", [("require", Refused), ("disable", Nothing)]),
    Row {
        without: &["sslmode"],
        ..row("sslmode", "PGSSLMODE", [("require", Refused), ("disable", Not("tls"))])
    },
    apart("sslnegotiation", "PGSSLNEGOTIATION", [("direct", Refused), ("postgres", Nothing)]),
    row("sslcompression", "PGSSLCOMPRESSION", [("1", Nothing), ("0", Nothing)]),
    Row {
        without: &["sslmode"],
        ..row("sslcert", "PGSSLCERT", [("%/none", Nothing), ("", Is("tls", "asked"))])
    },
    Row {
        without: &["sslmode"],
        ..row("sslkey", "PGSSLKEY", [("%/none", Nothing), ("", Is("tls", "asked"))])
    },
    apart("sslkeylogfile", "", [("%/keys", Refused), ("", Nothing)]),
    apart("sslpassword", "", [("x", Refused), ("", Nothing)]),
    apart("sslcertmode", "PGSSLCERTMODE", [("require", Refused), ("allow", Nothing)]),
    // A root of the system demands verify-full since 16. A file that does not exist is ignored where TLS is optional.
    Row {
        without: &["sslmode"],
        ..apart("sslrootcert", "PGSSLROOTCERT", [("system", Refused), ("%/none", Nothing)])
    },
    apart("sslcrl", "PGSSLCRL", [("%/none", Refused), ("", Nothing)]),
    apart("sslcrldir", "PGSSLCRLDIR", [("%/none", Refused), ("", Nothing)]),
    apart("sslsni", "PGSSLSNI", [("2", Refused), ("0", Nothing)]),
    row("requirepeer", "PGREQUIREPEER", [("nobody", Nothing), ("root", Nothing)]),
    row("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", [("x", Refused), ("TLSv1.2", Nothing)]),
    row("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", [("x", Refused), ("TLSv1.3", Nothing)]),
    apart("min_protocol_version", "PGMINPROTOCOLVERSION", [("3.2", Refused), ("3.0", Nothing)]),
    apart("max_protocol_version", "PGMAXPROTOCOLVERSION", [("latest", Nothing), ("3.0", Nothing)]),
    row("krbsrvname", "PGKRBSRVNAME", [("a", Nothing), ("b", Nothing)]),
    row("gsslib", "PGGSSLIB", [("gssapi", Nothing), ("", Nothing)]),
    apart("gssdelegation", "PGGSSDELEGATION", [("0", Nothing), ("1", Nothing)]),
    apart("scram_client_key", "", [("x", Refused), ("", Nothing)]),
    apart("scram_server_key", "", [("x", Refused), ("", Nothing)]),
    row("target_session_attrs", "PGTARGETSESSIONATTRS", [("x", Refused), ("any", Nothing)]),
    apart("load_balance_hosts", "PGLOADBALANCEHOSTS", [("x", Refused), ("random", Nothing)]),
    apart("oauth_issuer", "", [("x", Refused), ("", Nothing)]),
    apart("oauth_client_id", "", [("x", Refused), ("", Nothing)]),
    apart("oauth_client_secret", "", [("x", Refused), ("", Nothing)]),
];

/// Where the parameter is said; what is behind has another value and does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Nowhere,
    InWords,
    InUrl,
    InEnvironment,
    InService,
    InUrlBeforeTheOthers,
    InServiceBeforeTheEnvironment,
}

const WAYS: [Way; 7] = [
    Way::Nowhere,
    Way::InWords,
    Way::InUrl,
    Way::InEnvironment,
    Way::InService,
    Way::InUrlBeforeTheOthers,
    Way::InServiceBeforeTheEnvironment,
];

/// A string, and the environment around it.
struct Said {
    string: String,
    variables: Vec<(String, String)>,
}

impl Row {
    /// What is said of it, and how. `None`: it cannot be said so.
    fn say(&self, way: Way, base: &[(&str, String)], values: &[String; 2], folder: &Path) -> Option<Said> {
        use Way::{
            InEnvironment, InService, InServiceBeforeTheEnvironment, InUrl, InUrlBeforeTheOthers, InWords,
        };
        let has_variable = !self.variable.is_empty();
        let [value, other] = values;
        let of_environment = match way {
            InEnvironment if has_variable => Some(value),
            InEnvironment => return None,
            InUrlBeforeTheOthers | InServiceBeforeTheEnvironment if has_variable => Some(other),
            _ => None,
        };
        let of_service = match way {
            InService | InServiceBeforeTheEnvironment => Some(value),
            InUrlBeforeTheOthers => Some(other),
            _ => None,
        };
        let of_string = [InWords, InUrl, InUrlBeforeTheOthers].contains(&way).then_some(value);
        let mut pairs: Vec<(&str, &str)> = base.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.extend(of_string.map(|value| (self.name, value.as_str())));
        let mut variables: Vec<(String, String)> = Vec::new();
        variables.extend(of_environment.map(|value| (self.variable.to_owned(), value.clone())));
        if let Some(value) = of_service {
            let file = folder.join(format!("{}-{way:?}.conf", self.name));
            // The other section comes first, and is passed over.
            let text = format!(
                "# services\n[other]\nuser=wrong\n\n[it]\n{}={value}\n[last]\nuser=wrong\n",
                self.name
            );
            fs::write(&file, text).unwrap();
            variables.push(("PGSERVICEFILE".to_owned(), file.display().to_string()));
            // Either way to name it.
            if way == InService {
                pairs.push(("service", "it"));
            } else {
                variables.push(("PGSERVICE".to_owned(), "it".to_owned()));
            }
        }
        let is_url = [InUrl, InUrlBeforeTheOthers].contains(&way);
        Some(Said { string: if is_url { url(&pairs) } else { words(&pairs) }, variables })
    }
}

fn words(pairs: &[(&str, &str)]) -> String {
    let word = |(name, value): &(&str, &str)| {
        format!("{name}='{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
    };
    pairs.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// One byte of a value, as it may always stand in a URL.
fn percent_encode_byte(byte: u8) -> String {
    format!("%{byte:02X}")
}

fn url(pairs: &[(&str, &str)]) -> String {
    let encoded = |value: &str| -> String { value.bytes().map(percent_encode_byte).collect() };
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    format!("postgres://?{}", pairs.join("&"))
}

/// What the servers hear of a program that is started in this environment and no other.
async fn heard_of(mut command: Command, said: &Said, servers: &Listeners, home: &Path) -> Heard {
    servers.take();
    command.env_clear().env("HOME", home).envs(said.variables.iter().map(|(name, value)| (name, value)));
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    assert!(!output.status.success(), "no server here lets anybody in");
    servers.take()
}

struct Bench {
    files: TempDir,
    migrations: TempDir,
    psql: Option<PathBuf>,
}

impl Bench {
    /// What the runtime says, and `psql`, if it is there and has the parameter.
    async fn ask(&self, said: &Said, servers: &Listeners, is_compared: bool) -> (Heard, Option<Heard>) {
        let ours = migrator(self.migrations.path(), &said.string);
        let ours = heard_of(ours, said, servers, self.files.path()).await;
        let Some(psql) = self.psql.as_ref().filter(|_| is_compared) else { return (ours, None) };
        let mut theirs = Command::new(psql);
        theirs.args(["--no-psqlrc", "--no-password", "--dbname", &said.string]);
        (ours, Some(heard_of(theirs, said, servers, self.files.path()).await))
    }

    async fn check(&self, row: &Row) {
        let servers = Listeners::start().await;
        let fill = |text: &str| {
            let text = text.replace('%', &self.files.path().display().to_string());
            text.replace("#0", &servers.ports[0].to_string()).replace("#1", &servers.ports[1].to_string())
        };
        let base = [
            ("host", "127.0.0.1".to_owned()),
            ("port", servers.ports[0].to_string()),
            ("user", "app".to_owned()),
            ("password", "pw".to_owned()),
            ("dbname", "shop".to_owned()),
            ("sslmode", "disable".to_owned()),
        ];
        let base: Vec<_> = base.into_iter().filter(|(name, _)| !row.without.contains(name)).collect();
        let values = row.values.map(|(value, _)| fill(value));
        let swapped = [values[1].clone(), values[0].clone()];
        let mut without = None;
        for way in WAYS {
            for (at, values) in [&values, &swapped].into_iter().enumerate() {
                // What is empty is not set.
                let is_plain = !matches!(way, Way::InUrlBeforeTheOthers | Way::InServiceBeforeTheEnvironment);
                if values[0].is_empty() || (!is_plain && values[1].is_empty()) {
                    continue;
                }
                let Some(said) = row.say(way, &base, values, self.files.path()) else { continue };
                // Without a host it is a server of this machine that is asked.
                if way == Way::Nowhere && row.without.contains(&"host") {
                    continue;
                }
                let (ours, theirs) = self.ask(&said, &servers, row.compared).await;
                let what = format!("{} = {} {way:?}: {}", row.name, values[0], said.string);
                if let Some(theirs) = theirs {
                    assert_eq!(ours, theirs, "psql says otherwise: {what}");
                }
                if way == Way::Nowhere {
                    without = Some(ours);
                    continue;
                }
                let has_come = ours.contains_key("server");
                match row.values[at].1 {
                    Hears(key) => assert_eq!(ours.get(key), Some(&values[0]), "{what}"),
                    Is(key, value) => assert_eq!(ours.get(key).map(String::as_str), Some(value), "{what}"),
                    Not(key) => assert!(has_come && !ours.contains_key(key), "{what}: {ours:?}"),
                    Refused => assert!(!has_come, "{what}: {ours:?}"),
                    Nothing => assert_eq!(Some(&ours), without.as_ref(), "{what}"),
                }
            }
        }
    }
}

fn bench() -> Bench {
    let files = tempfile::tempdir().unwrap();
    for (name, password) in [("pass1", "one"), ("pass2", "two"), (".pgpass", "home")] {
        let path = files.path().join(name);
        fs::write(&path, format!("*:*:*:*:{password}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
    let psql = program("psql");
    if psql.is_none() {
        say("there is no psql on this machine: not compared");
    }
    Bench { files, migrations: crate::support::folder(&[("0001_a.sql", "SELECT 1;")]), psql }
}

#[tokio::test]
async fn each_parameter_is_what_it_is_for_psql() {
    let bench = bench();
    // Two at a time: they are processes.
    let (even, odd): (Vec<_>, Vec<_>) = ROWS.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    let check = async |rows: Vec<(usize, &Row)>| {
        for (_, row) in rows {
            bench.check(row).await;
        }
    };
    tokio::join!(check(even), check(odd));
}

/// What the table cannot have: the whole connection from around an empty string, `.pgpass`, and the old form of sslmode.
#[tokio::test]
async fn the_environment_is_a_connection_by_itself() {
    let bench = bench();
    let servers = Listeners::start().await;
    let port = servers.ports[0].to_string();
    let all = [("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGUSER", "app"), ("PGDATABASE", "shop")];
    for (string, more, expected) in [
        (
            "",
            ("PGSSLMODE", "disable"),
            &[("server", "first"), ("user", "app"), ("database", "shop"), ("password", "home")][..],
        ),
        ("", ("PGREQUIRESSL", "1"), &[("tls", "asked")]),
        (
            "sslmode=disable",
            ("PGREQUIRESSL", "1"),
            &[("server", "first"), ("user", "app"), ("database", "shop"), ("password", "home")],
        ),
        // Whoever gives a URL is not surprised by a connection in clear.
        ("postgres://me:pw@127.0.0.1/", ("PGSSLMODE", "require"), &[("tls", "asked")]),
        (
            "postgres://me:pw@127.0.0.1/",
            ("PGSSLMODE", "disable"),
            &[("server", "first"), ("user", "me"), ("database", "shop"), ("password", "pw")],
        ),
        (
            "postgres://127.0.0.2",
            ("PGSSLMODE", "disable"),
            &[("server", "second"), ("user", "app"), ("database", "shop"), ("password", "home")],
        ),
    ] {
        let variables = all.into_iter().chain([more]);
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let said = Said { string: string.to_owned(), variables };
        let (ours, theirs) = bench.ask(&said, &servers, true).await;
        let expected: Heard =
            expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(ours, expected, "{string:?} {more:?}");
        assert!(theirs.is_none_or(|theirs| theirs == expected), "psql says otherwise: {string:?} {more:?}");
    }
}
