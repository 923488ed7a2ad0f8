use attune_analysis::left_out::LeftOut;
use attune_protocol::record::Gap;

use crate::sensors::Timed;

/// A device that can be opened, and gives samples while it is open.
pub trait Device: Send + 'static {
    /// What it gives.
    type Sample: Timed;

    /// Looks for it and opens it.
    ///
    /// # Errors
    /// When it is not there or cannot be used now; it is tried again.
    fn open(&mut self) -> Result<Box<dyn Stream<Sample = Self::Sample>>, Trouble>;
}

/// A device that is open. Dropping it closes the device, at once.
pub trait Stream {
    /// What it gives.
    type Sample: Timed;

    /// What came since this was asked last. Waits no longer than a tenth of a second for something.
    ///
    /// # Errors
    /// When nothing more comes: the device is closed, and opened anew after a pause.
    fn read(&mut self) -> Result<Given<Self::Sample>, Trouble>;

    /// What was left out since this was asked last.
    fn left_out(&mut self) -> LeftOut {
        LeftOut::default()
    }

    /// What the device calls itself and how it is used, as `HD Webcam, 640x480 MJPEG, 10 a second`.
    fn name(&self) -> String;
}

/// What an open device gave.
pub enum Given<S> {
    /// Samples, in the order of their times.
    Samples(Vec<S>),
    /// Nothing yet.
    Nothing,
    /// It is there and gives nothing that could be used, for this reason.
    Lack(Gap),
}

/// Why a device does not give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// What the records say; `None` where there is no such device and none was asked for, which is no gap.
    pub gap: Option<Gap>,
    /// What is wrong and what to do, a sentence without a point.
    pub why: String,
}

impl Trouble {
    /// A gap and what is wrong.
    #[must_use]
    pub fn new(gap: Gap, why: impl Into<String>) -> Self {
        Self { gap: Some(gap), why: why.into() }
    }

    /// There is no such device, and none was asked for.
    #[must_use]
    pub fn none(why: impl Into<String>) -> Self {
        Self { gap: None, why: why.into() }
    }
}
