//! One BMC: whatever is asked of it goes past its governor, to the native client or to the program.

use ipmi::{BootFlags, ChassisControl, ChassisStatus, Completion, DeviceId, KeepBootFlags, Sensor, SensorReading};
use kamacite_driver::{
    Error, Result,
    governor::{Credentials, Governor, Outcome},
};

use super::{
    failure::Failure,
    program::{Program, Raw, Trouble},
};

/// The answer to a command, or why there is none.
pub type Answer<T> = Result<T, Failure>;

/// One BMC.
pub struct Bmc {
    pub speaker: Speaker,
    pub governor: Governor,
    pub who: Credentials,
}

/// Who speaks to it.
pub enum Speaker {
    Native(ipmi::Bmc),
    Program(Box<Program>),
}

/// Network functions of requests (IPMI 2.0 table 5-1).
const CHASSIS: u8 = 0x00;
const APPLICATION: u8 = 0x06;

impl Bmc {
    /// Whether the machine has power.
    pub async fn is_on(&self) -> Answer<bool> {
        let what = "Get Chassis Status";
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) => Ok(bmc.chassis_status().await.map_err(Failure::Native)?),
                Speaker::Program(program) => {
                    decode(what, &reading(program, what, CHASSIS, 0x01, &[]).await?, ChassisStatus::decode)
                }
            }
        };
        self.governed(what, ask).await.map(|status| status.power_on)
    }

    /// Changes power, or raises the interrupt. Only "on" and "off" are ever sent twice.
    pub async fn control(&self, control: ChassisControl) -> Answer<()> {
        let what = format!("Chassis Control: {control}");
        let repeatable = matches!(control, ChassisControl::On | ChassisControl::Off);
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) => bmc.chassis_control(control).await.map_err(Failure::Native),
                Speaker::Program(program) => {
                    let data = &[control.number()];
                    let raw = Raw { what: &what, netfn: CHASSIS, command: 0x02, data, repeatable };
                    program.run(&raw).await.map(drop).map_err(Failure::Program)
                }
            }
        };
        self.governed(&what, ask).await
    }

    /// Reads what the machine boots from.
    pub async fn boot_flags(&self) -> Answer<BootFlags> {
        let what = "Get System Boot Options: boot flags";
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) => bmc.boot_flags().await.map_err(Failure::Native),
                Speaker::Program(program) => {
                    decode(what, &reading(program, what, CHASSIS, 0x09, &[5, 0, 0]).await?, BootFlags::decode)
                }
            }
        };
        self.governed(what, ask).await
    }

    /// Chooses what the machine boots from.
    pub async fn set_boot_flags(&self, flags: &BootFlags) -> Answer<()> {
        let what = "Set System Boot Options: boot flags";
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) => bmc.set_boot_flags(flags).await.map_err(Failure::Native),
                Speaker::Program(program) => {
                    let data = [&[5], &flags.encode()[..]].concat();
                    reading(program, what, CHASSIS, 0x08, &data).await.map(drop)
                }
            }
        };
        self.governed(what, ask).await
    }

    /// Has the BMC keep a boot device until the machine boots, and not forget it after 60 seconds.
    pub async fn keep_boot_flags(&self) -> Answer<()> {
        let what = "Set System Boot Options: boot flag valid bit clearing";
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) => {
                    let keep = KeepBootFlags { timeout: true, ..KeepBootFlags::default() };
                    bmc.keep_boot_flags(keep).await.map_err(Failure::Native)
                }
                Speaker::Program(program) => reading(program, what, CHASSIS, 0x08, &[3, 0x08]).await.map(drop),
            }
        };
        self.governed(what, ask).await
    }

    /// Asks the BMC who it is.
    pub async fn device_id(&self) -> Answer<DeviceId> {
        let what = "Get Device ID";
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) => bmc.device_id().await.map_err(Failure::Native),
                Speaker::Program(program) => {
                    decode(what, &reading(program, what, APPLICATION, 0x01, &[]).await?, DeviceId::decode)
                }
            }
        };
        self.governed(what, ask).await
    }

    /// Restarts the BMC itself. Some go before they have answered, so that no answer counts as done.
    pub async fn reset(&self, warm: bool) -> Answer<()> {
        let (what, command) = if warm { ("Warm Reset", 0x03) } else { ("Cold Reset", 0x02) };
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) if warm => bmc.warm_reset().await.map_err(Failure::Native),
                Speaker::Native(bmc) => bmc.cold_reset().await.map_err(Failure::Native),
                Speaker::Program(program) => {
                    match program.run(&Raw { what, netfn: APPLICATION, command, data: &[], repeatable: false }).await {
                        Ok(_) | Err(Trouble::Unanswered { .. }) => Ok(()),
                        Err(why) => Err(Failure::Program(why)),
                    }
                }
            }
        };
        self.governed(what, ask).await
    }

    /// Sends any command, once; the data of its answer.
    pub async fn raw(&self, netfn: u8, command: u8, data: &[u8]) -> Answer<Vec<u8>> {
        let what = "a raw command";
        let ask = async {
            match &self.speaker {
                Speaker::Native(bmc) => bmc.raw(netfn, 0, command, data).await.map_err(Failure::Native),
                Speaker::Program(program) => {
                    program.run(&Raw { what, netfn, command, data, repeatable: false }).await.map_err(Failure::Program)
                }
            }
        };
        self.governed(what, ask).await
    }

    /// Reads all sensors, each with what it reads.
    ///
    /// # Errors
    /// The program is asked for no sensors; or whatever the BMC says.
    pub async fn sensors(&self) -> Result<Vec<(Sensor, SensorReading)>> {
        let bmc = match &self.speaker {
            Speaker::Native(bmc) => bmc,
            Speaker::Program(_) => {
                return Err(Error::unsupported(
                    "sensors are read by the native client only: set driver_info/ipmi_client to \"native\", if the BMC can be \
                     spoken to that way",
                ));
            }
        };
        let sensors = self.governed("Get SDR", async { bmc.sensors().await.map_err(Failure::Native) }).await?;
        let mut all = Vec::with_capacity(sensors.len());
        for sensor in sensors {
            let ask = async { bmc.sensor_reading(&sensor).await.map_err(Failure::Native) };
            let reading = match self.governed("Get Sensor Reading", ask).await {
                // One sensor that the BMC cannot read is no reason to show none.
                Err(why) if why.completion().is_some_and(|code| code != Completion::PRIVILEGE) => {
                    SensorReading::default()
                }
                read => read?,
            };
            all.push((sensor, reading));
        }
        Ok(all)
    }

    /// Ends the session, if there is one.
    pub async fn close(&self) {
        match &self.speaker {
            Speaker::Native(bmc) => bmc.close().await,
            // It leaves none behind.
            Speaker::Program(_) => {}
        }
    }

    async fn governed<T>(&self, what: &str, ask: impl Future<Output = Answer<T>>) -> Answer<T> {
        let permit = self.governor.enter(self.who, what).await.map_err(Failure::Withheld)?;
        let answer = ask.await;
        permit.done(answer.as_ref().map_or_else(Failure::outcome, |_| Outcome::Answered("done".to_owned())));
        answer
    }
}

/// Runs the program for a command that may be sent again.
async fn reading(program: &Program, what: &str, netfn: u8, command: u8, data: &[u8]) -> Answer<Vec<u8>> {
    program.run(&Raw { what, netfn, command, data, repeatable: true }).await.map_err(Failure::Program)
}

fn decode<T>(what: &str, data: &[u8], read: fn(&[u8]) -> Result<T, ipmi::wire::Malformed>) -> Answer<T> {
    read(data).map_err(|why| Failure::Program(Trouble::Failed { what: what.to_owned(), said: why.to_string() }))
}
