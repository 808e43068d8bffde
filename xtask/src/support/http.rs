//! Waits for a server that was just started.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use reqwest::Client;

use super::process::Running;

/// Waits until `url` answers 200 with a body that contains `mark`.
///
/// # Errors
/// The server ended, or did not answer in time; the error carries its last words.
pub async fn wait_for(
    client: &Client,
    url: &str,
    mark: &str,
    server: &mut Running,
    limit: Duration,
) -> Result<Duration> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = server.ended() {
            bail!("{} ended ({status}) before it answered:\n{}", server.name(), server.last_words());
        }
        if let Ok(answer) = client.get(url).send().await
            && answer.status() == 200
            && answer.text().await.is_ok_and(|body| body.contains(mark))
        {
            return Ok(start.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("{} did not answer at {url} within {} s:\n{}", server.name(), limit.as_secs(), server.last_words())
}
