//! How values of measures are written, on every page alike.

use attune_ground::measures::Measure;
use attune_pages::words::{decimal, words};
use attune_protocol::policy::Data;
use attune_protocol::registry::Category;

/// With how many decimals values of a measure are written: two where the scale is one or two long, fewer on longer ones.
pub(crate) fn decimals(measure: &Measure) -> usize {
    match measure.range.1 - measure.range.0 {
        short if short <= 2.0 => 2,
        longer if longer <= 10.0 => 1,
        _ => 0,
    }
}

/// A value of a measure.
pub(crate) fn written(measure: &Measure, value: f64) -> String {
    decimal(value, decimals(measure))
}

/// The ends of a measure's scale.
pub(crate) fn ends(measure: &Measure) -> (String, String) {
    (decimal(measure.range.0, 0), decimal(measure.range.1, 0))
}

/// What stands behind a value: its unit, or the scale that it is on.
pub(crate) fn unit(measure: &Measure) -> String {
    let (least, most) = ends(measure);
    match measure.unit {
        "" => words().teams.figure.scale.fill(&[("least", &least), ("most", &most)]),
        unit => unit.to_owned(),
    }
}

/// Whether a measure is what people say themselves: no sensor has part in it.
pub(crate) fn is_said(measure: &Measure) -> bool {
    measure.made_of.iter().all(|data| *data == Data::Derived(Category::SelfReport))
}

/// Whether how much was seen tells how much stands behind a value: not behind what was said or written, and of itself it says nothing.
pub(crate) fn is_of_what_was_seen(measure: &Measure) -> bool {
    measure.name != "coverage" && !is_said(measure) && !measure.is_of_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(name: &str) -> &'static Measure {
        Measure::of_name(name).expect("a measure")
    }

    #[test]
    fn a_value_has_the_digits_that_its_scale_bears_and_the_scale_stands_behind_it() {
        assert_eq!(
            [("stress_load", 0.456), ("recovery", 12.4), ("vibe", 3.25)]
                .map(|(name, value)| { written(measure(name), value) }),
            ["0.46", "12", "3.2"]
        );
        assert_eq!((unit(measure("stress_load")), unit(measure("vibe"))), ("from 0 to 1".into(), "of 6".into()));
        assert_eq!(unit(measure("valence")), "from \u{2212}1 to 1");
    }

    #[test]
    fn how_much_was_seen_stands_beside_what_was_seen_alone() {
        let names = ["stress_load", "coverage", "vibe", "said_valence", "message_stress"];
        assert_eq!(names.map(|name| is_of_what_was_seen(measure(name))), [true, false, false, false, false]);
        assert_eq!(names.map(|name| is_said(measure(name))), [false, false, true, true, false]);
    }
}
