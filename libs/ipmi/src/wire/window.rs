//! The window of sequence numbers in which a packet of a session is taken, once.

/// How far a number may be behind the highest one and still be taken (IPMI 2.0 6.12.13).
const BEHIND: u32 = 16;

/// How far a number may be ahead of the highest one.
const AHEAD: u32 = 15;

/// Which sequence numbers of the other side have been seen. The first packet sets where it begins: its code is made with
/// keys that no other session has, so it cannot be an old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    ahead: u32,
    highest: Option<u32>,
    /// Bit n: the number n below the highest has been seen.
    seen: u32,
}

/// As wide as the standard has it.
impl Default for Window {
    fn default() -> Self {
        Self { ahead: AHEAD, highest: None, seen: 0 }
    }
}

impl Window {
    /// A window without a limit ahead, for a console: some BMCs count in strides, or on behalf of all their sessions,
    /// and a number that is yet to come cannot have been seen.
    pub fn unlimited_ahead() -> Self {
        Self { ahead: i32::MAX as u32, ..Self::default() }
    }

    /// Whether a packet with this number is to be taken: it is in the window and has not been seen before. To be asked
    /// only about packets whose code has verified, since the answer moves the window.
    pub fn accept(&mut self, sequence: u32) -> bool {
        // 0 is for packets outside of sessions.
        if sequence == 0 {
            return false;
        }
        let Some(highest) = self.highest else {
            (self.highest, self.seen) = (Some(sequence), 1);
            return true;
        };
        // Numbers go round; 0 is left out, which the window need not know.
        let (ahead, behind) = (sequence.wrapping_sub(highest), highest.wrapping_sub(sequence));
        if (1..=self.ahead).contains(&ahead) {
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = Some(sequence);
            return true;
        }
        if behind > BEHIND || self.seen & 1 << behind != 0 {
            return false;
        }
        self.seen |= 1 << behind;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(numbers: &[u32], expected: &[bool]) {
        let mut window = Window::default();
        let taken: Vec<bool> = numbers.iter().map(|number| window.accept(*number)).collect();
        assert_eq!(taken, expected, "{numbers:?}");
    }

    #[test]
    fn a_number_is_taken_once() {
        check(&[1, 2, 2, 3, 1], &[true, true, false, true, false]);
        check(&[0], &[false]);
    }

    #[test]
    fn numbers_may_come_out_of_order_within_the_window() {
        check(&[5, 8, 6, 7, 6], &[true, true, true, true, false]);
        check(&[1, 16, 1], &[true, true, false]);
        check(&[100, 84, 83], &[true, true, false]);
        check(&[100, 115, 131], &[true, true, false]);
    }

    #[test]
    fn a_console_takes_any_number_ahead_and_no_old_one() {
        let mut window = Window::unlimited_ahead();
        let taken: Vec<bool> = [1, 17, 1000, 990, 990, 17, 1001].iter().map(|number| window.accept(*number)).collect();
        assert_eq!(taken, [true, true, true, true, false, false, true]);
    }

    #[test]
    fn numbers_go_round() {
        check(&[u32::MAX - 1, u32::MAX, 1, u32::MAX, 2], &[true, true, true, false, true]);
    }
}
