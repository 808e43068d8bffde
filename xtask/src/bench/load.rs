//! Clients that ask one thing after the other, and how long each answer took.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;

use super::http::Connection;

/// How much is asked.
#[derive(Clone, Copy)]
pub struct Load {
    /// How many clients ask at the same time; each keeps its connection.
    pub clients: usize,
    /// The most requests of all clients together.
    pub requests: usize,
    /// No request begins later than this.
    pub time: Duration,
}

/// What was measured.
pub struct Sample {
    /// How long each good answer took, the quickest first.
    pub answers: Vec<Duration>,
    /// How many answers had another status than the one that was wanted.
    pub refused: usize,
    /// From the first request to the last answer.
    pub took: Duration,
}

/// Has clients send the requests in turn, over and over, until the load is done. A good answer has the status `wanted`.
///
/// # Errors
/// The server is gone.
pub async fn run(address: SocketAddr, load: Load, requests: Vec<Vec<u8>>, wanted: u16) -> Result<Sample> {
    let requests: Arc<[Vec<u8>]> = requests.into();
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let clients = (0..load.clients).map(|_| {
        let (requests, next) = (requests.clone(), next.clone());
        tokio::spawn(async move {
            let mut connection = Connection::new(address);
            let (mut answers, mut refused) = (Vec::new(), 0);
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= load.requests || began.elapsed() >= load.time {
                    return Ok::<_, anyhow::Error>((answers, refused));
                }
                let asked = Instant::now();
                match connection.call(&requests[turn % requests.len()]).await? {
                    answer if answer.status == wanted => answers.push(asked.elapsed()),
                    _ => refused += 1,
                }
            }
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut sample = Sample { answers: Vec::new(), refused: 0, took: Duration::ZERO };
    for client in clients {
        let (answers, refused) = client.await??;
        sample.answers.extend(answers);
        sample.refused += refused;
    }
    sample.took = began.elapsed();
    sample.answers.sort_unstable();
    Ok(sample)
}

/// The same for a while, after some requests that do not count.
///
/// # Errors
/// The server is gone.
pub async fn steadily(
    address: SocketAddr,
    clients: usize,
    time: Duration,
    requests: Vec<Vec<u8>>,
    wanted: u16,
) -> Result<Sample> {
    let load = Load { clients, requests: usize::MAX, time };
    run(address, Load { time: time / 5, ..load }, requests.clone(), wanted).await?;
    run(address, load, requests, wanted).await
}

impl Sample {
    /// Good answers in a second.
    pub fn rate(&self) -> f64 {
        self.answers.len() as f64 / self.took.as_secs_f64()
    }

    /// How long an answer took that was slower than this share of all; 0 if there was none.
    pub fn quantile(&self, share: f64) -> Duration {
        let index = (self.answers.len() as f64 * share) as usize;
        self.answers.get(index).or(self.answers.last()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_quantiles() {
        let answers = (1..=100).map(Duration::from_millis).collect();
        let sample = Sample { answers, refused: 3, took: Duration::from_secs(4) };
        assert_eq!(sample.rate(), 25.0);
        assert_eq!(sample.quantile(0.5), Duration::from_millis(51));
        assert_eq!(sample.quantile(0.99), Duration::from_millis(100));
        let none = Sample { answers: Vec::new(), refused: 0, took: Duration::from_secs(1) };
        assert_eq!(none.quantile(0.5), Duration::ZERO);
    }
}
