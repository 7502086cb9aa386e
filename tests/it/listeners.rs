//! Listeners on loopback that take down what a client of PostgreSQL says of itself, and refuse every login.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a client has said of itself; `server`: where it came to. Empty: it has not come.
pub(crate) type Heard = BTreeMap<String, String>;

/// Listeners on two addresses of this machine at one port, and on another port of the first.
pub(crate) struct Listeners {
    pub(crate) ports: [u16; 2],
    heard: Arc<Mutex<Heard>>,
}

impl Listeners {
    pub(crate) async fn start() -> Self {
        let heard = Arc::<Mutex<Heard>>::default();
        let bind = async |address: &str, port: u16| TcpListener::bind((address, port)).await;
        let (first, second) = loop {
            let first = bind("127.0.0.1", 0).await.unwrap();
            if let Ok(second) = bind("127.0.0.2", first.local_addr().unwrap().port()).await {
                break (first, second);
            }
        };
        let third = bind("127.0.0.1", 0).await.unwrap();
        let ports = [&first, &third].map(|listener| listener.local_addr().unwrap().port());
        for (listener, name) in [(first, "first"), (second, "second"), (third, "third")] {
            let heard = Arc::clone(&heard);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = hear(stream, name, &heard).await;
                }
            });
        }
        Self { ports, heard }
    }

    /// What was heard since this was last asked.
    pub(crate) fn take(&self) -> Heard {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

/// Asks for the password in clear, and refuses it.
async fn hear(mut stream: TcpStream, name: &str, heard: &Mutex<Heard>) -> std::io::Result<()> {
    const TLS: u32 = 80_877_103;
    const GSSAPI: u32 = 80_877_104;
    let note = |key: &str, value: &str| {
        heard.lock().unwrap().entry(key.to_owned()).or_insert_with(|| value.to_owned());
    };
    let text = loop {
        let (length, code) = (stream.read_u32().await?, stream.read_u32().await?);
        match code {
            TLS => note("tls", "asked"),
            GSSAPI => {}
            // A handshake that was not asked for.
            _ if length > 10_000 => {
                note("tls", "direct");
                return Ok(());
            }
            _ => {
                let mut rest = vec![0; length as usize - 8];
                stream.read_exact(&mut rest).await?;
                break String::from_utf8(rest).unwrap();
            }
        }
        stream.write_all(b"N").await?;
    };
    note("server", name);
    let mut words = text.split('\0');
    while let (Some(key), Some(value)) = (words.next(), words.next()) {
        let is_of_connection = ["user", "database", "options", "application_name"].contains(&key);
        if is_of_connection && (key, value) != ("application_name", "psql") {
            note(key, value);
        }
    }
    // As a server has it.
    let user = heard.lock().unwrap().get("user").cloned().unwrap_or_default();
    note("database", &user);
    stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await?;
    if stream.read_u8().await? == b'p' {
        let mut password = vec![0; stream.read_u32().await? as usize - 4];
        stream.read_exact(&mut password).await?;
        note("password", String::from_utf8(password).unwrap().trim_end_matches('\0'));
    }
    let error = b"SFATAL\0VFATAL\0C28P01\0Mno\0\0";
    stream.write_all(b"E").await?;
    stream.write_u32(4 + u32::try_from(error.len()).unwrap()).await?;
    stream.write_all(error).await
}
