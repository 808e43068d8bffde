//! HTTP: routes, microversions, policy, faults; the only crate that knows the wire.
