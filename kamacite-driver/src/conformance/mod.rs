//! The conformance kit: what every driver keeps to, checked against simulated hardware. Behind the feature `conformance`.
//!
//! A driver's author says how to make the driver and how to start a simulated machine, and gets a test for each [`Check`],
//! whose failure says what was met and what to do about it:
//!
//! ```no_run
//! use kamacite_driver::{
//!     Driver, Json, Services, async_trait,
//!     conformance::{Ailment, Kit, Simulated, conformance},
//!     model::PowerState,
//!     serde_json::json,
//! };
//! # fn driver(_: &Services) -> Driver { Driver::new("acme") }
//! # struct FakeBmc;
//! # impl FakeBmc {
//! #     async fn start() -> Self { Self }
//! #     fn address(&self) -> String { String::new() }
//! #     fn requests(&self) -> u64 { 0 }
//! #     fn is_on(&self) -> bool { false }
//! # }
//!
//! /// A simulated BMC of the author's.
//! struct Machine(FakeBmc);
//!
//! impl Simulated for Machine {
//!     fn driver_info(&self) -> Json {
//!         Json::from_iter([("acme_address".to_owned(), json!(self.0.address()))])
//!     }
//!
//!     fn requests(&self) -> Option<u64> {
//!         Some(self.0.requests())
//!     }
//!
//!     fn power(&self) -> Option<PowerState> {
//!         Some(if self.0.is_on() { PowerState::On } else { PowerState::Off })
//!     }
//!
//!     fn ail(&self, ailment: Ailment) -> bool {
//!         match ailment {
//!             Ailment::Silent | Ailment::Busy | Ailment::Broken | Ailment::Refusing | Ailment::PowerStuck => false,
//!         }
//!     }
//! }
//!
//! fn kit() -> Kit {
//!     Kit::new(driver, |_clock| async { Machine(FakeBmc::start().await) })
//!         .example("blink_led", json!({"seconds": 5}))
//! }
//!
//! conformance!(kit());
//! # fn main() {}
//! ```
//!
//! Every operation of every interface is called, every vendor method and every step, on a node that has ports: one that is free,
//! one with a virtual network interface on it, and a group of two. What cannot be tried, because the simulated hardware cannot fall ill in that way or a method has no example, is told on
//! standard error. What a driver does otherwise for a reason is said with [`Kit::excuse`], and the reason stands beside it.
//!
//! [`Bench`] is the node in memory that the kit works with; it serves an author's own tests as well.

mod bench;
mod checks;
mod clock;
mod memory;
mod operations;
mod ports;
mod report;
mod run;
mod wire;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use kamacite_model::{Json, PowerState};
use serde_json::Value;

pub use bench::Bench;
use bench::MakeDriver;
pub use clock::ManualClock;
pub use report::{Finding, Report};
pub use run::{check, run};

pub use crate::conformance_tests as conformance;
use crate::{Driver, Services};

/// A simulated machine with its BMC, as the kit needs it. It begins switched off, and ends when it is dropped.
pub trait Simulated: Send + Sync + 'static {
    /// What a node says to be driven by it: every key that the driver knows and that makes sense with this machine. A
    /// password should be no word that stands in sentences, for the kit looks for it in messages.
    fn driver_info(&self) -> Json;

    /// How many requests its BMC has received; `None` when it does not count.
    fn requests(&self) -> Option<u64> {
        None
    }

    /// The power of the machine itself, past the driver; `None` when there is no machine to be asked.
    fn power(&self) -> Option<PowerState> {
        None
    }

    /// How often the machine has booted; `None` when it does not count.
    fn boots(&self) -> Option<u32> {
        None
    }

    /// Arguments with which the vendor method `method` of the hardware type reaches this machine: it has no node that says
    /// where the BMC is. They go before those of [`Kit::example`].
    fn example(&self, method: &str) -> Option<Value> {
        let _ = method;
        None
    }

    /// Has the BMC go wrong from now on; false when it cannot go wrong in that way.
    fn ail(&self, ailment: Ailment) -> bool {
        let _ = ailment;
        false
    }
}

/// A way in which a BMC goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    /// It takes requests and never answers.
    Silent,
    /// It says that it is busy, to whatever is asked.
    Busy,
    /// It answers with an error of its own, to whatever is asked.
    Broken,
    /// It refuses the account.
    Refusing,
    /// It takes changes of power and they do not happen.
    PowerStuck,
}

/// Hardware that is not there: for drivers that ask nothing of any.
pub struct NoHardware;

impl Simulated for NoHardware {
    fn driver_info(&self) -> Json {
        Json::new()
    }
}

macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $Check:ident = $name:ident,)+) => {
        /// What is checked, each apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Check { $($(#[doc = $doc])+ $Check,)+ }

        impl Check {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Check),+];

            /// Its name: that of the test which [`conformance!`] makes.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Check => stringify!($name),)+ }
            }

            /// What it asks of a driver.
            pub const fn asks(self) -> &'static str {
                match self { $(Self::$Check => concat!($($doc),+),)+ }
            }
        }
    };
}

checks! {
    /// Every property, option, method, step and argument says what it means.
    Described = everything_is_described,
    /// Each key of `driver_info` that is read is declared, and those that are marked as needed are all that is needed.
    Properties = properties_are_complete,
    /// A node that does not say what is needed is refused before anything is sent, in words that name the key.
    Validation = what_is_wrong_is_told_before_anything_is_sent,
    /// The power is where it was told to go when the call returns, from every state and for every target.
    Power = power_goes_where_it_is_told,
    /// What is asked for a second time succeeds and changes nothing.
    Idempotence = asking_twice_does_no_harm,
    /// A BMC that is silent is not waited for without end.
    Silence = a_silent_bmc_is_given_up,
    /// A BMC that is silent holds up no other.
    Others = a_silent_bmc_holds_up_no_other,
    /// A change of power that does not happen is given up in the time that the caller gave.
    Patience = a_change_that_does_not_happen_is_given_up_in_time,
    /// Errors tell who has to act: the client, the hardware, or nobody, because it is busy.
    Errors = errors_tell_who_has_to_act,
    /// No message tells a secret.
    Secrets = no_message_tells_a_secret,
    /// When the lock is lost, the call ends and says so.
    LockLost = a_lost_lock_ends_the_call,
    /// Whoever looks need not wait for whoever acts.
    Looking = who_looks_need_not_wait,
    /// A call that is abandoned at any moment leaves nothing locked, and can be made again.
    Abandoned = a_call_that_is_abandoned_can_be_made_again,
    /// A step comes to the same end wherever the program ended on the way and was started again.
    Resume = steps_resume,
    /// A vendor method of the hardware type answers on healthy hardware, and refuses what does not fit before it sends anything.
    DriverMethods = methods_of_the_hardware_type_answer,
    /// A virtual network interface that was attached is told once and is on the port it was to be on, until it is detached.
    Vifs = a_vif_is_where_it_was_put,
    /// Ports and groups of ports may be changed in what is no business of the network, and nothing worse than a refusal happens.
    Ports = ports_may_be_changed,
}

/// Makes a test of each [`Check`] out of an expression that gives a [`Kit`]: `conformance!(kit());`, once in a module.
#[macro_export]
#[doc(hidden)]
macro_rules! conformance_tests {
    ($kit:expr) => {
        $crate::conformance_tests! { $kit;
            Described = everything_is_described,
            Properties = properties_are_complete,
            Validation = what_is_wrong_is_told_before_anything_is_sent,
            Power = power_goes_where_it_is_told,
            Idempotence = asking_twice_does_no_harm,
            Silence = a_silent_bmc_is_given_up,
            Others = a_silent_bmc_holds_up_no_other,
            Patience = a_change_that_does_not_happen_is_given_up_in_time,
            Errors = errors_tell_who_has_to_act,
            Secrets = no_message_tells_a_secret,
            LockLost = a_lost_lock_ends_the_call,
            Looking = who_looks_need_not_wait,
            Abandoned = a_call_that_is_abandoned_can_be_made_again,
            Resume = steps_resume,
            DriverMethods = methods_of_the_hardware_type_answer,
            Vifs = a_vif_is_where_it_was_put,
            Ports = ports_may_be_changed,
        }
    };
    ($kit:expr; $($Check:ident = $name:ident,)+) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::check($kit, $crate::conformance::Check::$Check);
            }
        )+

        // A check without a test does not compile.
        const _: fn($crate::conformance::Check) = |check| match check {
            $($crate::conformance::Check::$Check => {})+
        };
    };
}

type Start = Arc<dyn Fn(Arc<ManualClock>) -> BoxFuture<'static, Box<dyn Simulated>> + Send + Sync>;

/// A driver to be checked, and what the kit needs to know of it.
#[derive(Clone)]
pub struct Kit {
    driver: MakeDriver,
    start: Start,
    options: Vec<(String, String, String)>,
    examples: Vec<(String, Value)>,
    left_out: Vec<(String, &'static str)>,
    excuses: Vec<(Check, String, &'static str)>,
    patience: Duration,
    over_a_wire: bool,
}

impl Kit {
    /// A driver, and what starts a simulated machine whose time is the given clock.
    pub fn new<M: Simulated, F: Future<Output = M> + Send + 'static>(
        driver: impl Fn(&Services) -> Driver + Send + Sync + 'static,
        start: impl Fn(Arc<ManualClock>) -> F + Send + Sync + 'static,
    ) -> Self {
        let start: Start = Arc::new(move |clock| {
            let started = start(clock);
            Box::pin(async move { Box::new(started.await) as Box<dyn Simulated> })
        });
        Self {
            driver: Arc::new(driver),
            start,
            options: Vec::new(),
            examples: Vec::new(),
            left_out: Vec::new(),
            excuses: Vec::new(),
            patience: Duration::from_secs(30),
            over_a_wire: false,
        }
    }

    /// Configures the driver: group, name and value of an option; short time-outs make for short tests.
    #[must_use]
    pub fn option(mut self, group: &str, name: &str, value: &str) -> Self {
        self.options.push((group.to_owned(), name.to_owned(), value.to_owned()));
        self
    }

    /// Arguments with which the vendor method or step `name` can be called; not needed where it can do without.
    #[must_use]
    pub fn example(mut self, name: &str, args: Value) -> Self {
        self.examples.push((name.to_owned(), args));
        self
    }

    /// Does not call the vendor method or step `name`, for this reason.
    #[must_use]
    pub fn leave_out(mut self, name: &str, reason: &'static str) -> Self {
        self.left_out.push((name.to_owned(), reason));
        self
    }

    /// Lets the findings of a check pass that begin with `about`, for this reason. An excuse that excuses nothing is a
    /// finding itself.
    #[must_use]
    pub fn excuse(mut self, check: Check, about: &str, reason: &'static str) -> Self {
        self.excuses.push((check, about.to_owned(), reason));
        self
    }

    /// Reaches the driver over a wire that carries nothing but bytes, as one in another process is reached.
    #[must_use]
    pub fn over_a_wire(mut self) -> Self {
        self.over_a_wire = true;
        self
    }

    /// How long a call may take in real time before it counts as one that never ends. Without it, 30 seconds.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}
