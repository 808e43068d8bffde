//! What a driver author sees: tasks, interface traits, vendor methods, steps, errors, services.
