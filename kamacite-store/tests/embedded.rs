//! Stories of the embedded database: group commit, power cuts, its lock, its file, what of it is secret.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod common;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use common::{Folder, TestClock, TestDatabase, change, full_node};
use futures::{
    FutureExt as _,
    future::{join, join_all},
};
use kamacite_model::{Info, Node, Operation, Uuid, VolumeTarget};
use kamacite_store::{Database, Error, HistoryQuery, NodeFilter, NodeQuery, RecordChange, Store, StoreConfig};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _, sqlite::SqliteConnectOptions};
use tokio::time::timeout;

/// Long enough for anything that is going to happen.
const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn what_is_queued_at_one_moment_is_committed_together() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let before = store.commits();
    // On one thread the writer gets its turn when all have asked.
    let nodes: Vec<Node> = (0..100).map(|_| db.node()).collect();
    for outcome in join_all(nodes.iter().map(|node| store.create_node(node, &[]))).await {
        outcome.unwrap();
    }
    assert_eq!(store.commits() - before, 1);
    assert_eq!(store.count_nodes(&NodeFilter::default()).await.unwrap(), 100);
}

#[tokio::test]
async fn a_job_that_fails_in_a_batch_hurts_nobody() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let taken = db.entry(Uuid::nil(), "taken");
    store.add_history(std::slice::from_ref(&taken)).await.unwrap();
    let operation = db.operation(None);
    store.insert_operation(&operation).await.unwrap();
    let before = store.commits();

    let nodes: Vec<Node> = (0..30).map(|n| Node { name: Some(format!("n{}", n / 2)), ..db.node() }).collect();
    // Of each pair one has the other's name; every sixth fails late, when its row is written already.
    let create = |n: usize| {
        let history = match n % 6 {
            0 => vec![taken.clone()],
            _ => vec![db.entry(nodes[n].uuid, "enrolled")],
        };
        let (store, node) = (&store, &nodes[n]);
        async move { store.create_node(node, &history).await }
    };
    let (created, again) = join(join_all((0..30).map(create)), store.insert_operation(&operation)).await;
    assert!(matches!(again, Err(Error::Database { .. })), "{again:?}");
    assert_eq!(store.commits() - before, 1, "all were one batch");
    for (n, outcome) in created.iter().enumerate() {
        match (n % 6, outcome) {
            // The sixth failed, so its name was free for the other of its pair.
            (0, Err(Error::Database { .. })) | (1 | 2 | 4, Ok(())) | (3 | 5, Err(Error::NodeNameTaken { .. })) => {}
            (_, outcome) => panic!("{n}: {outcome:?}"),
        }
        let stored = store.node(nodes[n].uuid).await.unwrap();
        assert_eq!(stored.is_some(), outcome.is_ok(), "{n}");
        let history = store.history(nodes[n].uuid, &HistoryQuery::default()).await.unwrap();
        assert_eq!(history.len(), usize::from(outcome.is_ok()), "{n}");
    }
    let listed = store.nodes(&NodeQuery::default()).await.unwrap();
    drop(store);
    assert_eq!(db.open().await.nodes(&NodeQuery::default()).await.unwrap(), listed, "on disk as in memory");
}

#[tokio::test]
async fn trouble_with_the_database_is_told_to_all_of_a_batch() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let known = db.enrol(&store, |_| ()).await;
    let mut other = SqliteConnectOptions::new().filename(db.path()).connect().await.unwrap();
    other.execute("ALTER TABLE node_history RENAME TO lost").await.unwrap();

    let (first, second, third) = (db.node(), db.node(), db.node());
    let history = [db.entry(second.uuid, "enrolled")];
    let outcomes = join_all([
        store.create_node(&first, &[]).boxed(),
        store.create_node(&second, &history).boxed(),
        store.create_node(&third, &[]).boxed(),
    ])
    .await;
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::Database { .. })), "{outcome:?}");
    }
    assert_eq!(store.nodes(&NodeQuery::default()).await.unwrap().len(), 1);
    assert_eq!(*store.node(known.uuid).await.unwrap().unwrap(), known);

    other.execute("ALTER TABLE lost RENAME TO node_history").await.unwrap();
    store.create_node(&second, &history).await.unwrap();
    assert_eq!(*store.node(second.uuid).await.unwrap().unwrap(), second);
}

#[tokio::test]
async fn jobs_of_one_batch_see_each_other() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let node = db.node();
    let before = store.commits();
    let (created, (held, second)) =
        join(store.create_node(&node, &[]), join(store.reserve(node.uuid, "c1"), store.reserve(node.uuid, "c2"))).await;
    created.unwrap();
    assert_eq!(store.commits() - before, 1);
    assert_eq!(*held.unwrap(), Node { reservation: Some("c1".to_owned()), fence: 1, ..node });
    assert!(matches!(second, Err(Error::NodeLocked { holder, .. }) if holder == "c1"));
}

#[tokio::test]
async fn everything_comes_back_from_the_file_as_it_was_in_memory() {
    let db = TestDatabase::sqlite_file();
    let store = db.open_for_full_nodes().await;
    let node = full_node(db.now());
    store.create_node(&node, &[]).await.unwrap();
    let mut held = store.take_over(node.uuid, "c1").await.unwrap();
    for n in 0..3 {
        let change = change(&held, |node| {
            node.driver_info.insert("n".to_owned(), n.into());
            node.instance_info.insert("configdrive".to_owned(), n.into());
        });
        held = store.save(change).await.unwrap().unwrap();
    }
    store.close().await.unwrap();
    let store = db.open().await;
    let loaded = store.node(node.uuid).await.unwrap().unwrap();
    assert_eq!(loaded, held);
    assert_eq!(
        format!("{:?}", loaded.driver_info.keys().collect::<Vec<_>>()),
        r#"["z_address", "redfish_password", "a", "n"]"#
    );
    assert_eq!(store.nodes(&NodeQuery::default()).await.unwrap(), [loaded]);
}

#[tokio::test]
async fn what_was_committed_outlives_the_process_and_nobody_is_answered() {
    for n in 0..5_u64 {
        let db = TestDatabase::sqlite_file();
        let store = db.open().await;
        let first = db.enrol(&store, |_| ()).await;
        let last = store.commits() + n;
        store.cut_power_after(n);
        let work = tokio::spawn(work(store.clone(), first.uuid, db.operation(Some(first.uuid))));
        while store.commits() < last {
            assert!(!work.is_finished(), "after {n}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(timeout(SOON, work).await.is_err(), "answered after {n}");
        assert_eq!(store.commits(), last);
        assert!(timeout(SOON, store.node(first.uuid)).await.is_err(), "a dead process does not read");
        assert!(timeout(SOON, store.nodes(&NodeQuery::default())).await.is_err());
        assert!(timeout(SOON, store.close()).await.is_err());

        // The dead store is still there; the file is free all the same.
        let heir = db.open().await;
        let node = heir.node(first.uuid).await.unwrap().unwrap();
        let operations = heir.unfinished_operations().await.unwrap();
        let seen = (node.fence, node.maintenance, operations.len(), node.reservation.is_some());
        let expected =
            [(0, false, 0, false), (1, false, 0, true), (1, true, 0, true), (1, true, 1, true), (1, true, 1, false)];
        assert_eq!(seen, expected[usize::try_from(n).unwrap()], "after {n}");
    }
}

/// Four commits.
async fn work(store: Store, node: Uuid, operation: Operation) {
    let held = store.reserve(node, "c1").await.unwrap();
    store.save(change(&held, |node| node.maintenance = true)).await.unwrap();
    store.insert_operation(&operation).await.unwrap();
    store.release(node, held.fence).await.unwrap();
    store.touch_conductor("unknown").await.unwrap_err();
}

#[tokio::test]
async fn a_store_that_is_dropped_frees_its_file() {
    let db = TestDatabase::sqlite_file();
    for n in 0..5 {
        let store = db.open().await;
        assert_eq!(store.count_nodes(&NodeFilter::default()).await.unwrap(), n);
        db.enrol(&store, |_| ()).await;
    }
}

/// Tells the program under [`holds_a_database_for_another_test`] which database to hold.
const HOLD: &str = "KAMACITE_TEST_HOLD_DATABASE";

/// Not a story: the other process of the next one, which runs this very program with a database to hold.
#[tokio::test]
async fn holds_a_database_for_another_test() {
    let Some(path) = std::env::var_os(HOLD) else { return };
    let config = StoreConfig {
        database: Database::Sqlite { path: path.into() },
        clock: TestClock::new(),
        backup_before_upgrade: true,
    };
    let _store = Store::open(config).await.unwrap();
    eprintln!("held");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let db = TestDatabase::sqlite_file();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holds_a_database_for_another_test", "--nocapture"])
        .env(HOLD, db.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(other.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert_eq!(told, "held");

    let refused = Store::open(db.config()).await.err().unwrap();
    let Error::DatabaseInUse { lock, holder } = &refused else { panic!("{refused:?}") };
    assert_eq!((lock.file_name().unwrap().to_str(), *holder), (Some("k.sqlite.lock"), Some(other.id())));
    assert!(refused.to_string().contains(&format!("process {}", other.id())), "{refused}");

    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
    db.open().await;
}

#[tokio::test]
async fn a_second_store_of_one_process_is_refused() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let refused = Store::open(db.config()).await.err().unwrap();
    assert!(
        matches!(refused, Error::DatabaseInUse { holder, .. } if holder == Some(std::process::id())),
        "{refused:?}"
    );
    store.close().await.unwrap();
    db.open().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_does_not_lead_around_the_lock() {
    let db = TestDatabase::sqlite_file();
    let _store = db.open().await;
    let link = db.path().with_file_name("link.sqlite");
    std::os::unix::fs::symlink(db.path(), &link).unwrap();
    let config =
        StoreConfig { database: Database::Sqlite { path: link }, clock: db.clock.clone(), backup_before_upgrade: true };
    assert!(matches!(Store::open(config).await.err(), Some(Error::DatabaseInUse { .. })));
}

#[tokio::test]
async fn a_closed_store_says_so_and_leaves_one_file() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let node = db.enrol(&store, |_| ()).await;
    store.close().await.unwrap();
    assert!(matches!(store.node(node.uuid).await, Err(Error::Closed)));
    assert!(matches!(store.nodes(&NodeQuery::default()).await, Err(Error::Closed)));
    assert!(matches!(store.reserve(node.uuid, "c1").await, Err(Error::Closed)));
    assert!(matches!(store.clone().close().await, Err(Error::Closed)));
    let mut left: Vec<String> = fs::read_dir(db.path().parent().unwrap())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["k.sqlite", "k.sqlite.lock"], "the write-ahead log is folded in");

    let memory = TestDatabase::memory();
    let store = memory.open().await;
    store.close().await.unwrap();
    assert!(matches!(store.nodes(&NodeQuery::default()).await, Err(Error::Closed)));
}

#[tokio::test]
async fn a_place_that_cannot_be_used_is_named() {
    let path = Folder::new().file();
    let config =
        StoreConfig { database: Database::Sqlite { path }, clock: TestClock::new(), backup_before_upgrade: true };
    let refused = Store::open(config).await.err().unwrap();
    assert!(matches!(&refused, Error::File { path, .. } if path.ends_with("k.sqlite")), "{refused:?}");
}

#[tokio::test]
async fn what_may_not_be_on_disk_is_not_acknowledged_and_nothing_more_is_written() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let node = db.enrol(&store, |_| ()).await;
    store.lose_disk();
    let before = store.commits();
    let new = db.node();
    let (held, refused) = join(store.reserve(node.uuid, "c1"), store.create_node(&new, &[])).await;
    assert_eq!(store.commits() - before, 1);
    assert!(held.is_ok(), "a lock does not wait for the disk: {held:?}");
    for refused in [refused, store.create_node(&db.node(), &[]).await] {
        assert!(matches!(&refused, Err(Error::NotOnDisk { log, .. }) if log.ends_with("k.sqlite-wal")), "{refused:?}");
    }
    let refused = store.release(node.uuid, 1).await.unwrap_err();
    assert!(matches!(refused, Error::NotOnDisk { .. }), "{refused:?}");
    assert_eq!(store.node(node.uuid).await.unwrap().unwrap().reservation.as_deref(), Some("c1"), "it is read as ever");
    assert!(matches!(store.close().await, Err(Error::NotOnDisk { .. })));
    assert!(matches!(store.node(node.uuid).await, Err(Error::Closed)));
    // The disk is well again, and had taken all.
    let store = db.open().await;
    assert_eq!(store.count_nodes(&NodeFilter::default()).await.unwrap(), 2);
    db.enrol(&store, |_| ()).await;
}

#[tokio::test]
async fn the_log_of_a_process_that_was_killed_is_folded_in_before_anything_is_appended() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let node = db.enrol(&store, |_| ()).await;
    let killed = TestDatabase::sqlite_file();
    for suffix in ["", "-wal"] {
        let file = |of: &TestDatabase| format!("{}{suffix}", of.path().display());
        fs::copy(file(&db), file(&killed)).unwrap();
    }
    let log = || fs::metadata(format!("{}-wal", killed.path().display())).unwrap().len();
    assert_ne!(log(), 0);
    let store = killed.open().await;
    assert_eq!(log(), 0);
    assert_eq!(*store.node(node.uuid).await.unwrap().unwrap(), node);
}

#[tokio::test]
async fn who_reads_the_log_of_a_process_that_was_killed_keeps_no_other_from_starting() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let node = db.enrol(&store, |_| ()).await;
    store.cut_power_after(0);
    let mut reader = SqliteConnectOptions::new().filename(db.path()).connect().await.unwrap();
    reader.execute("BEGIN; SELECT COUNT(*) FROM nodes").await.unwrap();
    drop(store);
    let log = || fs::metadata(format!("{}-wal", db.path().display())).unwrap().len();
    assert_ne!(log(), 0);
    let store = db.open().await;
    assert_ne!(log(), 0, "it is read from");
    assert_eq!(*store.node(node.uuid).await.unwrap().unwrap(), node);
    db.enrol(&store, |_| ()).await;
    reader.execute("COMMIT").await.unwrap();
}

#[tokio::test]
async fn secrets_stand_in_columns_of_their_own() {
    let db = TestDatabase::sqlite_file();
    let store = db.open_for_full_nodes().await;
    store.create_node(&full_node(db.now()), &[]).await.unwrap();
    store.insert_operation(&db.operation(None)).await.unwrap();
    let node = db.enrol(&store, |_| ()).await.uuid;
    let properties = Info([("auth_password".to_owned(), "hunter2".into())].into_iter().collect());
    let target = VolumeTarget { properties, ..VolumeTarget::new(Uuid::new_v4(), node, db.now()) };
    store.change_volume_target(node, None, RecordChange::Insert(target)).await.unwrap();
    store.close().await.unwrap();

    let options = SqliteConnectOptions::new().filename(db.path());
    let mut connection = options.connect().await.unwrap();
    let mut secret_columns = 0;
    for table in ["nodes", "operations", "volume_targets"] {
        let row = connection.fetch_one(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).await.unwrap();
        for column in row.columns() {
            let name = sqlx::Column::name(column);
            let text = row.try_get_unchecked::<Option<String>, _>(name).unwrap().unwrap_or_default();
            if name.ends_with("_secrets") {
                secret_columns += usize::from(text.contains("hunter2"));
            } else {
                assert!(!text.contains("hunter2"), "{table}.{name}: {text}");
            }
        }
    }
    connection.close().await.unwrap();
    assert_eq!(secret_columns, 5);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    db.enrol(&store, |_| ()).await;
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let path = format!("{}{suffix}", db.path().display());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let db = TestDatabase::sqlite_file();
    db.open().await.close().await.unwrap();
    let options = SqliteConnectOptions::new().filename(db.path());
    let mut connection = options.connect().await.unwrap();
    connection.execute("INSERT INTO schema_version VALUES (1000, 'future', 0)").await.unwrap();
    connection.close().await.unwrap();
    let refused = Store::open(db.config()).await.err().unwrap();
    assert!(matches!(refused, Error::SchemaTooNew { found: 1000, .. }), "{refused:?}");
}
