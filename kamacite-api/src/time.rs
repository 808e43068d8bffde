//! Moments as the wire shows them: ISO 8601 in UTC, to the microsecond.

use std::fmt;

use jiff::{Timestamp, tz::Offset};
use serde::{Serialize, Serializer};

/// A moment, written `2026-11-20T11:50:04.899725+00:00`; the fraction is left out where it is nothing.
#[derive(Debug, Clone, Copy)]
pub struct Moment(pub Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Offset::UTC.to_datetime(self.0);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )?;
        let micros = at.subsec_nanosecond() / 1000;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("+00:00")
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_utc_to_the_microsecond() {
        let moment = |text: &str| Moment(text.parse().unwrap()).to_string();
        assert_eq!(moment("2026-11-20T11:50:04.899725Z"), "2026-11-20T11:50:04.899725+00:00");
        assert_eq!(moment("2026-11-20T11:50:04.000025Z"), "2026-11-20T11:50:04.000025+00:00");
        assert_eq!(moment("2026-11-20T11:50:04Z"), "2026-11-20T11:50:04+00:00");
    }
}
