//! How a session is opened, and the many ways in which it is not.

use std::time::Duration;

use ipmi::wire::PayloadType;
use ipmi::{BmcKey, CipherSuite, Client, Error, Limits, Password, Privilege, Stage, Target};

use crate::scripted::{Conduct, PASSWORD, Scripted, quick};
use crate::simulator;

const KEY: &str = "000102030405060708090a0b0c0d0e0f10111213";

/// The error of the first command to this BMC, whose text has these words, and no secret.
#[track_caller]
fn check(error: &Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text:?}");
    }
    let debug = format!("{error:?}");
    for secret in [PASSWORD, "battery", KEY] {
        assert!(!text.contains(secret) && !debug.contains(secret), "{text} {debug}");
    }
}

#[tokio::test]
async fn the_best_suite_is_taken() {
    use CipherSuite::{HmacSha1, HmacSha256};
    for (suites, lists_suites, silent_about_suites, expected) in [
        (vec![HmacSha1, HmacSha256], [true, true], false, HmacSha256),
        (vec![HmacSha1], [true, false], false, HmacSha1),
        (vec![HmacSha1], [false, true], false, HmacSha1),
        (vec![HmacSha256], [false, false], false, HmacSha256),
        (vec![HmacSha1], [false, false], false, HmacSha1),
        (vec![HmacSha1], [false, false], true, HmacSha1),
    ] {
        let rack = Scripted::with(Conduct { suites, lists_suites, silent_about_suites, ..Conduct::default() }).await;
        let bmc = rack.client();
        assert!(bmc.chassis_status().await.unwrap().power_on);
        assert_eq!(bmc.suite().await, Some(expected));
    }
}

#[tokio::test]
async fn a_configured_suite_is_the_only_one_tried() {
    let rack = Scripted::start().await;
    let bmc = rack.client_of(Target { suite: Some(CipherSuite::HmacSha1), ..rack.target() });
    bmc.chassis_status().await.unwrap();
    assert_eq!(bmc.suite().await, Some(CipherSuite::HmacSha1));

    rack.change(|conduct| conduct.suites = vec![CipherSuite::HmacSha1]);
    let bmc = rack.client_of(Target { suite: Some(CipherSuite::HmacSha256), ..rack.target() });
    let e = bmc.chassis_status().await.unwrap_err();
    assert!(matches!(&e, Error::Suite { wanted, offered, .. } if wanted.len() == 1 && *offered == [3]), "{e:?}");
    check(&e, &["refuses cipher suite 17 and offers 3", "ipmi_cipher_suite"]);
}

#[tokio::test]
async fn the_other_client_is_content_with_both_suites() {
    let rack = Scripted::start().await;
    for suite in ["17", "3", ""] {
        let port = rack.port;
        let output =
            tokio::task::spawn_blocking(move || simulator::ipmitool(port, suite, &["chassis", "power", "status"]));
        let output = output.await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), "Chassis Power is on", "{suite}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn nobody_there_is_told_from_everything_else() {
    // Nobody listens on this port; the kernel says so.
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = Target { port: free, ..Target::new("127.0.0.1", "admin", Password::new(PASSWORD)) };
    let limits = Limits { first_wait: Duration::from_millis(5), attempts: 3, ..quick() };
    let e = Client::new(limits.clone()).bmc(target).unwrap().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Dead { attempts: 3, refused: true, .. }) && e.is_transient(), "{e:?}");
    check(&e, &["does not answer (3 attempts", "nothing listens on the port", "ipmi_address", "ipmi_port"]);

    // Somebody listens, and says nothing.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let target = Target { port, ..Target::new("127.0.0.1", "admin", Password::new(PASSWORD)) };
    let e = Client::new(limits).bmc(target).unwrap().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Dead { attempts: 3, refused: false, .. }), "{e:?}");

    let target = Target::new("no-such-host.invalid", "admin", Password::new(PASSWORD));
    let e = Client::new(quick()).bmc(target).unwrap().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Unresolved { .. }), "{e:?}");
    check(&e, &["no-such-host.invalid:623", "ipmi_address"]);
}

#[tokio::test]
async fn wrong_names_passwords_and_keys_are_told_apart() {
    let rack = Scripted::start().await;
    let e = rack.client_of(Target { username: "root".to_owned(), ..rack.target() }).chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Username { .. }) && !e.is_transient(), "{e:?}");
    check(&e, &["\"root\"", "unauthorized name", "ipmi_username"]);

    let wrong = Target { password: Password::new("battery"), ..rack.target() };
    let e = rack.client_of(wrong).chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Password { .. }) && e.is_refused_login() && !e.is_transient(), "{e:?}");
    check(&e, &["\"admin\"", "ipmi_password"]);

    let key = Some(BmcKey::from_hex(KEY).unwrap());
    let e = rack.client_of(Target { key: key.clone(), ..rack.target() }).chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::BmcKey { given: true, .. }), "{e:?}");
    check(&e, &["ipmi_hex_kg_key"]);

    rack.change(|conduct| conduct.bmc_key = Some((0..20).collect()));
    let e = rack.client().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::BmcKey { given: false, .. }), "{e:?}");
    rack.client_of(Target { key, ..rack.target() }).chassis_status().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_costs_the_bmc_no_session() {
    let rack = Scripted::start().await;
    let bmc = rack.client_of(Target { password: Password::new("battery"), ..rack.target() });
    for _ in 0..6 {
        // It has four.
        let e = bmc.chassis_status().await.unwrap_err();
        assert!(matches!(e, Error::Password { .. }), "{e:?}");
    }
}

#[tokio::test]
async fn a_privilege_the_user_does_not_have_is_refused() {
    let rack = Scripted::with(Conduct { limit: Privilege::Operator, ..Conduct::default() }).await;
    let e = rack.client().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Privilege { privilege: Privilege::Administrator, .. }), "{e:?}");
    check(&e, &["refuses ADMINISTRATOR to the user \"admin\"", "81h", "ipmi_priv_level"]);
    rack.client_of(Target { privilege: Privilege::Operator, ..rack.target() }).chassis_status().await.unwrap();
}

#[tokio::test]
async fn full_bmcs_are_waited_for_and_told() {
    let rack = Scripted::with(Conduct { slots: 1, ..Conduct::default() }).await;
    let first = rack.client();
    first.chassis_status().await.unwrap();
    let e = rack.client().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::NoFreeSession { attempts: 5, .. }) && e.is_transient(), "{e:?}");
    check(&e, &["has no free session (5 attempts", "insufficient resources"]);

    let second = rack.client();
    let (status, ()) = tokio::join!(second.chassis_status(), first.close());
    status.unwrap();
}

#[tokio::test]
async fn a_bmc_of_ipmi_1_5_is_told() {
    let rack = Scripted::with(Conduct { ipmi_2_0: false, ..Conduct::default() }).await;
    let e = rack.client().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::OldProtocol { .. }), "{e:?}");
    check(&e, &["does not speak IPMI 2.0", "ipmi_protocol_version"]);
}

#[tokio::test]
async fn a_bmc_that_falls_silent_on_the_way_is_told_where() {
    for (kind, stage) in [
        (PayloadType::OpenSessionRequest, Stage::OpenSession),
        (PayloadType::Rakp1, Stage::Rakp1),
        (PayloadType::Rakp3, Stage::Rakp3),
    ] {
        let rack = Scripted::with(Conduct { silent_at: Some(kind), ..Conduct::default() }).await;
        let e = rack.client().chassis_status().await.unwrap_err();
        assert!(matches!(e, Error::Stalled { stage: at, .. } if at == stage) && e.is_transient(), "{e:?}");
        check(&e, &["falls silent at", "ipmi_"]);
    }
}

#[tokio::test]
async fn an_answer_too_late_for_its_proof_does_not_count_as_a_wrong_password() {
    let rack = Scripted::with(Conduct { late_rakp2: true, ..Conduct::default() }).await;
    rack.client().chassis_status().await.unwrap();
    assert_eq!(rack.opened(), 2);
}

#[tokio::test]
async fn the_lowest_privilege_is_had_without_asking() {
    let rack = Scripted::with(Conduct { limit: Privilege::Callback, ..Conduct::default() }).await;
    rack.client_of(Target { privilege: Privilege::Callback, ..rack.target() }).chassis_status().await.unwrap();
}

#[tokio::test]
async fn what_is_lost_while_a_session_is_opened_is_made_up_for() {
    let rack = Scripted::start().await;
    // Whichever packet of the opening is lost, in either direction.
    for lost in 0..7 {
        for deaf in [true, false] {
            let bmc = rack.client();
            rack.change(|conduct| (conduct.deaf_for, conduct.mute_for) = (0, 0));
            let answers = rack.heard().len();
            let story = bmc.chassis_status();
            let lose = async {
                while rack.heard().len() < answers + lost {
                    tokio::task::yield_now().await;
                }
                rack.change(|conduct| if deaf { conduct.deaf_for = 1 } else { conduct.mute_for = 1 });
            };
            let (status, ()) = tokio::join!(story, lose);
            status.unwrap_or_else(|e| panic!("{lost} {deaf}: {e}"));
            bmc.close().await;
        }
    }
}

#[tokio::test]
async fn what_a_bmc_speaks_is_told_without_a_log_in() {
    let rack = Scripted::with(Conduct { bmc_key: Some(b"key".to_vec()), ..Conduct::default() }).await;
    let told = ipmi::Client::new(crate::scripted::quick()).authentication_capabilities("127.0.0.1", rack.port).await;
    let told = told.unwrap();
    assert!(told.ipmi_2_0 && told.named_users && !told.anonymous && told.bmc_key, "{told:?}");
    assert_eq!(rack.opened(), 0);
}
