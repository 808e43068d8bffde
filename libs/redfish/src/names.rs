//! Open enumerations: the values a Redfish schema names, with room for those it does not.

/// Declares an enumeration whose unknown values are kept as strings.
///
/// Schemas grow, and BMCs invent: a value this crate has not heard of must survive a round trip.
/// Letter case is forgiven when reading; the schema's own spelling is used when writing.
macro_rules! open_names {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$meaning])* $variant,)+
            /// A value the schema does not name, as the BMC or the caller spelt it.
            Other(String),
        }

        impl $name {
            /// The value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $(if text.eq_ignore_ascii_case($wire) {
                    return Self::$variant;
                })+
                Self::Other(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use open_names;

#[cfg(test)]
mod tests {
    open_names! {
        /// A colour.
        Colour {
            /// Like iron.
            Red = "Red",
        }
    }

    #[test]
    fn known_values_forgive_case_and_unknown_ones_survive() {
        assert_eq!(Colour::from("Red"), Colour::Red);
        assert_eq!(Colour::from("RED"), Colour::Red);
        assert_eq!(Colour::Red.to_string(), "Red");
        assert_eq!(Colour::from("Infrared").as_str(), "Infrared");
    }
}
