//! The service as a process, which is killed where a test does not end it, and as little HTTP as its probes need.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

pub(crate) struct Web {
    child: Child,
    address: SocketAddr,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Web {
    /// Returns when it listens.
    pub(crate) fn start(database_url: &str, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_web"))
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .env("DATABASE_URL", database_url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut web = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), stdout, stderr };
        let line = read_until(&mut web.stdout, "listening on ");
        web.address = line.trim_end().rsplit('/').next().unwrap().parse().unwrap();
        web
    }

    /// Waits until it prints a line with this in it.
    pub(crate) fn hear(&mut self, text: &str) {
        read_until(&mut self.stdout, text);
    }

    /// The same on the standard error.
    pub(crate) fn hear_error(&mut self, text: &str) {
        read_until(&mut self.stderr, text);
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn get_json(&self, path: &str) -> (u16, serde_json::Value) {
        let (code, body) = self.get(path);
        (code, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
    }

    pub(crate) fn post(&self, path: &str, json: &str) -> (u16, String) {
        let length = json.len();
        self.request(&format!(
            "POST {path} HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{json}"
        ))
    }

    fn request(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Asks, and does not wait for the answer.
    pub(crate) fn begin(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// Waits until nobody can connect any more: it has had the signal.
    pub(crate) fn until_closed(&self) {
        for _ in 0..3000 {
            if TcpStream::connect(self.address).is_err() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("after 30 s it still listens");
    }

    pub(crate) fn signal(&self, name: &str) {
        // The shell's own: not every system has the program.
        let kill = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end: the exit code, and what it has yet said on the standard error.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_until(stream: &mut impl std::io::BufRead, text: &str) -> String {
    let mut said = String::new();
    loop {
        let mut line = String::new();
        assert_ne!(stream.read_line(&mut line).unwrap(), 0, "it has ended without saying {text:?}: {said}");
        if line.contains(text) {
            return line;
        }
        said.push_str(&line);
    }
}
