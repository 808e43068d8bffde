//! Backups of a service that runs and works, and what comes of them elsewhere.

use std::{collections::BTreeSet, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{api::Api, site::Site};

const NODES: usize = 30;

/// Preparing and the deploy step take this long each.
const SLOW: &str = "[fake]\ndeploy_delay = 3\n\n[conductor]\nautomated_clean = false\nmax_concurrent_clean = 0\n";

const ALL: &str = "/v1/nodes?limit=1000&fields=name,provision_state,last_error,reservation,maintenance";

/// Runs a command at a site; whether it went well, and all it said.
async fn run(site: &Site, words: &[&str]) -> (bool, String) {
    let ended = site.command_of(words).output().await.unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8(said).unwrap())
}

/// Runs a command that goes well; what it said.
async fn does(site: &Site, words: &[&str]) -> String {
    let (well, said) = run(site, words).await;
    assert!(well, "{words:?}: {said}");
    said
}

/// Runs a command that is refused; what it said.
async fn refused(site: &Site, words: &[&str]) -> String {
    let (well, said) = run(site, words).await;
    assert!(!well, "{words:?}: {said}");
    said
}

async fn create(api: &Api, name: &str) {
    api.change(Method::POST, "/v1/nodes", json!({"driver": "fake-hardware", "name": name})).await;
}

async fn all_are(api: &Api, state: &str) -> Value {
    api.until(ALL, |nodes| nodes["nodes"].as_array().unwrap().iter().all(|node| node["provision_state"] == state)).await
}

/// Asks for a verb of each node, and waits until each has come where it leads.
async fn bring(api: &Api, target: &str, state: &str) {
    ask(api, target).await;
    all_are(api, state).await;
}

async fn ask(api: &Api, target: &str) {
    for node in 0..NODES {
        let path = format!("/v1/nodes/n{node}/states/provision");
        api.change(Method::PUT, &path, json!({ "target": target })).await;
    }
}

fn names(nodes: &Value) -> BTreeSet<String> {
    nodes["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_backup_made_in_mid_flight_goes_on_elsewhere() {
    let site = Site::new(SLOW);
    let service = site.start().await;
    for node in 0..NODES {
        create(&service.api, &format!("n{node}")).await;
    }
    bring(&service.api, "manage", "manageable").await;
    bring(&service.api, "provide", "available").await;
    ask(&service.api, "active").await;
    // Somebody writes all the while.
    let writing = tokio::spawn({
        let api = service.api.clone();
        async move {
            for n in 0.. {
                create(&api, &format!("late-{n}")).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    let file = site.file("mid-flight");
    let said = does(&site, &["backup", text(&file)]).await;
    let then = names(&service.api.get(ALL).await);
    writing.abort();
    assert!(said.contains(&format!("operations under way: {NODES}, ")), "the backup must come in the middle: {said}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    // Whose backup was made has not felt it.
    let reached = |nodes: &Value| {
        let mut nodes = nodes["nodes"].as_array().unwrap().iter();
        let of = |node: &Value| node["name"].as_str().unwrap().starts_with('n');
        nodes.all(|node| !of(node) || node["provision_state"] == "active" && node["last_error"].is_null())
    };
    service.api.until(ALL, reached).await;

    let other = Site::new(&format!("{SLOW}\n[DEFAULT]\nhost = another-machine\n"));
    let said = does(&other, &["restore", text(&file)]).await;
    assert!(said.contains("is restored from") && said.contains("active of node n7\n"), "{said}");
    assert!(!said.contains("is kept as"), "there was nothing: {said}");
    let restored = other.start().await;
    let nodes = restored.api.get(ALL).await;
    assert!(names(&nodes).is_subset(&then), "nothing is in it that was not there");
    let deploying = |node: &&Value| node["provision_state"] == "deploying";
    assert_eq!(nodes["nodes"].as_array().unwrap().iter().filter(deploying).count(), NODES);
    let nodes = restored.api.until(ALL, reached).await;
    for node in nodes["nodes"].as_array().unwrap() {
        assert_eq!((&node["last_error"], &node["maintenance"]), (&Value::Null, &json!(false)), "{node}");
    }
    // They are as good as any.
    restored
        .api
        .until(ALL, |nodes| nodes["nodes"].as_array().unwrap().iter().all(|n| n["reservation"].is_null()))
        .await;
    ask(&restored.api, "deleted").await;
    let taken_down =
        |node: &Value| !node["name"].as_str().unwrap().starts_with('n') || node["provision_state"] == "available";
    restored.api.until(ALL, |nodes| nodes["nodes"].as_array().unwrap().iter().all(taken_down)).await;
}

#[tokio::test]
async fn what_a_backup_or_a_restore_would_spoil_is_left_alone() {
    let site = Site::new("");
    let file = site.file("backup");
    let said = refused(&site, &["backup", text(&file)]).await;
    assert!(said.contains("there is no database") && said.contains("--config-file"), "{said}");
    let service = site.start().await;
    create(&service.api, "first").await;
    assert!(does(&site, &["backup", text(&file)]).await.contains("nodes: 1, "));
    create(&service.api, "second").await;
    let said = refused(&site, &["backup", text(&file)]).await;
    assert!(said.contains("say --overwrite"), "{said}");
    assert!(does(&site, &["backup", "--overwrite", text(&file)]).await.contains("nodes: 2, "));
    let said = refused(&site, &["backup", "--overwrite", text(&site.file("kamacite.sqlite"))]).await;
    assert!(said.contains("belongs to the database itself"), "{said}");

    // Nobody takes the database away from who runs.
    create(&service.api, "third").await;
    let said = refused(&site, &["restore", text(&file)]).await;
    assert!(said.contains(&format!("is held by process {}", service.pid())), "{said}");
    assert!(service.terminate().await.success());
    let said = refused(&site, &["restore", text(&site.file("ironic.conf"))]).await;
    assert!(said.contains("is no database of Kamacite's"), "{said}");

    // Killed in the middle of things, it loses nothing to the restore.
    let service = site.start().await;
    create(&service.api, "fourth").await;
    service.kill().await;
    let said = does(&site, &["restore", text(&file)]).await;
    let kept = said.lines().find_map(|line| line.strip_prefix("what was there before is kept as ")).unwrap().to_owned();
    let has = async |expected: &[&str]| {
        let service = site.start().await;
        assert_eq!(names(&service.api.get(ALL).await), expected.iter().map(|name| (*name).to_owned()).collect());
        assert!(service.terminate().await.success());
    };
    has(&["first", "second"]).await;
    // The way back. The name of what is kept has the second in it.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(does(&site, &["restore", &kept]).await.contains("nodes: 4, "));
    has(&["first", "fourth", "second", "third"]).await;
}

#[tokio::test]
async fn a_database_in_memory_cannot_be_backed_up() {
    let site = Site::new("");
    let mut command = site.command_of(&["backup", text(&site.file("backup"))]);
    let ended = command.env("OS_DATABASE__CONNECTION", "sqlite://").output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains("the database is in memory"), "{said}");
}
