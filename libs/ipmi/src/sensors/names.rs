//! The standard's words for units, types of sensors, and their states.

use std::fmt;

/// A unit of measure, by its number (IPMI 2.0 table 43-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit(pub u8);

/// What a sensor's readings are in (IPMI 2.0 table 43-1, bytes 21 to 23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Whether it is a percentage of the unit.
    pub percentage: bool,
    /// The unit.
    pub base: Unit,
    /// What it is divided or multiplied by.
    pub modifier: UnitsModifier,
    /// Per how long, as in "per second"; empty for no rate.
    pub rate: &'static str,
}

/// What is done to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitsModifier {
    /// Nothing.
    None,
    /// "a / b".
    Per(Unit),
    /// "a * b".
    Times(Unit),
}

#[rustfmt::skip]
const UNITS: [&str; 93] = [
    "unspecified", "degrees C", "degrees F", "degrees K", "Volts", "Amps", "Watts", "Joules", "Coulombs", "VA",
    "Nits", "lumen", "lux", "Candela", "kPa", "PSI", "Newton", "CFM", "RPM", "Hz",
    "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "mil", "inches", "feet",
    "cu in", "cu feet", "mm", "cm", "m", "cu cm", "cu m", "liters", "fluid ounce", "radians",
    "steradians", "revolutions", "cycles", "gravities", "ounce", "pound", "ft-lb", "oz-in", "gauss", "gilberts",
    "henry", "millihenry", "farad", "microfarad", "ohms", "siemens", "mole", "becquerel", "PPM", "reserved",
    "Decibels", "DbA", "DbC", "gray", "sievert", "color temp deg K", "bit", "kilobit", "megabit", "gigabit",
    "byte", "kilobyte", "megabyte", "gigabyte", "word", "dword", "qword", "line", "hit", "miss",
    "retry", "reset", "overflow", "underrun", "collision", "packets", "messages", "characters", "error",
    "correctable error", "uncorrectable error", "fatal error", "grams",
];

const RATES: [&str; 8] = ["", "per us", "per ms", "per s", "per minute", "per hour", "per day", ""];

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.get(usize::from(self.0)) {
            Some(name) => f.write_str(name),
            None => write!(f, "unit {}", self.0),
        }
    }
}

impl Units {
    /// Reads the three bytes of a record.
    pub(super) fn read([how, base, modifier]: [u8; 3]) -> Self {
        let modifier = match how >> 1 & 3 {
            1 => UnitsModifier::Per(Unit(modifier)),
            2 => UnitsModifier::Times(Unit(modifier)),
            _ => UnitsModifier::None,
        };
        Self { percentage: how & 1 != 0, base: Unit(base), modifier, rate: RATES[usize::from(how >> 3 & 7)] }
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A percentage of nothing in particular is the usual case.
        match (self.percentage, self.base) {
            (true, Unit(0)) => f.write_str("percent")?,
            (true, base) => write!(f, "% {base}")?,
            (false, base) => write!(f, "{base}")?,
        }
        match self.modifier {
            UnitsModifier::None => {}
            UnitsModifier::Per(unit) => write!(f, " / {unit}")?,
            UnitsModifier::Times(unit) => write!(f, " * {unit}")?,
        }
        if self.rate.is_empty() { Ok(()) } else { write!(f, " {}", self.rate) }
    }
}

/// Types of sensors (IPMI 2.0 table 42-3), from 1 on.
#[rustfmt::skip]
const TYPES: [&str; 44] = [
    "Temperature", "Voltage", "Current", "Fan", "Physical Security", "Platform Security", "Processor", "Power Supply",
    "Power Unit", "Cooling Device", "Other", "Memory", "Drive Slot / Bay", "POST Memory Resize",
    "System Firmware Progress", "Event Logging Disabled", "Watchdog 1", "System Event", "Critical Interrupt", "Button",
    "Module / Board", "Microcontroller", "Add-in Card", "Chassis", "Chip Set", "Other FRU", "Cable / Interconnect",
    "Terminator", "System Boot Initiated", "Boot Error", "OS Boot", "OS Critical Stop", "Slot / Connector",
    "System ACPI Power State", "Watchdog 2", "Platform Alert", "Entity Presence", "Monitor ASIC", "LAN",
    "Management Subsystem Health", "Battery", "Session Audit", "Version Change", "FRU State",
];

/// The name of a type of sensors.
pub(super) fn type_name(kind: u8) -> &'static str {
    match kind {
        0xc0..=0xff => "OEM",
        known => usize::from(known).checked_sub(1).and_then(|at| TYPES.get(at)).copied().unwrap_or("reserved"),
    }
}

/// States that mean the same on every sensor with this type of readings (IPMI 2.0 table 42-2). The place is the bit.
#[rustfmt::skip]
const GENERIC: &[(u8, &[&str])] = &[
    (0x02, &["Transition to Idle", "Transition to Active", "Transition to Busy"]),
    (0x03, &["State Deasserted", "State Asserted"]),
    (0x04, &["Predictive Failure Deasserted", "Predictive Failure Asserted"]),
    (0x05, &["Limit Not Exceeded", "Limit Exceeded"]),
    (0x06, &["Performance Met", "Performance Lags"]),
    (0x07, &["Transition to OK", "Transition to Non-critical from OK", "Transition to Critical from less severe",
             "Transition to Non-recoverable from less severe", "Transition to Non-critical from more severe",
             "Transition to Critical from Non-recoverable", "Transition to Non-recoverable", "Monitor",
             "Informational"]),
    (0x08, &["Device Absent", "Device Present"]),
    (0x09, &["Device Disabled", "Device Enabled"]),
    (0x0a, &["Transition to Running", "Transition to In Test", "Transition to Power Off", "Transition to On Line",
             "Transition to Off Line", "Transition to Off Duty", "Transition to Degraded",
             "Transition to Power Save", "Install Error"]),
    (0x0b, &["Fully Redundant", "Redundancy Lost", "Redundancy Degraded",
             "Non-Redundant: Sufficient from Redundant", "Non-Redundant: Sufficient from Insufficient",
             "Non-Redundant: Insufficient Resources", "Redundancy Degraded from Fully Redundant",
             "Redundancy Degraded from Non-Redundant"]),
    (0x0c, &["D0 Power State", "D1 Power State", "D2 Power State", "D3 Power State"]),
];

/// States that each type of sensors has for itself (IPMI 2.0 table 42-3). The place is the bit; "" is reserved.
#[rustfmt::skip]
const SPECIFIC: &[(u8, &[&str])] = &[
    (0x05, &["General Chassis intrusion", "Drive Bay intrusion", "I/O Card area intrusion", "Processor area intrusion",
             "System unplugged from LAN", "Unauthorized dock", "FAN area intrusion"]),
    (0x07, &["IERR", "Thermal Trip", "FRB1/BIST failure", "FRB2/Hang in POST failure",
             "FRB3/Processor startup/init failure", "Configuration Error", "SM BIOS Uncorrectable CPU-complex Error",
             "Presence detected", "Disabled", "Terminator presence detected", "Throttled",
             "Uncorrectable machine check exception", "Correctable machine check error"]),
    (0x08, &["Presence detected", "Failure detected", "Predictive failure", "Power Supply AC lost",
             "AC lost or out-of-range", "AC out-of-range, but present", "Config Error", "Power Supply Inactive"]),
    (0x09, &["Power off/down", "Power cycle", "240VA power down", "Interlock power down", "AC lost",
             "Soft-power control failure", "Failure detected", "Predictive failure"]),
    (0x0c, &["Correctable ECC", "Uncorrectable ECC", "Parity", "Memory Scrub Failed", "Memory Device Disabled",
             "Correctable ECC logging limit reached", "Presence Detected", "Configuration Error", "Spare",
             "Throttled", "Critical Overtemperature"]),
    (0x0d, &["Drive Present", "Drive Fault", "Predictive Failure", "Hot Spare", "Parity Check In Progress",
             "In Critical Array", "In Failed Array", "Rebuild In Progress", "Rebuild Aborted"]),
    (0x10, &["Correctable memory error logging disabled", "Event logging disabled", "Log area reset/cleared",
             "All event logging disabled", "Log full", "Log almost full"]),
    (0x13, &["NMI/Diag Interrupt", "Bus Timeout", "I/O Channel check NMI", "Software NMI", "PCI PERR", "PCI SERR",
             "EISA failsafe timeout", "Bus Correctable error", "Bus Uncorrectable error", "Fatal NMI",
             "Bus Fatal Error", "Bus Degraded"]),
    (0x14, &["Power Button pressed", "Sleep Button pressed", "Reset Button pressed", "FRU Latch",
             "FRU Service"]),
    (0x21, &["Fault Status", "Identify Status", "Device Installed", "Ready for Device Installation",
             "Ready for Device Removal", "Slot Power is Off", "Device Removal Request", "Interlock",
             "Slot is Disabled", "Spare Device"]),
    (0x22, &["S0/G0: working", "S1: sleeping with system hw & processor context maintained",
             "S2: sleeping, processor context lost", "S3: sleeping, processor & hw context lost, memory retained",
             "S4: non-volatile sleep/suspend-to-disk", "S5/G2: soft-off", "S4/S5: soft-off",
             "G3: mechanical off", "Sleeping in S1/S2/S3 state", "G1: sleeping", "S5: entered by override",
             "Legacy ON state", "Legacy OFF state", "", "Unknown"]),
    (0x23, &["Timer expired", "Hard reset", "Power down", "Power cycle", "", "", "", "", "Timer interrupt"]),
    (0x25, &["Present", "Absent", "Disabled"]),
    (0x28, &["Sensor access degraded or unavailable", "Controller access degraded or unavailable",
             "Management controller off-line", "Management controller unavailable", "Sensor failure",
             "FRU failure"]),
    (0x29, &["Low", "Failed", "Presence Detected"]),
];

/// The states whose bits are set, in words where there are some.
pub(super) fn states(reading_type: u8, kind: u8, bits: u16) -> Vec<String> {
    let (table, row) = if reading_type == SENSOR_SPECIFIC { (SPECIFIC, kind) } else { (GENERIC, reading_type) };
    let words = table.iter().find(|(its, _)| *its == row).map_or(&[][..], |(_, words)| words);
    let set = (0..15usize).filter(|bit| bits & 1 << bit != 0);
    set.map(|bit| match words.get(bit) {
        Some(word) if !word.is_empty() => (*word).to_owned(),
        _ => format!("state {bit}"),
    })
    .collect()
}

/// The type of readings whose states depend on the type of the sensor.
pub(super) const SENSOR_SPECIFIC: u8 = 0x6f;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_units(bytes: [u8; 3], expected: &str) {
        assert_eq!(Units::read(bytes).to_string(), expected);
    }

    #[test]
    fn units_have_the_standards_words() {
        check_units([0x80, 1, 0], "degrees C");
        check_units([0x00, 18, 0], "RPM");
        check_units([0x00, 92, 0], "grams");
        check_units([0x00, 200, 0], "unit 200");
        check_units([0x01, 0, 0], "percent");
        check_units([0x01, 17, 0], "% CFM");
        check_units([0x1a, 70, 20], "byte / microsecond per s");
        check_units([0x04, 6, 24], "Watts * hour");
    }

    #[test]
    fn types_have_the_standards_words() {
        assert_eq!(type_name(0x01), "Temperature");
        assert_eq!(type_name(0x23), "Watchdog 2");
        assert_eq!(type_name(0x29), "Battery");
        assert_eq!(type_name(0x2c), "FRU State");
        assert_eq!(type_name(0xc0), "OEM");
        assert_eq!([type_name(0), type_name(0x2d)], ["reserved"; 2]);
    }

    #[test]
    fn states_are_told_in_words() {
        assert_eq!(states(0x6f, 0x08, 0b1001), ["Presence detected", "Power Supply AC lost"]);
        assert_eq!(states(0x0b, 0x08, 0b1), ["Fully Redundant"]);
        assert_eq!(states(0x6f, 0x23, 0b1_0001_0000), ["state 4", "Timer interrupt"]);
        assert_eq!(states(0x70, 0xc0, 0x8002), ["state 1"]);
        assert!(states(0x6f, 0x25, 0).is_empty());
    }
}
