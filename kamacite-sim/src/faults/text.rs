//! Faults as a person types them: `delay=200:0.05, drop#3, 503=5:0.01`.

use std::str::FromStr;

use kamacite_model::Secret;

use super::{Fault, Faults, Rule};

/// A fault that is not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read the fault {given:?}: {problem}; write NAME[=VALUE][#NTH][:CHANCE], where NAME is one of delay=MS, hang, \
     drop, lost-answer, twice, reordered, 503[=S], 429[=S], busy, status=CODE, completion=CODE, truncated, cut, wrong-json, wrong-type, ignored-write, away=S, sessions-full, \
     password=TEXT, power-stuck=S"
)]
pub struct BadFault {
    given: String,
    problem: String,
}

impl FromStr for Rule {
    type Err = BadFault;

    /// Reads `NAME[=VALUE][#NTH][:CHANCE]`.
    fn from_str(text: &str) -> Result<Self, BadFault> {
        let bad = |problem: &str| BadFault { given: text.to_owned(), problem: problem.to_owned() };
        let (rest, chance) = match text.trim().rsplit_once(':') {
            Some((rest, chance)) => (rest, Some(chance)),
            None => (text.trim(), None),
        };
        let chance = chance.map(|chance| {
            let number = chance.trim().parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
            number.ok_or_else(|| bad("a chance is a number from 0 to 1"))
        });
        let (rest, nth) = match rest.split_once('#') {
            Some((rest, nth)) => (rest, Some(nth)),
            None => (rest, None),
        };
        let nth = nth.map(|nth| {
            let number = nth.trim().parse().ok().filter(|nth| *nth > 0);
            number.ok_or_else(|| bad("requests are counted from 1"))
        });
        let (name, value) = match rest.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (rest.trim(), None),
        };
        let fault = fault(name, value).map_err(bad)?;
        Ok(Self { nth: nth.transpose()?.unwrap_or(1), chance: chance.transpose()?, ..fault.into() })
    }
}

impl FromStr for Faults {
    type Err = BadFault;

    /// Reads a list of rules with commas in between.
    fn from_str(text: &str) -> Result<Self, BadFault> {
        let rules: Vec<Rule> =
            text.split(',').filter(|rule| !rule.trim().is_empty()).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self::new(rules))
    }
}

fn fault(name: &str, value: Option<&str>) -> Result<Fault, &'static str> {
    let number = |value: &str| value.parse::<u32>().map_err(|_| "its value is a whole number");
    let required = || value.ok_or("it needs a value").and_then(number);
    let optional = || value.map(number).transpose();
    let plain = |fault| if value.is_none() { Ok(fault) } else { Err("it takes no value") };
    match name {
        "delay" => Ok(Fault::Delay { ms: required()?.into() }),
        "hang" => plain(Fault::Hang),
        "drop" => plain(Fault::Drop),
        "lost-answer" => plain(Fault::LostAnswer),
        "twice" => plain(Fault::Twice),
        "reordered" => plain(Fault::Reordered),
        "busy" => plain(Fault::Unavailable { retry_after_s: None }),
        "503" => Ok(Fault::Unavailable { retry_after_s: optional()? }),
        "429" => Ok(Fault::TooMany { retry_after_s: optional()? }),
        "status" => {
            let status = u16::try_from(required()?).ok().filter(|status| (200..600).contains(status));
            Ok(Fault::Status { status: status.ok_or("a status is from 200 to 599")? })
        }
        "completion" => {
            let code = value.and_then(|value| u8::from_str_radix(value.trim_start_matches("0x"), 16).ok());
            Ok(Fault::Completion { code: code.filter(|code| *code > 0).ok_or("a completion code is from 01 to ff")? })
        }
        "truncated" => plain(Fault::Truncated),
        "cut" => plain(Fault::Cut),
        "wrong-json" => plain(Fault::WrongJson),
        "wrong-type" => plain(Fault::WrongType),
        "ignored-write" => plain(Fault::IgnoredWrite),
        "away" => Ok(Fault::Away { seconds: required()? }),
        "sessions-full" => plain(Fault::SessionsFull),
        "password" => Ok(Fault::Password { password: Secret::new(value.ok_or("it needs a value")?.to_owned()) }),
        "power-stuck" => Ok(Fault::PowerStuck { seconds: required()? }),
        _ => Err("there is no such fault"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, fault: Fault, nth: u32, chance: Option<f64>) {
        assert_eq!(text.parse(), Ok(Rule { nth, chance, ..fault.into() }), "{text}");
    }

    #[test]
    fn faults_as_people_type_them() {
        check("drop", Fault::Drop, 1, None);
        check(" hang:0.001 ", Fault::Hang, 1, Some(0.001));
        check("delay=200:0.05", Fault::Delay { ms: 200 }, 1, Some(0.05));
        check("503=5#3", Fault::Unavailable { retry_after_s: Some(5) }, 3, None);
        check("busy:0.1", Fault::Unavailable { retry_after_s: None }, 1, Some(0.1));
        check("completion=0xD4#2", Fault::Completion { code: 0xd4 }, 2, None);
        check("lost-answer", Fault::LostAnswer, 1, None);
        check("429", Fault::TooMany { retry_after_s: None }, 1, None);
        check("away = 30 #2 : 0.5", Fault::Away { seconds: 30 }, 2, Some(0.5));
        assert_eq!("drop, hang:0.1,".parse::<Faults>().unwrap().rules().count(), 2);
    }

    #[track_caller]
    fn check_bad(text: &str, problem: &str) {
        let error = text.parse::<Rule>().unwrap_err().to_string();
        assert!(error.contains(problem), "{text}: {error}");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        check_bad("explode", "no such fault");
        check_bad("delay", "needs a value");
        check_bad("delay=soon", "whole number");
        check_bad("drop=1", "no value");
        check_bad("drop:2", "from 0 to 1");
        check_bad("drop#0", "counted from 1");
        check_bad("status=42", "200 to 599");
        check_bad("completion=0", "from 01 to ff");
    }
}
