//! A cursor over received bytes that cannot run past their end.

/// Bytes that are not what the standard prescribes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// There are fewer bytes than there must be.
    #[error("{what} is cut off: {wanted} more bytes were to come, {left} did")]
    Short {
        /// What was being read.
        what: &'static str,
        /// How many bytes it takes.
        wanted: usize,
        /// How many there are.
        left: usize,
    },
    /// There are more bytes than there may be.
    #[error("{what} is too long: {length} bytes, the most are {most}")]
    Long {
        /// What was being read or written.
        what: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// A field has a value it must not have.
    #[error("{what} is {value:#x}, which cannot be")]
    Value {
        /// The field.
        what: &'static str,
        /// What it holds.
        value: u32,
    },
    /// A checksum does not match.
    #[error("the checksum of {0} is wrong")]
    Checksum(&'static str),
    /// The code that proves who sent it and that nobody changed it does not match.
    #[error("{0} does not verify")]
    AuthCode(&'static str),
    /// It cannot be decrypted: no whole number of blocks, or wrong padding.
    #[error("the payload cannot be decrypted: {0}")]
    Cipher(&'static str),
}

/// What is left to be read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    what: &'static str,
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, which `what` calls by name.
    pub fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, left: bytes }
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let short = Malformed::Short { what: self.what, wanted: count, left: self.left.len() };
        let (taken, left) = self.left.split_at_checked(count).ok_or(short)?;
        self.left = left;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Least significant byte first, as everything in IPMI but IANA numbers in ASF.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    /// Three bytes, least significant first: the IANA numbers of manufacturers.
    pub fn u24(&mut self) -> Result<u32, Malformed> {
        self.array().map(|[low, middle, high]| u32::from_le_bytes([low, middle, high, 0]))
    }

    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.left)
    }

    pub fn left(&self) -> usize {
        self.left.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_are_least_significant_byte_first() {
        let mut reader = Reader::new("a test", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(reader.u8().unwrap(), 1);
        assert_eq!(reader.u16().unwrap(), 0x0302);
        assert_eq!(reader.u24().unwrap(), 0x0006_0504);
        assert_eq!(reader.u32().unwrap(), 0x0a09_0807);
        assert_eq!(reader.left(), 0);
    }

    #[test]
    fn what_is_missing_is_told_and_nothing_is_consumed() {
        let mut reader = Reader::new("a test", &[1, 2]);
        assert_eq!(reader.take(3), Err(Malformed::Short { what: "a test", wanted: 3, left: 2 }));
        assert_eq!(reader.rest(), [1, 2]);
        assert_eq!(reader.u8().unwrap_err().to_string(), "a test is cut off: 1 more bytes were to come, 0 did");
    }
}
