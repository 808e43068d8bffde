//! Turns the figures of both servers into the page `docs/benchmarks.md`.

use std::{fmt::Write as _, time::Duration};

use super::{load::Sample, measure::Figures};

/// Which of two figures is the better one.
#[derive(Clone, Copy)]
enum Better {
    Less,
    More,
}

/// A line of the table.
struct Row {
    what: &'static str,
    unit: &'static str,
    better: Better,
    figure: fn(&Figures) -> f64,
    /// What a power cut may cost of what was answered: Ironic, Kamacite.
    cost: (&'static str, &'static str),
}

const NO_WRITE: (&str, &str) = ("", "");
const NOTHING: (&str, &str) = ("nothing", "nothing");

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { what: "start to first answer", unit: "ms", better: Better::Less, figure: |of| ms(of.first_answer), cost: NO_WRITE },
    Row { what: "start to hardware types listed", unit: "ms", better: Better::Less, figure: |of| ms(of.ready), cost: NO_WRITE },
    Row { what: "memory, idle", unit: "MiB", better: Better::Less, figure: |of| of.memory_idle, cost: NO_WRITE },
    Row { what: "memory, 1,000 nodes, after the requests below", unit: "MiB", better: Better::Less, figure: |of| of.memory_used, cost: NO_WRITE },
    Row { what: "`GET /v1/nodes/{id}`, 8 clients", unit: "/s", better: Better::More, figure: |of| of.get.rate(), cost: NO_WRITE },
    Row { what: "the same, 99 of 100 answers within", unit: "ms", better: Better::Less, figure: |of| ms(of.get.quantile(0.99)), cost: NO_WRITE },
    Row { what: "list of 1,000 nodes in detail, 1 client", unit: "ms", better: Better::Less, figure: |of| ms(of.list.quantile(0.5)), cost: NO_WRITE },
    Row { what: "create a node, 4 clients", unit: "/s", better: Better::More, figure: |of| of.create.rate(), cost: NOTHING },
    Row { what: "synchronous vendor passthru, 1 client", unit: "/s", better: Better::More, figure: |of| of.sync.rate(), cost: ("nothing", "the lock's coming and going") },
    Row { what: "the same, half of the answers within", unit: "ms", better: Better::Less, figure: |of| ms(of.sync.quantile(0.5)), cost: ("nothing", "the lock's coming and going") },
    Row { what: "asynchronous vendor passthru accepted, 4 clients", unit: "/s", better: Better::More, figure: |of| of.accept.rate(), cost: ("the call", "nothing: the call is in the journal") },
    Row { what: "100 nodes from enroll to active", unit: "nodes/s", better: Better::More, figure: |of| 100.0 / of.fleet.as_secs_f64(), cost: ("whatever is under way", "nothing: it goes on after the restart") },
];

/// The page.
pub fn page(date: &str, machine: &[(&'static str, String)], ironic: &Figures, kamacite: &Figures) -> String {
    let mut page = format!(
        "# Ironic and Kamacite, measured\n\nMade by `cargo xtask bench` on {date}, both servers in one run on one machine, one after the \
         other, each alone. Do not edit.\n\n| | |\n|---|---|\n"
    );
    for (what, value) in machine {
        let _ = writeln!(page, "| {what} | {value} |");
    }
    page += "\n| | unit | Ironic | Kamacite | Kamacite is better, times | a power cut may cost (Ironic) | a power cut may cost (Kamacite) |\n\
             |---|---|--:|--:|--:|---|---|\n";
    for row in ROWS {
        let (theirs, ours) = ((row.figure)(ironic), (row.figure)(kamacite));
        let ratio = match row.better {
            Better::Less => theirs / ours,
            Better::More => ours / theirs,
        };
        let (theirs, ours, ratio) = (figure(theirs), figure(ours), figure(ratio));
        let _ = writeln!(
            page,
            "| {} | {} | {theirs} | {ours} | {ratio} | {} | {} |",
            row.what, row.unit, row.cost.0, row.cost.1
        );
    }
    let _ = write!(page, "\n{}", notes(ironic, kamacite));
    page
}

/// What must be known to read the table.
fn notes(ironic: &Figures, kamacite: &Figures) -> String {
    let mut notes = format!(
        "- Both have the same configuration: fake hardware without delays, no authentication, API and conductor in one process.\n\
         - Ironic's database was made before it was started; Kamacite makes its own, and the figures contain that.\n\
         - Memory is what is resident of the largest process; Ironic has a second one.\n\
         - A list of 1,000 nodes is {} KiB long from Ironic and {} KiB from Kamacite.\n\
         - The clients keep their connections and share the processor with the server, so that the quicker server is held up more.\n\
         - From enroll to active means manage, provide with automated cleaning, and deploy; a client looks for nodes that can go on, \
         and waits twice as long as looking took.\n\
         - Ironic's database is written with {} and synchronous=FULL; Kamacite's with {}, synchronous=FULL for whatever is \
         acknowledged and NORMAL for locks, which a restart clears anyhow.\n",
        ironic.list_bytes / 1024,
        kamacite.list_bytes / 1024,
        ironic.journal,
        kamacite.journal,
    );
    for (name, of) in [("Ironic", ironic), ("Kamacite", kamacite)] {
        for (what, sample) in samples(of).into_iter().filter(|(_, sample)| sample.refused > 0) {
            let all = sample.refused + sample.answers.len();
            let _ = writeln!(
                notes,
                "- {name} refused {} of {all} requests to {what}; they are not counted above.",
                sample.refused
            );
        }
    }
    notes
}

fn samples(of: &Figures) -> [(&'static str, &Sample); 5] {
    [
        ("read a node", &of.get),
        ("list nodes", &of.list),
        ("create a node", &of.create),
        ("call a synchronous method", &of.sync),
        ("call an asynchronous method", &of.accept),
    ]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A number with three figures that count, and commas between thousands.
fn figure(value: f64) -> String {
    let decimals = if value >= 100.0 { 0 } else { usize::from(value < 10.0) + 1 };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or(grouped.clone(), |fraction| format!("{grouped}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn figures(seconds: u64, answers: usize) -> Figures {
        let time = Duration::from_secs(seconds);
        let sample = || Sample { answers: vec![time; answers], refused: 0, took: Duration::from_secs(1) };
        Figures {
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
        let page = page("2024-05-06", &[("Memory", "1 kB".to_owned())], &figures(6, 2), &figures(2, 8));
        assert!(page.contains("| Memory | 1 kB |"), "{page}");
        assert!(page.contains("| start to first answer | ms | 6,000 | 2,000 | 3.00 |  |  |"), "{page}");
        assert!(page.contains("| create a node, 4 clients | /s | 2.00 | 8.00 | 4.00 | nothing | nothing |"), "{page}");
        assert!(page.contains("Kamacite refused 4 of 12 requests to call an asynchronous method"), "{page}");
    }
}
