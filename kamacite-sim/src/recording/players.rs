//! Recordings that are played to the network, with faults, and told what to do while they are.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kamacite_model::{Clock, SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::Replay;
use crate::{
    control::{Control, Controlled},
    face::Face,
    faults::{Act, Around, Faults, Reply, Rule, Within},
    http::{Request, Response},
    rack::{StartError, addresses, bind},
    random::Random,
    serve::{self, Hall, Station},
};

/// How recordings are played.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Where the first listens, the others on the ports that follow; port 0 gives each a free one.
    pub listen: SocketAddr,
    /// Where the control listener is; `None` is nowhere.
    pub control: Option<SocketAddr>,
    /// Whether answers take as long as they took when they were recorded.
    pub in_real_time: bool,
    /// What goes wrong with each from the start.
    pub faults: Faults,
    /// Decides about chance.
    pub seed: u64,
}

/// Recordings that are being played. Dropping it ends them.
pub struct Players {
    players: Vec<Player>,
    control: Option<SocketAddr>,
    hall: Hall,
}

/// One of them, to be looked at and told what to do. Cheap to clone.
#[derive(Clone)]
pub struct Player {
    playing: Arc<Mutex<Playing>>,
    address: Arc<str>,
}

/// A recording, and what goes wrong with it.
struct Playing {
    replay: Replay,
    in_real_time: bool,
    faults: Faults,
    random: Random,
    requests: u64,
    away_until: Option<Timestamp>,
}

impl Stage {
    /// On a free port of 127.0.0.1, at once, and without faults.
    pub fn new() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, control: None, in_real_time: false, faults: Faults::default(), seed: 0 }
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Players {
    /// Plays recordings.
    ///
    /// # Errors
    /// [`StartError`]; then none is played.
    pub async fn start(replays: Vec<Replay>, stage: Stage, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let count = u32::try_from(replays.len()).unwrap_or(u32::MAX);
        // From here on, leaving early ends what runs already.
        let mut players = Self { players: Vec::new(), control: None, hall: Hall::new(clock) };
        for ((number, replay), address) in (0..).zip(replays).zip(addresses(stage.listen, count)?) {
            let root = replay.root().unwrap_or_default();
            let playing = Arc::new(Mutex::new(Playing::new(replay, number, &stage)));
            let address = players.serve(playing.clone(), address).await?;
            players.players.push(Player { playing, address: format!("http://{address}{root}").into() });
        }
        if let Some(control) = stage.control {
            let face = Arc::new(Mutex::new(Control::new(players.players.clone())));
            players.control = Some(players.serve(face, control).await?);
        }
        Ok(players)
    }

    /// The recordings, in the order in which they were given.
    pub fn players(&self) -> &[Player] {
        &self.players
    }

    /// Where the control listener is.
    pub fn control(&self) -> Option<SocketAddr> {
        self.control
    }

    /// Ends them, and waits until they have ended.
    pub async fn stop(self) {
        self.hall.close().await;
    }

    async fn serve(&self, station: Station, listen: SocketAddr) -> Result<SocketAddr, StartError> {
        let (listener, address) = bind(listen).await?;
        let find = Arc::new(move |_: &str| Some((station.clone(), 0)));
        self.hall.spawn(serve::listen(listener, find, self.hall.clone()));
        Ok(address)
    }
}

impl Drop for Players {
    fn drop(&mut self) {
        self.hall.stop.cancel();
    }
}

impl Player {
    /// Its address, as Redfish clients take it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Lets something go wrong with it. What needs a machine does nothing.
    pub fn fault(&self, rule: impl Into<Rule>) {
        self.playing.lock().faults.add(rule.into());
    }
}

impl Controlled for Player {
    fn address(&self) -> String {
        self.address.to_string()
    }

    fn requests(&self) -> u64 {
        self.playing.lock().requests
    }

    fn shown(&self) -> Value {
        json!({"recording": self.playing.lock().replay.name()})
    }

    fn with_faults<T>(&self, what: impl FnOnce(&mut Faults) -> T) -> T {
        what(&mut self.playing.lock().faults)
    }

    fn objection(&self, rule: &Rule) -> Option<&'static str> {
        rule.fault.needs_a_machine().then_some("a recording has no machine, no account and no table of sessions")
    }

    fn mend(&self) {
        self.playing.lock().away_until = None;
    }
}

impl Playing {
    fn new(replay: Replay, number: u32, stage: &Stage) -> Self {
        Self {
            replay,
            in_real_time: stage.in_real_time,
            faults: stage.faults.clone(),
            random: Random::stream(stage.seed, number),
            requests: 0,
            away_until: None,
        }
    }

    fn go_away(&mut self, now: Timestamp, seconds: u32) {
        let until = now.checked_add(SignedDuration::from_secs(seconds.into()));
        self.away_until = Some(until.unwrap_or(Timestamp::MAX));
    }
}

impl Face for Playing {
    fn act(&mut self, request: &Request, now: Timestamp) -> Act {
        self.requests += 1;
        if self.away_until.is_some_and(|until| now < until) {
            return Act { delay: Duration::ZERO, reply: Reply::Drop };
        }
        let mut around = Around::default();
        for fault in self.faults.strike_http(request, &mut self.random) {
            match around.take(fault) {
                Some(Within::IgnoredWrite) => {
                    around.instead(Reply::Answer(Response::empty(204)));
                }
                Some(Within::Away { seconds }) => {
                    self.go_away(now, seconds);
                    around.instead(Reply::Drop);
                }
                Some(Within::SessionsFull | Within::Password(_) | Within::PowerStuck { .. }) => {}
                None => {}
            }
        }
        let mut took = Duration::ZERO;
        let mut act = around.act(|| {
            let (recorded, response) = self.replay.act(request);
            took = recorded;
            response
        });
        if self.in_real_time {
            act.delay += took;
        }
        act
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Method, recording::Recording};

    fn playing(stage: &Stage) -> Playing {
        let text = concat!(
            r#"{"kamacite":"recording","format":1,"recorded_at":"2026-03-01T10:00:00Z","recorded_by":"kamacite 0.1.0"}"#,
            "\n",
            r#"{"method":"GET","path":"/a","status":200,"body":{},"ms":1500}"#,
            "\n",
            r#"{"method":"POST","path":"/a","status":200,"body":{},"ms":10}"#,
            "\n",
        );
        let recording = Recording::parse(std::path::Path::new("a.jsonl"), text).unwrap();
        Playing::new(Replay::new("a", recording), 0, stage)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[track_caller]
    fn check(playing: &mut Playing, method: Method, second: i64, delay_ms: u64, status: Option<u16>) {
        let Act { delay, reply } = playing.act(&Request::new(method, "/a", &Value::Null), at(second));
        let answered = match reply {
            Reply::Answer(response) => Some(response.status),
            Reply::Cut(_) | Reply::Hang | Reply::Drop => None,
        };
        assert_eq!((delay, answered), (Duration::from_millis(delay_ms), status));
    }

    #[test]
    fn answers_take_the_time_they_took_if_wanted() {
        check(&mut playing(&Stage::new()), Method::Get, 0, 0, Some(200));
        check(&mut playing(&Stage { in_real_time: true, ..Stage::new() }), Method::Get, 0, 1500, Some(200));
    }

    #[test]
    fn what_goes_wrong_with_a_recording() {
        let faults = "delay=20,ignored-write,status=500#3,away=30#4".parse().unwrap();
        let mut playing = playing(&Stage { faults, ..Stage::new() });
        check(&mut playing, Method::Get, 0, 20, Some(200));
        check(&mut playing, Method::Post, 0, 0, Some(204));
        check(&mut playing, Method::Get, 0, 0, Some(500));
        check(&mut playing, Method::Get, 0, 0, None);
        check(&mut playing, Method::Get, 29, 0, None);
        check(&mut playing, Method::Get, 30, 0, Some(200));
    }
}
