//! Microphones, through cpal, at their own rate and with their own buffers.
//!
//! cpal calls back in a thread of the sound system, which must not wait: [`ring`] takes what it hands over without a lock
//! and without memory from the system, and [`stream`] reads it in the thread of the source.

mod listing;
mod ring;
mod stream;
mod system;
mod trouble;

use attune_analysis::sample::AudioChunk;
use attune_protocol::record::Gap;
use cpal::traits::HostTrait as _;

pub(super) use self::listing::{LOOKED_FOR, Microphone as Listed};
use self::stream::MicrophoneStream;
use super::live::{Device, Stream, Trouble};
use crate::clock::Clock;
use crate::config::Choice;

/// A microphone by the configuration, as a live source.
pub(super) struct Microphone {
    choice: Choice,
    clock: Clock,
    /// Whether it was open before: then it is missed.
    was_open: bool,
}

impl Microphone {
    /// The one that `choice` names.
    pub(super) fn new(choice: Choice, clock: Clock) -> Self {
        Self { choice, clock, was_open: false }
    }
}

impl Device for Microphone {
    type Sample = AudioChunk;

    fn open(&mut self) -> Result<Box<dyn Stream<Sample = AudioChunk>>, Trouble> {
        let missed = |trouble: Trouble| match self.was_open {
            true => Trouble { gap: trouble.gap.or(Some(Gap::DeviceGone)), ..trouble },
            false => trouble,
        };
        let listed = choose(&self.choice).map_err(missed)?;
        let device = listed.device().ok_or_else(|| missed(listed.is_gone(&self.choice)))?;
        let stream =
            MicrophoneStream::open(&device, &listed.name, &self.clock).map_err(|trouble| match trouble.gap {
                // A system without a sound card has a default all the same.
                Some(Gap::DeviceGone) if self.choice == Choice::On => missed(Trouble::none(trouble.why)),
                _ => trouble,
            })?;
        self.was_open = true;
        Ok(Box::new(stream))
    }
}

/// Makes ready what this process cannot once it is confined.
pub(super) fn prepare() {
    system::prepare();
}

/// Every microphone, and what is chosen of them.
pub(super) fn list(choice: &Choice) -> (Vec<Listed>, Result<Listed, Trouble>) {
    let all = if system::has_sound() { listing::list(&cpal::default_host()) } else { Vec::new() };
    (all, choose(choice))
}

fn choose(choice: &Choice) -> Result<Listed, Trouble> {
    if *choice == Choice::Off {
        return Err(Trouble::none("the microphone is turned off in the configuration (microphone.device)"));
    }
    if !system::has_sound() {
        let why = format!("no microphone was found: looked for {LOOKED_FOR}");
        return Err(match choice {
            Choice::Named(_) => Trouble::new(Gap::DeviceGone, why),
            _ => Trouble::none(why),
        });
    }
    let host = cpal::default_host();
    match choice {
        Choice::Named(name) => listing::named(&listing::list(&host), name),
        _ => {
            let default = host.default_input_device().and_then(|device| Listed::of(&device));
            let default =
                default.ok_or_else(|| Trouble::none(format!("no microphone was found: looked for {LOOKED_FOR}")))?;
            listing::unasked(default, system::default_source().as_deref())
        }
    }
}
