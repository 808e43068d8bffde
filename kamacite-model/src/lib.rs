//! The vocabulary: nodes, states, the state machine as a table, secrets, the clock.
