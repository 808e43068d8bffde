//! `kamacite demo`: the service and its machines in one process, the story, and what is left of it: nothing.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{api::Api, client::Client, site::SOON};

/// A place for temporary folders that nobody else uses.
struct Place(PathBuf);

/// A demo that runs, and what it has said.
struct Demo {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: Vec<String>,
}

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("tmp")).unwrap();
        Self(folder)
    }

    /// Where temporary folders are.
    fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    fn start(&self, args: &[&str]) -> Demo {
        let program = std::env::var_os("KAMACITE_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_kamacite").into());
        let mut command = Command::new(program);
        command
            .arg("demo")
            .args(args)
            .env("TMPDIR", self.temporary())
            .env_remove("CLICOLOR_FORCE")
            .current_dir(&self.0);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Demo { child, lines, said: Vec::new() }
    }

    #[track_caller]
    fn holds(&self, count: usize) {
        assert_eq!(std::fs::read_dir(self.temporary()).unwrap().count(), count);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Demo {
    /// Listens until it says something like this.
    async fn until(&mut self, text: &str) -> &str {
        while !self.said.last().is_some_and(|line| line.contains(text)) {
            let line = tokio::time::timeout(SOON, self.lines.next_line()).await.expect("it says something");
            let Some(line) = line.unwrap() else { panic!("no {text:?} in\n{}", self.said.join("\n")) };
            self.said.push(line);
        }
        self.said.last().unwrap()
    }

    /// Listens until it says where the API is.
    async fn url(&mut self) -> String {
        let line = self.until("answers at ").await;
        line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned()
    }

    async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().await.unwrap().success());
    }

    /// Waits for its end; everything it has said.
    async fn ends_well(mut self) -> String {
        self.until("Stopped: logged out of every BMC, database and log removed.").await;
        let ended = tokio::time::timeout(SOON, self.child.wait()).await.expect("it ends").unwrap();
        let said = self.said.join("\n");
        assert!(ended.success(), "{said}");
        said
    }
}

#[tokio::test]
async fn the_story_is_told_and_nothing_is_left() {
    let place = Place::new("once");
    let demo = place.start(&["--once"]);
    let said = demo.ends_well().await;
    // Lines are filled and wrapped.
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Start what follows",
        "Enrol power, management and vendor methods by redfish or ipmitool, the rest `fake`",
        "✓ dell-1 enroll as ",
        "✓ dell-1 enroll → ",
        "manageable → power off ",
        "✓ hpe-1 power off → boots from pxe → power on ",
        "no image is written",
        "✓ lenovo-1 manageable → ",
        "✓ ipmi-1 manageable → ",
        " active ",
        "has create_subscription, delete_subscription, eject_vmedia, get_all_subscriptions, get_subscription",
        "get_all_subscriptions → 200",
        "\"Members\":[]",
        "eject_vmedia → 202",
        "succeeded: [\"/redfish/v1/Systems/",
        "✗ lenovo-1 asked to power off → fails",
        "no answer within 1.5 s",
        "✓ dell-1 asked for its sensors meanwhile → 10 readings",
        "\"condition\":\"silent\"",
        "✓ lenovo-1 in maintenance → active, power on",
        "requests to the API",
    ] {
        assert!(flat.contains(part), "no {part:?} in\n{said}");
    }
    assert!(!said.contains('\x1b') && !said.contains("Your turn"), "{said}");
    place.holds(0);
}

#[tokio::test]
async fn it_stays_up_to_be_tried_out_also_beside_another() {
    let place = Place::new("stay");
    let mut first = place.start(&[]);
    let url = first.url().await;
    let mut second = place.start(&[]);
    let other = second.url().await;
    assert_ne!(url, other);
    assert!(
        second.said.iter().any(|line| line == "Port 6385 is taken, so this takes a free one."),
        "{:?}",
        second.said
    );
    place.holds(2);
    // In the middle of its story.
    second.until("Deploy").await;
    second.signal("-INT").await;
    second.ends_well().await;
    place.holds(1);

    first.until(&format!("export OS_AUTH_TYPE=none OS_ENDPOINT={url}")).await;
    first.until("The log is").await;
    let lines: Vec<_> = first.said.iter().filter_map(|line| line.trim().strip_prefix("baremetal ")).collect();
    assert_eq!(lines.len(), 5, "{:?}", first.said);
    let baremetal = Client::baremetal(&url, &place.0);
    for line in lines {
        baremetal.does(line).await;
    }
    first.signal("-INT").await;
    first.ends_well().await;
    assert!(!Api::new(&url).answers().await);
    place.holds(0);
}

#[tokio::test]
async fn a_window_that_is_closed_while_a_bmc_fails_leaves_nothing_behind() {
    let place = Place::new("closed");
    let mut demo = place.start(&[]);
    demo.until("A BMC fails").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    demo.signal("-HUP").await;
    // Nobody listens any more.
    let Demo { mut child, lines, .. } = demo;
    drop(lines);
    assert!(tokio::time::timeout(SOON, child.wait()).await.expect("it ends").unwrap().success());
    place.holds(0);
}
