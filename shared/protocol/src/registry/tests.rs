use proptest::prelude::*;

use super::*;

fn all() -> impl Iterator<Item = (Modality, &'static FeatureSpec)> {
    Modality::ALL.into_iter().flat_map(|m| m.features().iter().map(move |f| (m, f)))
}

#[test]
fn a_feature_stands_at_the_index_of_its_ordinal() {
    for modality in Modality::ALL {
        for (index, feature) in modality.features().iter().enumerate() {
            assert_eq!(usize::from(feature.ordinal.0), index, "{modality} {}", feature.name);
        }
    }
}

#[test]
fn every_range_can_be_scaled_and_every_shortest_time_fits_its_span() {
    for (modality, feature) in all() {
        assert!(feature.min < feature.max, "{modality} {}", feature.name);
        assert!(feature.scale == Scale::Linear || feature.min > 0.0, "{modality} {}", feature.name);
        assert!(feature.shortest_seconds <= feature.span.seconds(), "{modality} {}", feature.name);
        assert!(!feature.source.is_empty() && !feature.unit.is_empty(), "{modality} {}", feature.name);
    }
}

#[test]
fn names_are_unique_within_a_modality_and_the_bitmap_has_room() {
    for modality in Modality::ALL {
        let mut names: Vec<_> = modality.features().iter().map(|f| f.name).collect();
        assert!(names.len() <= 64);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), modality.features().len());
    }
}

/// Append-only: a changed line here is a change of meaning for everything that is stored.
#[test]
fn the_registry_only_grows() {
    let lines: Vec<_> = all()
        .map(|(m, f)| {
            format!("{m} {} {} [{}] {}..{} {:?} {:?}", f.ordinal.0, f.name, f.unit, f.min, f.max, f.scale, f.span)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Who appends features appends a revision, by which old agents are told from new ones.
#[test]
fn the_newest_revision_has_every_feature_and_none_before_the_first_has_any() {
    for (modality, feature) in all() {
        assert!(modality.had(feature.ordinal, REVISION), "{modality} {}", feature.name);
        assert!(modality.had(feature.ordinal, REVISION + 1), "{modality} {}: a later agent", feature.name);
        assert!(!modality.had(feature.ordinal, 0), "{modality} {}", feature.name);
    }
    for modality in Modality::ALL {
        let next = Ordinal(modality.features().len() as u8);
        assert!(!modality.had(next, REVISION), "{modality} has fewer features than its size says");
    }
    assert!(SIZES.is_sorted_by(|before, after| before.iter().zip(after).all(|(a, b)| a <= b)));
}

proptest! {
    #[test]
    fn sixteen_bits_keep_a_value_to_half_a_step(fraction in 0.0..=1.0f64) {
        for (_, feature) in all() {
            let raw = (fraction * 65535.0).round() as u16;
            prop_assert_eq!(feature.to_wire(feature.from_wire(raw)), raw, "{}", feature.name);
        }
    }

    #[test]
    fn a_value_out_of_range_is_carried_as_the_nearer_end(excess in 0.0..1e9f64) {
        for (_, feature) in all() {
            prop_assert_eq!(feature.to_wire(feature.max + excess), u16::MAX);
            prop_assert_eq!(feature.to_wire(feature.min - excess), 0);
        }
    }
}
