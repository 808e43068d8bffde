//! Recording a real BMC: what can be said on a command line, and what then runs.
//!
//! Two ways fill the file: a walk, which reads what links lead to, and a proxy, which listens to somebody else's
//! conversation. What is written is decided in [`crate::recording`].

mod account;
mod proxy;
mod walk;

use std::{future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use kamacite_model::{Clock, Secret, Timestamp};
use parking_lot::Mutex;
use redfish::{Auth, Bmc, Client, Error, Forward, Forwarded, Limits, Password, Target, TlsVersion, Verb, Verify};

use tokio_util::sync::CancellationToken;

use crate::{
    rack::StartError,
    recording::{Place, Recorder, Unwritten, secrets::Secrets},
};

use account::{Account, account};
use proxy::{Heard, Proxy};
use walk::Walk;

/// The variable of the environment that holds the password where no file does.
pub const PASSWORD_VARIABLE: &str = "KAMACITE_BMC_PASSWORD";

/// A redirect that leads to the same resource is followed so often.
const REDIRECTS: usize = 3;

/// A client that stands behind a proxy gives up by itself, and an image of firmware takes its time.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(600);

/// Which BMC to record, how, and into which file.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The BMC, as in redfish_address: https is assumed, and a path is the service root's.
    #[arg(value_name = "URL")]
    pub url: String,
    /// The file to write, which must not be there yet.
    #[arg(long, short, value_name = "FILE", default_value = "recording.jsonl")]
    pub output: PathBuf,
    /// The account to walk with; none walks as a stranger. Its password is in --password-file or in the environment, as
    /// KAMACITE_BMC_PASSWORD.
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// A file with the account's password on its first line, or /dev/stdin.
    #[arg(long, value_name = "FILE", requires = "username")]
    pub password_file: Option<PathBuf>,
    /// Believes whoever answers, as redfish_verify_ca = false does.
    #[arg(long, conflicts_with = "ca")]
    pub insecure: bool,
    /// Authorities to believe, or the BMC's own certificate: a PEM file or a folder of them, as in redfish_verify_ca.
    #[arg(long, value_name = "PATH")]
    pub ca: Option<PathBuf>,
    /// The oldest TLS to speak, as redfish_tls_minimum_version: 1.1, 1.2 or 1.3.
    #[arg(long, value_name = "VERSION", value_parser = tls_version)]
    pub tls_minimum_version: Option<TlsVersion>,
    /// The ciphers of TLS 1.2 and older, as redfish_tls_ciphers.
    #[arg(long, value_name = "LIST")]
    pub tls_ciphers: Option<String>,
    /// Walks no more resources than these.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub limit: usize,
    /// Walks through what is huge by nature, too: log entries, jobs, metric reports, schemas.
    #[arg(long)]
    pub everything: bool,
    /// Stands in between instead, until it is told to end: a client's redfish_address is then http:// and this, which is
    /// on this machine.
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = on_this_machine)]
    pub listen: Option<SocketAddr>,
    /// Walks first, and then stands in between.
    #[arg(long, requires = "listen")]
    pub walk: bool,
}

/// Why there is no recording, or not all of one.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The BMC cannot be talked to.
    #[error("cannot record the BMC: {error}{}", remedy(error))]
    Bmc {
        /// Why not; its text has its causes.
        error: Box<redfish::Error>,
    },
    /// The BMC was lost on the way.
    #[error("the walk ended after {read} resources, which are in {}: {problem}", output.display())]
    Lost {
        /// How many were read.
        read: usize,
        /// Where they are.
        output: PathBuf,
        /// Why it ended, without secrets.
        problem: String,
    },
    /// It is somewhere else.
    #[error("{url} answers that the BMC is elsewhere; record {to} instead")]
    Elsewhere {
        /// What was asked.
        url: String,
        /// Where it says that it is.
        to: String,
    },
    /// There is an account, and no password.
    #[error("there is no password for {username}: name a file with --password-file, or set {PASSWORD_VARIABLE}")]
    NoPassword {
        /// The account.
        username: String,
    },
    /// The file of the password cannot be read.
    #[error(
        "cannot read the password from {}; name another file with --password-file, or set {PASSWORD_VARIABLE}",
        path.display()
    )]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file of the password has none.
    #[error("there is no password on the first line of {}; write it there, or set {PASSWORD_VARIABLE}", path.display())]
    EmptyPassword {
        /// The file.
        path: PathBuf,
    },
    /// The BMC says more secrets than can be looked for.
    #[error("there are more secrets than can be kept out of {}; record less, with --limit or --listen", path.display())]
    Secrets {
        /// The file, which holds what was recorded before.
        path: PathBuf,
    },
    /// The recording cannot be written.
    #[error("cannot write the recording {}; choose another file with --output, or make room", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It cannot listen.
    #[error(transparent)]
    Listen(#[from] StartError),
}

/// What both ways of recording use.
struct Tape {
    bmc: Bmc,
    recorder: Mutex<Recorder>,
    output: PathBuf,
    clock: Arc<dyn Clock>,
}

/// Records a BMC until it has been walked, or, where it listens, until `stop` completes. `password` is the one of the
/// environment. What it has to say it tells `say`.
///
/// # Errors
/// [`RecordError`]. Whatever was recorded before is in the file.
pub async fn run(
    args: Args,
    password: Option<Secret<String>>,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
    say: impl Fn(String),
) -> Result<(), RecordError> {
    let stopped = CancellationToken::new();
    let told = async {
        stop.await;
        stopped.cancel();
        std::future::pending().await
    };
    tokio::select! {
        recorded = record(&args, password, clock, &stopped, &say) => recorded,
        never = told => never,
    }
}

async fn record(
    args: &Args,
    password: Option<Secret<String>>,
    clock: Arc<dyn Clock>,
    stopped: &CancellationToken,
    say: &impl Fn(String),
) -> Result<(), RecordError> {
    let client = Client::new(Limits::default());
    let walks = args.listen.is_none() || args.walk;
    let account = if walks { stopped.run_until_cancelled(account(args, password)).await } else { Some(Ok(None)) };
    let Some(account) = account.transpose()? else { return Ok(()) };
    // In between, clients bring credentials of their own.
    let patient = Client::new(Limits { request_timeout: LONGEST_EXCHANGE, ..Limits::default() });
    let stranger = bmc(&patient, args, None)?;
    let walker = bmc(&client, args, account.as_ref())?;
    let walked = async {
        let begun = stopped.run_until_cancelled(Tape::begin(walker.clone(), args, account, clock)).await;
        let Some((tape, root)) = begun.transpose()? else { return Ok(None) };
        oddity(root.status, &args.url).into_iter().for_each(say);
        if walks {
            Walk::new(&tape, args.limit, args.everything).run(root, stopped, say).await?;
        }
        Ok(Some(tape).filter(|_| !stopped.is_cancelled()))
    };
    let walked: Result<Option<Tape>, RecordError> = walked.await;
    walker.close().await;
    match (walked?, args.listen) {
        (Some(tape), Some(listen)) => stand_in_between(Tape { bmc: stranger, ..tape }, listen, stopped, say).await,
        (Some(_), None) | (None, _) => Ok(()),
    }
}

async fn stand_in_between(
    tape: Tape,
    listen: SocketAddr,
    stopped: &CancellationToken,
    say: &impl Fn(String),
) -> Result<(), RecordError> {
    let output = tape.output.clone();
    let root = Some(tape.bmc.root_path().to_owned()).filter(|root| root != "/redfish/v1/");
    let proxy = Proxy::start(tape, listen).await?;
    say(format!("recording what is said at http://{}{}\n", proxy.address(), root.unwrap_or_default()));
    let Heard { exchanges, lost } = proxy.run(stopped).await?;
    let lost = if lost == 0 { String::new() } else { format!("; {lost} under way are not") };
    say(format!("{exchanges} exchanges in {}{lost}\n", output.display()));
    Ok(())
}

impl Tape {
    /// Asks who the BMC is, and begins the file with that.
    async fn begin(
        bmc: Bmc,
        args: &Args,
        account: Option<Account>,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Forwarded), RecordError> {
        let written = |source| RecordError::Write { path: args.output.clone(), source };
        // Better before the BMC is asked than after.
        if args.output.exists() {
            return Err(written(io::ErrorKind::AlreadyExists.into()));
        }
        let mut secrets = Secrets::new();
        if let Some(account) = account {
            secrets.learn_account(&account.username, account.password.expose());
        }
        let began = clock.now();
        let (asked, root) = ask(&bmc, bmc.root_path()).await.map_err(cannot)?;
        if let (300..400, Some(to)) = (root.status, root.header("location")) {
            secrets.learn_shown_text(to);
            let before = if to.starts_with('/') { bmc.address() } else { "" };
            let to = format!("{before}{}", secrets.text(to));
            return Err(RecordError::Elsewhere { url: bmc.address().to_owned(), to });
        }
        let recorder = Recorder::create(&args.output, Place::of(&bmc), &root, secrets, began).map_err(written)?;
        let tape = Self { bmc, recorder: Mutex::new(recorder), output: args.output.clone(), clock };
        tape.record(&asked, &root, began)?;
        Ok((tape, root))
    }

    /// Writes an exchange down that began then and has just ended.
    fn record(&self, asked: &Forward, answer: &Forwarded, began: Timestamp) -> Result<(), RecordError> {
        let took = Duration::try_from(self.clock.now().duration_since(began)).unwrap_or_default();
        let written = self.recorder.lock().record(asked, answer, took);
        let path = self.output.clone();
        written.map_err(|unwritten| match unwritten {
            Unwritten::File(source) => RecordError::Write { path, source },
            Unwritten::Secrets => RecordError::Secrets { path },
        })
    }

    /// A text that may be shown.
    fn clean(&self, text: &str) -> String {
        self.recorder.lock().clean(text)
    }
}

fn bmc(client: &Client, args: &Args, account: Option<&Account>) -> Result<Bmc, RecordError> {
    let verify = match (&args.ca, args.insecure) {
        (Some(path), _) => Verify::Ca(path.clone()),
        (None, true) => Verify::No,
        (None, false) => Verify::Yes,
    };
    let target = Target {
        address: args.url.clone(),
        username: account.map(|account| account.username.clone()),
        password: account.map(|account| Password::new(account.password.expose())).unwrap_or_default(),
        verify,
        minimum_tls: args.tls_minimum_version,
        ciphers: args.tls_ciphers.clone(),
        auth: Auth::Auto,
        system_id: None,
    };
    client.bmc(target).map_err(cannot)
}

fn cannot(error: redfish::Error) -> RecordError {
    RecordError::Bmc { error: Box::new(error) }
}

/// What the options are called here.
fn remedy(error: &Error) -> &'static str {
    match error {
        Error::Untrusted { .. } => "; here these are --ca and --insecure",
        Error::Refused { .. } | Error::Address { .. } => "; here these are --username and --password-file",
        Error::CaCertificates { .. } => "; here that is --ca",
        Error::Ciphers { .. } => "; here these are --tls-ciphers",
        Error::Setup { .. }
        | Error::Withheld { .. }
        | Error::SessionsFull { .. }
        | Error::Unreachable { .. }
        | Error::Timeout { .. }
        | Error::Interrupted { .. }
        | Error::NotFound { .. }
        | Error::Redirected { .. }
        | Error::Rejected { .. }
        | Error::TaskFailed { .. }
        | Error::TaskEndless { .. }
        | Error::Unreadable { .. }
        | Error::Malformed { .. }
        | Error::NoSystem { .. }
        | Error::ManySystems { .. }
        | Error::Unsupported { .. } => "",
    }
}

/// What is odd about the answer for the service root, and what helps.
fn oddity(status: u16, url: &str) -> Option<String> {
    match status {
        401 | 403 => Some(format!("the service root is answered with {status}; log in with --username\n")),
        300.. => Some(format!("the service root is answered with {status}; look whether {url} is a BMC\n")),
        _ => None,
    }
}

fn tls_version(text: &str) -> Result<TlsVersion, String> {
    match text {
        "1.1" => Ok(TlsVersion::V1_1),
        "1.2" => Ok(TlsVersion::V1_2),
        "1.3" => Ok(TlsVersion::V1_3),
        _ => Err("there are 1.1, 1.2 and 1.3".to_owned()),
    }
}

/// What goes through the proxy carries credentials, unencrypted up to here.
fn on_this_machine(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "it is no ADDRESS:PORT, such as 127.0.0.1:8443".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("others could reach it, and see credentials; listen on 127.0.0.1 or [::1]".to_owned())
    }
}

/// Reads a resource, by the spelling of its path under which the BMC has it, as with a slash at its end.
async fn ask(bmc: &Bmc, path: &str) -> redfish::Result<(Forward, Forwarded)> {
    let mut asked = read(path);
    let mut answer = bmc.forward(&asked).await?;
    for _ in 0..REDIRECTS {
        let location = answer.header("location").filter(|_| (300..400).contains(&answer.status));
        let Some(path) = location.and_then(|to| other_spelling(bmc, &asked.path, to)) else { break };
        asked = read(&path);
        answer = bmc.forward(&asked).await?;
    }
    Ok((asked, answer))
}

/// The path that a redirect leads to, if that is the same resource. Where it merely leads to another host it is not one.
fn other_spelling(bmc: &Bmc, from: &str, to: &str) -> Option<String> {
    bmc.follow(from, to).filter(|path| path != from && walk::same(path) == walk::same(from))
}

/// A GET as this client makes it.
fn read(path: &str) -> Forward {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![
        header("accept", "application/json"),
        header("odata-version", "4.0"),
        header("user-agent", concat!("kamacite/", env!("CARGO_PKG_VERSION"))),
    ];
    Forward { verb: Verb::Get, path: path.to_owned(), headers, body: Vec::new() }
}
