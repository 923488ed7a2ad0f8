use std::sync::Arc;

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use crossbeam_channel::Sender;

use super::pace::Pace;
use crate::AgentError;
use crate::control::Control;
use crate::stop::Stop;

/// What a modality's threads give.
#[derive(Debug)]
pub enum Output {
    /// What was left out since the last window; told before the window that it belongs to.
    LeftOut(Modality, LeftOut),
    /// A window is closed, and consent had been withdrawn so often then.
    Window(Record, usize),
    /// The source has ended; no window follows.
    Ended(Modality),
    /// The source is broken; its last window has been given.
    Failed(Modality, AgentError),
    /// A thread has ended before its time; no window follows.
    Gone(Modality),
}

/// One modality's way from samples to records.
pub struct Line {
    /// What is sensed.
    pub modality: Modality,
    /// Where the source begins; its window is the first that is given.
    pub from: Timestamp,
    /// When the source ends, if it does.
    pub end: Timestamp,
    /// How time passes.
    pub pace: Pace,
    /// Messages that the ring holds.
    pub ring: usize,
    /// The person's decisions.
    pub control: Arc<Control>,
    /// Where records go.
    pub out: Sender<Output>,
    /// The wish to end.
    pub stop: Stop,
}
