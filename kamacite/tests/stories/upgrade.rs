//! A program that meets a database of another version: an older one is backed up and changed, a newer one is refused.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::site::{Site, free_port};

/// Has Python's SQLite do something to a database, as somebody else's program.
async fn sql(database: &Path, text: &str) -> String {
    const PROGRAM: &str = "\
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
text = sys.stdin.read()
if text.startswith('SELECT'):
    print(database.execute(text).fetchone()[0])
else:
    database.executescript(text)
    database.commit()
";
    use tokio::io::AsyncWriteExt as _;
    let python = std::env::var_os("KAMACITE_CLIENTS_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    let command = command.args(["-c", PROGRAM]).arg(database).kill_on_drop(true);
    let mut child =
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().expect("Python runs");
    child.stdin.take().unwrap().write_all(text.as_bytes()).await.unwrap();
    let ended = child.wait_with_output().await.unwrap();
    assert!(ended.status.success());
    String::from_utf8(ended.stdout).unwrap().trim().to_owned()
}

async fn version(database: &Path) -> i64 {
    sql(database, "SELECT max(version) FROM schema_version").await.parse().unwrap()
}

/// The version of a database that this program makes.
async fn newest() -> i64 {
    let site = Site::new("");
    assert!(site.start().await.terminate().await.success());
    version(&site.file("kamacite.sqlite")).await
}

/// What the store keeps of databases that older programs wrote.
fn fixture(version: i64) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kamacite-store/tests/fixtures");
    std::fs::read_to_string(folder.join(format!("version_{version}.sql"))).unwrap()
}

/// Backups that were made before a change of schema.
fn backups(site: &Site) -> Vec<PathBuf> {
    let folder = site.file("kamacite.sqlite");
    let entries = std::fs::read_dir(folder.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("kamacite.sqlite.schema-")).collect()
}

#[tokio::test]
async fn an_older_database_is_backed_up_and_changed() {
    let newest = newest().await;
    for old in 1..newest {
        let site = Site::new("");
        let database = site.file("kamacite.sqlite");
        sql(&database, &fixture(old)).await;
        let service = site.start().await;
        assert_eq!(service.api.get("/v1/nodes/node-1").await["instance_name"], "web");
        assert!(service.terminate().await.success());
        assert_eq!(version(&database).await, newest);
        let backups = backups(&site);
        let [backup] = &backups[..] else { panic!("from {old}: {backups:?}") };
        assert!(backup.to_string_lossy().contains(&format!("schema-{old}-")), "{backup:?}");
        assert_eq!(version(backup).await, old);
        assert!(site.log().contains(&*backup.to_string_lossy()), "{}", site.log());

        let without = Site::new("[kamacite]\nbackup_before_upgrade = false\n");
        sql(&without.file("kamacite.sqlite"), &fixture(old)).await;
        assert!(without.start().await.terminate().await.success());
        assert_eq!(self::backups(&without), Vec::<PathBuf>::new());
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_as_it_is() {
    let site = Site::new("");
    let database = site.file("kamacite.sqlite");
    assert!(site.start().await.terminate().await.success());
    sql(&database, "INSERT INTO schema_version VALUES (1000, 'future', 0)").await;
    let before = std::fs::read(&database).unwrap();
    let ended = site.command().env("OS_API__PORT", free_port().to_string()).output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("the database has schema version 1000, this program knows up to"), "{said}");
    assert!(said.contains("run the newer program, or restore a backup"), "{said}");
    assert_eq!(std::fs::read(&database).unwrap(), before);
    // Nor is a copy of it made, or put anywhere.
    let ended = site.command_of(&["backup", site.file("copy").to_str().unwrap()]).output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains(&format!("{} has schema version 1000", database.display())), "{said}");
    assert!(!site.file("copy").exists());
    let elsewhere = Site::new("");
    let ended = elsewhere.command_of(&["restore", database.to_str().unwrap()]).output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains("install the program that wrote it, or a newer one"), "{said}");
    assert!(!elsewhere.file("kamacite.sqlite").exists());
}
