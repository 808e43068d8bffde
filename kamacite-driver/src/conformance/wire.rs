//! A driver behind a wire that carries nothing but bytes, within the process.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Driver, Result,
    contract::{Effects, Server, Wire, proxied},
};

/// The same driver, as one in another process is seen.
pub fn behind(driver: Arc<Driver>) -> Result<Driver> {
    let server = Arc::new(InMemory(Server::shared(driver)));
    let wire: Arc<dyn Wire> = server.clone();
    proxied(server.0.driver(), &wire)
}

struct InMemory(Server);

#[async_trait]
impl Wire for InMemory {
    async fn exchange(&self, request: Vec<u8>, effects: &dyn Effects) -> Result<Vec<u8>> {
        self.0.answer(&request, effects).await
    }
}
