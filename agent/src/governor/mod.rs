//! The governor: keeps the agent within its share of the processor, rests the camera while the screen is locked, and says so.
//!
//! # What it measures
//!
//! The processor time of this process (all its threads, user and system), over the last [`STRETCH`]. What it may take is
//! `footprint.share` per cent of one core, half of that on battery. The first seconds, in which networks are loaded, do not
//! count, nor does a stretch in which a device was opened or closed: it would say nothing of what comes.
//!
//! # What it does
//!
//! There is one ladder (`steps`), from what was configured down to nearly nothing:
//!
//! 1. fewer pictures a second are taken up, each rate 1/1.2 of the one before, down to the least of which the analysis says
//!    anything ([`attune_analysis::face::LEAST_RATE`]). A picture that is not taken up is not even decoded. Under 8 a second
//!    there is no pulse, under 6.7 no blink rate: these features are absent then, as ever where too little was seen;
//! 2. the expression of faces is not read;
//! 3. the camera rests: it is closed, and its light goes out;
//! 4. the microphone rests.
//!
//! Motion and heart never rest: they cost next to nothing.
//!
//! *Down*, where a whole stretch took more than it may: at least one rung, and as far as the new rate must be even if all
//! of the load came from pictures. As some of it never does, that is never too far. *Up*, one rung, where the load would
//! stay within the share even if all of it grew as the rate does; behind a part that rests, by how much the load fell when it
//! began to, as measured. So a steady load ends on one rung, and does not swing between two. Where a rung proves too high all the
//! same, the next try waits twice as long, up to half an hour.
//!
//! # How it is said
//!
//! A window of which fewer pictures were looked at has all the samples that it was meant to have, and none of them is counted
//! as lost; but it has seen less, and its coverage says so: pictures with a face over those of the configured rate. Where nothing
//! else explains what is missing, its reason is `low_power` on battery and `overload` on mains. The same reasons stand in windows in which
//! camera or microphone rest. `status` and the person's page show share, rate and reason ([`Footprint`]).
//!
//! # Battery and screen
//!
//! [`power`] reads `/sys/class/power_supply`. [`screen`] asks logind and the desktop's screen saver over D-Bus every two
//! seconds; while either says that the screen is locked, the camera is closed and its windows say `screen_locked`. Where neither
//! answers nothing is known, the camera goes on, and `doctor` says so. All of this is Linux; elsewhere the agent senses as configured.

mod effort;
mod judge;
mod load;
mod power;
#[cfg_attr(not(target_os = "linux"), path = "screen_elsewhere.rs")]
mod screen;
mod steps;
mod told;
mod watch;

pub use effort::Effort;
pub use power::on_battery;
pub use screen::Screen;
pub use told::Footprint;
pub use watch::{Open, start};

use std::time::Duration;

/// What is judged by.
const STRETCH: Duration = Duration::from_secs(30);
