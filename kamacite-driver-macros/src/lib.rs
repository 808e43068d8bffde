//! Sugar over the traits of vendor methods and steps.
