//! The one task that writes to an embedded database.
//!
//! It takes every job that is queued at that moment into one transaction (group commit), so that a hundred callers who
//! each want their change on disk share one wait for the disk, which [`Disk`] does while the next transaction runs. A job that
//! fails takes back its own rows only.

use std::{sync::Arc, time::Instant};

use meter::Durations;
use tokio::sync::{mpsc, oneshot};

use super::{
    Connection, Gate,
    connection::is_trouble,
    disk::Disk,
    job::{AnyJob, Touched, Tx},
    lock::DatabaseLock,
    pool::{Lent, Shared, disconnect},
};
use crate::{Commit, Error, Meters, Result, cache::NodeCache, commits::Watchers};

/// The most jobs of one transaction: it bounds how long the first of them waits for the last.
const BATCH: usize = 512;

/// What the writer is told.
pub(crate) enum Order {
    /// Carry this out.
    Write(Box<dyn AnyJob>),
    /// End in good order and tell when done.
    Close(oneshot::Sender<Result<()>>),
    /// Look whether the power has been cut.
    #[cfg(feature = "testing")]
    Look,
}

/// The writer and all it owns, on a connection that has been prepared.
pub(super) struct Writer {
    // In this order: dropped with the runtime, the connection goes before the lock.
    pub(super) connection: Shared,
    /// Where commits have to get to; nowhere when the database is in memory.
    pub(super) disk: Option<Disk>,
    pub(super) nodes: Arc<NodeCache>,
    pub(super) gate: Arc<Gate>,
    pub(super) watchers: Arc<Watchers>,
    pub(super) meters: Arc<Meters>,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    /// Freed when it ends.
    pub(super) _lock: Option<DatabaseLock>,
}

impl Writer {
    /// Works until it is told to close, or nobody is left to give orders.
    pub(crate) async fn run(mut self) {
        let mut orders = Vec::with_capacity(BATCH);
        while self.orders.recv_many(&mut orders, BATCH).await > 0 {
            let mut jobs: Vec<Box<dyn AnyJob>> = Vec::with_capacity(orders.len());
            let mut close = None;
            for order in orders.drain(..) {
                match order {
                    // Who comes after the close is dropped, and so is told that the store is closed.
                    Order::Write(job) if close.is_none() => jobs.push(job),
                    Order::Write(_) => {}
                    Order::Close(done) => close = Some(done),
                    #[cfg(feature = "testing")]
                    Order::Look => {}
                }
            }
            self.meters.jobs.add(jobs.len() as u64);
            let began = Instant::now();
            let changed = !self.gate.is_dead() && !jobs.is_empty() && self.carry_out(&mut jobs).await;
            if self.gate.is_dead() {
                return self.lie_dead(jobs, close).await;
            }
            self.answer(jobs, changed.then_some(began));
            if let Some(done) = close {
                self.orders.close();
                let outcome = self.end().await;
                let _ = done.send(outcome);
                return;
            }
        }
        if let Err(error) = self.end().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database was not closed in good order");
        }
    }

    /// Runs the jobs, commits, and lets everybody see what came of it. Returns whether any job changed something.
    async fn carry_out(&mut self, jobs: &mut [Box<dyn AnyJob>]) -> bool {
        if let Some(error) = self.disk.as_ref().and_then(Disk::broken) {
            jobs.iter_mut().for_each(|job| job.fail(error.clone()));
            return false;
        }
        let mut connection = Connection::Sqlite(Lent::exclusive(&self.connection).await);
        let mut touched = Touched::default();
        let done = match &mut *jobs {
            [job] if job.is_one_statement() => self.run_alone(&mut connection, job, &mut touched).await,
            jobs => self.run_in_transaction(&mut connection, jobs, &mut touched).await,
        };
        match done {
            Ok(changed) => {
                self.nodes.publish(touched.nodes);
                self.watchers.tell(Commit::Of(&touched.log));
                if changed {
                    self.gate.committed();
                }
                changed
            }
            Err(error) => {
                // What the database holds now is not known for certain, so nothing is known of its nodes either.
                self.nodes.clear();
                self.watchers.tell(Commit::Unknown);
                jobs.iter_mut().for_each(|job| job.fail(error.clone()));
                false
            }
        }
    }

    /// Answers the jobs of a transaction that began then, unless it changed nothing: each when what it needs is done.
    fn answer(&self, jobs: Vec<Box<dyn AnyJob>>, began: Option<Instant>) {
        let (durable, lazy): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.durable());
        lazy.into_iter().for_each(AnyJob::answer);
        let record = |commits: &Durations| {
            if let Some(began) = began {
                commits.record(began.elapsed());
            }
        };
        match &self.disk {
            _ if durable.is_empty() => record(&self.meters.lazy_commits),
            Some(disk) => disk.answer(began, durable),
            None => {
                record(&self.meters.durable_commits);
                durable.into_iter().for_each(AnyJob::answer);
            }
        }
    }

    /// One statement commits by itself: one trip to the database instead of three.
    async fn run_alone(
        &self,
        connection: &mut Connection,
        job: &mut Box<dyn AnyJob>,
        touched: &mut Touched,
    ) -> Result<bool> {
        match job.run(Tx::new(connection, &self.nodes, touched)).await {
            Ok(mine) => {
                touched.extend(mine);
                Ok(true)
            }
            Err(error) if is_trouble(&error) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Returns whether any job changed something.
    ///
    /// A savepoint around each job would cost as much as the job itself, and hardly any fails after it has written. So
    /// they run without; if one has to be taken back after all, the transaction starts over, with savepoints.
    async fn run_in_transaction(
        &self,
        connection: &mut Connection,
        jobs: &mut [Box<dyn AnyJob>],
        touched: &mut Touched,
    ) -> Result<bool> {
        match self.attempt(connection, jobs, touched, false).await? {
            Some(changed) => Ok(changed),
            None => {
                touched.clear();
                self.attempt(connection, jobs, touched, true).await.map(Option::unwrap_or_default)
            }
        }
    }

    /// Returns whether any job changed something; `None` if a job must be taken back and cannot be.
    async fn attempt(
        &self,
        connection: &mut Connection,
        jobs: &mut [Box<dyn AnyJob>],
        touched: &mut Touched,
        savepoints: bool,
    ) -> Result<Option<bool>> {
        connection.command("beginning a transaction", "BEGIN IMMEDIATE").await?;
        let done = self.run_each(connection, jobs, touched, savepoints).await;
        let ended = match &done {
            Ok(Some(true)) => connection.command("committing", "COMMIT").await.map_err(Error::from),
            Ok(Some(false) | None) => connection.command("rolling back", "ROLLBACK").await.map_err(Error::from),
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = ended {
            // It may have been rolled back already, then this fails and nothing is lost.
            let _ = connection.command("rolling back", "ROLLBACK").await;
            return Err(error);
        }
        done
    }

    async fn run_each(
        &self,
        connection: &mut Connection,
        jobs: &mut [Box<dyn AnyJob>],
        touched: &mut Touched,
        savepoints: bool,
    ) -> Result<Option<bool>> {
        let alone = jobs.len() == 1;
        let mut changed = false;
        for job in jobs {
            // One statement takes itself back.
            let guarded = savepoints && !job.is_one_statement();
            if guarded {
                connection.command("guarding a job", "SAVEPOINT job").await?;
            }
            match job.run(Tx::new(connection, &self.nodes, touched)).await {
                Ok(mine) => {
                    touched.extend(mine);
                    changed = true;
                }
                Err(error) if is_trouble(&error) => return Err(error),
                Err(_) if guarded => connection.command("taking a job back", "ROLLBACK TO job").await?,
                // With nobody else in it the transaction is rolled back.
                Err(_) if job.is_one_statement() || alone => {}
                Err(_) => return Ok(None),
            }
            if guarded {
                connection.command("guarding a job", "RELEASE job").await?;
            }
        }
        Ok(Some(changed))
    }

    /// Folds the write-ahead log into the database, unless it may not be whole, and gives everything up.
    async fn end(self) -> Result<()> {
        let folded = match self.disk.as_ref().and_then(Disk::broken) {
            Some(error) => Err(error.clone()),
            None => Connection::Sqlite(Lent::exclusive(&self.connection).await).fold_log().await.map_err(Error::from),
        };
        let closed = disconnect(self.connection).await;
        folded?;
        closed
    }

    /// What a process that was killed does: it lets go of everything and answers nobody, but for what the disk has been given.
    async fn lie_dead(self, jobs: Vec<Box<dyn AnyJob>>, close: Option<oneshot::Sender<Result<()>>>) {
        let Self { connection, mut orders, _lock, .. } = self;
        let _ = disconnect(connection).await;
        drop(_lock);
        let mut waiting = Vec::new();
        while let Some(order) = orders.recv().await {
            waiting.push(order);
        }
        // Kept until nobody can be waiting: who is dropped is told that the store is closed.
        drop((jobs, close, waiting));
    }
}
