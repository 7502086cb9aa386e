//! The `postmaster.pid` of a server that was killed together with its watchdog. PostgreSQL
//! believes such a file as long as its process number is taken by anybody; we look for the server.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use super::files;

const FILE: &str = "postmaster.pid";

/// Removes the file if no server listens where it says. Only to be called with the locks of the
/// directory held, which a living watchdog would hold.
pub(crate) fn remove(data: &Path) -> io::Result<()> {
    let handle: File = match files::open_directory(data) {
        Ok(handle) => handle,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(text) = files::read(&handle, FILE)? else {
        return Ok(());
    };
    if let Some(port) = port(&text)
        && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err()
    {
        fs::remove_file(data.join(FILE))?;
    }
    Ok(())
}

/// The fourth line; the third is the start time, the second the directory.
fn port(text: &str) -> Option<u16> {
    text.lines().nth(3)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn reads_the_port() {
        assert_eq!(port("123\n/tmp/data\n1763700000\n40321\n\n127.0.0.1\n"), Some(40321));
        assert_eq!(port("123\n/tmp/data\n"), None);
    }
}
