//! The event log, which is empty.

use crate::bmc::Bmc;

use super::{Call, Outcome, code};

/// Get SEL Info (31.2): version 51h, no entries, 64 KiB free, reservations.
pub(super) fn info(_: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    Ok(vec![0x51, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x02])
}

/// Reserve SEL (31.4).
pub(super) fn reserve(bmc: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    let [_, reservation] = &mut bmc.ipmi().reservations;
    *reservation = reservation.wrapping_add(1).max(1);
    Ok(reservation.to_le_bytes().to_vec())
}

/// Get SEL Entry (31.5): there is none.
pub(super) fn entry(_: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    Err(code::NOT_PRESENT)
}

/// Clear SEL (31.9).
pub(super) fn clear(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [low, high, c, l, r, _action] = super::array(call.data)?;
    if u16::from_le_bytes([low, high]) != bmc.ipmi().reservations[1] {
        return Err(code::RESERVATION);
    }
    // It is complete before anybody can ask how far it is.
    if [c, l, r] == *b"CLR" { Ok(vec![0x01]) } else { Err(code::INVALID_FIELD) }
}

/// Get SEL Time (31.10).
pub(super) fn time(_: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let seconds = u32::try_from(call.now.as_second()).unwrap_or(0);
    Ok(seconds.to_le_bytes().to_vec())
}
