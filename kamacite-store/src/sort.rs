//! Columns that a listing can be sorted by.

/// Declares a closed set of columns with their names, which are those of the wire and of the table alike.
macro_rules! sort_keys {
    ($(#[$meta:meta])* pub enum $Set:ident { $First:ident = $first:literal, $($Member:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        #[allow(missing_docs)] // each is named as its column
        pub enum $Set { #[default] $First, $($Member,)* }

        impl $Set {
            /// Every member, in the order of the listing.
            pub const ALL: &'static [Self] = &[Self::$First, $(Self::$Member,)*];

            /// The name on the wire and of the column.
            pub const fn as_str(self) -> &'static str {
                match self { Self::$First => $first, $(Self::$Member => $name,)* }
            }
        }

        impl std::str::FromStr for $Set {
            type Err = kamacite_model::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|member| member.as_str() == name).ok_or_else(|| {
                    kamacite_model::UnknownName {
                        set: "sort key",
                        name: name.to_owned(),
                        known: Self::ALL.iter().map(|member| member.as_str()).collect(),
                    }
                })
            }
        }
    };
}

pub(crate) use sort_keys;
