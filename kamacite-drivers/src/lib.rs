//! Built-in hardware: one folder per family, one file per interface.
