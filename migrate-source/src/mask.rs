//! What may be shown of a text that may hold a password: a connection string, an argument, a name that was taken out of
//! one. It judges no connection string; what it does not know for harmless, it hides.

/// What stands in the place of what is hidden.
pub const MASK: &str = "***";

/// What a secret is called, in connection strings and in options.
const SECRETS: [&str; 7] = ["password", "passwd", "passphrase", "pwd", "pass", "secret", "token"];

/// A connection string, or an argument that may be one, as it may be shown.
///
/// Of a URL, the password and the parameters are hidden, and whatever else cannot be told from them.
pub fn masked(text: &str) -> String {
    let Some((before, rest)) = text.split_once("://") else {
        return masked_words(text);
    };
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-:".contains(c);
    let (place, query) = rest.split_once('?').filter(|(place, _)| !place.is_empty()).unwrap_or((rest, ""));
    let (place, query) = match query.rsplit_once('@') {
        // It may be read in two ways.
        // An `@` in a parameter is harmless where the user has a place of its own and no password.
        Some((before, _)) if before.contains('=') && names_user_alone(place) => (place, query),
        Some((before, _)) if before.contains('=') => ("?", ""),
        // A `?` in a password: what is before it is no place.
        Some(_) => (rest, ""),
        None => (place, query),
    };
    let (user, place) = place.rsplit_once('@').map_or((None, place), |(user, place)| (Some(user), place));
    let shown_user = user.map(|user| match user.split_once(':') {
        Some((name, _)) if is_plain(name) => format!("{name}:{MASK}@"),
        None if is_plain(user) => format!("{user}@"),
        _ => format!("{MASK}@"),
    });
    let scheme = before.rsplit(|c| !is_of_scheme(c)).next().unwrap_or_default();
    format!(
        "{}{scheme}://{}{}{}",
        masked_words(&before[..before.len() - scheme.len()]),
        shown_user.unwrap_or_default(),
        shown_place(place, user.is_some()),
        if query.is_empty() { String::new() } else { format!("?{MASK}") },
    )
}

/// The name of a database or a service as it may be shown: up to where it reads like the rest of a connection string,
/// which it has swallowed.
pub fn masked_name(name: &str) -> String {
    match name.find([':', '=', '%', '?', '&', ';']) {
        Some(at) => format!("{}{MASK}", &name[..=at]),
        None => masked_words(name),
    }
}

/// The name of a user as it may be shown: up to the first character that ordinary names do not have.
///
/// Ordinary are letters, digits and `_-.$`, and a domain behind an `@`, as in Azure. A password that was written into the
/// place of the user stands behind any other character.
pub fn masked_user(user: &str) -> String {
    let has_other = |text: &str| text.find(|c: char| !(c.is_alphanumeric() || "_-.$".contains(c)));
    let (name, domain) = user.split_once('@').map_or((user, None), |(name, domain)| (name, Some(domain)));
    let is_domain = |domain: &str| {
        !domain.is_empty() && domain.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
    };
    match (has_other(name), domain) {
        (Some(at), _) => {
            let end = at + name[at..].chars().next().map_or(0, char::len_utf8);
            format!("{}{MASK}", &name[..end])
        }
        (None, Some(domain)) if name.is_empty() || !is_domain(domain) => format!("{name}@{MASK}"),
        _ => user.to_owned(),
    }
}

/// Words up to one that is a secret.
fn masked_words(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let value_of = |secret: &str| {
        lower.match_indices(secret).find_map(|(at, _)| {
            let behind = &lower[at + secret.len()..];
            let sign = behind.trim_start();
            let length = ["=", ":", "%3d", "%253d", "\"", "'"]
                .iter()
                .find(|sign_of| sign.starts_with(**sign_of))?
                .len();
            Some(text.len() - sign.len() + length)
        })
    };
    // A password in the place of the user: `user=app/secret`.
    let in_user = lower.match_indices("user").find_map(|(at, user)| {
        let value = text[at + user.len()..].trim_start().strip_prefix('=')?.trim_start();
        let (value, is_end): (_, fn(char) -> bool) = match value.strip_prefix('\'') {
            Some(quoted) => (quoted, |c| c == '\''),
            None => (value, char::is_whitespace),
        };
        let start = text.len() - value.len();
        let user = value.split(is_end).next().unwrap_or_default();
        let shown = masked_user(user);
        (shown != user).then(|| start + shown.len() - MASK.len())
    });
    let first = SECRETS.iter().filter_map(|secret| value_of(secret)).chain(in_user).min();
    match first {
        Some(at) => format!("{}{MASK}", &text[..at]),
        // A URL without its scheme.
        None if text.split_once(':').is_some_and(|(_, behind)| behind.contains('@')) => MASK.to_owned(),
        None => text.to_owned(),
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.$".contains(c))
}

/// Whether what stands before the `?` of a URL has a user, and no password.
fn names_user_alone(place: &str) -> bool {
    let mut parts = place.split('@');
    let (user, place) = (parts.next(), parts.next());
    parts.next().is_none()
        && user.is_some_and(is_plain)
        && place.is_some_and(|place| shown_place(place, true) == place)
}

/// Hosts and a database, as they may be shown. Without a user before them they may be a user and a password.
fn shown_place(place: &str, has_user: bool) -> String {
    let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
    match (are_hosts(hosts), database.is_empty() || is_plain(database)) {
        (true, true) => place.to_owned(),
        (true, false) if has_user => format!("{hosts}/{MASK}"),
        _ => MASK.to_owned(),
    }
}

/// Whether these are hosts with ports that are numbers.
fn are_hosts(hosts: &str) -> bool {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = |host: &str| {
        let bracketed = host.strip_prefix('[').and_then(|host| host.split_once(']'));
        if let Some((address, port)) = bracketed {
            return address.parse::<std::net::Ipv6Addr>().is_ok() && is_port(port.trim_start_matches(':'));
        }
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        (name.is_empty() || is_plain(name)) && is_port(port)
    };
    hosts.split(',').all(is_host)
}

#[cfg(test)]
mod tests {
    use super::{masked, masked_name, masked_user};

    /// Every shape in which a password was found in a connection string. Each has `secret-1` in it.
    const STRINGS: [(&str, &str); 49] = [
        ("postgres://u:secret-1@h:5432/d", "postgres://u:***@h:5432/d"),
        ("postgresql://u:secret-1@[::1]:5432/d", "postgresql://u:***@[::1]:5432/d"),
        ("postgres://u:secret-1@a:1,b/d", "postgres://u:***@a:1,b/d"),
        ("postgres://u:p@secret-1@h/d", "postgres://u:***@h/d"),
        ("postgres://u:p/secret-1@h/d", "postgres://u:***@h/d"),
        ("postgres://u:p?secret-1@h/d", "postgres://u:***@h/d"),
        ("postgres://u:p#secret-1@h/d", "postgres://u:***@h/d"),
        ("postgres://u:p secret-1@h/d", "postgres://u:***@h/d"),
        ("postgres://u:p'secret-1@h/d", "postgres://u:***@h/d"),
        ("postgres://u:://secret-1@h/d", "postgres://u:***@h/d"),
        ("postgres://:secret-1@h/d", "postgres://***@h/d"),
        ("postgres://u%3Asecret-1@h/d", "postgres://***@h/d"),
        ("postgres://u%3asecret-1@h/d", "postgres://***@h/d"),
        ("postgres://u%253Asecret-1@h/d", "postgres://***@h/d"),
        ("postgres://u%3Asecret-1%40h/d", "postgres://***"),
        ("postgres://u:secret-1%40h/d", "postgres://***"),
        ("postgres://u:secret-1/d", "postgres://***"),
        ("postgres://u:5/secret-1/d", "postgres://***"),
        ("postgres://h/d?password=secret-1", "postgres://h/d?***"),
        ("postgres://h/d?user=u:secret-1", "postgres://h/d?***"),
        ("postgres://h/d?sslpassword=secret-1", "postgres://h/d?***"),
        ("postgres://h/d?pass%77ord=secret-1", "postgres://h/d?***"),
        ("postgres://h/d?options=-c%20app.password%3Dsecret-1", "postgres://h/d?***"),
        ("postgres://h/d&password=secret-1", "postgres://***"),
        ("postgres://h/d;password=secret-1", "postgres://***"),
        ("postgres://h/d%3Fpassword%3Dsecret-1", "postgres://***"),
        ("postgres://h?password=p@secret-1", "postgres://***"),
        ("jdbc:postgresql://h/d?user=u&password=secret-1", "jdbc:postgresql://h/d?***"),
        ("jdbc:postgresql://u:secret-1@h/d", "jdbc:postgresql://u:***@h/d"),
        ("mysql://u:secret-1@h/d", "mysql://u:***@h/d"),
        ("\"postgres://u:secret-1@h/d\"", "\"postgres://u:***@h/***"),
        ("--url=postgres://u:secret-1@h/d", "--url=postgres://u:***@h/d"),
        ("url=u:secret-1@h postgres://h/d", "***postgres://h/d"),
        ("u:secret-1@h/d", "***"),
        ("//u:secret-1@h/d", "***"),
        ("postgres:/u:secret-1@h/d", "***"),
        ("host=h password=secret-1", "host=h password=***"),
        ("host=h PASSWORD = 'secret-1'", "host=h PASSWORD =***"),
        ("host=h sslpassword=secret-1 user=u", "host=h sslpassword=***"),
        ("host=h options='-c app.token=secret-1'", "host=h options='-c app.token=***"),
        ("{\"password\": \"secret-1\"}", "{\"password\"***"),
        ("oauth_client_secret=secret-1", "oauth_client_secret=***"),
        ("postgres://u,secret-1@h/d", "postgres://***@h/d"),
        ("postgres://u/secret-1@h/d?sslmode=disable", "postgres://***@h/d?***"),
        ("postgres://u|secret-1@h/d", "postgres://***@h/d"),
        ("postgres://u%20secret-1@h/d", "postgres://***@h/d"),
        ("user=u/secret-1@ host=h", "user=u/***"),
        ("host=h user = 'u secret-1'", "host=h user = 'u ***"),
        ("PGUSER=u|secret-1", "PGUSER=u|***"),
    ];

    #[test]
    fn no_shape_shows_the_password() {
        for (string, expected) in STRINGS {
            assert!(string.contains("secret-1"), "{string}");
            assert_eq!(masked(string), expected, "{string}");
            assert!(!masked_name(string).contains("secret-1"), "{string}");
        }
    }

    #[test]
    fn what_is_harmless_is_shown() {
        for text in [
            "",
            "up",
            "0003_users",
            "--to=3",
            "C:\\migrations",
            "me@example.com",
            "host=h user=u dbname=d",
            "host=h user=app@server dbname=d",
            "postgres://h/d",
            "postgres://u@h:1,[::1]:2/d",
            "postgres:///d",
        ] {
            assert_eq!(masked(text), text);
        }
        for (url, expected) in [
            ("postgres://u@h/d?sslmode=disable", "postgres://u@h/d?***"),
            ("postgres://u@a:1,b:2/d?application_name=me@x", "postgres://u@a:1,b:2/d?***"),
            ("postgres://u@h/my%20db", "postgres://u@h/***"),
        ] {
            assert_eq!(masked(url), expected);
        }
        for (name, expected) in [
            ("app", "app"),
            ("app@tenant", "app@tenant"),
            ("Über-app_1", "Über-app_1"),
            ("app:pw", "app:***"),
            ("app=pw", "app=***"),
            ("app%3Apw", "app%***"),
            ("shop?password=pw", "shop?***"),
        ] {
            assert_eq!(masked_name(name), expected);
        }
    }

    #[test]
    fn user_with_an_unusual_character_is_masked() {
        for user in ["app", "Über-app_1", "a.b-c$1", "app@server", "app@db.example.com", ""] {
            assert_eq!(masked_user(user), user);
        }
        for separator in ": = % ? & ; , / | # ! ~ * + \\ ' \" ` ^ ( ) [ ] { } < > \u{a0} \u{2013}".split(' ')
        {
            let separator = if separator.is_empty() { " " } else { separator };
            assert_eq!(masked_user(&format!("u{separator}pw")), format!("u{separator}***"));
            assert_eq!(masked_user(&format!("u@x{separator}pw")), "u@***");
        }
        for (user, expected) in
            [("u pw", "u ***"), ("u\tpw", "u\t***"), ("u@", "u@***"), ("@pw", "@***"), ("u@p@h", "u@***")]
        {
            assert_eq!(masked_user(user), expected);
        }
    }
}
