//! When to go down or up the ladder: decided by numbers alone.

use std::time::Duration;

use super::STRETCH;
use super::steps::Steps;

/// The shortest and the longest time on a rung before a higher one is tried.
const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST_PATIENCE: Duration = Duration::from_secs(1_800);
/// A rung that was left downwards within this had been tried in vain.
const TRIAL: Duration = Duration::from_secs(900);
/// By how much the load is taken to grow when a part comes back of which it was not measured: it doubles.
const UNKNOWN: f64 = 2.0;
/// What was measured of a part is forgotten after so long on its rung: the machine may have been slow just then.
const FORGETS: Duration = Duration::from_secs(7_200);

/// Where on the ladder the agent is, and how it came there.
#[derive(Debug)]
pub(super) struct Judge {
    steps: Steps,
    place: usize,
    /// When it came there.
    since: Duration,
    /// Whether it came there from below.
    rose: bool,
    patience: Duration,
    /// For each rung: how much larger the load was above it, as measured when it was taken down to.
    fell: Vec<Option<f64>>,
    /// The load, and the rung that it was of, when the ladder was gone down last.
    before: Option<f64>,
}

/// What a stretch has shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// When it ended, from the beginning of the run.
    pub(super) at: Duration,
    /// Cores that it took.
    pub(super) load: f64,
    /// Cores that it may take.
    pub(super) limit: f64,
    /// Whether what a higher rung would sense is sensed now: without it nothing is known of what that would take.
    pub(super) tells: bool,
}

impl Judge {
    pub(super) fn new(steps: Steps) -> Self {
        let fell = vec![None; steps.last() + 1];
        Self { steps, place: 0, since: Duration::ZERO, rose: false, patience: PATIENCE, fell, before: None }
    }

    /// The place that it is at.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Takes in a whole stretch on the rung that it is at, and says whether the rung has changed.
    pub(super) fn judge(&mut self, stretch: Stretch) -> bool {
        let Stretch { at, load, limit, tells } = stretch;
        if let Some(before) = self.before.take() {
            self.fell[self.place] = Some((before / load.max(f64::MIN_POSITIVE)).max(1.0));
        }
        let place = if load > limit { self.lower(load, limit) } else { self.higher(at, load, limit, tells) };
        if place == self.place {
            if self.rose && at.saturating_sub(self.since) > TRIAL {
                (self.rose, self.patience) = (false, (self.patience / 2).max(PATIENCE));
            }
            return false;
        }
        let falls = place > self.place;
        if falls {
            if self.rose && at.saturating_sub(self.since) <= TRIAL + STRETCH {
                self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
            }
            // Of a jump over several rungs the last one is charged with all: that errs to the safe side.
            self.before = Some(load);
        }
        (self.place, self.since, self.rose) = (place, at, !falls);
        true
    }

    /// The first rung below that can suffice, if all of the load grows with the rate.
    fn lower(&self, load: f64, limit: f64) -> usize {
        let rate = self.steps.at(self.place).rate;
        let suffices =
            |place: &usize| self.steps.grows(*place).is_none() || load * self.steps.at(*place).rate / rate <= limit;
        (self.place + 1..=self.steps.last()).find(suffices).unwrap_or(self.place)
    }

    /// The rung above, where it was waited long enough and the load stays within its limit there.
    fn higher(&self, at: Duration, load: f64, limit: f64, tells: bool) -> usize {
        let here = at.saturating_sub(self.since);
        let measured = self.fell[self.place].filter(|_| here < FORGETS);
        let (waited, grows) = (here >= self.patience, self.steps.grows(self.place).or(measured).unwrap_or(UNKNOWN));
        let rises = self.place > 0 && tells && waited && load * grows <= limit;
        if rises { self.place - 1 } else { self.place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine: cores that sensing takes on a rung, by the seconds since the beginning.
    struct Machine<'a> {
        load: &'a dyn Fn(super::super::steps::Step, u64) -> f64,
        limit: &'a dyn Fn(u64) -> f64,
    }

    impl Machine<'_> {
        /// The rung after each stretch.
        fn run(&self, fps: f64, stretches: u64) -> Vec<usize> {
            let steps = Steps::of(fps);
            let mut judge = Judge::new(steps.clone());
            (1..=stretches)
                .map(|number| {
                    let second = number * STRETCH.as_secs();
                    let load = (self.load)(steps.at(judge.place()), second);
                    let limit = (self.limit)(second);
                    judge.judge(Stretch { at: Duration::from_secs(second), load, limit, tells: true });
                    judge.place()
                })
                .collect()
        }
    }

    /// A part that every rung has, one for each picture, expression, and microphone.
    fn laptop(step: super::super::steps::Step, slowness: f64) -> f64 {
        let camera = 0.002 * step.rate + if step.expression_rests { 0.0 } else { 0.01 };
        let (camera, microphone) = (if step.camera_rests { 0.0 } else { camera }, !step.microphone_rests);
        slowness * (0.01 + camera + if microphone { 0.03 } else { 0.0 })
    }

    fn changes(places: &[usize]) -> usize {
        places.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    #[test]
    fn a_load_within_its_share_changes_nothing() {
        let places = Machine { load: &|step, _| laptop(step, 1.0), limit: &|_| 0.1 }.run(10.0, 1000);
        assert!(places.iter().all(|place| *place == 0));
    }

    #[test]
    fn whatever_the_machine_is_like_it_comes_to_its_share_within_five_minutes_and_stays_on_one_rung() {
        for slowness in [1.1, 1.45, 1.5, 1.7, 2.0, 2.2, 2.6, 4.0, 9.0] {
            let load = |step, _| laptop(step, slowness);
            let places = Machine { load: &load, limit: &|_| 0.1 }.run(10.0, 2000);
            let last = *places.last().unwrap();
            let step = Steps::of(10.0).at(last);
            assert!(laptop(step, slowness) <= 0.1 || last == Steps::of(10.0).last(), "{slowness}: {step:?}");
            let settled = places.iter().position(|place| *place == last).unwrap();
            assert!(settled <= 10, "{slowness}: on rung {last} after {settled} stretches");
            // A rate is reckoned and never tried in vain; a part that rests was measured, and is tried every two hours.
            let hours = (places.len() as u64 * STRETCH.as_secs() / 3600) as usize;
            let most = if last <= Steps::of(10.0).last() - 3 { 0 } else { hours + 2 };
            assert!(changes(&places[settled..]) <= most, "{slowness}: {:?}", &places[..60]);
            assert!(
                last == 0 || laptop(Steps::of(10.0).at(last - 1), slowness) > 0.08,
                "{slowness}: {last} is too low"
            );
        }
    }

    #[test]
    fn noise_around_the_share_makes_it_try_more_and_more_seldom() {
        let load = |step, second| laptop(step, 1.5) * (1.0 + 0.15 * (second as f64 * 0.77).sin());
        let day = 24 * 3600 / STRETCH.as_secs();
        let places = Machine { load: &load, limit: &|_| 0.1 }.run(10.0, day);
        let late = &places[places.len() / 2..];
        assert!(changes(late) <= 2 * 24 + 2, "{} changes in half a day", changes(late));
    }

    #[test]
    fn it_recovers_rung_by_rung_when_the_machine_has_time_again() {
        let busy = |second: u64| if second < 1800 { 9.0 } else { 1.0 };
        let load = |step, second| laptop(step, busy(second));
        let places = Machine { load: &load, limit: &|_| 0.1 }.run(10.0, 400);
        assert_eq!(places[58], Steps::of(10.0).last());
        let free = places.iter().rposition(|place| *place != 0).unwrap() + 1;
        assert!(free < 60 + 60, "everything is sensed again after {} stretches", free - 60);
        assert!(places[60..].windows(2).all(|pair| pair[1] <= pair[0]), "upwards only");
    }

    #[test]
    fn on_battery_the_half_suffices_and_on_mains_all_comes_back() {
        let on_battery = |second: u64| (3600..7200).contains(&second);
        let limit = |second| if on_battery(second) { 0.05 } else { 0.1 };
        let places = Machine { load: &|step, _| laptop(step, 1.0), limit: &limit }.run(10.0, 600);
        assert!(places[..119].iter().all(|place| *place == 0));
        let step = Steps::of(10.0).at(places[200]);
        assert!(laptop(step, 1.0) <= 0.05, "{step:?}");
        assert_eq!(*places.last().unwrap(), 0);
    }

    #[test]
    fn nothing_is_tried_while_what_would_come_back_cannot_be_seen() {
        let mut judge = Judge::new(Steps::of(10.0));
        let at = |minute: u64, load, tells| Stretch { at: Duration::from_secs(60 * minute), load, limit: 0.1, tells };
        assert!(judge.judge(at(1, 0.15, true)));
        let place = judge.place();
        assert!((2..60).all(|minute| !judge.judge(at(minute, 0.001, false))), "the camera was closed by its owner");
        assert!(judge.judge(at(60, 0.05, true)) && judge.place() < place);
    }
}
