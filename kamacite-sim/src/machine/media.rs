//! What can be in a slot for virtual media.

/// An image in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where it is fetched from.
    pub image: Box<str>,
    /// Whether the machine may not write to it.
    pub write_protected: bool,
    /// Whether it is plugged in, or merely chosen.
    pub inserted: bool,
    /// The account it is fetched with. The password that goes with it is not kept: nobody may read it back.
    pub username: Option<Box<str>>,
}
