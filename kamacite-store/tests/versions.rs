//! Databases of every version there has been: each is opened, changed to the newest one, and read.
//!
//! `fixtures/version_N.sql` is what a database of version N holds, as text: [`full_node`], an operation that has not ended, an
//! entry of history, a conductor. Whoever adds a migration adds the fixture of the version before it, made by the program of
//! before; in a checkout without the migration:
//!
//! ```text
//! KAMACITE_WRITE_FIXTURE=1 cargo test -p kamacite-store --test versions
//! ```
//!
//! It never changes afterwards. What a migration adds to what is compared below, older fixtures do not have: [`as_of`] says so.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
};

use common::{TestDatabase, full_node};
use kamacite_model::{ConductorInfo, EnabledInterface, InterfaceKind, Node, Operation, operation::OperationState};
use kamacite_store::{
    Error, HistoryQuery, Store,
    backup::{Content, inspect},
    testing::{dump, fill, newest_schema},
};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _, sqlite::SqliteConnectOptions};

/// The node as a fixture of this version has it.
fn as_of(version: i64, node: Node) -> Node {
    assert!((1..=newest_schema()).contains(&version));
    // What version 2 and later give a node, those before are without: `if version < 2 { node.new_field = None }`.
    node
}

fn fixture(version: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/version_{version}.sql"))
}

/// Every version of which there is a fixture: all before the newest, of which there may be one.
fn versions() -> Vec<i64> {
    let versions: Vec<_> = (1..=newest_schema()).filter(|version| fixture(*version).exists()).collect();
    for version in 1..newest_schema() {
        assert!(
            versions.contains(&version),
            "there is a migration to {}, and no {}: the head of this file tells how to make it",
            version + 1,
            fixture(version).display()
        );
    }
    versions
}

/// A database of this version.
async fn old(version: i64) -> TestDatabase {
    let db = TestDatabase::sqlite_file();
    fill(db.path(), &fs::read_to_string(fixture(version)).unwrap()).await.unwrap();
    db
}

/// Copies that were made before a change of schema.
fn copies(db: &TestDatabase) -> Vec<PathBuf> {
    let entries = fs::read_dir(db.path().parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains(".schema-")).collect()
}

#[tokio::test]
async fn a_database_of_every_version_opens_with_all_it_holds() {
    for version in versions() {
        let db = old(version).await;
        assert_eq!(inspect(db.path()).await.unwrap().schema, version);
        let store = db.open().await;
        holds_everything(&db, &store, version).await;
        store.close().await.unwrap();
        assert_eq!(inspect(db.path()).await.unwrap().schema, newest_schema(), "from {version}");
    }
}

async fn holds_everything(db: &TestDatabase, store: &Store, version: i64) {
    let node = store.node_named("node-1").await.unwrap().unwrap();
    assert_eq!(*node, as_of(version, full_node(db.now())), "from {version}");
    let operations = store.operations_of(node.uuid, 10).await.unwrap();
    let expected = Operation { id: operations[0].id, ..db.operation(Some(node.uuid)) };
    assert_eq!(operations, [expected]);
    assert_eq!(operations[0].state, OperationState::Running);
    let history = store.history(node.uuid, &HistoryQuery::default()).await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].duration_s, Some(1.5));
    assert_eq!(store.conductors().await.unwrap()[0].drivers, ["fake-hardware"]);
    assert_eq!(store.enabled_interfaces("c1").await.unwrap().len(), 1);
    store.reserve(node.uuid, "c2").await.unwrap_err();
    store.take_over(node.uuid, "c2").await.unwrap();
}

#[tokio::test]
async fn an_older_database_is_copied_before_it_is_changed() {
    for version in versions() {
        let db = old(version).await;
        db.open().await.close().await.unwrap();
        let copies = copies(&db);
        if version == newest_schema() {
            assert!(copies.is_empty(), "{copies:?}");
            continue;
        }
        let [copy] = &copies[..] else { panic!("from {version}: {copies:?}") };
        assert_eq!(copy.file_name().unwrap().to_str().unwrap(), format!("k.sqlite.schema-{version}-20231114T221320Z"));
        let Content { schema, nodes, under_way, .. } = inspect(copy).await.unwrap();
        assert_eq!((schema, nodes, under_way.len()), (version, 1, 1));

        // The next that would be made at this moment has the same name, and so cannot be.
        let again = old(version).await;
        fs::copy(copy, again.path().with_file_name(copy.file_name().unwrap())).unwrap();
        let refused = Store::open(again.config()).await.err().unwrap();
        assert!(matches!(refused, Error::Migration { .. }), "{refused:?}");
        assert_eq!(inspect(again.path()).await.unwrap().schema, version, "it is as it was");
        let mut config = again.config();
        config.backup_before_upgrade = false;
        Store::open(config).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_left_of_a_copy_that_was_never_finished_is_removed_before_another() {
    let db = old(1).await;
    let uuid = kamacite_model::Uuid::new_v4();
    let left = db.path().with_file_name(format!("k.sqlite.schema-1-20231114T221319Z.{uuid}.part"));
    let of_another = db.path().with_file_name(format!("l.sqlite.schema-1-20231114T221319Z.{uuid}.part"));
    for file in [&left, &of_another] {
        fs::write(file, "half a copy").unwrap();
    }
    db.open().await.close().await.unwrap();
    assert!(!left.exists() && of_another.exists());
    assert_eq!(copies(&db).len(), 2, "the other's, and the copy");
}

#[tokio::test]
async fn an_older_database_becomes_what_a_new_one_is() {
    let new = TestDatabase::sqlite_file();
    new.open().await.close().await.unwrap();
    for version in versions() {
        let db = old(version).await;
        db.open().await.close().await.unwrap();
        // Or a step has been changed after it was published.
        assert_eq!(shape(db.path()).await, shape(new.path()).await, "from {version}");
    }
}

/// Tables with their columns, indexes with theirs.
async fn shape(database: &Path) -> Vec<String> {
    const SHAPE: &str = r#"
        SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, '') || ' ' || c.pk
            FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'
        UNION ALL
        SELECT m.tbl_name || '.' || m.name || ' ' || c.seqno || ' ' || coalesce(c.name, '')
            FROM sqlite_master m, pragma_index_info(m.name) c WHERE m.type = 'index'
        ORDER BY 1"#;
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await.unwrap();
    let rows = connection.fetch_all(SHAPE).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn what_is_told_as_text_makes_the_same_database() {
    let db = TestDatabase::sqlite_file();
    write(&db).await;
    let text = dump(db.path()).await.unwrap();
    if std::env::var_os("KAMACITE_WRITE_FIXTURE").is_some() {
        fs::write(fixture(newest_schema()), &text).unwrap();
    }
    let other = TestDatabase::sqlite_file();
    fill(other.path(), &text).await.unwrap();
    assert_eq!(dump(other.path()).await.unwrap(), text);
    holds_everything(&other, &other.open().await, newest_schema()).await;
}

/// What a fixture holds.
async fn write(db: &TestDatabase) {
    let store = db.open_for_full_nodes().await;
    let node = full_node(db.now());
    store.create_node(&node, &[db.entry(node.uuid, "enrolled")]).await.unwrap();
    store.insert_operation(&db.operation(Some(node.uuid))).await.unwrap();
    let conductor = ConductorInfo {
        hostname: "c1".to_owned(),
        conductor_group: String::new(),
        online: true,
        drivers: vec!["fake-hardware".to_owned()],
        created_at: db.now(),
        updated_at: db.now(),
    };
    let interface = EnabledInterface {
        hardware_type: "fake-hardware".to_owned(),
        kind: InterfaceKind::Power,
        default: true,
        name: "fake".to_owned(),
    };
    store.register_conductor(&conductor, &[interface]).await.unwrap();
    store.close().await.unwrap();
}
