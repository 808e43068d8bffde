//! The thirteen kinds of hardware interface: what the engine asks of an implementation.
//!
//! Every kind is a trait on top of [`Interface`]. A trait has the operations that something calls, no more. Flow
//! operations (those that return [`Progress`]) are like steps: starting, polling and resuming are the same call.
//!
//! Each trait is declared once, by `interface!`, which also gives its calls a serialisable form
//! (`PowerCall` for `Power`): the same trait can be served from another process.

use std::time::Duration;

use async_trait::async_trait;
use kamacite_model::{Json, Port, Portgroup, PowerState, PowerTarget};
use serde::{Deserialize, Serialize};

use crate::{Cursor, Error, ExclusiveTask, FromTask, Progress, Property, Result, SharedTask, Task};

/// What every implementation of every kind has.
#[async_trait]
pub trait Interface: Send + Sync + 'static {
    /// The keys of `driver_info` that it reads.
    fn properties(&self) -> Vec<Property> {
        Vec::new()
    }

    /// Tells whether the node says all that is needed, without touching the hardware.
    ///
    /// # Errors
    /// Names the key of `driver_info` that is missing or wrong.
    async fn validate(&self, task: &SharedTask) -> Result<()>;
}

/// Declares a kind of interface: the trait as authors see it, and its calls in a form that can cross a wire.
macro_rules! interface {
    ($(#[$meta:meta])* pub trait $Kind:ident, $Call:ident {
        $($(#[$doc:meta])* async fn $op:ident(&$self:ident, $task:ident: $Task:ty $(, $arg:ident: $Arg:ty)* $(,)?) -> Result<$Ret:ty> $body:tt)*
    } $(over $Over:ident)? $(abilities { $($(#[$ability_doc:meta])* $ability:ident: $Ability:ident,)+ })?) => {
        $(#[$meta])*
        #[async_trait]
        pub trait $Kind: Interface {
            $($(#[$doc])* async fn $op(&$self, $task: $Task $(, $arg: $Arg)*) -> Result<$Ret> $body)*
            $($($(#[$ability_doc])* fn $ability(&self) -> Option<&dyn $Ability> { None })+)?
        }

        #[doc = concat!("A call of an operation of [`", stringify!($Kind), "`], as it crosses a wire.")]
        // For the engine: no promise to authors.
        #[doc(hidden)]
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[allow(non_camel_case_types, missing_docs, reason = "the operations' own names")]
        pub enum $Call { $($op { $($arg: $Arg),* },)* }

        impl $Call {
            /// The names of the abilities that an implementation has.
            #[allow(unused_variables, reason = "most kinds have no abilities")]
            pub fn abilities(on: &dyn $Kind) -> Vec<&'static str> {
                let known: &[Option<&'static str>] = &[$($(on.$ability().map(|_| stringify!($ability))),+)?];
                known.iter().copied().flatten().collect()
            }

            /// Makes the call on an implementation and writes the reply.
            ///
            /// # Errors
            /// Whatever the implementation runs into.
            #[allow(unused_variables, reason = "a kind without operations has no call")]
            pub async fn make(self, on: &dyn $Kind, task: Task<'_>) -> Result<serde_json::Value> {
                match self {
                    $(Self::$op { $($arg),* } => {
                        let task: $Task = FromTask::from_task(task)?;
                        crate::contract::write(on.$op(task $(, $arg)*).await?)
                    })*
                }
            }
        }

        $crate::interfaces::over! {
            $($Over)? of $Kind {
                $(async fn $op($self, $task: $Task $(, $arg: $Arg)*) -> Result<$Ret>;)*
                abilities { $($($ability: $Ability,)+)? }
            }
        }

        #[async_trait]
        impl $Kind for crate::contract::Proxy {
            $(async fn $op(&$self, $task: $Task $(, $arg: $Arg)*) -> Result<$Ret> {
                let call = crate::contract::Call::$Kind($Call::$op { $($arg),* });
                $self.call($task.into(), call).await
            })*
            $($(fn $ability(&self) -> Option<&dyn $Ability> {
                self.has(stringify!($ability)).then_some(self)
            })+)?
        }
    };
}

/// Declares what an implementation is that stands over another one and does some operations itself.
macro_rules! over {
    (of $($rest:tt)*) => {};
    ($Over:ident of $Kind:ident {
        $(async fn $op:ident($self:ident, $task:ident: $Task:ty $(, $arg:ident: $Arg:ty)*) -> Result<$Ret:ty>;)*
        abilities { $($ability:ident: $Ability:ident,)* }
    }) => {
        #[doc = concat!("A [`", stringify!($Kind), "`] that stands over another one: whatever it does not do itself falls through.")]
        ///
        /// Who implements it implements the kind as well. [`Interface`] is written out: an implementation that adds a key of
        /// its own to `driver_info` says so there, and asks the one below for the rest.
        #[async_trait]
        pub trait $Over: Interface {
            /// The one below.
            fn under(&self) -> &dyn $Kind;

            $(
                #[doc = concat!("See [`", stringify!($Kind), "::", stringify!($op), "`].")]
                async fn $op(&$self, $task: $Task $(, $arg: $Arg)*) -> Result<$Ret> {
                    $self.under().$op($task $(, $arg)*).await
                }
            )*

            $(
                #[doc = concat!("See [`", stringify!($Kind), "::", stringify!($ability), "`].")]
                fn $ability(&self) -> Option<&dyn $Ability> {
                    self.under().$ability()
                }
            )*
        }

        // Who implements neither is told of the kind, not of this detour to it.
        #[diagnostic::do_not_recommend]
        #[async_trait]
        impl<T: $Over> $Kind for T {
            $(async fn $op(&$self, $task: $Task $(, $arg: $Arg)*) -> Result<$Ret> {
                $Over::$op($self, $task $(, $arg)*).await
            })*

            $(fn $ability(&self) -> Option<&dyn $Ability> {
                $Over::$ability(self)
            })*
        }
    };
}
pub(crate) use over;

mod management;

pub use management::*;

interface! {
    /// Turns machines on and off.
    pub trait Power, PowerCall {
        /// Reads the power; `None` when the hardware does not say.
        async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>>;

        /// Brings the power to `target` and returns when it is there; `timeout` overrides the configured one.
        async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, timeout: Option<Duration>) -> Result<()>;

        /// What may be asked of this machine.
        async fn supported_targets(&self, task: &SharedTask) -> Result<Vec<PowerTarget>> {
            let _ = task;
            Ok(vec![PowerTarget::On, PowerTarget::Off, PowerTarget::Reboot])
        }

        /// Whether the power can be read often enough for the power sweep to make sense.
        async fn supports_power_sync(&self, task: &SharedTask) -> Result<bool> {
            let _ = task;
            Ok(true)
        }
    }
    over PowerOver
}

interface! {
    /// Prepares what a machine boots.
    pub trait Boot, BootCall {}
}

interface! {
    /// Puts an image on a machine and takes it off; the work itself is in deploy steps.
    pub trait Deploy, DeployCall {
        /// Makes ready before the deploy steps.
        async fn prepare(&self, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress>;

        /// Takes the instance off.
        async fn tear_down(&self, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress>;

        /// Removes what [`Deploy::prepare`] left behind.
        async fn clean_up(&self, task: &mut ExclusiveTask) -> Result<()>;

        /// Takes over a deployed node from another conductor, or on adoption.
        async fn take_over(&self, task: &mut ExclusiveTask) -> Result<()>;

        /// Makes ready before clean steps.
        async fn prepare_cleaning(&self, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
            let _ = (task, cursor);
            Ok(Progress::Done)
        }

        /// Tidies up after clean steps.
        async fn tear_down_cleaning(&self, task: &mut ExclusiveTask) -> Result<()> {
            let _ = task;
            Ok(())
        }

        /// Makes ready before service steps.
        async fn prepare_service(&self, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
            let _ = (task, cursor);
            Ok(Progress::Done)
        }

        /// Tidies up after service steps.
        async fn tear_down_service(&self, task: &mut ExclusiveTask) -> Result<()> {
            let _ = task;
            Ok(())
        }
    }
}

interface! {
    /// Finds out what is inside a machine.
    pub trait Inspect, InspectCall {
        /// Looks at the hardware and records what it finds.
        async fn inspect_hardware(&self, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress>;

        /// Stops an inspection that waits.
        async fn abort(&self, task: &mut ExclusiveTask) -> Result<()> {
            let _ = task;
            Err(Error::unsupported("the inspect interface cannot abort an inspection"))
        }
    }
}

interface! {
    /// Reads and applies firmware settings; applying is in steps.
    pub trait Bios, BiosCall {}
}

interface! {
    /// Reads and updates firmware components; updating is in steps.
    pub trait Firmware, FirmwareCall {}
}

interface! {
    /// Builds and removes logical disks; building is in steps.
    pub trait Raid, RaidCall {
        /// Tells whether a wanted configuration makes sense.
        async fn validate_raid_config(&self, task: &SharedTask, raid_config: Json) -> Result<()>;
    }
}

/// A virtual network interface that is to be put on a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vif {
    /// Its identity, in the words of whoever manages networks.
    pub id: String,
    /// The port that it must be on, by its UUID. Nobody has looked whether there is one.
    pub port: Option<String>,
    /// The group of ports that it must be on, by its UUID. Nobody has looked whether there is one.
    pub portgroup: Option<String>,
    /// Whatever else was said of it.
    pub other: Json,
}

/// A port as it is and as it is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortChange {
    /// As it is.
    pub before: Box<Port>,
    /// As it is to be.
    pub after: Box<Port>,
}

/// A group of ports as it is and as it is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortgroupChange {
    /// As it is.
    pub before: Box<Portgroup>,
    /// As it is to be.
    pub after: Box<Portgroup>,
}

/// How to reach a console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleAccess {
    /// For example `socat` or `fake`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where to connect.
    pub url: String,
}

interface! {
    /// Gives access to a console.
    pub trait Console, ConsoleCall {
        /// How to reach it.
        async fn access(&self, task: &SharedTask) -> Result<ConsoleAccess>;

        /// Opens it.
        async fn start(&self, task: &mut ExclusiveTask) -> Result<()>;

        /// Closes it.
        async fn stop(&self, task: &mut ExclusiveTask) -> Result<()>;
    }
}

interface! {
    /// Boots a rescue environment.
    pub trait Rescue, RescueCall {
        /// Boots it.
        async fn rescue(&self, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress>;

        /// Leaves it.
        async fn unrescue(&self, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress>;

        /// Removes what a rescue left behind.
        async fn clean_up(&self, task: &mut ExclusiveTask) -> Result<()> {
            let _ = task;
            Ok(())
        }
    }
}

interface! {
    /// Plugs a machine into networks.
    pub trait Network, NetworkCall {
        /// Puts a virtual network interface on one of the node's ports, or on a group of them: on that which it asks for, else
        /// on one that is free. Who keeps account of it writes it down with [`ExclusiveTask::record_vif`], tells of it in
        /// [`Network::vifs`], and refuses what fits nowhere.
        async fn attach_vif(&self, task: &mut ExclusiveTask, vif: Vif) -> Result<()>;

        /// Takes a virtual network interface off the node.
        async fn detach_vif(&self, task: &mut ExclusiveTask, id: String) -> Result<()>;

        /// The virtual network interfaces that are on the node, each once; they are detached when its instance goes.
        async fn vifs(&self, task: &SharedTask) -> Result<Vec<String>>;

        /// Tells whether a port may become what it is to be, before it is changed.
        async fn check_port(&self, task: &SharedTask, change: PortChange) -> Result<()> {
            let _ = (task, change);
            Ok(())
        }

        /// Tells whether a group of ports may become what it is to be, before it is changed.
        async fn check_portgroup(&self, task: &SharedTask, change: PortgroupChange) -> Result<()> {
            let _ = (task, change);
            Ok(())
        }
    }
}

interface! {
    /// Attaches remote volumes.
    pub trait Storage, StorageCall {
        /// Attaches the node's volumes, before it is powered on.
        async fn attach_volumes(&self, task: &mut ExclusiveTask) -> Result<()>;

        /// Detaches them, after it is powered off.
        async fn detach_volumes(&self, task: &mut ExclusiveTask) -> Result<()>;
    }
}

interface! {
    /// Exposes what no standard covers: its methods are registered with it (see [`crate::vendor`]).
    pub trait Vendor, VendorCall {}
}

impl<'a> From<&'a SharedTask> for Task<'a> {
    fn from(task: &'a SharedTask) -> Self {
        Self::Shared(task)
    }
}

impl<'a> From<&'a mut ExclusiveTask> for Task<'a> {
    fn from(task: &'a mut ExclusiveTask) -> Self {
        Self::Exclusive(task)
    }
}
