//! The window of sequence numbers in which a packet of a session is taken, once.

/// How far a number may be behind the highest one and still be taken (IPMI 2.0 6.12.13).
const BEHIND: u32 = 16;

/// How far a number may be ahead of the highest one.
const AHEAD: u32 = 15;

/// Which sequence numbers of the other side have been seen. The first packet sets where it begins: its code is made with
/// keys that no other session has, so it cannot be an old one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    highest: Option<u32>,
    /// Bit n: the number n below the highest has been seen.
    seen: u32,
}

impl Window {
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
        if (1..=AHEAD).contains(&ahead) {
            self.seen = self.seen << ahead | 1;
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
    fn numbers_go_round() {
        check(&[u32::MAX - 1, u32::MAX, 1, u32::MAX, 2], &[true, true, true, false, true]);
    }
}
