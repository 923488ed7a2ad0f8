//! Whose face it is: the one that was before the camera, or somebody else's.

use super::BoundingBox;
use super::detection::Detection;
use crate::sample::Timestamp;

/// A detection that overlaps the followed face this much is the same face.
const SAME_FACE: f64 = 0.3;
/// How long somebody else's face is not taken for the person's, seconds: who bends down, or fetches something, comes back.
/// Ours.
pub(super) const WAITED_FOR: f64 = 30.0;
/// Furthest that a face may be from how it was left to be the same, see [`Person::distance`]. Ours.
const FURTHEST: f64 = 1.0;
/// Factor to a smaller size that is as far as a face may be. Ours.
const SMALLER: f64 = 1.6;
/// The same to a larger one: who leans towards the screen grows twice as large within a second, while somebody else is larger
/// only in the person's seat. Ours.
const LARGER: f64 = 2.5;
/// Sides between two places that are as far apart. Ours.
const PLACE: f64 = 1.5;
/// Correlation with how the person looked from which a face is the person's wherever it is. Ours: with ten looks at each, one in
/// 300 other people reaches it, and one in 60 reached 0.7 (`tests/parity/faces_alike.py`).
const LOOKS_ALIKE: f64 = 0.8;
/// Two faces as near as this to how the person was left cannot be told apart. Ours.
const CLEAR: f64 = 0.25;
/// Faces whose sides differ by less than this factor are of one size.
const ONE_SIZE: f64 = 0.8;

/// Who was before the camera, as last seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// Counts those who were, from 0.
    pub(super) number: u32,
    /// Where the detector saw the face last.
    pub(super) detected: BoundingBox,
    /// Where it was followed to from there, at last often to nowhere: who moves too fast is lost.
    pub(super) followed: BoundingBox,
    pub(super) seen: Timestamp,
}

/// What to make of the faces in a frame.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Choice {
    /// None of them is the person's.
    Nobody,
    /// This is.
    Person(Detection),
    /// Nobody is waited for, and this is the only one or clearly the largest.
    Newcomer(Detection),
    /// Two of them may be.
    Unclear,
}

impl Person {
    /// How far a face is from how the person's was.
    fn distance(&self, bounds: &BoundingBox) -> f64 {
        distance(&self.detected, bounds).min(distance(&self.followed, bounds))
    }

    /// Whether it is still likely that the person comes back.
    pub(super) fn is_waited_for(&self, at: Timestamp) -> bool {
        at.seconds_since(self.seen) <= WAITED_FOR
    }
}

/// How far one face is from another: 1 is a factor of [`SMALLER`] or [`LARGER`] between the sizes, or [`PLACE`] sides between the
/// places.
fn distance(from: &BoundingBox, to: &BoundingBox) -> f64 {
    let grown = (to.side() / from.side()).ln();
    let size = if grown < 0.0 { -grown / SMALLER.ln() } else { grown / LARGER.ln() };
    let ((x0, y0), (x1, y1)) = (from.centre(), to.centre());
    let place = (x1 - x0).hypot(y1 - y0) / (PLACE * from.side());
    if size.is_finite() && place.is_finite() { size.hypot(place) } else { f64::INFINITY }
}

/// Chooses among the faces of a frame. `followed` is where the person's face was followed to; `resembles` tells the correlation of
/// a face with how the person's looked.
pub(super) fn choose(
    found: &[Detection],
    followed: Option<&BoundingBox>,
    person: Option<&Person>,
    at: Timestamp,
    resembles: impl Fn(&BoundingBox) -> f64,
) -> Choice {
    let overlap = |d: &Detection| followed.map_or(0.0, |followed| followed.overlap(&d.bounds));
    let same = found.iter().max_by(|a, b| overlap(a).total_cmp(&overlap(b))).filter(|d| overlap(d) >= SAME_FACE);
    if let Some(same) = same {
        return Choice::Person(*same);
    }
    match person.filter(|person| person.is_waited_for(at)) {
        Some(person) => come_back(found, person, resembles),
        None => largest(found),
    }
}

fn come_back(found: &[Detection], person: &Person, resembles: impl Fn(&BoundingBox) -> f64) -> Choice {
    let far = |d: &Detection| {
        let (far, alike) = (person.distance(&d.bounds), resembles(&d.bounds));
        if alike >= LOOKS_ALIKE { 0.0 } else { far }
    };
    let mut near: Vec<(f64, &Detection)> = found.iter().map(|d| (far(d), d)).filter(|&(d, _)| d <= FURTHEST).collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    match near[..] {
        [] => Choice::Nobody,
        [(first, _), (second, _), ..] if second - first < CLEAR => Choice::Unclear,
        [(_, first), ..] => Choice::Person(*first),
    }
}

fn largest(found: &[Detection]) -> Choice {
    let mut faces: Vec<&Detection> = found.iter().collect();
    faces.sort_by(|a, b| b.bounds.side().total_cmp(&a.bounds.side()));
    match faces[..] {
        [] => Choice::Nobody,
        [first, second, ..] if second.bounds.side() >= ONE_SIZE * first.bounds.side() => Choice::Unclear,
        [first, ..] => Choice::Newcomer(*first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f64, side: f64) -> Detection {
        Detection { score: 0.9, bounds: BoundingBox::square((x, 200.0), side), points: None }
    }

    fn at(seconds: f64) -> Timestamp {
        Timestamp(0).plus_seconds(seconds)
    }

    /// The person sat at 300 with a face of 100 pixels, and was last seen at 0 s.
    fn choose_at(seconds: f64, found: &[Detection], alike: impl Fn(&BoundingBox) -> f64) -> Choice {
        let bounds = face(300.0, 100.0).bounds;
        let person = Person { number: 0, detected: bounds, followed: bounds, seen: at(0.0) };
        choose(found, None, Some(&person), at(seconds), alike)
    }

    #[test]
    fn a_bystander_is_not_taken_for_who_bent_down_and_who_comes_up_again_is() {
        let nobody_alike = |_: &BoundingBox| 0.0;
        let (colleague, back) = (face(600.0, 60.0), face(320.0, 95.0));
        assert_eq!(choose_at(1.0, &[colleague], nobody_alike), Choice::Nobody);
        assert_eq!(choose_at(2.0, &[colleague, back], nobody_alike), Choice::Person(back));
        // Further off than the colleague, but of the person's looks.
        let moved = face(560.0, 60.0);
        let looks = |bounds: &BoundingBox| if *bounds == moved.bounds { 0.9 } else { 0.3 };
        assert_eq!(choose_at(2.0, &[colleague, moved], looks), Choice::Person(moved));
        // One in sixty of other people looks as much alike as this.
        assert_eq!(choose_at(1.0, &[colleague], |_| 0.75), Choice::Nobody);
        assert_eq!(choose_at(WAITED_FOR + 1.0, &[colleague], nobody_alike), Choice::Newcomer(colleague));
    }

    #[test]
    fn who_leans_in_is_the_same_person_also_when_the_tracker_went_astray() {
        let nearer = face(330.0, 190.0);
        assert_eq!(choose_at(0.5, &[nearer], |_| 0.0), Choice::Person(nearer));
        let astray = face(330.0, 55.0).bounds;
        let person = Person { number: 0, detected: face(300.0, 100.0).bounds, followed: astray, seen: at(0.0) };
        let moved = face(220.0, 105.0);
        assert_eq!(choose(&[moved], None, Some(&person), at(0.1), |_| 0.0), Choice::Person(moved));
    }

    #[test]
    fn of_two_who_may_be_the_person_neither_is_taken() {
        let two = [face(240.0, 100.0), face(360.0, 100.0)];
        assert_eq!(choose_at(1.0, &two, |_| 0.0), Choice::Unclear);
        let looks = |bounds: &BoundingBox| if bounds.centre().0 < 300.0 { 0.8 } else { 0.2 };
        assert_eq!(choose_at(1.0, &two, looks), Choice::Person(two[0]));
        // Whoever is followed is known.
        let followed = two[1].bounds;
        assert_eq!(choose(&two, Some(&followed), None, at(0.0), |_| 0.0), Choice::Person(two[1]));
    }

    #[test]
    fn who_comes_first_is_the_largest_or_nobody_where_two_are_of_one_size() {
        let first = |found: &[Detection]| choose(found, None, None, at(0.0), |_| 0.0);
        assert_eq!(first(&[]), Choice::Nobody);
        assert_eq!(first(&[face(100.0, 50.0), face(400.0, 90.0)]), Choice::Newcomer(face(400.0, 90.0)));
        assert_eq!(first(&[face(100.0, 80.0), face(400.0, 90.0)]), Choice::Unclear);
    }
}
