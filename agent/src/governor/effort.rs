use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;

use super::steps::{Step, Steps};
use super::told::Footprint;

/// What sensing may take now, for those who sense. Clones are the same.
#[derive(Clone, Debug)]
pub struct Effort {
    now: Arc<Mutex<Now>>,
    expression_rests: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Now {
    whole: Step,
    step: Step,
    /// Why less is sensed where it is.
    why: Gap,
    locked: bool,
    told: Option<Footprint>,
}

impl Effort {
    /// All that was configured: `fps` pictures a second, and every part.
    #[must_use]
    pub fn full(fps: f64) -> Self {
        let whole = Steps::of(fps).at(0);
        let now = Now { whole, step: whole, why: Gap::Overload, locked: false, told: None };
        Self { now: Arc::new(Mutex::new(now)), expression_rests: Arc::default() }
    }

    /// Pictures a second that are looked at.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.lock().step.rate
    }

    /// Why the source of a modality is to be closed now, if it is.
    #[must_use]
    pub fn rests(&self, modality: Modality) -> Option<Gap> {
        let now = self.lock();
        match modality {
            Modality::Face if now.locked => Some(Gap::ScreenLocked),
            Modality::Face => now.step.camera_rests.then_some(now.why),
            Modality::Voice => now.step.microphone_rests.then_some(now.why),
            Modality::Motion | Modality::Heart | Modality::CheckIn | Modality::Text => None,
        }
    }

    /// Why less of a modality is analysed than was configured, if so.
    #[must_use]
    pub fn fewer(&self, modality: Modality) -> Option<Gap> {
        let now = self.lock();
        (modality == Modality::Face && now.step != now.whole).then_some(now.why)
    }

    /// Whether the expression of faces rests, for who would read it.
    #[must_use]
    pub fn expression_rests(&self) -> Arc<AtomicBool> {
        self.expression_rests.clone()
    }

    /// How it stands, for the person; `None` before anything was measured.
    #[must_use]
    pub fn footprint(&self) -> Option<Footprint> {
        self.lock().told.clone()
    }

    /// Goes to another rung, for a reason.
    pub(super) fn set(&self, step: Step, why: Gap) {
        self.expression_rests.store(step.expression_rests, Ordering::Relaxed);
        let mut now = self.lock();
        (now.step, now.why) = (step, why);
    }

    /// Closes the camera while the screen is locked.
    pub(crate) fn lock_screen(&self, locked: bool) {
        self.lock().locked = locked;
    }

    pub(super) fn tell(&self, footprint: Footprint) {
        self.lock().told = Some(footprint);
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        // Each change is whole before anything can panic.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_and_what_is_seen_less_of_has_its_reason_and_a_locked_screen_goes_before() {
        let (steps, effort) = (Steps::of(10.0), Effort::full(10.0));
        let says = |effort: &Effort| {
            let rests = Modality::SENSED.map(|modality| effort.rests(modality));
            (effort.rate().round() as u32, effort.fewer(Modality::Face), rests)
        };
        assert_eq!(says(&effort), (10, None, [None; 4]));
        let low = Some(Gap::LowPower);
        effort.set(steps.at(2), Gap::LowPower);
        assert_eq!(says(&effort), (7, low, [None; 4]));
        effort.set(steps.at(steps.last() - 1), Gap::LowPower);
        assert!(effort.expression_rests().load(Ordering::Relaxed));
        assert_eq!(says(&effort), (3, low, [low, None, None, None]));
        effort.set(steps.at(steps.last()), Gap::Overload);
        let busy = Some(Gap::Overload);
        assert_eq!(says(&effort).2, [busy, busy, None, None]);
        effort.lock_screen(true);
        assert_eq!(says(&effort).2, [Some(Gap::ScreenLocked), busy, None, None]);
        effort.lock_screen(false);
        effort.set(steps.at(0), Gap::Overload);
        assert_eq!(says(&effort), (10, None, [None; 4]));
    }
}
