//! Stories of copies: made while others write, checked, put back; and what is refused.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod common;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use common::{Folder, TestClock, TestDatabase, full_node};
use kamacite_model::{Node, Uuid};
use kamacite_store::{
    Database, Error, NodeFilter, NodeQuery, Store, StoreConfig,
    backup::{BackupError, Existing, UnderWay, back_up, inspect, restore},
};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};

/// The files of a folder, the database's and the lock's aside.
fn others(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with("k.sqlite") || name.starts_with("k.sqlite."));
    names.retain(|name| name != "k.sqlite.lock");
    names.sort();
    names
}

async fn open(path: &Path) -> Store {
    let database = Database::Sqlite { path: path.to_owned() };
    Store::open(StoreConfig { database, clock: TestClock::new(), backup_before_upgrade: true }).await.unwrap()
}

async fn do_sql(path: &Path, sql: &str) {
    let mut connection = SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_is_one_moment_of_a_database_that_is_written_to() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    // Enough that copying takes a while. Each node comes with an entry of history, in one transaction.
    for _ in 0..500 {
        let node = db.node();
        store.create_node(&node, &[db.entry(node.uuid, "enrolled")]).await.unwrap();
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (store, stop, now) = (store.clone(), stop.clone(), db.now());
        let entries: Vec<_> = (0..20_000)
            .map(|_| {
                let node = Node::new(Uuid::new_v4(), "fake-hardware", now);
                let entry = db.entry(node.uuid, "enrolled");
                (node, entry)
            })
            .collect();
        async move {
            let mut written = 0_u64;
            for (node, entry) in entries {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                store.create_node(&node, &[entry]).await.unwrap();
                written += 1;
            }
            written
        }
    });
    let folder = db.path().parent().unwrap();
    let mut seen = 500;
    for n in 0..5 {
        let to = folder.join(format!("copy-{n}"));
        let content = back_up(db.path(), &to, Existing::Keep).await.unwrap();
        assert_eq!(content.path, to);
        assert_eq!(content.bytes, fs::metadata(&to).unwrap().len());
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(content.nodes >= seen, "{} after {seen}", content.nodes);
        seen = content.nodes;
        let copy = open(&to).await;
        let nodes = copy.nodes(&NodeQuery::default()).await.unwrap();
        assert_eq!(nodes.len() as u64, content.nodes);
        for node in [nodes.first().unwrap(), nodes.last().unwrap()] {
            assert_eq!(copy.history(node.uuid, &Default::default()).await.unwrap().len(), 1, "a transaction is whole");
        }
        copy.close().await.unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    let written = writing.await.unwrap();
    assert!(seen > 500 && seen <= 500 + written, "it was written to meanwhile: {seen}, {written}");
    assert_eq!(store.count_nodes(&NodeFilter::default()).await.unwrap(), 500 + written);
    store.close().await.unwrap();
    let parts = others(folder).into_iter().filter(|name| name.contains("part")).collect::<Vec<_>>();
    assert!(parts.is_empty(), "{parts:?}");
}

#[tokio::test]
async fn a_copy_tells_what_is_in_it_and_holds_nothing_that_was_deleted() {
    let db = TestDatabase::sqlite_file();
    let store = db.open_for_full_nodes().await;
    let node = full_node(db.now());
    store.create_node(&node, &[]).await.unwrap();
    let gone = db.enrol(&store, |node| node.description = Some("to-be-forgotten".to_owned())).await;
    let held = store.reserve(gone.uuid, "c1").await.unwrap();
    store.delete_node(gone.uuid, held.fence).await.unwrap();
    store.insert_operation(&db.operation(Some(node.uuid))).await.unwrap();
    store.insert_operation(&db.operation(None)).await.unwrap();

    let to = db.path().with_file_name("copy");
    let content = back_up(db.path(), &to, Existing::Keep).await.unwrap();
    assert_eq!((content.nodes, content.schema), (1, kamacite_store::testing::newest_schema()));
    let under_way = |node: Option<&str>| UnderWay { name: "clean".to_owned(), node: node.map(str::to_owned) };
    assert_eq!(content.under_way, [under_way(Some("node-1")), under_way(None)]);
    let bytes = fs::read(&to).unwrap();
    assert!(!bytes.windows(15).any(|window| window == b"to-be-forgotten"));
}

#[tokio::test]
async fn nothing_is_overwritten_unless_asked() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    db.enrol(&store, |_| ()).await;
    let to = db.path().with_file_name("copy");
    fs::write(&to, "dear").unwrap();
    let refused = back_up(db.path(), &to, Existing::Keep).await.unwrap_err();
    assert!(refused.to_string().contains("say --overwrite"), "{refused}");
    assert_eq!(fs::read(&to).unwrap(), b"dear");
    back_up(db.path(), &to, Existing::Replace).await.unwrap();
    assert_eq!(inspect(&to).await.unwrap().nodes, 1);

    for own in ["k.sqlite", "k.sqlite-wal", "k.sqlite-journal", "k.sqlite.lock"] {
        let refused = back_up(db.path(), &db.path().with_file_name(own), Existing::Replace).await.unwrap_err();
        assert!(matches!(refused, BackupError::IsTheDatabase { .. }), "{refused:?}");
    }
    let nowhere = db.path().with_file_name("no").join("copy");
    let refused = back_up(db.path(), &nowhere, Existing::Keep).await.unwrap_err();
    assert!(
        matches!(&refused, BackupError::File { path, .. } if path.starts_with(nowhere.parent().unwrap())),
        "{refused:?}"
    );
    let refused = back_up(&nowhere, &to, Existing::Keep).await.unwrap_err();
    assert!(matches!(refused, BackupError::NoDatabase { .. }), "{refused:?}");
    assert_eq!(others(db.path().parent().unwrap()), ["copy"], "what failed leaves nothing behind");
    assert_eq!(store.count_nodes(&NodeFilter::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_copy_is_not_put_where_sqlite_puts_a_log_of_the_database() {
    let db = TestDatabase::sqlite_file();
    db.open().await.close().await.unwrap();
    let elsewhere = Folder::new();
    std::os::unix::fs::symlink(db.path(), elsewhere.file()).unwrap();
    // Of these there is none while nobody has the database open, and SQLite would take a copy for its own.
    for own in ["k.sqlite-wal", "k.sqlite-journal", "k.sqlite-shm"] {
        for (database, existing) in [(db.path(), Existing::Keep), (&elsewhere.file(), Existing::Replace)] {
            let to = db.path().with_file_name(own);
            assert!(!to.exists());
            let refused = back_up(database, &to, existing).await.unwrap_err();
            assert!(matches!(refused, BackupError::IsTheDatabase { .. }), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_copy_is_put_back_and_what_was_there_is_kept() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let first = db.enrol(&store, |_| ()).await;
    let copy = db.path().with_file_name("copy");
    back_up(db.path(), &copy, Existing::Keep).await.unwrap();
    let second = db.enrol(&store, |_| ()).await;
    let refused = restore(&copy, db.path(), db.now()).await.unwrap_err();
    assert!(matches!(refused, BackupError::Store(Error::DatabaseInUse { .. })), "{refused:?}");

    // Killed: what was written last is in the log only.
    store.cut_power_after(0);
    tokio::time::timeout(std::time::Duration::from_millis(50), store.close()).await.unwrap_err();
    let restored = restore(&copy, db.path(), db.now()).await.unwrap();
    assert_eq!((restored.content.nodes, &*restored.content.path), (1, &*db.path().canonicalize().unwrap()));
    let kept = restored.kept.unwrap();
    assert_eq!(kept.file_name().unwrap(), "k.sqlite.before-restore-20231114T221320Z");
    assert_eq!(others(db.path().parent().unwrap()), ["copy", "k.sqlite.before-restore-20231114T221320Z"]);
    assert_eq!(fs::metadata(db.path()).unwrap().permissions().mode() & 0o777, 0o600);

    let (store, old) = (db.open().await, open(&kept).await);
    assert_eq!(store.node(second.uuid).await.unwrap(), None);
    assert_eq!(*store.node(first.uuid).await.unwrap().unwrap(), first);
    assert_eq!(*old.node(second.uuid).await.unwrap().unwrap(), second, "with what was in its log");
}

#[tokio::test]
async fn a_copy_is_put_where_nothing_was() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    db.enrol(&store, |_| ()).await;
    let elsewhere = Folder::new();
    // From a database that is in use, too: what is read is one moment of it.
    let restored = restore(db.path(), &elsewhere.file(), db.now()).await.unwrap();
    assert_eq!((restored.content.nodes, restored.kept), (1, None));
    assert_eq!(open(&elsewhere.file()).await.count_nodes(&NodeFilter::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_left_of_a_restore_that_was_never_finished_is_removed_by_the_next() {
    let db = TestDatabase::sqlite_file();
    db.open().await.close().await.unwrap();
    let copy = db.path().with_file_name("copy");
    back_up(db.path(), &copy, Existing::Keep).await.unwrap();
    let uuid = Uuid::new_v4();
    // The second may be under way: to copy a database nobody needs its lock.
    for name in [format!("k.sqlite.{uuid}.part"), format!("k.sqlite.copy.{uuid}.part")] {
        fs::write(db.path().with_file_name(name), "half a copy").unwrap();
    }
    restore(&copy, db.path(), db.now()).await.unwrap();
    let expected = [
        "copy".to_owned(),
        "k.sqlite.before-restore-20231114T221320Z".to_owned(),
        format!("k.sqlite.copy.{uuid}.part"),
    ];
    assert_eq!(others(db.path().parent().unwrap()), expected);

    // It is whole if the process was killed just before the end, and may be what somebody has left.
    let whole = db.path().with_file_name(format!("k.sqlite.{uuid}.part"));
    fs::rename(&copy, &whole).unwrap();
    fs::remove_file(db.path()).unwrap();
    restore(&whole, db.path(), db.now()).await.unwrap();
    assert!(whole.exists() && db.path().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_is_put_where_nothing_was_of_a_database_that_is_written_to() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    for _ in 0..500 {
        db.enrol(&store, |_| ()).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (store, stop, now) = (store.clone(), stop.clone(), db.now());
        async move {
            while !stop.load(Ordering::SeqCst) {
                store.create_node(&Node::new(Uuid::new_v4(), "fake-hardware", now), &[]).await.unwrap();
            }
        }
    });
    let mut seen = 500;
    for _ in 0..3 {
        let elsewhere = Folder::new();
        let restored = restore(db.path(), &elsewhere.file(), db.now()).await.unwrap();
        assert!(restored.content.nodes >= seen, "{} after {seen}", restored.content.nodes);
        seen = restored.content.nodes;
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_broken_is_replaced_and_kept_as_it_is() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    db.enrol(&store, |_| ()).await;
    let copy = db.path().with_file_name("copy");
    back_up(db.path(), &copy, Existing::Keep).await.unwrap();
    store.close().await.unwrap();
    fs::write(db.path(), "the disk has lost its mind").unwrap();
    fs::write(db.path().with_file_name("k.sqlite-wal"), "here, too").unwrap();

    let kept = restore(&copy, db.path(), db.now()).await.unwrap().kept.unwrap();
    assert_eq!(fs::read(&kept).unwrap(), b"the disk has lost its mind");
    let log = PathBuf::from(format!("{}-wal", kept.display()));
    assert_eq!(fs::read(log).unwrap(), b"here, too");
    assert_eq!(db.open().await.count_nodes(&NodeFilter::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn only_a_whole_database_of_a_known_version_is_put_back() {
    let db = TestDatabase::sqlite_file();
    let store = db.open_for_full_nodes().await;
    for _ in 0..100 {
        let (uuid, full) = (Uuid::new_v4(), full_node(db.now()));
        store.create_node(&Node { uuid, name: None, instance_uuid: None, ..full }, &[]).await.unwrap();
    }
    let good = db.path().with_file_name("good");
    back_up(db.path(), &good, Existing::Keep).await.unwrap();
    let file = |name: &str| db.path().with_file_name(name);
    let elsewhere = Folder::new();

    fs::write(file("text"), "no database").unwrap();
    fs::write(file("empty"), "").unwrap();
    do_sql(&file("foreign"), "CREATE TABLE nodes (id INTEGER)").await;
    for foreign in ["text", "empty", "foreign"] {
        let refused = restore(&file(foreign), &elsewhere.file(), db.now()).await.unwrap_err();
        assert!(matches!(refused, BackupError::Foreign { .. }), "{foreign}: {refused:?}");
    }
    fs::copy(&good, file("newer")).unwrap();
    do_sql(&file("newer"), "INSERT INTO schema_version VALUES (1000, 'future', 0)").await;
    let refused = restore(&file("newer"), &elsewhere.file(), db.now()).await.unwrap_err();
    assert!(matches!(refused, BackupError::TooNew { found: 1000, .. }), "{refused:?}");
    assert!(refused.to_string().contains("install the program that wrote it"), "{refused}");

    let whole = fs::read(&good).unwrap();
    fs::write(file("cut"), &whole[..whole.len() / 2]).unwrap();
    let mut scratched = whole.clone();
    let middle = whole.len() / 2;
    scratched[middle..middle + 8192].fill(0xA5);
    fs::write(file("scratched"), scratched).unwrap();
    for damaged in ["cut", "scratched"] {
        let refused = restore(&file(damaged), &elsewhere.file(), db.now()).await.unwrap_err();
        assert!(
            matches!(refused, BackupError::Damaged { .. } | BackupError::Database { .. }),
            "{damaged}: {refused:?}"
        );
    }
    let refused = restore(&file("not-there"), &elsewhere.file(), db.now()).await.unwrap_err();
    assert!(matches!(refused, BackupError::File { .. }), "{refused:?}");
    assert!(!elsewhere.file().exists(), "nothing was begun");

    store.close().await.unwrap();
    let refused = restore(db.path(), db.path(), db.now()).await.unwrap_err();
    assert!(matches!(refused, BackupError::IsTheDatabase { .. }), "{refused:?}");
    assert_eq!(open(db.path()).await.count_nodes(&NodeFilter::default()).await.unwrap(), 100);
}
