//! An HTTP/1.1 client that costs next to nothing, so that the two cores of a small machine work for the server.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that is kept, and made anew when the server has closed it.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// An answer; its body lies in the connection until the next call.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// A request as it goes over the wire, in the newest microversion.
pub fn request(method: &str, path: &str, body: &str) -> Vec<u8> {
    request_in("1.115", method, path, body)
}

/// The same in another microversion.
pub fn request_in(version: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("Host: 127.0.0.1\r\nAccept: application/json\r\nX-OpenStack-Ironic-API-Version: {version}");
    let content = match body {
        "" => String::new(),
        _ => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    format!("{method} {path} HTTP/1.1\r\n{head}\r\n{content}\r\n{body}").into_bytes()
}

impl Connection {
    /// A connection that is made with the first call.
    pub const fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, buffer: Vec::new() }
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// The server is not there, or what it says is no HTTP.
    pub async fn call(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        let mut head = None;
        if let Some(kept) = self.stream.take() {
            // The server may have closed it in the meantime, and then has not seen the request.
            head = self.converse(kept, request).await.ok();
        }
        let head = match head {
            Some(head) => head,
            None => {
                let fresh = TcpStream::connect(self.address).await?;
                fresh.set_nodelay(true)?;
                self.converse(fresh, request).await?
            }
        };
        Ok(Answer { status: head.status, body: &self.buffer[head.length..] })
    }

    /// One request and its answer, which ends up in the buffer. Keeps the stream if the server does.
    async fn converse(&mut self, mut stream: TcpStream, request: &[u8]) -> Result<Head> {
        stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break Head::read(&self.buffer[..end], end + 4)?;
            }
            ensure!(stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        };
        match head.body {
            Body::Length(length) => {
                let whole = head.length + length;
                self.buffer.reserve(whole.saturating_sub(self.buffer.len()));
                while self.buffer.len() < whole {
                    ensure!(stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
                }
            }
            Body::Chunks => self.read_chunks(&mut stream, head.length).await?,
        }
        if head.keeps {
            self.stream = Some(stream);
        }
        Ok(head)
    }

    /// Reads a chunked body and leaves it in the buffer without its seams.
    async fn read_chunks(&mut self, stream: &mut TcpStream, start: usize) -> Result<()> {
        let (mut at, mut end) = (start, start);
        loop {
            let Some(line) = self.buffer[at..].windows(2).position(|two| two == b"\r\n") else {
                ensure!(stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
                continue;
            };
            let size = std::str::from_utf8(&self.buffer[at..at + line])?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or(size).trim(), 16)?;
            let data = at + line + 2;
            while self.buffer.len() < data + size + 2 {
                ensure!(stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
            }
            self.buffer.copy_within(data..data + size, end);
            (at, end) = (data + size + 2, end + size);
            if size == 0 {
                self.buffer.truncate(end);
                return Ok(());
            }
        }
    }
}

/// What the head of an answer says.
struct Head {
    status: u16,
    body: Body,
    keeps: bool,
    /// Of the head itself, with the empty line.
    length: usize,
}

enum Body {
    Length(usize),
    Chunks,
}

impl Head {
    fn read(head: &[u8], length: usize) -> Result<Self> {
        let mut lines = std::str::from_utf8(head)?.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status: u16 = status.with_context(|| format!("no HTTP answer begins with '{first}'"))?;
        let mut body = None;
        let mut keeps = !first.starts_with("HTTP/1.0");
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                body = Some(Body::Length(value.parse()?));
            } else if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
                body = Some(Body::Chunks);
            } else if name.eq_ignore_ascii_case("connection") {
                keeps = !value.eq_ignore_ascii_case("close");
            }
        }
        let body = match (body, status) {
            (_, 204 | 304) => Body::Length(0),
            (Some(body), _) => body,
            (None, _) => bail!("an answer with status {status} does not say how long it is"),
        };
        Ok(Self { status, body, keeps, length })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A server that gives these answers, one to each request, each on a connection of its own if it says `close`.
    async fn server(answers: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut answers = answers.iter();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                while stream.read(&mut [0; 1024]).await.unwrap() > 0 {
                    let answer = answers.next().unwrap();
                    // In two pieces, as networks do.
                    let (one, two) = answer.split_at(answer.len() / 2);
                    stream.write_all(one.as_bytes()).await.unwrap();
                    tokio::task::yield_now().await;
                    stream.write_all(two.as_bytes()).await.unwrap();
                    if answer.contains("HANG UP") {
                        break;
                    }
                }
            }
        });
        address
    }

    #[track_caller]
    fn check(answer: &Answer<'_>, status: u16, body: &str) {
        assert_eq!((answer.status, std::str::from_utf8(answer.body).unwrap()), (status, body));
    }

    #[tokio::test]
    async fn answers_of_every_shape_on_one_connection() {
        let address = server(&[
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
        ])
        .await;
        let mut connection = Connection::new(address);
        let get = request("GET", "/", "");
        check(&connection.call(&get).await.unwrap(), 200, "hello");
        check(&connection.call(&get).await.unwrap(), 202, "abc0123456789");
        check(&connection.call(&get).await.unwrap(), 204, "");
    }

    #[tokio::test]
    async fn a_connection_that_was_closed_is_made_anew() {
        let address = server(&[
            "HTTP/1.1 200 HANG UP\r\nContent-Length: 1\r\n\r\n1",
            "HTTP/1.1 200 HANG UP\r\nConnection: close\r\nContent-Length: 1\r\n\r\n2",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3",
        ])
        .await;
        let mut connection = Connection::new(address);
        let get = request("GET", "/", "");
        for body in ["1", "2", "3"] {
            check(&connection.call(&get).await.unwrap(), 200, body);
        }
    }
}
