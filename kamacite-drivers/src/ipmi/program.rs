//! The program `ipmitool`, for BMCs that the native client cannot speak to: IPMI 1.5, odd cipher suites.
//!
//! Every command is run as `raw`, so that the answer is bytes and a completion code, not prose.

use std::{
    ffi::{OsStr, OsString},
    fmt, io,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use ipmi::{Bridging, Completion, Target};
use kamacite_driver::{Services, model::Timestamp};
use tokio::{process::Command, sync::Mutex};

use super::password_file::PasswordFile;

const PROGRAM: &str = "ipmitool";

/// Where the program finds the BMC's own key: command lines can be read by everybody.
const KEY: &str = "IPMI_KGKEY";

/// The program, set up for one BMC. Runs take turns.
pub struct Program {
    target: Target,
    old_protocol: bool,
    suite: Option<u8>,
    timeout: Duration,
    interval: Duration,
    services: Services,
    last: Mutex<Option<Timestamp>>,
}

/// A command as bytes.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    /// What it is called, for people.
    pub what: &'a str,
    pub netfn: u8,
    pub command: u8,
    pub data: &'a [u8],
    /// Whether doing it twice is doing it once, so that the program may send it again.
    pub repeatable: bool,
}

/// What the program ran into.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The BMC refuses the user, the password or the key.
    Refused { what: String, said: String },
    /// No session: nobody answers.
    Silent { what: String, said: String },
    /// All sessions of the BMC are in use.
    Full { what: String, said: String },
    /// The BMC does not have the cipher suite.
    Suite { what: String, said: String },
    /// The command was sent and not answered.
    Unanswered { what: String, said: String, repeatable: bool },
    /// The program took too long and was ended.
    Late { what: String, timeout: Duration, repeatable: bool },
    /// The BMC answered that it did not do it.
    Completion { what: String, code: Completion },
    /// Something else.
    Failed { what: String, said: String },
}

impl Program {
    pub fn new(target: Target, protocol: (bool, Option<u8>), limits: [Duration; 2], services: &Services) -> Self {
        let ((old_protocol, suite), [timeout, interval]) = (protocol, limits);
        Self { target, old_protocol, suite, timeout, interval, services: services.clone(), last: Mutex::default() }
    }

    /// Runs the program for a command; the data of the answer.
    pub async fn run(&self, raw: &Raw<'_>) -> Result<Vec<u8>, Trouble> {
        let mut last = self.last.lock().await;
        if let Some(last) = *last {
            let since = self.services.now().duration_since(last).unsigned_abs();
            self.services.sleep(self.interval.saturating_sub(since)).await;
        }
        let outcome = self.run_now(raw).await;
        *last = Some(self.services.now());
        outcome
    }

    async fn run_now(&self, raw: &Raw<'_>) -> Result<Vec<u8>, Trouble> {
        let what = format!("{} of {} by {PROGRAM}", raw.what, self.target.address);
        let failed = |said: String| Trouble::Failed { what: what.clone(), said };
        let password = PasswordFile::new(self.target.password.reveal()).map_err(|why| {
            failed(format!("cannot write a file for the password: {why}; look at the folder for temporary files"))
        })?;
        let mut command = Command::new(PROGRAM);
        command.args(self.arguments(password.path(), raw)).stdin(Stdio::null()).kill_on_drop(true);
        match self.key() {
            Ok(Some(key)) => command.arg("-K").env(KEY, key),
            Ok(None) => command.env_remove(KEY),
            Err(said) => return Err(failed(said)),
        };
        command.arg("raw").args([raw.netfn, raw.command].iter().chain(raw.data).map(|byte| format!("{byte:#04x}")));
        match tokio::time::timeout(self.timeout, command.output()).await {
            Err(_) => Err(Trouble::Late { what, timeout: self.timeout, repeatable: raw.repeatable }),
            Ok(Err(why)) if why.kind() == io::ErrorKind::NotFound => Err(failed(format!(
                "there is no program {PROGRAM} here; install it, or set driver_info/ipmi_client to \"native\""
            ))),
            Ok(Err(why)) => Err(failed(why.to_string())),
            Ok(Ok(output)) => read(what, raw.repeatable, &output),
        }
    }

    /// Everything but the secrets and the command.
    fn arguments(&self, password: &Path, raw: &Raw<'_>) -> Vec<OsString> {
        let target = &self.target;
        let mut arguments: Vec<OsString> = Vec::new();
        let mut option = |name: &str, value: &OsStr| arguments.extend([name.into(), value.to_owned()]);
        option("-I", if self.old_protocol { "lan" } else { "lanplus" }.as_ref());
        option("-H", target.address.as_ref());
        option("-p", target.port.to_string().as_ref());
        option("-L", target.privilege.as_str().as_ref());
        if !target.username.is_empty() {
            option("-U", target.username.as_ref());
        }
        if let Some(suite) = self.suite {
            option("-C", suite.to_string().as_ref());
        }
        if let Some(Bridging { transit, target, local_address }) = target.bridging {
            option("-m", format!("{local_address:#04x}").as_ref());
            for (hop, channel, address) in [(transit, "-B", "-T"), (Some(target), "-b", "-t")] {
                let Some(hop) = hop else { continue };
                option(channel, hop.channel.to_string().as_ref());
                option(address, format!("{:#04x}", hop.address).as_ref());
            }
        }
        // How long it waits for an answer, and how often it sends.
        option("-N", "1".as_ref());
        option("-R", if raw.repeatable { "4" } else { "1" }.as_ref());
        option("-f", password.as_ref());
        // Only then does it tell a wrong password from silence.
        arguments.push("-v".into());
        arguments
    }

    /// The BMC's own key as the program wants it: bytes, which end at the first zero.
    fn key(&self) -> Result<Option<OsString>, String> {
        let Some(key) = &self.target.key else { return Ok(None) };
        let end = key.reveal().iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let key = &key.reveal()[..end];
        if key.contains(&0) {
            return Err(format!(
                "{PROGRAM} can be given no ipmi_hex_kg_key with a zero byte in the middle unless on its command line, where \
                 everybody can read it; use another key, or the native client"
            ));
        }
        Ok(Some(OsStr::from_bytes(key).to_owned()))
    }
}

/// What the program's output means.
fn read(what: String, repeatable: bool, output: &Output) -> Result<Vec<u8>, Trouble> {
    let [answer, remarks] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let says = |words: &str| remarks.contains(words);
    // It may fail and end with 0.
    if output.status.success() && !says("Error: Unable to establish") {
        let bytes = answer.split_whitespace().map(|byte| u8::from_str_radix(byte, 16));
        return bytes
            .collect::<Result<_, _>>()
            .map_err(|_| Trouble::Failed { what, said: "its output is no bytes".to_owned() });
    }
    let said = remark(&remarks);
    if let Some(code) = remarks.split("rsp=0x").nth(1).and_then(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok()) {
        return Err(Trouble::Completion { what, code: Completion(code) });
    }
    Err(if says("Unable to send RAW command") {
        Trouble::Unanswered { what, said, repeatable }
    } else if REFUSALS.iter().any(|words| says(words)) {
        Trouble::Refused { what, said }
    } else if says("insufficient resources for session") {
        Trouble::Full { what, said }
    } else if SUITES.iter().any(|words| says(words)) {
        Trouble::Suite { what, said }
    } else if SILENCES.iter().any(|words| says(words)) {
        Trouble::Silent { what, said }
    } else {
        Trouble::Failed { what, said }
    })
}

/// What the program says of users, passwords and keys that are refused.
const REFUSALS: [&str; 5] = [
    "RAKP 2 HMAC is invalid",
    "RAKP 2 message indicates an error",
    "RAKP 4 message has invalid integrity check value",
    "RAKP 4 message indicates an error",
    "Activate Session command failed",
];

/// What it says when a cipher suite, or an algorithm of it, is refused (IPMI 2.0 table 13-15).
const SUITES: [&str; 3] =
    ["no matching cipher suite", "no matching authentication payload", "no matching integrity payload"];

/// What it says when nobody answers.
const SILENCES: [&str; 4] = [
    "Get Auth Capabilities error",
    "Error issuing Get Channel Authentication Capabilities request",
    "no response from",
    "Address lookup for",
];

/// The lines that tell what went wrong, one behind the other.
fn remark(remarks: &str) -> String {
    const IDLE: [&str; 8] =
        ["Loading IANA", "Running Get", "Invalid completion", "Discovered IPMB", "RAW ", "Get HPM", "Using best", " "];
    let lines =
        remarks.lines().filter(|line| !line.trim().is_empty() && !IDLE.iter().any(|idle| line.starts_with(idle)));
    lines.map(|line| line.trim_start_matches(['>', ' ']).trim()).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { what, said } => write!(
                f,
                "{what}: the BMC refuses the log-in ({said}); check ipmi_username, ipmi_password, ipmi_hex_kg_key and \
                 ipmi_priv_level"
            ),
            Self::Silent { what, said } => write!(
                f,
                "{what}: the BMC does not answer ({said}); check ipmi_address and ipmi_port, that the BMC has power and IPMI \
                 over LAN switched on, and that the network lets UDP through"
            ),
            Self::Full { what, said } => {
                write!(f, "{what}: the BMC has no free session ({said}); try again in a minute")
            }
            Self::Suite { what, said } => write!(
                f,
                "{what}: the BMC refuses the cipher suite ({said}); set ipmi_cipher_suite to one it has, or switch it on in \
                 the BMC's settings"
            ),
            Self::Unanswered { what, said, repeatable } => {
                write!(f, "{what}: no answer ({said}); {}", after_silence(*repeatable))
            }
            Self::Late { what, timeout, repeatable } => write!(
                f,
                "{what}: it took longer than {} s ([ipmi]command_retry_timeout) and was ended; {}",
                timeout.as_secs_f64(),
                after_silence(*repeatable)
            ),
            Self::Completion { what, code } => write!(f, "{what}: {code}; {}", code.remedy()),
            Self::Failed { what, said } => write!(f, "{what}: {said}"),
        }
    }
}

/// What to do about a command that was not answered.
fn after_silence(repeatable: bool) -> &'static str {
    if repeatable {
        "check ipmi_address and ipmi_port, and that the BMC is up, and try again"
    } else {
        "it is not known whether it was carried out: read the state before repeating it"
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

    use ipmi::{BmcKey, Hop, Password, Privilege};
    use kamacite_driver::model::options::Options;

    use super::*;
    use crate::ipmi::bench::clock;

    const STATUS: Raw<'_> = Raw { what: "status", netfn: 0, command: 1, data: &[], repeatable: true };

    fn program(target: Target, protocol: (bool, Option<u8>)) -> Program {
        let services = Services::new(clock(), Options::default());
        Program::new(target, protocol, [Duration::from_secs(9), Duration::ZERO], &services)
    }

    fn target() -> Target {
        Target::new("bmc", "root", Password::new("hunter2"))
    }

    #[track_caller]
    fn called(program: &Program, raw: &Raw<'_>, expected: &str) {
        let arguments = program.arguments(Path::new("/p"), raw);
        let shown: Vec<_> = arguments.iter().map(|argument| argument.to_str().unwrap()).collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn it_is_called_without_secrets() {
        let key = BmcKey::from_hex("6b65790000000000000000000000000000000000").unwrap();
        let hop = |channel, address| Hop { channel, address };
        let bridging = Bridging { transit: Some(hop(6, 0x82)), target: hop(0, 0x72), local_address: 0x20 };
        let full = Target { privilege: Privilege::Operator, key: Some(key), bridging: Some(bridging), ..target() };
        let full = program(full, (false, Some(8)));
        called(
            &full,
            &STATUS,
            "-I lanplus -H bmc -p 623 -L OPERATOR -U root -C 8 -m 0x20 -B 6 -T 0x82 -b 0 -t 0x72 -N 1 -R 4 -f /p -v",
        );
        assert_eq!(full.key().unwrap().unwrap(), "key");
        let once = Raw { repeatable: false, ..STATUS };
        let old = program(Target::new("bmc", "", Password::default()), (true, None));
        called(&old, &once, "-I lan -H bmc -p 623 -L ADMINISTRATOR -N 1 -R 1 -f /p -v");
        assert_eq!(old.key(), Ok(None));
        let key = BmcKey::from_hex("6b00790000000000000000000000000000000000").unwrap();
        assert!(program(Target { key: Some(key), ..target() }, (false, None)).key().unwrap_err().contains("zero byte"));
    }

    #[test]
    fn what_was_not_answered_is_told_with_what_helps() {
        let late = |repeatable| {
            Trouble::Late { what: "it".to_owned(), timeout: Duration::from_millis(2500), repeatable }.to_string()
        };
        assert_eq!(
            late(true),
            "it: it took longer than 2.5 s ([ipmi]command_retry_timeout) and was ended; check ipmi_address and ipmi_port, \
             and that the BMC is up, and try again"
        );
        assert!(late(false).ends_with("read the state before repeating it"));
    }

    fn ended(code: i32, answer: &str, remarks: &str) -> Result<Vec<u8>, Trouble> {
        let status = ExitStatus::from_raw(code << 8);
        read("it".to_owned(), true, &Output { status, stdout: answer.into(), stderr: remarks.into() })
    }

    #[test]
    fn its_output_is_understood() {
        assert_eq!(ended(0, " 21 10\n 60\n", "Loading IANA PEN Registry...\n"), Ok(vec![0x21, 0x10, 0x60]));
        assert_eq!(ended(0, "\n", ""), Ok(vec![]));
        assert!(matches!(ended(0, "hello\n", ""), Err(Trouble::Failed { .. })));
        let unable = "Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x2";
        let insufficient = format!("RAW REQ (channel=0x0)\n{unable} rsp=0xd4): Insufficient privilege level\n");
        assert_eq!(
            ended(1, "", &insufficient),
            Err(Trouble::Completion { what: "it".to_owned(), code: Completion::PRIVILEGE })
        );
        assert!(matches!(ended(1, "", &format!("{unable})\n")), Err(Trouble::Unanswered { .. })));
        let session = "Error: Unable to establish IPMI v2 / RMCP+ session\n";
        for refusal in REFUSALS {
            let said = format!("> {refusal} : unauthorized name\n{session}");
            assert!(matches!(ended(0, "", &said), Err(Trouble::Refused { .. })), "{refusal}");
        }
        for silence in SILENCES {
            assert!(matches!(ended(1, "", &format!("{silence}\n{session}")), Err(Trouble::Silent { .. })), "{silence}");
        }
        let full = format!("Error in open session response message : insufficient resources for session\n\n{session}");
        assert!(matches!(ended(1, "", &full), Err(Trouble::Full { .. })));
        for refusal in SUITES {
            let said = format!("Error in open session response message : {refusal}\n\n{session}");
            let why = ended(1, "", &said).unwrap_err();
            assert!(matches!(why, Trouble::Suite { .. }) && why.to_string().contains("ipmi_cipher_suite"), "{why}");
        }
        let other = format!("Loading IANA PEN Registry...\nError in open session response message : no\n\n{session}");
        assert_eq!(
            ended(1, "", &other),
            Err(Trouble::Failed {
                what: "it".to_owned(),
                said: "Error in open session response message : no; Error: Unable to establish IPMI v2 / RMCP+ session"
                    .to_owned()
            })
        );
    }
}
