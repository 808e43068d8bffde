//! Connections to one SQLite file: one that writes, a few that read.
//!
//! Not sqlx's pool: its time limits run on tokio's clock, which tests stop and push forward, and a connection to a file
//! needs neither a ping before use nor an end of life.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::{Error, Result};

/// How many read at the same time. Reads come from the page cache and take microseconds, so more would only be more
/// threads; one would let a long listing hold up everybody.
const READERS: usize = 4;

/// A connection that is lent to one user at a time.
pub(crate) type Shared = Arc<Mutex<SqliteConnection>>;

/// Opens one connection.
pub(crate) async fn connect(options: &SqliteConnectOptions) -> Result<Shared> {
    let connection = options.connect().await.map_err(|source| trouble("opening the database", source))?;
    Ok(Arc::new(Mutex::new(connection)))
}

/// Ends a connection that nobody else holds any more; one that somebody holds ends when it is given back.
pub(crate) async fn disconnect(connection: Shared) -> Result<()> {
    match Arc::into_inner(connection) {
        Some(connection) => {
            connection.into_inner().close().await.map_err(|source| trouble("closing the database", source))
        }
        None => Ok(()),
    }
}

fn trouble(attempted: &'static str, source: sqlx::Error) -> Error {
    Error::Database { attempted, source: Arc::new(source) }
}

/// Connections that only read.
pub(crate) struct Readers {
    connections: parking_lot::Mutex<Vec<Shared>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// Opens the connections as `options` say.
    pub(crate) async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let mut connections = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            connections.push(connect(options).await?);
        }
        Ok(Self { connections: parking_lot::Mutex::new(connections), permits: Arc::new(Semaphore::new(READERS)) })
    }

    /// A connection for the caller alone, until it is dropped.
    pub(crate) async fn acquire(&self) -> Result<Lent> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Closed)?;
        let free = self.connections.lock().iter().find_map(|connection| Arc::clone(connection).try_lock_owned().ok());
        // With a permit in hand one is free; none is left only when the pool has been closed.
        let connection = free.ok_or(Error::Closed)?;
        Ok(Lent { connection, _permit: Some(permit) })
    }

    /// Refuses further readers, waits for those that read, and ends the connections.
    pub(crate) async fn close(&self) -> Result<()> {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let Ok(permits) = self.permits.acquire_many(all).await else { return Ok(()) };
        self.permits.close();
        drop(permits);
        let connections = std::mem::take(&mut *self.connections.lock());
        for connection in connections {
            disconnect(connection).await?;
        }
        Ok(())
    }
}

/// A connection in use; dropping it gives it back.
pub(crate) struct Lent {
    // In this order: the connection is free before the next reader is let in.
    connection: OwnedMutexGuard<SqliteConnection>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Lent {
    /// The one connection that writes; a database in memory is read through it too.
    pub(crate) async fn exclusive(connection: &Shared) -> Self {
        Self { connection: Arc::clone(connection).lock_owned().await, _permit: None }
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
