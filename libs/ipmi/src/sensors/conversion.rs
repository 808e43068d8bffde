//! From a sensor's raw byte to a number: the formula with its factors, and the functions that bend it.

use crate::wire::Malformed;

/// How a raw byte is to be read (IPMI 2.0 table 43-1, byte 21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnalogFormat {
    /// 0 to 255.
    Unsigned,
    /// -127 to 127, with two zeros.
    OnesComplement,
    /// -128 to 127.
    TwosComplement,
}

impl AnalogFormat {
    /// The format of the number in a record; `None` is "no analog reading".
    pub(super) fn from_number(number: u8) -> Option<Self> {
        match number & 3 {
            0 => Some(Self::Unsigned),
            1 => Some(Self::OnesComplement),
            2 => Some(Self::TwosComplement),
            _ => None,
        }
    }

    fn read(self, raw: u8) -> f64 {
        match self {
            Self::Unsigned => f64::from(raw),
            Self::OnesComplement if raw & 0x80 != 0 => -f64::from(!raw),
            Self::OnesComplement => f64::from(raw),
            Self::TwosComplement => f64::from(raw as i8),
        }
    }
}

/// What turns raw bytes into numbers (IPMI 2.0 36.3): `L[(M * x + B * 10^K1) * 10^K2]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    /// How a raw byte is to be read.
    pub format: AnalogFormat,
    /// L, the function over it: 0 is none, 1 to 11 as in table 43-1, 112 to 127 that the factors depend on the reading.
    pub linearization: u8,
    /// M, -512 to 511.
    pub m: i16,
    /// B, -512 to 511.
    pub b: i16,
    /// K1, the exponent of B, -8 to 7.
    pub b_exponent: i8,
    /// K2, the exponent of the result, -8 to 7.
    pub r_exponent: i8,
    /// How far off a reading may be, in halves of a raw step, 0 to 63.
    pub tolerance: u8,
}

/// From here on the factors have to be asked for with each reading.
const NON_LINEAR: u8 = 0x70;

impl Conversion {
    /// Reads the six bytes of factors that a full record has, and the answer to Get Sensor Reading Factors (36.3).
    pub(super) fn read(format: AnalogFormat, linearization: u8, factors: &[u8]) -> Result<Self, Malformed> {
        let short = Malformed::Short { what: "a sensor's factors", wanted: 6, left: factors.len() };
        let [m, m_tolerance, b, b_accuracy, _accuracy, exponents] = *factors.first_chunk().ok_or(short)?;
        Ok(Self {
            format,
            linearization: linearization & 0x7f,
            m: ten_bits(m, m_tolerance),
            b: ten_bits(b, b_accuracy),
            b_exponent: four_bits(exponents),
            r_exponent: four_bits(exponents >> 4),
            tolerance: m_tolerance & 0x3f,
        })
    }

    /// Whether the factors have to be asked for with each reading (Get Sensor Reading Factors).
    pub fn is_non_linear(&self) -> bool {
        self.linearization >= NON_LINEAR
    }

    /// The number of a raw reading; `None` where the function has none, such as the logarithm of 0.
    pub fn value(&self, raw: u8) -> Option<f64> {
        let x = self.format.read(raw);
        let straight =
            (f64::from(self.m) * x + f64::from(self.b) * power_of_ten(self.b_exponent)) * power_of_ten(self.r_exponent);
        let bent = match self.linearization {
            1 => straight.ln(),
            2 => straight.log10(),
            3 => straight.log2(),
            4 => straight.exp(),
            5 => 10f64.powf(straight),
            6 => straight.exp2(),
            7 => straight.recip(),
            8 => straight.powi(2),
            9 => straight.powi(3),
            10 => straight.sqrt(),
            11 => straight.cbrt(),
            // Nothing, what is not known, and what is bent by its factors.
            _ => straight,
        };
        bent.is_finite().then_some(bent)
    }

    /// The number of a raw difference, such as a hysteresis; `None` for a sensor that is not straight, on which a
    /// difference is not the same everywhere.
    pub fn difference(&self, raw: u8) -> Option<f64> {
        (self.linearization == 0).then(|| (f64::from(self.m) * f64::from(raw) * power_of_ten(self.r_exponent)).abs())
    }

    /// How far off a reading may be, in the sensor's unit; `None` as for a difference.
    pub fn tolerance(&self) -> Option<f64> {
        self.difference(self.tolerance).map(|whole| whole / 2.0)
    }
}

fn power_of_ten(exponent: i8) -> f64 {
    10f64.powi(i32::from(exponent))
}

/// A number in two's complement: eight bits, and two more at the top of the next byte.
fn ten_bits(low: u8, high: u8) -> i16 {
    let bits = i16::from(low) | i16::from(high >> 6) << 8;
    if bits & 0x200 != 0 { bits - 0x400 } else { bits }
}

fn four_bits(bits: u8) -> i8 {
    let bits = (bits & 0x0f) as i8;
    if bits & 0x08 != 0 { bits - 0x10 } else { bits }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const PLAIN: Conversion = Conversion {
        format: AnalogFormat::Unsigned,
        linearization: 0,
        m: 1,
        b: 0,
        b_exponent: 0,
        r_exponent: 0,
        tolerance: 0,
    };

    #[track_caller]
    fn check(conversion: Conversion, raw: u8, expected: Option<f64>) {
        let value = conversion.value(raw);
        let same = match (value, expected) {
            (Some(value), Some(expected)) => (value - expected).abs() < 1e-9,
            (value, expected) => value == expected,
        };
        assert!(same, "{conversion:?} of {raw}: {value:?}, not {expected:?}");
    }

    #[test]
    fn factors_are_read_with_their_signs() {
        let read = |factors: [u8; 6]| Conversion::read(AnalogFormat::Unsigned, 0, &factors).unwrap();
        let volts = read([0x3b, 0x01, 0xff, 0xc0, 0x00, 0xd2]);
        assert_eq!((volts.m, volts.b, volts.b_exponent, volts.r_exponent, volts.tolerance), (59, -1, 2, -3, 1));
        let wide = read([0x00, 0x80, 0x00, 0x40, 0x00, 0x7f]);
        assert_eq!((wide.m, wide.b, wide.b_exponent, wide.r_exponent), (-512, 256, -1, 7));
        assert!(Conversion::read(AnalogFormat::Unsigned, 0, &[0; 5]).is_err());
    }

    #[test]
    fn straight_readings() {
        check(PLAIN, 200, Some(200.0));
        // A fan with 75 turns a step, a supply with 59 mV a step and an offset of -100 mV.
        check(Conversion { m: 75, ..PLAIN }, 112, Some(8400.0));
        check(Conversion { m: 59, b: -1, b_exponent: 2, r_exponent: -3, ..PLAIN }, 205, Some(11.995));
        check(Conversion { format: AnalogFormat::TwosComplement, ..PLAIN }, 0xf6, Some(-10.0));
        check(Conversion { format: AnalogFormat::OnesComplement, ..PLAIN }, 0xf5, Some(-10.0));
        check(Conversion { format: AnalogFormat::OnesComplement, ..PLAIN }, 10, Some(10.0));
    }

    #[test]
    fn bent_readings() {
        let bent = |linearization| Conversion { linearization, ..PLAIN };
        check(bent(1), 1, Some(0.0));
        check(bent(1), 0, None);
        check(bent(2), 100, Some(2.0));
        check(bent(3), 8, Some(3.0));
        check(bent(4), 0, Some(1.0));
        check(bent(5), 3, Some(1000.0));
        check(bent(6), 5, Some(32.0));
        check(bent(7), 4, Some(0.25));
        check(bent(7), 0, None);
        check(bent(8), 5, Some(25.0));
        check(bent(9), 3, Some(27.0));
        check(bent(10), 81, Some(9.0));
        check(bent(11), 27, Some(3.0));
        check(bent(0x70), 7, Some(7.0));
        check(Conversion { format: AnalogFormat::TwosComplement, ..bent(10) }, 0xff, None);
        assert!(bent(0x70).is_non_linear() && !bent(11).is_non_linear());
    }

    #[test]
    fn differences_know_no_offset() {
        let fan = Conversion { m: 75, b: 40, tolerance: 2, ..PLAIN };
        assert_eq!((fan.difference(2), fan.tolerance()), (Some(150.0), Some(75.0)));
        assert_eq!(Conversion { linearization: 1, ..fan }.difference(2), None);
    }
}
