//! Turns the figures of both servers into the sections of the page `docs/benchmarks.md`.

use std::{fmt::Write as _, time::Duration};

use super::{
    load::Sample,
    redfish::{self, Sweep},
    service,
};

/// Which of two figures is the better one.
#[derive(Clone, Copy)]
enum Better {
    Less,
    More,
}

/// A line of a table.
struct Row<F> {
    what: &'static str,
    unit: &'static str,
    better: Better,
    figure: fn(&F) -> f64,
    /// What a power cut may cost of what was answered: Ironic, Kamacite.
    cost: (&'static str, &'static str),
}

const NO_WRITE: (&str, &str) = ("", "");
const NOTHING: (&str, &str) = ("nothing", "nothing");
const LOCK: (&str, &str) = ("nothing", "the lock's coming and going");
const UNDER_WAY: (&str, &str) = ("whatever is under way", "nothing: it goes on after the restart");

#[rustfmt::skip]
const SERVICE: &[Row<service::Figures>] = &[
    Row { what: "start to first answer", unit: "ms", better: Better::Less, figure: |of| ms(of.first_answer), cost: NO_WRITE },
    Row { what: "start to hardware types listed", unit: "ms", better: Better::Less, figure: |of| ms(of.ready), cost: NO_WRITE },
    Row { what: "memory, idle", unit: "MiB", better: Better::Less, figure: |of| of.memory_idle, cost: NO_WRITE },
    Row { what: "memory, 1,000 nodes, after the requests below", unit: "MiB", better: Better::Less, figure: |of| of.memory_used, cost: NO_WRITE },
    Row { what: "`GET /v1/nodes/{id}`, 8 clients", unit: "/s", better: Better::More, figure: |of| of.get.rate(), cost: NO_WRITE },
    Row { what: "the same, 99 of 100 answers within", unit: "ms", better: Better::Less, figure: |of| ms(of.get.quantile(0.99)), cost: NO_WRITE },
    Row { what: "list of 1,000 nodes in detail, 1 client", unit: "ms", better: Better::Less, figure: |of| ms(of.list.quantile(0.5)), cost: NO_WRITE },
    Row { what: "create a node, 4 clients", unit: "/s", better: Better::More, figure: |of| of.create.rate(), cost: NOTHING },
    Row { what: "synchronous vendor passthru, 1 client", unit: "/s", better: Better::More, figure: |of| of.sync.rate(), cost: LOCK },
    Row { what: "the same, half of the answers within", unit: "ms", better: Better::Less, figure: |of| ms(of.sync.quantile(0.5)), cost: LOCK },
    Row { what: "asynchronous vendor passthru accepted, 4 clients", unit: "/s", better: Better::More, figure: |of| of.accept.rate(), cost: ("the call", "nothing: the call is in the journal") },
    Row { what: "100 nodes from enroll to active", unit: "nodes/s", better: Better::More, figure: |of| 100.0 / of.fleet.as_secs_f64(), cost: UNDER_WAY },
];

#[rustfmt::skip]
const REDFISH: &[Row<redfish::Figures>] = &[
    Row { what: "`GET /v1/nodes/{id}/management/boot_device`, 1 client", unit: "/s", better: Better::More, figure: |of| of.get.rate(), cost: NO_WRITE },
    Row { what: "the same, half of the answers within", unit: "ms", better: Better::Less, figure: |of| ms(of.get.quantile(0.5)), cost: NO_WRITE },
    Row { what: "`PUT /v1/nodes/{id}/management/boot_device`, 1 client", unit: "/s", better: Better::More, figure: |of| of.put.rate(), cost: LOCK },
    Row { what: "the same, half of the answers within", unit: "ms", better: Better::Less, figure: |of| ms(of.put.quantile(0.5)), cost: LOCK },
    Row { what: "100 machines turned on", unit: "machines/s", better: Better::More, figure: |of| redfish::MACHINES as f64 / of.power_on.as_secs_f64(), cost: UNDER_WAY },
    Row { what: "power sweep", unit: "nodes/s", better: Better::More, figure: |of| of.sweep.nodes as f64 / of.sweep.round.took.as_secs_f64(), cost: NO_WRITE },
];

/// How the page begins.
pub fn head(date: &str, machine: &[(&'static str, String)]) -> String {
    let mut head = format!(
        "# Ironic and Kamacite, measured\n\nMade by `cargo xtask bench` on {date}, everything in one run on one machine, one after \
         the other, each alone. Do not edit.\n\n| | |\n|---|---|\n"
    );
    for (what, value) in machine {
        let _ = writeln!(head, "| {what} | {value} |");
    }
    head
}

/// The section about the service itself.
pub fn service(ironic: &service::Figures, kamacite: &service::Figures) -> String {
    let (table, notes) = (table(SERVICE, ironic, kamacite), service_notes(ironic, kamacite));
    format!("## The service\n\n{table}\n{notes}")
}

/// The section about BMCs that speak Redfish.
pub fn redfish(ironic: &redfish::Figures, kamacite: &redfish::Figures) -> String {
    let (table, notes) = (table(REDFISH, ironic, kamacite), redfish_notes(ironic, kamacite));
    format!("## The way to a BMC that speaks Redfish\n\n{table}\n{notes}")
}

fn table<F>(rows: &[Row<F>], ironic: &F, kamacite: &F) -> String {
    let mut table = "| | unit | Ironic | Kamacite | Kamacite is better, times | a power cut may cost (Ironic) | a power cut may cost (Kamacite) |\n\
                     |---|---|--:|--:|--:|---|---|\n"
        .to_owned();
    for row in rows {
        let (theirs, ours) = ((row.figure)(ironic), (row.figure)(kamacite));
        let ratio = match row.better {
            Better::Less => theirs / ours,
            Better::More => ours / theirs,
        };
        let (theirs, ours, ratio) = (figure(theirs), figure(ours), figure(ratio));
        let _ = writeln!(
            table,
            "| {} | {} | {theirs} | {ours} | {ratio} | {} | {} |",
            row.what, row.unit, row.cost.0, row.cost.1
        );
    }
    table
}

/// What must be known to read the table.
fn service_notes(ironic: &service::Figures, kamacite: &service::Figures) -> String {
    let notes = format!(
        "- Both have the same configuration: fake hardware without delays, no authentication, API and conductor in one process.\n\
         - Ironic's database was made before it was started; Kamacite makes its own, and the figures contain that.\n\
         - Memory is what is resident of the largest process; Ironic has a second one.\n\
         - A list of 1,000 nodes is {} KiB long from Ironic and {} KiB from Kamacite.\n\
         - The clients keep their connections and share the processor with the server, so that the quicker server is held up more.\n\
         - From enroll to active means manage, provide with automated cleaning, and deploy; a client looks for nodes that can go on, \
         and waits twice as long as looking took.\n\
         - Creating nodes and bringing them from enroll to active are measured on fresh servers until ten seconds have gone by, and told \
         by the median; whoever needs longer is measured once.\n\
         - Ironic's database is written with {} and synchronous=FULL; Kamacite's with {}, which is synced before \
         whatever is acknowledged; locks do not wait for that, since a restart clears them anyhow.\n",
        ironic.list_bytes / 1024,
        kamacite.list_bytes / 1024,
        ironic.journal,
        kamacite.journal,
    );
    let samples = |of: &service::Figures| {
        [
            ("read a node", refused(&of.get)),
            ("list nodes", refused(&of.list)),
            ("create a node", refused(&of.create)),
            ("call a synchronous method", refused(&of.sync)),
            ("call an asynchronous method", refused(&of.accept)),
        ]
    };
    notes + &refusals("Ironic", &samples(ironic)) + &refusals("Kamacite", &samples(kamacite))
}

fn redfish_notes(ironic: &redfish::Figures, kamacite: &redfish::Figures) -> String {
    let mut notes = "\
        - Both ask the same simulated BMCs (`kamacite sim`, generic, without delays), a process beside them on the same processor.\n\
        - Both have the same configuration: hardware type, power and management `redfish`, a session with each BMC, no power sweep but \
        where it is measured.\n\
        - Ironic looks for its session with a hash of the password, computed anew for each use; how long that takes stands above.\n\
        - Each machine is turned on with the first request to its BMC, so that a log-in is a part of it.\n\
        - A power sweep reads power, boot mode, secure boot and health of all nodes; it is the second one after the start, which finds \
        a session everywhere. Both have eight workers for it: in Ironic threads, in Kamacite sixteen calls each.\n\
        - The BMCs speak http. With https each new connection costs both the same; whoever comes back within two seconds has none to make."
        .to_owned();
    for (name, Sweep { nodes, round, .. }) in [("Ironic's", &ironic.sweep), ("Kamacite's", &kamacite.sweep)] {
        let (took, requests) = (figure(round.took.as_secs_f64()), round.requests);
        let _ = write!(notes, " {name}: {} nodes, {took} s, {requests} requests to each BMC.", count(*nodes));
    }
    let Sweep { nodes, memory_idle, memory_nodes, memory_sessions, .. } = kamacite.sweep;
    let each = |mib: f64| figure(mib * 1024.0 / nodes as f64);
    let _ = writeln!(
        notes,
        "\n- Memory of Kamacite with {} nodes: {} KiB for each node, and {} KiB for the session with its BMC, after the sweep.",
        count(nodes),
        each(memory_nodes - memory_idle),
        each(memory_sessions - memory_nodes),
    );
    let samples =
        |of: &redfish::Figures| [("read a boot device", refused(&of.get)), ("write a boot device", refused(&of.put))];
    notes + &refusals("Ironic", &samples(ironic)) + &refusals("Kamacite", &samples(kamacite))
}

/// Of a sample: what was refused, and all.
fn refused(sample: &Sample) -> (usize, usize) {
    (sample.refused, sample.refused + sample.answers.len())
}

/// A line for each kind of request of which some were refused.
fn refusals(name: &str, kinds: &[(&str, (usize, usize))]) -> String {
    let some = kinds.iter().filter(|(_, (refused, _))| *refused > 0);
    let line = |(what, (refused, all)): &(&str, (usize, usize))| {
        format!("- {name} refused {refused} of {all} requests to {what}; they are not counted above.\n")
    };
    some.map(line).collect()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A number with three figures that count, and commas between thousands.
fn figure(value: f64) -> String {
    let decimals = if value >= 100.0 { 0 } else { usize::from(value < 10.0) + 1 };
    let text = format!("{value:.decimals$}");
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
        None => grouped(&text),
    }
}

/// A whole number with commas between thousands.
fn count(number: usize) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::simulator::Round;

    #[track_caller]
    fn check(value: f64, expected: &str) {
        assert_eq!(figure(value), expected);
    }

    #[test]
    fn figures_are_short_and_readable() {
        check(0.1234, "0.12");
        check(9.876, "9.88");
        check(43.21, "43.2");
        check(148.4, "148");
        check(15_000.0, "15,000");
        check(1_234_567.0, "1,234,567");
    }

    fn sample(seconds: u64, answers: usize) -> Sample {
        Sample { answers: vec![Duration::from_secs(seconds); answers], refused: 0, took: Duration::from_secs(1) }
    }

    fn figures(seconds: u64, answers: usize) -> service::Figures {
        let time = Duration::from_secs(seconds);
        let sample = || sample(seconds, answers);
        service::Figures {
            first_answer: time,
            ready: time,
            memory_idle: seconds as f64,
            memory_used: seconds as f64,
            get: sample(),
            list: sample(),
            list_bytes: 2048,
            create: sample(),
            sync: sample(),
            accept: Sample { refused: answers / 2, ..sample() },
            fleet: time,
            journal: "WAL",
        }
    }

    #[test]
    fn less_time_and_more_answers_are_better() {
        let page = service(&figures(6, 2), &figures(2, 8));
        assert!(page.contains("| start to first answer | ms | 6,000 | 2,000 | 3.00 |  |  |"), "{page}");
        assert!(page.contains("| create a node, 4 clients | /s | 2.00 | 8.00 | 4.00 | nothing | nothing |"), "{page}");
        assert!(page.contains("Kamacite refused 4 of 12 requests to call an asynchronous method"), "{page}");
    }

    fn redfish_figures(seconds: u64, refused: usize, nodes: usize) -> redfish::Figures {
        let took = Duration::from_secs(seconds);
        redfish::Figures {
            power_on: took,
            get: sample(seconds, 3),
            put: Sample { refused, ..sample(seconds, 3) },
            sweep: Sweep {
                nodes,
                round: Round { took, requests: 4 },
                memory_idle: 10.0,
                memory_nodes: 15.0,
                memory_sessions: 25.0,
            },
        }
    }

    #[test]
    fn what_is_said_of_redfish_is_of_these_figures() {
        let section = redfish(&redfish_figures(20, 1, 40), &redfish_figures(2, 0, 1000));
        for part in [
            "| 100 machines turned on | machines/s | 5.00 | 50.0 | 10.0 | whatever is under way |",
            "| power sweep | nodes/s | 2.00 | 500 | 250 |  |  |",
            "Ironic's: 40 nodes, 20.0 s, 4 requests to each BMC. Kamacite's: 1,000 nodes, 2.00 s, 4 requests",
            "Kamacite with 1,000 nodes: 5.12 KiB for each node, and 10.2 KiB for the session",
            "Ironic refused 1 of 4 requests to write a boot device",
        ] {
            assert!(section.contains(part), "{part} is not in {section}");
        }
    }

    #[test]
    fn the_page_begins_with_the_machine() {
        let head = head("2024-05-06", &[("Memory", "1 kB".to_owned())]);
        assert!(head.contains("on 2024-05-06,") && head.ends_with("|---|---|\n| Memory | 1 kB |\n"), "{head}");
    }
}
