//! How sessions are opened and refused, and how many there can be.

use std::time::Duration;

use ipmi::{BmcKey, ChassisControl, CipherSuite, Completion, Error, Password, Privilege, Target};
use kamacite_model::Secret;
use kamacite_sim::{Rack, SimBmc};

use crate::rack::clock;

use super::{client, client_of, ipmi, one, target, tool::Tool};

fn suites(bmc: &SimBmc, suites: &[CipherSuite]) {
    bmc.with(|bmc, _| bmc.ipmi_settings().suites = suites.to_vec());
}

#[tokio::test]
async fn a_suite_it_does_not_have_is_refused() {
    let (_rack, bmc) = one().await;
    suites(&bmc, &[CipherSuite::HmacSha1]);
    let said = Tool::of(&bmc).run(&["power", "status"]).await;
    assert!(!said.well && said.err.contains("no matching cipher suite"), "{said:?}");
    let only = |suite| client_of(Target { suite: Some(suite), ..target(&bmc) });
    let refused = only(CipherSuite::HmacSha256).chassis_status().await.unwrap_err();
    assert!(matches!(&refused, Error::Suite { offered, .. } if *offered == [3]), "{refused:?}");
    let any = client(&bmc);
    any.chassis_status().await.unwrap();
    assert_eq!(any.suite().await, Some(CipherSuite::HmacSha1));
    assert_eq!(Tool { suite: "3", ..Tool::of(&bmc) }.well(&["power", "status"]).await, "Chassis Power is off");
    suites(&bmc, &CipherSuite::ALL);
    let any = client(&bmc);
    any.chassis_status().await.unwrap();
    assert_eq!(any.suite().await, Some(CipherSuite::HmacSha256));
    // One without protection is nobody's here.
    let said = Tool { suite: "0", ..Tool::of(&bmc) }.run(&["power", "status"]).await;
    assert!(!said.well, "{said:?}");
}

#[tokio::test]
async fn a_wrong_user_and_a_wrong_password_are_told() {
    let (_rack, bmc) = one().await;
    for suite in ["17", "3"] {
        let said = Tool { suite, password: "other", options: &["-v"], ..Tool::of(&bmc) }.run(&["power", "on"]).await;
        assert!(!said.well && said.everything().contains("HMAC is invalid"), "{said:?}");
        let said = Tool { suite, username: "root", options: &["-v"], ..Tool::of(&bmc) }.run(&["power", "on"]).await;
        assert!(!said.well && said.everything().contains("unauthorized name"), "{said:?}");
    }
    let wrong = client_of(Target { password: Password::new("other"), ..target(&bmc) });
    assert!(matches!(wrong.chassis_status().await, Err(Error::Password { .. })));
    let wrong = client_of(Target { username: "root".to_owned(), ..target(&bmc) });
    assert!(matches!(wrong.chassis_status().await, Err(Error::Username { .. })));
    assert_eq!(bmc.with(|bmc, _| bmc.machine.boots()), 0);
}

#[tokio::test]
async fn a_key_of_its_own_is_needed_where_there_is_one() {
    let (_rack, bmc) = one().await;
    let hex = "101112131415161718191a1b1c1d1e1f20212223";
    bmc.with(|bmc, _| bmc.ipmi_settings().key = Some(Secret::new(std::array::from_fn(|at| 0x10 + at as u8))));
    // It takes a key that begins with 00h for none.
    for suite in ["17", "3"] {
        let with_key = Tool { suite, options: &["-y", hex], ..Tool::of(&bmc) };
        assert_eq!(with_key.well(&["power", "status"]).await, "Chassis Power is off");
        assert!(!Tool { suite, ..Tool::of(&bmc) }.run(&["power", "status"]).await.well);
    }
    let key = Some(BmcKey::from_hex(hex).unwrap());
    client_of(Target { key, ..target(&bmc) }).chassis_status().await.unwrap();
    assert!(matches!(client(&bmc).chassis_status().await, Err(Error::BmcKey { given: false, .. })));
}

#[tokio::test]
async fn a_privilege_is_a_limit() {
    let (_rack, bmc) = one().await;
    // Whoever asks for less gets less.
    let user = Tool { options: &["-L", "USER"], ..Tool::of(&bmc) };
    assert_eq!(user.well(&["power", "status"]).await, "Chassis Power is off");
    let said = user.run(&["power", "on"]).await;
    assert!(!said.well && said.err.contains("nsufficient privilege"), "{said:?}");
    let reader = client_of(Target { privilege: Privilege::User, ..target(&bmc) });
    let refused = reader.chassis_control(ChassisControl::On).await.unwrap_err();
    assert_eq!(refused.completion(), Some(Completion::PRIVILEGE));
    // The account may not have more than this.
    bmc.with(|bmc, _| bmc.ipmi_settings().privilege = Privilege::Operator);
    assert!(matches!(client(&bmc).chassis_status().await, Err(Error::Privilege { .. })));
    let said = Tool::of(&bmc).run(&["power", "status"]).await;
    assert!(!said.well, "{said:?}");
    let operator = client_of(Target { privilege: Privilege::Operator, ..target(&bmc) });
    operator.chassis_control(ChassisControl::On).await.unwrap();
    assert_eq!(operator.cold_reset().await.unwrap_err().completion(), Some(Completion::PRIVILEGE));
    assert_eq!(bmc.with(|bmc, _| bmc.machine.boots()), 1);
}

#[tokio::test]
async fn the_table_of_sessions_can_be_full_and_empties_itself() {
    let (_rack, bmc) = one().await;
    let most = bmc.with(|bmc, _| usize::from(bmc.vendor.ipmi.sessions));
    let clients: Vec<_> = (0..most).map(|_| client(&bmc)).collect();
    for client in &clients {
        client.chassis_status().await.unwrap();
    }
    assert_eq!(bmc.with(|bmc, _| bmc.ipmi_sessions()), most);
    let said = Tool::of(&bmc).run(&["power", "status"]).await;
    assert!(!said.well && said.err.contains("nsufficient resources"), "{said:?}");
    assert!(matches!(client(&bmc).chassis_status().await, Err(Error::NoFreeSession { .. })));
    // One is closed, and there is room for one.
    clients[0].close().await;
    assert_eq!(Tool::of(&bmc).well(&["power", "status"]).await, "Chassis Power is off");
    // Nobody uses the others for a minute; who had one opens another.
    let later = |now: kamacite_model::Timestamp| now.checked_add(Duration::from_secs(61)).unwrap();
    bmc.with(|bmc, now| kamacite_sim::ipmi::answer(bmc, &ipmi::wire::Ping { tag: 1 }.encode(), later(now)));
    assert_eq!(bmc.with(|bmc, _| bmc.ipmi_sessions()), 0);
    clients[1].chassis_status().await.unwrap();
}

#[tokio::test]
async fn a_password_can_be_set() {
    let (_rack, bmc) = one().await;
    Tool::of(&bmc).well(&["user", "set", "password", "2", "other"]).await;
    let with_new = Tool { password: "other", ..Tool::of(&bmc) };
    assert_eq!(with_new.well(&["power", "status"]).await, "Chassis Power is off");
    assert!(!Tool::of(&bmc).run(&["power", "status"]).await.well);
    assert!(with_new.well(&["user", "test", "2", "16", "other"]).await.contains("Success"));
}

#[tokio::test]
async fn a_thousand_of_them_answer_at_once() {
    let rack = Rack::start(ipmi(1000), clock()).await.unwrap();
    let asked: Vec<_> = rack
        .bmcs()
        .iter()
        .map(|bmc| {
            let client = client(bmc);
            tokio::spawn(async move { client.device_id().await.map(|id| id.manufacturer) })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap(), 0);
    }
    rack.stop().await;
}
