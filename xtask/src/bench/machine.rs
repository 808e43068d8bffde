//! What the figures depend on: the machine, its disk, and what runs on it.

use std::{
    fs::File,
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::server::Program;
use crate::support::places;

/// Takes the time of what Ironic does before each use of a Redfish session (`SessionCache` of its Redfish driver).
const HASH: &str = "\
import hashlib, statistics, time
def took():
    began = time.monotonic()
    hashlib.pbkdf2_hmac('sha512', b'password', b'http://127.0.0.1:8000' * 4, 600000)
    return time.monotonic() - began
print(round(1000 * statistics.median(took() for _ in range(5))))";

/// A line for each thing that is known of the machine, of its disk where `folder` is, and of the programs.
///
/// # Errors
/// The folder cannot be written to.
pub fn describe(folder: &Path, programs: &[&Program]) -> Result<Vec<(&'static str, String)>> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut lines = vec![
        ("Processor", format!("{}, {cores} cores", field("/proc/cpuinfo", "model name"))),
        ("Memory", memory()),
        ("Load before, 1 and 5 minutes", said(Command::new("cut").args(["-d", " ", "-f", "1-2", "/proc/loadavg"]))),
        ("Kernel", said(Command::new("uname").arg("-sr"))),
        ("File system", file_system(folder)),
        ("A write of 4 KiB on disk", format!("{:.2} ms (median of 100)", sync_time(folder)?.as_secs_f64() * 1e3)),
        ("Rust", said(Command::new("rustc").arg("--version"))),
    ];
    for program in programs {
        match program {
            Program::Ironic(venv, _) => {
                let version = "from importlib.metadata import version; print(version('ironic'))";
                let (python, ironic) =
                    (said(venv.command("python").arg("--version")), said(venv.command("python").args(["-c", version])));
                lines.push(("Ironic", format!("{ironic} on {python}, one process, SQLite")));
                let took = said(venv.command("python").args(["-c", HASH]));
                lines.push((
                    "The hash of a BMC's password, by itself",
                    format!("{took} ms in Ironic's Python (PBKDF2 with SHA-512, 600,000 rounds; median of 5)"),
                ));
            }
            Program::Kamacite(program, origin) => {
                lines.push(("Kamacite", format!("{}, {origin}", said(Command::new(program).arg("--version")))));
            }
        }
    }
    Ok(lines)
}

/// The first value of a `name: value` file.
fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

fn memory() -> String {
    let kib: Option<f64> = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().ok();
    kib.map_or_else(|| "unknown".to_owned(), |kib| format!("{:.0} GiB", kib / 1024.0 / 1024.0))
}

fn file_system(folder: &Path) -> String {
    let listed = said(Command::new("df").arg("--output=fstype").arg(folder));
    listed.lines().last().unwrap_or_default().to_owned()
}

/// The commit that is checked out, and whether anything was changed since.
pub fn commit() -> String {
    let git = |args: &[&str]| said(Command::new("git").args(args).current_dir(places::root()));
    let changed = match git(&["status", "--porcelain", "--untracked-files=no"]).as_str() {
        "" => "",
        _ => " with changes",
    };
    format!("{}{changed}", git(&["rev-parse", "--short", "HEAD"]))
}

/// What a program prints.
fn said(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    output.map_or_else(|| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How long it takes until a small write is safe from a power cut: what a durable answer waits for at least.
fn sync_time(folder: &Path) -> Result<Duration> {
    let path = folder.join("sync-time");
    let mut file = File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
