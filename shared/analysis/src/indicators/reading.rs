use std::sync::LazyLock;

use attune_protocol::features::Features;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Modality, Ordinal};
use attune_protocol::window::Window;

use super::{Lack, Missing, Terms};
use crate::trust::{self, Shortfall};

/// A record as evidence is read from it: what is not there comes with its reason.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub record: &'a Record,
    pub terms: Terms,
}

/// For each modality a record in which every feature stands at its largest.
static WHOLE: LazyLock<[Record; Modality::SENSED.len()]> = LazyLock::new(|| {
    Modality::SENSED.map(|modality| {
        let mut features = Features::new(modality);
        modality.features().iter().for_each(|spec| features.set(spec.ordinal, spec.max));
        let coverage = Coverage { expected: 1, received: 1, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        Record::new(Window(0), 1.0, coverage, features)
    })
});

impl Reading<'_> {
    /// A record that lacks nothing: what is not read from it either cannot be read from this modality at all, or may
    /// not be under these terms.
    pub(super) fn whole(modality: Modality, terms: Terms) -> Self {
        Self { record: &WHOLE[usize::from(modality.number())], terms }
    }

    pub(super) fn modality(&self) -> Modality {
        self.record.modality()
    }

    /// The value of a feature in the registry's unit, or why there is none.
    pub(super) fn get(&self, ordinal: Ordinal) -> Result<f64, Missing> {
        let (record, terms) = (self.record, self.terms);
        let category = self.modality().feature(ordinal).map(|spec| spec.category);
        if category.is_some_and(|category| !terms.profile().lets_leave(category)) {
            return Err(Missing::Withheld(Some(terms.profile())));
        }
        if let Some(value) = record.features.get(ordinal) {
            return Ok(value);
        }
        if category.is_some_and(|category| record.withheld.contains(category)) {
            return Err(Missing::Withheld(None));
        }
        if !self.modality().had(ordinal, record.revision) {
            return Err(Missing::OldAgent);
        }
        if let Some(gap) = record.coverage.gap {
            return Err(Missing::Gap(gap));
        }
        self.seen()?;
        // Who names no consent wrote a format in which nobody could say what was withheld.
        let told = record.consent > 0 || !terms.are_of_an_agent();
        Err(if told { Missing::NotDerived } else { Missing::OldAgent })
    }

    /// Whether enough was seen, and well enough, for anything to be said of it.
    pub(super) fn seen(&self) -> Result<(), Missing> {
        let else_gap = |reason| self.record.coverage.gap.map_or(reason, Missing::Gap);
        trust::accepted(self.record).map_err(|shortfall| match shortfall {
            Shortfall::Coverage => else_gap(Missing::NotEnoughData),
            Shortfall::Quality => else_gap(Missing::PoorSignal),
            Shortfall::Speech => Missing::Gap(Gap::NoVoice),
            Shortfall::Touch => Missing::Untouched,
        })
    }
}

/// What the readings of a window give of one thing, and what the modalities that could give it lack.
#[derive(Debug)]
pub(super) struct Gathered<T> {
    /// What the readings of each modality say that say anything; none of them is empty.
    pub given: Vec<(Modality, Vec<T>)>,
    pub lacks: Vec<Lack>,
}

impl<T> Gathered<T> {
    /// One word of each modality from those of its devices.
    pub(super) fn each<U>(self, one: impl Fn(Vec<T>) -> U) -> Gathered<U> {
        let given = self.given.into_iter().map(|(modality, words)| (modality, vec![one(words)])).collect();
        Gathered { given, lacks: self.lacks }
    }

    /// What each modality lacks, where what was given comes to nothing for a reason.
    pub(super) fn but_for(self, reason: Missing) -> Vec<Lack> {
        Modality::SENSED
            .into_iter()
            .filter_map(|modality| {
                let given = self.given.iter().any(|(of, _)| *of == modality);
                let lack = self.lacks.iter().find(|lack| lack.modality == modality);
                if given { Some(Lack { modality, reason }) } else { lack.copied() }
            })
            .collect()
    }
}

/// Asks every reading of which enough was seen, and well enough. `word` gives nothing at all for a modality that cannot support
/// the thing.
pub(super) fn gather<T>(
    readings: &[Reading<'_>],
    terms: Terms,
    word: impl Fn(&Reading<'_>) -> Option<Result<T, Missing>>,
) -> Gathered<T> {
    gather_from(readings, terms, |reading| reading.seen(), word)
}

/// As [`gather`], where `enough` says which readings are asked, or why not.
pub(super) fn gather_from<T>(
    readings: &[Reading<'_>],
    terms: Terms,
    enough: impl Fn(&Reading<'_>) -> Result<(), Missing>,
    word: impl Fn(&Reading<'_>) -> Option<Result<T, Missing>>,
) -> Gathered<T> {
    let mut gathered = Gathered { given: Vec::new(), lacks: Vec::new() };
    let said = |reading: &Reading<'_>| {
        Some(match (word(reading)?, enough(reading)) {
            (Err(reason), _) if reason.is_settled() => Err(reason),
            (_, Err(reason)) => Err(reason),
            (word, Ok(())) => word,
        })
    };
    for modality in Modality::SENSED {
        let Some(at_best) = word(&Reading::whole(modality, terms)) else { continue };
        let (mut given, mut nearest) = (Vec::new(), None);
        for said in readings.iter().filter(|reading| reading.modality() == modality).filter_map(&said) {
            match said {
                Ok(word) => given.push(word),
                Err(reason) => nearest = nearest.into_iter().chain([reason]).min_by_key(|r: &Missing| r.distance()),
            }
        }
        if !given.is_empty() {
            gathered.given.push((modality, given));
            continue;
        }
        let reason = match at_best {
            // No sensor and no consent would change this.
            Err(withheld @ Missing::Withheld(_)) => withheld,
            _ => nearest.unwrap_or(terms.without_record(modality)),
        };
        gathered.lacks.push(Lack { modality, reason });
    }
    gathered
}

/// The modalities that can support what `word` tells, whatever the terms.
pub(super) fn supporters<T>(word: impl Fn(&Reading<'_>) -> Option<Result<T, Missing>>) -> Vec<Modality> {
    let terms = Terms::sent(1.0);
    Modality::SENSED.into_iter().filter(|modality| word(&Reading::whole(*modality, terms)).is_some()).collect()
}
