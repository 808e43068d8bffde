//! Sensors: which there are, from the repository of sensor records, and what they read.

mod conversion;
mod names;
mod reading;
mod record;
mod repository;

pub use conversion::{AnalogFormat, Conversion};
pub use names::{Unit, Units, UnitsModifier};
pub use reading::{SensorReading, ThresholdState};
pub use record::{Sensor, Thresholds};
