//! Waits for the disk in the writer's place, so that the next transaction runs meanwhile.
//!
//! What SQLite commits with `synchronous = NORMAL` is in its write-ahead log and survives the end of the process. A power cut it
//! survives as soon as the log has been synced, which `FULL` would do in each commit.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Instant,
};

use super::{Gate, job::AnyJob};
use crate::{Error, Meters, Result};

/// The thread that waits for the disk; it ends when this is dropped, after what it has been given.
pub(super) struct Disk {
    waiting: Sender<Waiting>,
    broken: Arc<OnceLock<Error>>,
}

/// Jobs that must not be answered before all that has been committed is on disk.
struct Waiting {
    /// When their transaction began; nothing if it changed nothing.
    began: Option<Instant>,
    jobs: Vec<Box<dyn AnyJob>>,
}

impl Disk {
    /// Of a database's write-ahead log, which must be there. Its name in the folder SQLite has synced before the first commit.
    pub(super) fn of(log: &Path, gate: Arc<Gate>, meters: Arc<Meters>) -> Result<Self> {
        let trouble = |source| Error::File { path: log.to_owned(), source: Arc::new(source) };
        let file = File::open(log).map_err(trouble)?;
        Self::start(log.to_owned(), meters, move || gate.disk().and_then(|()| file.sync_data())).map_err(trouble)
    }

    fn start(
        log: PathBuf,
        meters: Arc<Meters>,
        sync: impl FnMut() -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let (waiting, queue) = channel();
        let broken = Arc::new(OnceLock::new());
        let told = Arc::clone(&broken);
        let thread = thread::Builder::new().name("sqlite-disk".to_owned());
        thread.spawn(move || answer_each(&queue, &log, &meters, &told, sync))?;
        Ok(Self { waiting, broken })
    }

    /// Answers jobs once all that was committed before is on disk; `began` is when their own transaction did, unless it changed
    /// nothing. Refusals wait as well: they may rest on what is not on disk yet.
    pub(super) fn answer(&self, began: Option<Instant>, jobs: Vec<Box<dyn AnyJob>>) {
        // The thread is there for as long as this is. If it were not, who waits would be told that the store is closed.
        let _ = self.waiting.send(Waiting { began, jobs });
    }

    /// Why nothing more may be written, if that is so.
    pub(super) fn broken(&self) -> Option<&Error> {
        self.broken.get()
    }
}

/// Answers in the order of the commits; one wait is for all that have come by then.
fn answer_each(
    queue: &Receiver<Waiting>,
    log: &Path,
    meters: &Meters,
    broken: &OnceLock<Error>,
    mut sync: impl FnMut() -> io::Result<()>,
) {
    while let Ok(first) = queue.recv() {
        let waiting: Vec<Waiting> = std::iter::once(first).chain(queue.try_iter()).collect();
        // Linux takes for written what a sync failed to write, and the next sync succeeds without it: the first failure stands.
        if broken.get().is_none()
            && let Err(source) = sync()
        {
            tracing::error!(log = %log.display(), %source, "the database is not on disk; nothing more is written to it");
            let _ = broken.set(Error::NotOnDisk { log: log.to_owned(), source: Arc::new(source) });
        }
        for Waiting { began, jobs } in waiting {
            if let (Some(began), None) = (began, broken.get()) {
                meters.durable_commits.record(began.elapsed());
            }
            for mut job in jobs {
                if let Some(error) = broken.get() {
                    job.fail(error.clone());
                }
                job.answer();
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::db::job::{Running, Tx};

    /// Long enough for anything that is going to happen.
    const SOON: Duration = Duration::from_millis(50);

    /// Tells what it is answered.
    struct Asked(Result<()>, Sender<Result<()>>);

    impl AnyJob for Asked {
        fn durable(&self) -> bool {
            true
        }

        fn is_one_statement(&self) -> bool {
            true
        }

        fn run<'a>(&'a mut self, _: Tx<'a>) -> Running<'a> {
            unreachable!("it has run when the disk gets it")
        }

        fn fail(&mut self, error: Error) {
            self.0 = Err(error);
        }

        fn answer(self: Box<Self>) {
            self.1.send(self.0).unwrap();
        }
    }

    fn ask(disk: &Disk) -> Receiver<Result<()>> {
        let (sender, answer) = channel();
        disk.answer(Some(Instant::now()), vec![Box::new(Asked(Ok(()), sender))]);
        answer
    }

    fn start(sync: impl FnMut() -> io::Result<()> + Send + 'static) -> (Disk, Arc<Meters>) {
        let meters = Arc::new(Meters::default());
        (Disk::start("k.sqlite-wal".into(), Arc::clone(&meters), sync).unwrap(), meters)
    }

    #[test]
    fn an_answer_waits_for_the_disk_and_what_comes_meanwhile_shares_the_next_wait() {
        let (began, begun) = channel();
        let (let_go, wait) = channel();
        let (disk, meters) = start(move || {
            began.send(()).unwrap();
            wait.recv().unwrap()
        });
        let first = ask(&disk);
        begun.recv().unwrap();
        let others = [ask(&disk), ask(&disk)];
        assert!(first.recv_timeout(SOON).is_err());
        let_go.send(Ok(())).unwrap();
        first.recv().unwrap().unwrap();

        begun.recv().unwrap();
        assert!(others.iter().all(|other| other.recv_timeout(SOON).is_err()));
        let_go.send(Ok(())).unwrap();
        others.iter().for_each(|other| other.recv().unwrap().unwrap());
        drop(disk);
        assert!(begun.recv().is_err(), "three commits were two waits");
        assert_eq!(meters.durable_commits.read().count, 3);
    }

    #[test]
    fn after_the_first_failure_nothing_is_called_written() {
        let mut syncs = 0;
        let (disk, meters) = start(move || {
            syncs += 1;
            if syncs == 1 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        for _ in 0..2 {
            let answer = ask(&disk).recv().unwrap();
            assert!(
                matches!(&answer, Err(Error::NotOnDisk { log, .. }) if log.ends_with("k.sqlite-wal")),
                "{answer:?}"
            );
        }
        assert!(matches!(disk.broken(), Some(Error::NotOnDisk { .. })));
        assert_eq!(meters.durable_commits.read().count, 0);
    }
}
