//! The built-in drivers keep to what every driver keeps to: the conformance kit, on simulated BMCs.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a test")]

use std::sync::Arc;

use kamacite_driver::{
    Json,
    conformance::{Ailment, Check, Kit, ManualClock, NoHardware, Simulated, conformance},
    model::{PowerState, Secret},
    serde_json::{Value, json},
};
use kamacite_sim::{BootModeRule, Config, Fault, Rack, Rule, Setup, SimBmc, Vendor, machine};

/// How a node says where its BMC is.
type Said = fn(&SimBmc) -> Value;

/// A machine with a BMC that speaks one protocol.
struct Machine {
    rack: Rack,
    said: Said,
}

impl Machine {
    async fn start(config: Config, vendor: &'static Vendor, clock: Arc<ManualClock>, said: Said) -> Self {
        // A password that stands in no sentence.
        let account = kamacite_sim::Account::new("admin", "Xyzzy-4711");
        let setup = Setup { account, ..Setup::default() };
        let config = Config { vendors: vec![vendor], setup, ..config };
        Self { rack: Rack::start(config, clock).await.expect("a free port"), said }
    }

    fn bmc(&self) -> &SimBmc {
        &self.rack.bmcs()[0]
    }
}

impl Simulated for Machine {
    fn driver_info(&self) -> Json {
        (self.said)(self.bmc()).as_object().cloned().expect("an object")
    }

    fn example(&self, method: &str) -> Option<Value> {
        let address = self.bmc().ipmi_address()?;
        (method == "authentication_types").then(|| json!({"address": address.ip(), "port": address.port()}))
    }

    fn requests(&self) -> Option<u64> {
        Some(self.bmc().with(|bmc, _| bmc.requests))
    }

    fn power(&self) -> Option<PowerState> {
        Some(self.bmc().machine(|machine| match machine.power() {
            machine::PowerState::On | machine::PowerState::PoweringOn => PowerState::On,
            machine::PowerState::Off | machine::PowerState::PoweringOff => PowerState::Off,
        }))
    }

    fn boots(&self) -> Option<u32> {
        Some(self.bmc().machine(machine::Machine::boots))
    }

    fn ail(&self, ailment: Ailment) -> bool {
        let bmc = self.bmc();
        let always = |fault| bmc.fault(Rule::from(fault).times(0));
        match ailment {
            Ailment::Silent => always(Fault::Hang),
            Ailment::Busy => always(Fault::Unavailable { retry_after_s: None }),
            Ailment::Broken => {
                always(Fault::Status { status: 500 });
                // "Unspecified error" (IPMI 2.0 table 5-2).
                always(Fault::Completion { code: 0xff });
            }
            Ailment::Refusing => always(Fault::Password { password: Secret::new("another".to_owned()) }),
            Ailment::PowerStuck => always(Fault::PowerStuck { seconds: 1_000_000 }),
        }
        true
    }
}

mod fake {
    use super::*;

    fn kit() -> Kit {
        Kit::new(kamacite_drivers::fake::driver, |_| async { NoHardware })
            .example("fourth_method_shared_lock", json!({"bar": "woof"}))
            .example("second_method", json!({"bar": "kazoo"}))
            .example("third_method_sync", json!({"bar": "meow"}))
            .example("apply_configuration", json!({"settings": [{"name": "a", "value": "b"}]}))
            .example("announce", json!({"message": "the hall is closed"}))
            .example("echo", json!({"text": "a"}))
            .example("update", json!({"settings": [{"component": "bmc", "url": "http://127.0.0.1:9/bmc"}]}))
            .excuse(
                Check::Validation,
                "vendor interface fake, validate",
                "a node without B1 and B2 will do, as in the reference",
            )
            .leave_out("fail", "it fails: that is what it is for")
            .leave_out("fail_later", "it fails: that is what it is for")
            .leave_out("hang", "it hangs: that is what it is for")
            .leave_out("hang_shared", "it hangs: that is what it is for")
            .leave_out("hang_sync", "it hangs: that is what it is for")
    }

    conformance!(kit());

    mod over_a_wire {
        use super::*;
        conformance!(kit().over_a_wire());
    }
}

mod noop {
    use super::*;

    conformance!(Kit::new(kamacite_drivers::noop::driver, |_| async { NoHardware }));
}

mod manual_management {
    use super::*;

    conformance!(Kit::new(kamacite_drivers::manual_management::driver, |_| async { NoHardware }));
}

mod flat {
    use super::*;

    conformance!(Kit::new(kamacite_drivers::flat::driver, |_| async { NoHardware }));
}

mod redfish {
    use super::*;

    fn said(bmc: &SimBmc) -> Value {
        json!({
            "redfish_address": bmc.redfish_address(),
            "redfish_username": "admin",
            "redfish_password": "Xyzzy-4711",
        })
    }

    fn kit_of(vendor: &'static str) -> Kit {
        let vendor = Vendor::named(vendor).expect("a vendor");
        Kit::new(kamacite_drivers::redfish::driver, move |clock| Machine::start(Config::new(1), vendor, clock, said))
            .option("redfish", "connection_attempts", "2")
            .option("redfish", "connection_retry_interval", "0.01")
            .option("redfish", "read_timeout", "2")
            .example("create_subscription", json!({"Destination": "http://127.0.0.1:9/events"}))
            .example("delete_subscription", json!({"id": "1"}))
            .example("get_subscription", json!({"id": "1"}))
    }

    conformance!(kit_of("generic"));

    /// What manufacturers do otherwise than others shows in what is asked of the machine.
    macro_rules! each_vendor {
        ($($vendor:ident),+) => {
            $(mod $vendor {
                use super::*;

                #[test]
                fn power_goes_where_it_is_told() {
                    kamacite_driver::conformance::check(kit_of(stringify!($vendor)), Check::Power);
                }

                #[test]
                fn asking_twice_does_no_harm() {
                    let kit = kit_of(stringify!($vendor));
                    let kit = if Vendor::named(stringify!($vendor)).unwrap().boot_mode == BootModeRule::ReadOnly {
                        let reason = "its boot mode can be read and not written";
                        kit.excuse(Check::Idempotence, "management interface redfish, set_boot_mode", reason)
                    } else {
                        kit
                    };
                    kamacite_driver::conformance::check(kit, Check::Idempotence);
                }
            })+
        };
    }

    each_vendor!(ami, dell, hpe, lenovo, supermicro);

    mod over_a_wire {
        use super::*;
        conformance!(kit_of("generic").over_a_wire());
    }
}

mod ipmi {
    use super::*;

    fn said(bmc: &SimBmc) -> Value {
        let address = bmc.ipmi_address().expect("it speaks IPMI");
        json!({
            "ipmi_address": address.ip().to_string(),
            "ipmi_port": address.port(),
            "ipmi_username": "admin",
            "ipmi_password": "Xyzzy-4711",
        })
    }

    fn kit_of(vendor: &'static str) -> Kit {
        let vendor = Vendor::named(vendor).expect("a vendor");
        let config = Config { ipmi: 1, ..Config::new(0) };
        Kit::new(kamacite_drivers::ipmi::driver, move |clock| Machine::start(config.clone(), vendor, clock, said))
            .option("ipmi", "command_retry_timeout", "2")
            .example("send_raw", json!({"raw_bytes": "0x06 0x01"}))
    }

    conformance!(kit_of("generic"));

    mod over_a_wire {
        use super::*;
        conformance!(kit_of("generic").over_a_wire());
    }
}

#[test]
fn every_built_in_driver_is_here() {
    assert_eq!(
        kamacite_drivers::builtin().len(),
        6,
        "a new family gets a module above: fake, flat, ipmi, manual_management, noop, redfish"
    );
}
