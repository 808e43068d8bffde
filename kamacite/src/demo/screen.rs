//! What the story is told on: colours and rows that live where there is a terminal, plain lines elsewhere.

use std::{
    fmt::Write,
    io::{self, IsTerminal},
    sync::Arc,
    time::{Duration, Instant},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use kamacite_model::Clock;
use parking_lot::Mutex;

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const TITLE: Style = AnsiColor::Cyan.on_default().bold();

/// Between two pictures of rows that live.
const FRAME: Duration = Duration::from_millis(80);
const SPINNER: &[&str] = &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// How wide names and texts are, so that times stand one under the other.
const NAME: usize = 9;
const TEXT: usize = 55;
/// Where what the service said goes on in the next line.
const QUOTE: usize = 76;
/// Terminals may be narrow, and a row that wrapped could not be drawn over.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

/// Where everything is said.
pub(super) struct Screen {
    print: fn(String),
    clock: Arc<dyn Clock>,
    colours: bool,
    lives: bool,
}

/// A row that says how far something is, until it is over.
pub(super) struct Row(Mutex<State>);

struct State {
    name: String,
    text: String,
    began: Instant,
    over: Option<Over>,
}

#[derive(Clone, Copy)]
struct Over {
    took: Duration,
    well: bool,
}

impl Screen {
    /// Standard output.
    pub(super) fn new(print: fn(String), clock: Arc<dyn Clock>) -> Self {
        // This heeds NO_COLOR, and whether it is a terminal that can do it.
        let colours = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self { print, clock, colours, lives: colours && io::stdout().is_terminal() }
    }

    /// Something as it is.
    pub(super) fn say(&self, text: &str) {
        (self.print)(format!("{text}\n"));
    }

    /// A part of the story begins.
    pub(super) fn act(&self, title: &str, about: &str) {
        self.say(&format!("\n{}  {}", self.styled(TITLE, title), self.dim(about)));
    }

    /// Something that belongs under a row.
    pub(super) fn note(&self, name: &str, text: &str) {
        let names = std::iter::once(name).chain(std::iter::repeat(""));
        for (name, line) in names.zip(wrapped(text, QUOTE - NAME - 1)) {
            self.say(&format!("    {}", self.dim(&format!("{name:<NAME$} {line}"))));
        }
    }

    /// What the service has said, word for word.
    pub(super) fn quote(&self, text: &str) {
        for line in wrapped(text, QUOTE) {
            self.say(&format!("    {}", self.dim(&line)));
        }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.styled(BOLD, text)
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.styled(DIM, text)
    }

    /// Shows rows while something happens that they are about. Where nothing can live, when it is over.
    pub(super) async fn show<T>(&self, rows: &[Row], happening: impl Future<Output = T>) -> T {
        tokio::pin!(happening);
        let mut frame = 0;
        let outcome = loop {
            if self.lives {
                self.draw(rows, frame, (NO_WRAP, WRAP));
            }
            frame += 1;
            tokio::select! {
                biased;
                outcome = &mut happening => break outcome,
                () = self.clock.sleep(FRAME) => {}
            }
        };
        rows.iter().for_each(Row::not_well);
        self.draw(rows, frame, ("", ""));
        outcome
    }

    /// Draws rows over the picture before, each between these.
    fn draw(&self, rows: &[Row], frame: usize, (before, after): (&str, &str)) {
        let mut text = String::new();
        if self.lives && frame > 0 {
            let _ = write!(text, "\x1b[{}A\x1b[J", rows.len());
        }
        for row in rows {
            let _ = writeln!(text, "{before}{}{after}", self.line(&row.0.lock(), frame));
        }
        (self.print)(text);
    }

    /// Waits a moment.
    pub(super) async fn pause(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    fn line(&self, row: &State, frame: usize) -> String {
        let (style, sign, took) = match row.over {
            Some(Over { took, well: true }) => (GOOD, "✓", took),
            Some(Over { took, well: false }) => (BAD, "✗", took),
            None => (PLAIN, SPINNER[frame % SPINNER.len()], row.began.elapsed()),
        };
        let State { name, text, .. } = row;
        let (sign, time) = (self.styled(style, sign), self.dim(&format!("{:>8}", duration(took))));
        format!("  {sign} {} {text:<TEXT$} {time}", self.bold(&format!("{name:<NAME$}")))
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.colours { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

impl Row {
    /// A row about something that begins now.
    pub(super) fn new(name: &str, text: &str) -> Self {
        Self::since(Instant::now(), name, text)
    }

    /// A row about something that has begun.
    pub(super) fn since(began: Instant, name: &str, text: &str) -> Self {
        Self(Mutex::new(State { name: name.to_owned(), text: text.to_owned(), began, over: None }))
    }

    /// It has come to this.
    pub(super) fn now(&self, text: &str) {
        self.0.lock().text = text.to_owned();
    }

    /// It has come from what is said to this.
    pub(super) fn on_to(&self, text: &str) {
        let mut row = self.0.lock();
        if !row.text.ends_with(text) {
            let _ = write!(row.text, " → {text}");
        }
    }

    /// It is over and well.
    pub(super) fn well(&self) {
        self.end(true);
    }

    /// It is over and not well, unless it was over before.
    pub(super) fn not_well(&self) {
        self.end(false);
    }

    fn end(&self, well: bool) {
        let mut row = self.0.lock();
        let took = row.began.elapsed();
        row.over.get_or_insert(Over { took, well });
    }
}

/// A duration as people say it.
pub(super) fn duration(time: Duration) -> String {
    match time.as_secs_f64() {
        short if short < 0.000_95 => format!("{:.0} µs", short * 1e6),
        short if short < 0.999_5 => format!("{:.0} ms", short * 1e3),
        long => format!("{long:.2} s"),
    }
}

/// A text in lines that are no longer than this, unless a word is.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_to_read() {
        for (micros, expected) in [(40, "40 µs"), (999, "1 ms"), (41_400, "41 ms"), (2_031_000, "2.03 s")] {
            assert_eq!(duration(Duration::from_micros(micros)), expected);
        }
    }

    #[test]
    fn texts_are_wrapped_between_words() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 3), ["unbreakable"]);
        assert!(wrapped("", 3).is_empty());
    }
}
