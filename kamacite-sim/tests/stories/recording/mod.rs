//! A BMC is recorded, and the recording takes its place.

mod proxy;
mod replay;
mod scripted;
mod walk;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use kamacite_model::Secret;
use kamacite_sim::{
    Account, Config, Rack, SimBmc,
    record::{self, RecordError},
    recording::{Players, Recording, Replay, Stage},
};
use redfish::{Auth, Bmc, Password, Target, Verify};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::rack::{client_of, clock, of};

/// What nobody is to find in a file.
pub const PASSWORD: &str = "c0rrect horse+\"battery\"";

/// A file of this story's own; it is removed with it.
pub struct Tape(PathBuf);

impl Tape {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("recording-{}-{}.jsonl", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn bytes(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }

    pub fn read(&self) -> Recording {
        Recording::read(&self.0).unwrap()
    }

    /// Plays it.
    pub async fn play(&self) -> (Players, String) {
        let replays = vec![Replay::new("story", self.read())];
        let players = Players::start(replays, Stage::new(), clock()).await.unwrap();
        let address = players.players()[0].address().to_owned();
        (players, address)
    }

    #[track_caller]
    pub fn keeps_secret(&self, secrets: &[&str]) {
        let bytes = self.bytes();
        for secret in secrets {
            assert!(!secret.is_empty() && !bytes.contains(secret), "{secret} is in the file");
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A BMC of a vendor, whose password is worth hiding.
pub async fn bmc_of(vendor: &str) -> (Rack, SimBmc) {
    let mut config: Config = of(vendor);
    config.setup.account = Account::new("admin", PASSWORD);
    let rack = Rack::start(config, clock()).await.unwrap();
    let bmc = rack.bmcs()[0].clone();
    (rack, bmc)
}

/// The `redfish` crate's client of a BMC at an address.
pub fn client_at(address: &str, password: &str) -> Bmc {
    client_of(Target {
        address: address.to_owned(),
        username: Some("admin".to_owned()),
        password: Password::new(password),
        verify: Verify::No,
        minimum_tls: None,
        ciphers: None,
        auth: Auth::Auto,
        system_id: None,
    })
}

/// What records a BMC into a file, as a command line has it.
pub fn args(address: &str, tape: &Tape) -> record::Args {
    record::Args {
        url: address.to_owned(),
        output: tape.path().to_owned(),
        username: None,
        password_file: None,
        insecure: false,
        ca: None,
        tls_minimum_version: None,
        tls_ciphers: None,
        limit: 2000,
        everything: false,
        listen: None,
        walk: false,
    }
}

/// A recorder at work.
pub struct Recorder {
    said: mpsc::UnboundedReceiver<String>,
    stop: oneshot::Sender<()>,
    runs: JoinHandle<Result<(), RecordError>>,
}

impl Recorder {
    pub fn start(args: record::Args) -> Self {
        let (say, said) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = async move { drop(stopped.await) };
        let password = Some(Secret::new(PASSWORD.to_owned()));
        let runs = tokio::spawn(record::run(args, password, clock(), ended, move |text| drop(say.send(text))));
        Self { said, stop, runs }
    }

    /// The next thing it says.
    pub async fn says(&mut self) -> String {
        self.said.recv().await.unwrap()
    }

    /// Ends by itself; everything it has said meanwhile.
    pub async fn ends(mut self) -> Result<Vec<String>, RecordError> {
        self.runs.await.unwrap()?;
        let mut said = Vec::new();
        while let Ok(text) = self.said.try_recv() {
            said.push(text);
        }
        Ok(said)
    }

    /// Is told to end.
    pub async fn stop(self) -> Vec<String> {
        let Self { said, stop, runs } = self;
        let _ = stop.send(());
        let (stop, _) = oneshot::channel();
        Self { said, stop, runs }.ends().await.unwrap()
    }
}

/// A proxy before a BMC, and the address at which it stands.
pub async fn between(bmc: &SimBmc, tape: &Tape) -> (Recorder, String) {
    let listen = Some("127.0.0.1:0".parse().unwrap());
    let mut recorder = Recorder::start(record::Args { listen, ..args(&bmc.address(), tape) });
    let said = recorder.says().await;
    let address = said.trim().rsplit(' ').next().unwrap().to_owned();
    (recorder, address)
}
