//! Closed sets whose members have a name on the wire: one listing gives the enum, its names and its parsing.

/// A text that names no member of a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {set} {name:?}; known: {}", known.join(", "))]
pub struct UnknownName {
    /// What was being named, for example `provision state`.
    pub set: &'static str,
    /// The text that was given.
    pub name: String,
    /// Every name the set has.
    pub known: Vec<&'static str>,
}

/// Declares an enum with a wire name per member, and `ALL`, `as_str`, `Display`, `FromStr`, serde by name.
macro_rules! named {
    ($(#[$meta:meta])* pub enum $Set:ident ($set:literal) { $($(#[$doc:meta])* $Member:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $Set { $($(#[$doc])* #[serde(rename = $name)] $Member,)+ }

        impl $Set {
            /// Every member, in the order of the listing.
            pub const ALL: &'static [$Set] = &[$($Set::$Member,)+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($Set::$Member => $name,)+ }
            }
        }

        impl std::fmt::Display for $Set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $Set {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|member| member.as_str() == name).ok_or_else(|| $crate::UnknownName {
                    set: $set,
                    name: name.to_owned(),
                    known: Self::ALL.iter().map(|member| member.as_str()).collect(),
                })
            }
        }
    };
}

pub(crate) use named;
