//! An accelerometer in the machine itself, as Linux shows it (Industrial I/O): `device` reads single values, `scan` a buffer that is
//! on, whose bytes a `channel` describes.

mod channel;
mod device;
mod scan;

pub use device::Accelerometer;
