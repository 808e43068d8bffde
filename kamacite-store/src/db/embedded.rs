//! SQLite, alone on its file: a cache of nodes, connections that read, and one writer.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{
    ConnectOptions as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    Connection, Gate, Job,
    disk::Disk,
    job::Pending,
    lock::DatabaseLock,
    migrate,
    pool::{Lent, Readers, Shared, connect},
    with_suffix,
    writer::{Order, Writer},
};
use crate::{Database, Error, Meters, Result, Size, StoreConfig, cache::NodeCache, commits::Watchers};

/// How many rows may wait between SQLite's thread and the reader: a listing of a thousand then needs no switching between
/// the two.
const ROWS_AHEAD: usize = 1024;

/// Prepared statements kept per connection: more than there are shapes of statements in daily use.
const STATEMENTS: usize = 256;

/// After how many pages (of 4 KiB) the write-ahead log is folded into the database, for which the writer waits for the disk.
/// SQLite's 1,000 would be every four hundred locks; with this, reading the log anew after a crash still takes some 10 ms.
const LOG_PAGES: &str = "4000";

/// An embedded database.
pub(crate) struct Embedded {
    readers: Source,
    orders: mpsc::UnboundedSender<Order>,
    nodes: Arc<NodeCache>,
    gate: Arc<Gate>,
    watchers: Arc<Watchers>,
    meters: Arc<Meters>,
    file: Option<PathBuf>,
}

/// Where reads go.
enum Source {
    /// To connections of their own.
    Pool(Readers),
    /// To the writer's, the only one that sees a database in memory. It is held for a whole transaction, so nobody sees
    /// half of one.
    Writer(Shared),
}

impl Embedded {
    /// Opens the database, taking its lock, and starts the writer.
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        let (options, lock) = match &config.database {
            Database::Sqlite { path } => {
                let lock = take_lock(path).await?;
                let file = SqliteConnectOptions::new().filename(lock.database());
                (file.journal_mode(SqliteJournalMode::Wal), Some(lock))
            }
            Database::Memory => (SqliteConnectOptions::new().in_memory(true), None),
        };
        let options = options
            .row_buffer_size(ROWS_AHEAD)
            .statement_cache_capacity(STATEMENTS)
            .pragma("wal_autocheckpoint", LOG_PAGES)
            .thread_name(|id| format!("sqlite-{id}"))
            .disable_statement_logging();

        let connection = connect(&options).await?;
        let backed_up = lock.as_ref().map(DatabaseLock::database).filter(|_| config.backup_before_upgrade);
        let mut writer = Connection::Sqlite(Lent::exclusive(&connection).await);
        // A process before this one may have ended because the disk did not take its log. That is lost there, and would make a power
        // cut take whatever is appended; folded in, it is written anew.
        if lock.is_some() && !writer.fold_log().await? {
            tracing::warn!("the database's log could not be emptied, since another process reads from it");
        }
        migrate::run(&mut writer, config.clock.as_ref(), backed_up).await?;
        writer.command("choosing who waits for the disk", "PRAGMA synchronous = NORMAL").await?;
        drop(writer);
        let readers = match &config.database {
            Database::Sqlite { .. } => Source::Pool(Readers::open(&options.read_only(true)).await?),
            Database::Memory => Source::Writer(Arc::clone(&connection)),
        };

        let nodes = Arc::new(NodeCache::new());
        let gate = Arc::new(Gate::new());
        let (watchers, meters) = (Arc::new(Watchers::default()), Arc::new(Meters::default()));
        let file = lock.as_ref().map(|lock| lock.database().to_owned());
        let log = file.as_ref().map(|file| with_suffix(file, "-wal"));
        let disk = log.map(|log| Disk::of(&log, Arc::clone(&gate), Arc::clone(&meters))).transpose()?;
        let (orders, inbox) = mpsc::unbounded_channel();
        let writer = Writer {
            connection,
            disk,
            nodes: Arc::clone(&nodes),
            gate: Arc::clone(&gate),
            watchers: Arc::clone(&watchers),
            meters: Arc::clone(&meters),
            orders: inbox,
            _lock: lock,
        };
        tokio::spawn(writer.run());
        Ok(Self { readers, orders, nodes, gate, watchers, meters, file })
    }

    /// A connection to read with.
    pub(crate) async fn read(&self) -> Result<Connection> {
        self.gate.pass().await;
        let lent = match &self.readers {
            Source::Pool(readers) => readers.acquire().await?,
            Source::Writer(_) if self.orders.is_closed() => return Err(Error::Closed),
            Source::Writer(connection) => Lent::exclusive(connection).await,
        };
        Ok(Connection::Sqlite(lent))
    }

    /// Has the writer carry a job out. It does so even if the caller stops waiting. Who waits does not carry the job, which
    /// may be large: it is made ready before.
    pub(crate) fn write<J: Job>(
        &self,
        job: J,
        request: Option<Arc<str>>,
    ) -> impl Future<Output = Result<J::Output>> + Send {
        let (job, reply) = Pending::new(job, request);
        async move {
            self.gate.pass().await;
            let _waiting = self.meters.queued.enter();
            self.orders.send(Order::Write(job)).map_err(|_| Error::Closed)?;
            reply.await.map_err(|_| Error::Closed)?
        }
    }

    /// The nodes in memory.
    pub(crate) const fn cache(&self) -> &Arc<NodeCache> {
        &self.nodes
    }

    /// Who is told of commits.
    pub(crate) fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    /// What is counted here.
    pub(crate) fn meters(&self) -> &Meters {
        &self.meters
    }

    /// How much room the file takes, with its log.
    pub(crate) fn size(&self) -> Option<Size> {
        let file = self.file.as_ref()?;
        let bytes = |path: &Path| std::fs::metadata(path).map(|found| found.len());
        // There is no log before the first write.
        Some(Size { rows: bytes(file).ok()?, log: bytes(&with_suffix(file, "-wal")).unwrap_or_default() })
    }

    /// What every call passes.
    pub(crate) const fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Cuts the power at the `n`-th commit from now.
    #[cfg(feature = "testing")]
    pub(crate) fn cut_power_after(&self, n: u64) {
        self.gate.cut_after(n);
        // If that is now, the writer must hear of it. One that has ended needs not.
        let _ = self.orders.send(Order::Look);
    }

    /// Ends everything in good order.
    pub(crate) async fn close(&self) -> Result<()> {
        self.gate.pass().await;
        let read = match &self.readers {
            // Before the writer: the log can be folded in whole only when nobody reads from it.
            Source::Pool(readers) => readers.close().await,
            Source::Writer(_) => Ok(()),
        };
        let (done, ended) = oneshot::channel();
        self.orders.send(Order::Close(done)).map_err(|_| Error::Closed)?;
        let written = ended.await.map_err(|_| Error::Closed)?;
        self.nodes.clear();
        read.and(written)
    }
}

/// Waiting for a lock blocks, and must do so in real time.
async fn take_lock(path: &Path) -> Result<DatabaseLock> {
    let path = path.to_owned();
    match tokio::task::spawn_blocking(move || DatabaseLock::take(&path)).await {
        Ok(lock) => lock,
        Err(_) => Err(Error::Closed),
    }
}
