//! An accelerometer in the machine itself, as Linux shows it (Industrial I/O): `device` reads single values, `scan` a buffer that is
//! on, whose bytes a `channel` describes; the `source` opens it while motion may be sensed.

mod channel;
mod device;
mod scan;
mod source;

pub use device::Accelerometer;
pub use source::Iio;
