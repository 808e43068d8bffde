//! A network that loses and doubles packets, between the client and the real simulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ipmi::{ChassisControl, Client, Effect, Error, Limits, Target};
use tokio::net::UdpSocket;

use crate::simulator::Simulator;

/// How often each packet of a direction arrives, in turn.
type Fate = &'static [usize];

/// A network to this port: the port at its near end. It lives as long as the test's runtime, and serves one console at a
/// time.
async fn network(port: u16, there: Fate, back: Fate) -> u16 {
    let near = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let entrance = near.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut console: Option<SocketAddr> = None;
        let mut far = to(port).await;
        let (mut there, mut back) = (there.iter().cycle(), back.iter().cycle());
        let (mut out, mut home) = ([0; 2048], [0; 2048]);
        loop {
            tokio::select! {
                Ok((length, from)) = near.recv_from(&mut out) => {
                    // Another socket of the console is another conversation.
                    if console != Some(from) {
                        console = Some(from);
                        far = to(port).await;
                    }
                    for _ in 0..*there.next().unwrap() {
                        let _ = far.send(&out[..length]).await;
                    }
                }
                Ok(length) = far.recv(&mut home) => {
                    for _ in 0..*back.next().unwrap() {
                        let _ = near.send_to(&home[..length], console.unwrap()).await;
                    }
                }
            }
        }
    });
    entrance
}

async fn to(port: u16) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(("127.0.0.1", port)).await.unwrap();
    socket
}

/// Each answer comes after the shell that the simulator starts for it, so that waits must not be too short.
fn limits() -> Limits {
    let (first_wait, longest_wait) = (Duration::from_millis(200), Duration::from_millis(400));
    Limits { first_wait, longest_wait, attempts: 5, ..Limits::default() }
}

#[tokio::test]
async fn doubles_are_not_answers() {
    let simulator = Simulator::start();
    let port = network(simulator.port, &[2], &[2]).await;
    let bmc = Client::new(limits()).bmc(Target { port, ..simulator.target() }).unwrap();
    for on in [true, false, true] {
        bmc.chassis_control(if on { ChassisControl::On } else { ChassisControl::Off }).await.unwrap();
        assert_eq!(bmc.chassis_status().await.unwrap().power_on, on);
    }
    // The simulator carries out what comes twice, although the sequence number is one it has seen. So may BMCs; and so
    // what must not be carried out twice is not sent twice.
    let told = simulator.told();
    assert!(told.iter().filter(|line| *line == "set power 0").count() > 1, "{told:?}");
}

#[tokio::test]
async fn what_is_lost_is_done_in_the_end_or_not_known() {
    let simulator = Simulator::start();
    let port = network(simulator.port, &[1, 1, 0, 1], &[1, 0, 1, 1, 1]).await;
    let bmc = Client::new(limits()).bmc(Target { port, ..simulator.target() }).unwrap();
    bmc.chassis_control(ChassisControl::On).await.unwrap();
    for _ in 0..5 {
        assert!(bmc.chassis_status().await.unwrap().power_on);
    }
    let mut done = 0;
    for _ in 0..4 {
        match bmc.chassis_control(ChassisControl::Reset).await {
            Ok(()) => done += 1,
            Err(Error::Timeout { effect: Effect::Once, attempts: 1, .. }) => {}
            Err(e) => panic!("{e:?}"),
        }
    }
    let resets = simulator.told().iter().filter(|line| line.starts_with("set reset")).count();
    assert!((done..=4).contains(&resets), "{done} {resets}");
}
