//! A BMC that says what a story wants, and what no simulated BMC would.

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What is asked: its path, and the credentials that came along.
pub struct Asked {
    pub path: String,
    pub authorization: String,
}

/// A status, a `Location` if there is one, and a body.
pub type Said = (u16, &'static str, String);

/// Answers until the story ends; where.
pub async fn saying(what: fn(&Asked) -> Said) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, what));
        }
    });
    address
}

async fn answer(stream: TcpStream, what: fn(&Asked) -> Said) {
    let mut stream = BufReader::new(stream);
    let mut asked = Asked { path: String::new(), authorization: String::new() };
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap() > 2 {
        if asked.path.is_empty() {
            asked.path = line.split(' ').nth(1).unwrap().to_owned();
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            asked.authorization = value.trim().to_owned();
        }
        line.clear();
    }
    let (status, location, body) = what(&asked);
    let location = if location.is_empty() { String::new() } else { format!("Location: {location}\r\n") };
    let head = format!("HTTP/1.1 {status} x\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}
