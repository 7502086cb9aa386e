//! Whether this system's C library is new enough for the bundled PostgreSQL, told before it is
//! tried. It asks the system's own tools, and lets the trial decide where they do not say.

use std::process::Command;

/// What the bundled programs were linked against.
const NEEDED: (u32, u32) = (2, 38);

pub(crate) fn suffices() -> Result<(), String> {
    if cfg!(target_os = "linux") { compare(version()) } else { Ok(()) }
}

fn compare(version: Option<(u32, u32)>) -> Result<(), String> {
    match version {
        Some((major, minor)) if (major, minor) < NEEDED => {
            Err(format!("it needs glibc {}.{} and this system has {major}.{minor}", NEEDED.0, NEEDED.1))
        }
        _ => Ok(()),
    }
}

fn version() -> Option<(u32, u32)> {
    let ask = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        parse(&String::from_utf8_lossy(&output.stdout))
    };
    ask("getconf", "GNU_LIBC_VERSION").or_else(|| ask("ldd", "--version"))
}

/// `glibc 2.36`, or the first line of `ldd (Debian GLIBC 2.36-9+deb12u10) 2.36`.
fn parse(output: &str) -> Option<(u32, u32)> {
    let line = output.lines().next()?;
    if !line.to_lowercase().contains("libc") {
        return None;
    }
    let (major, minor) = line.split_whitespace().last()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{compare, parse};

    #[test]
    fn reads_what_the_tools_say() {
        assert_eq!(parse("glibc 2.36\n"), Some((2, 36)));
        assert_eq!(parse("ldd (Debian GLIBC 2.36-9+deb12u10) 2.36\nCopyright"), Some((2, 36)));
        assert_eq!(parse("ldd (GNU libc) 2.41\n"), Some((2, 41)));
        assert_eq!(parse("musl libc (x86_64)\nVersion 1.2.5"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn says_what_is_missing() {
        let why = compare(Some((2, 36))).expect_err("too old");
        assert_eq!(why, "it needs glibc 2.38 and this system has 2.36");
        for enough in [Some((2, 38)), Some((2, 41)), Some((3, 0)), None] {
            assert_eq!(compare(enough), Ok(()));
        }
    }
}
