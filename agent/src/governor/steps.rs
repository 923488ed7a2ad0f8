use attune_analysis::face::LEAST_RATE;

/// From one rate to the next lower one.
const RATIO: f64 = 1.2;

/// What may be sensed on a rung of the ladder.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Step {
    /// Pictures a second that are looked at.
    pub(super) rate: f64,
    /// Whether the expression of faces rests.
    pub(super) expression_rests: bool,
    /// Whether the camera rests.
    pub(super) camera_rests: bool,
    /// Whether the microphone rests.
    pub(super) microphone_rests: bool,
}

/// The rungs, from everything down.
#[derive(Clone, Debug)]
pub(super) struct Steps(Vec<Step>);

impl Steps {
    /// Of a camera of which `fps` pictures a second are to be looked at.
    pub(super) fn of(fps: f64) -> Self {
        let whole = Step { rate: fps, expression_rests: false, camera_rests: false, microphone_rests: false };
        let mut all = vec![whole];
        let rates = std::iter::successors(Some(fps / RATIO), |rate| Some(rate / RATIO));
        all.extend(rates.take_while(|rate| *rate >= LEAST_RATE).map(|rate| Step { rate, ..whole }));
        let least = *all.last().unwrap_or(&whole);
        let no_expression = Step { expression_rests: true, ..least };
        let no_camera = Step { camera_rests: true, ..no_expression };
        all.extend([no_expression, no_camera, Step { microphone_rests: true, ..no_camera }]);
        Self(all)
    }

    /// The rung at a place; the last one beyond.
    pub(super) fn at(&self, place: usize) -> Step {
        self.0[place.min(self.last())]
    }

    /// The place of the lowest rung.
    pub(super) fn last(&self) -> usize {
        self.0.len() - 1
    }

    /// By how much of a rung's load the one above it differs at most, where only the rate does: that of their rates. `None`
    /// where a part begins to rest.
    pub(super) fn grows(&self, place: usize) -> Option<f64> {
        let (above, here) = (self.at(place.checked_sub(1)?), self.at(place));
        (Step { rate: here.rate, ..above } == here).then_some(above.rate / here.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_first_and_never_under_what_the_analysis_needs_then_parts_rest_in_their_order() {
        let steps = Steps::of(10.0);
        let all: Vec<Step> = (0..=steps.last()).map(|place| steps.at(place)).collect();
        let rates: Vec<f64> = all.iter().map(|step| (step.rate * 100.0).round() / 100.0).collect();
        assert_eq!(rates, [10.0, 8.33, 6.94, 5.79, 4.82, 4.02, 3.35, 2.79, 2.79, 2.79, 2.79]);
        let rests: Vec<[bool; 3]> =
            all.iter().map(|step| [step.expression_rests, step.camera_rests, step.microphone_rests]).collect();
        assert!(rests[..8].iter().all(|rests| *rests == [false; 3]));
        assert_eq!(rests[8..], [[true, false, false], [true, true, false], [true; 3]]);
        assert!((1..8).all(|place| steps.grows(place).is_some_and(|grows| (grows - RATIO).abs() < 1e-9)));
        assert!([0, 8, 9, 10].iter().all(|&place| steps.grows(place).is_none()));
    }

    #[test]
    fn a_camera_that_is_looked_at_seldom_is_not_looked_at_less() {
        let steps = Steps::of(1.0);
        assert_eq!((steps.last(), steps.at(0).rate, steps.at(9).rate), (3, 1.0, 1.0));
    }
}
