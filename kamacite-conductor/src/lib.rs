//! Locks, flows, steps, journal, periodic work, membership.
