//! Pictures of a face to features.
//!
//! The detector looks about once a second and whenever the face is lost. In between a small template is followed, which
//! costs a tenth of a detection and says whether the face is still there; landmarks then say where exactly. They are
//! found in every frame: eyes, mouth, the pose of the head and the skin whose colour shows the pulse come from them. A
//! few times a second the face is looked at closely: expression and the quality of the picture. Pixels are read from
//! the frame into small buffers that are wiped after every frame.

mod analyzer;
mod close_look;
mod crop;
mod detection;
mod detector;
mod eyes;
mod geometry;
mod landmarks;
mod layouts;
mod person;
mod pose;
mod pulse;
pub mod resize;
mod tracker;
mod turn;
mod window;

pub use analyzer::FaceAnalyzer;
pub use close_look::{Expression, ExpressionReader};
pub use detection::Detection;
pub use detector::Detector;
pub use eyes::LEAST_RATE;
pub use geometry::BoundingBox;
pub use landmarks::{LandmarkReader, Landmarks, POINTS};
pub use pose::HeadPose;
