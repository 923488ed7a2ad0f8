//! What a person has agreed to, modality by modality and purpose by purpose, and which text they read then ([`texts`]).
//!
//! On the wire a change that names its text is of version 2; one that names none stays of version 1, which every collector reads.

pub mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::registry::Modality;

/// What data may be used for. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The person's own view, on the device.
    OwnView,
    /// Wellbeing at the collector: the person's sessions and, in large enough groups, team figures.
    Wellbeing,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::OwnView, Self::Wellbeing];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnView => "own-view",
            Self::Wellbeing => "wellbeing",
        }
    }
}

/// One change of consent. The newest version for a modality and purpose is in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Consent {
    /// What may be sensed.
    pub modality: Modality,
    /// What for.
    pub purpose: Purpose,
    /// Given, or withdrawn.
    pub granted: bool,
    /// Counts the changes on this device, from 1.
    pub version: u32,
    /// When, by the device's clock, Unix milliseconds.
    pub at_millis: i64,
    /// The version of the text that the person was shown when they decided ([`texts`]); none where that was not recorded, as by agents of
    /// before, or where nothing was shown, as where a whole erasure ends it.
    pub text: Option<u16>,
}

/// The body of version 1, which names no text.
#[derive(Serialize, Deserialize)]
struct BodyV1 {
    modality: Modality,
    purpose: Purpose,
    granted: bool,
    version: u32,
    at_millis: i64,
}

impl Consent {
    /// Header and body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Self { modality, purpose, granted, version, at_millis, text } = *self;
        match text {
            Some(_) => envelope::encode(Kind::Consent, self),
            None => envelope::encode_as(Kind::Consent, 1, &BodyV1 { modality, purpose, granted, version, at_millis }),
        }
    }

    /// Reads an encoded change of consent.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let opened = envelope::expect(bytes, Kind::Consent)?;
        if opened.version > 1 {
            return envelope::decode_body(Kind::Consent, opened.body);
        }
        let BodyV1 { modality, purpose, granted, version, at_millis } =
            envelope::decode_body(Kind::Consent, opened.body)?;
        Ok(Self { modality, purpose, granted, version, at_millis, text: None })
    }
}

/// The changes of consent that one outbox has told, by version: what a device's decision rests on, and what the collector
/// decides by.
///
/// Versions count from 1 without gaps. A record names the version under which it was kept; it is decided by that one and by
/// the newest that is known, and a withdrawal wins over a grant, so that no order of arrival lets in what was withdrawn.
///
/// What was withdrawn in another outbox of the same enrolment stays withdrawn, until consent is given later than that: a
/// device whose state was put back from a copy has forgotten it.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Book {
    changes: BTreeMap<u32, Consent>,
    /// Withdrawals under versions that other changes hold, with their times: the first of each.
    beside: BTreeMap<(Modality, Purpose, u32), i64>,
    /// Withdrawals in other outboxes, with their times.
    elsewhere: BTreeSet<(Modality, Purpose, i64)>,
    /// Withdrawals in the browser, with their times. Each holds, whatever is granted, until an outbox has told it.
    asked: BTreeSet<(Modality, Purpose, i64)>,
}

/// What a book says of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It was kept under consent that has not been withdrawn since.
    Granted,
    /// There was no consent when it was kept.
    NoConsent,
    /// There was, and it has been withdrawn since, even if it was given again.
    Withdrawn,
    /// The version under which it was kept has not come yet.
    Unknown,
}

impl Book {
    /// Notes a change, and gives whether it is new. The first that comes under a version stays; another one under it that withdraws
    /// counts beside it, so that a withdrawal wins whatever it is numbered.
    pub fn note(&mut self, change: Consent) -> bool {
        let known = self.len();
        if *self.changes.entry(change.version).or_insert(change) != change && !change.granted {
            self.beside.entry((change.modality, change.purpose, change.version)).or_insert(change.at_millis);
        }
        self.len() > known
    }

    /// Notes a change that another outbox of the same enrolment has told.
    pub fn note_elsewhere(&mut self, change: Consent) {
        if !change.granted {
            self.elsewhere.insert((change.modality, change.purpose, change.at_millis));
        }
    }

    /// Notes what was withdrawn in the browser under this enrolment.
    pub fn note_asked(&mut self, modality: Modality, purpose: Purpose, at_millis: i64) {
        self.asked.insert((modality, purpose, at_millis));
    }

    /// Whether a withdrawal has come in this outbox, or in another of the same enrolment.
    fn has_told(&self, withdrawal: (Modality, Purpose, i64)) -> bool {
        let of = |change: &Consent| (change.modality, change.purpose, change.at_millis);
        let (modality, purpose, at_millis) = withdrawal;
        let mut beside = self.beside.range((modality, purpose, 0)..=(modality, purpose, u32::MAX));
        self.elsewhere.contains(&withdrawal)
            || beside.any(|(_, at)| *at == at_millis)
            || self.changes.values().any(|change| !change.granted && of(change) == withdrawal)
    }

    /// How many changes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len() + self.beside.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The last version before the first gap; 0 when the first is missing.
    #[must_use]
    pub fn known(&self) -> u32 {
        let unbroken = self.changes.keys().zip(1..).take_while(|(version, expected)| *version == expected);
        unbroken.last().map_or(0, |(version, _)| *version)
    }

    /// Whether a record of a modality may be used for a purpose. `kept_under` is the version that it names; 0, of a
    /// writer that named none, is decided by the newest alone.
    #[must_use]
    pub fn verdict(&self, modality: Modality, purpose: Purpose, kept_under: u32) -> Verdict {
        let changes = |versions| {
            self.changes
                .range::<u32, _>(versions)
                .map(|(_, change)| change)
                .filter(move |change| change.modality == modality && change.purpose == purpose)
        };
        let of = |at| (modality, purpose, at);
        if self.asked.range(of(i64::MIN)..=of(i64::MAX)).any(|asked| !self.has_told(*asked)) {
            return Verdict::Withdrawn;
        }
        let newest_beside = self.beside.range((modality, purpose, 0)..=(modality, purpose, u32::MAX)).next_back();
        let newest_beside = newest_beside.map(|((.., version), _)| *version);
        if kept_under == 0 {
            let newest = changes((Bound::Unbounded, Bound::Unbounded)).next_back().map(|change| change.version);
            if newest_beside.is_some_and(|beside| newest.is_none_or(|newest| beside >= newest)) {
                return Verdict::Withdrawn;
            }
            return match changes((Bound::Unbounded, Bound::Unbounded)).next_back() {
                Some(newest) if newest.granted => self.unless_withdrawn_elsewhere(newest),
                Some(_) => Verdict::Withdrawn,
                None if self.is_empty() => Verdict::Unknown,
                None => Verdict::NoConsent,
            };
        }
        if newest_beside.is_some_and(|beside| beside >= kept_under)
            || changes((Bound::Excluded(kept_under), Bound::Unbounded)).any(|change| !change.granted)
        {
            return Verdict::Withdrawn;
        }
        if kept_under > self.known() {
            return Verdict::Unknown;
        }
        match changes((Bound::Unbounded, Bound::Included(kept_under))).next_back() {
            Some(change) if change.granted => self.unless_withdrawn_elsewhere(change),
            _ => Verdict::NoConsent,
        }
    }

    fn unless_withdrawn_elsewhere(&self, grant: &Consent) -> Verdict {
        let of = |at| (grant.modality, grant.purpose, at);
        // What this outbox tells too is decided by its version.
        let told = |at| self.changes.values().any(|c| !c.granted && (c.modality, c.purpose, c.at_millis) == of(at));
        match self.elsewhere.range(of(grant.at_millis)..=of(i64::MAX)).any(|(.., at)| !told(*at)) {
            true => Verdict::Withdrawn,
            false => Verdict::Granted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(version: u32, modality: Modality, granted: bool) -> Consent {
        Consent { modality, purpose: Purpose::Wellbeing, granted, version, at_millis: 0, text: None }
    }

    fn book(changes: &[Consent]) -> Book {
        let mut book = Book::default();
        assert!(changes.iter().all(|change| book.note(*change)));
        book
    }

    #[test]
    fn a_record_is_decided_by_the_version_that_it_names_and_waits_for_one_that_has_not_come() {
        use Modality::{Face, Heart};
        let book = book(&[change(1, Heart, true), change(2, Face, true), change(4, Face, true)]);
        let verdict = |modality, kept_under| book.verdict(modality, Purpose::Wellbeing, kept_under);
        assert_eq!(book.known(), 2);
        assert_eq!(verdict(Heart, 1), Verdict::Granted);
        assert_eq!(verdict(Face, 1), Verdict::NoConsent, "it was given later");
        assert_eq!(verdict(Face, 2), Verdict::Granted);
        assert_eq!(verdict(Face, 3), Verdict::Unknown);
        assert_eq!(verdict(Face, 4), Verdict::Unknown, "the third could be a withdrawal");
        assert_eq!(book.verdict(Heart, Purpose::OwnView, 1), Verdict::NoConsent, "each purpose is asked for itself");
        assert_eq!(Book::default().verdict(Heart, Purpose::Wellbeing, 0), Verdict::Unknown);
    }

    #[test]
    fn a_withdrawal_under_a_version_that_is_taken_wins_and_a_grant_under_one_gives_nothing() {
        use Modality::Heart;
        let given = Consent { at_millis: 5, ..change(1, Heart, true) };
        let mut book = book(&[given]);
        assert!(!book.note(given), "the same again");
        assert!(
            !book.note(Consent { modality: Modality::Face, ..given }),
            "nothing is given under a version that is taken"
        );
        assert_eq!(book.verdict(Modality::Face, Purpose::Wellbeing, 1), Verdict::NoConsent);
        // Whatever its clock said; and given again under a version of its own, it is given.
        let withdrawn = Consent { at_millis: 4, granted: false, ..given };
        assert!(book.note(withdrawn) && !book.note(withdrawn), "new once");
        assert!(
            !book.note(Consent { at_millis: 9, ..withdrawn }),
            "and once under each version: a device can write no more"
        );
        let verdicts = |book: &Book| [0, 1, 2].map(|kept_under| book.verdict(Heart, Purpose::Wellbeing, kept_under));
        assert_eq!(verdicts(&book), [Verdict::Withdrawn, Verdict::Withdrawn, Verdict::Unknown]);
        assert!(book.note(Consent { at_millis: 10, ..change(2, Heart, true) }));
        assert_eq!(verdicts(&book), [Verdict::Granted, Verdict::Withdrawn, Verdict::Granted]);
    }

    #[test]
    fn a_withdrawal_wins_also_behind_a_gap_and_over_consent_that_is_given_again() {
        use Modality::Heart;
        for later in [
            vec![change(2, Heart, false)],
            vec![change(5, Heart, false)],
            vec![change(2, Heart, false), change(3, Heart, true)],
        ] {
            let book = book(&[&[change(1, Heart, true)], &later[..]].concat());
            assert_eq!(book.verdict(Heart, Purpose::Wellbeing, 1), Verdict::Withdrawn);
        }
        let mut elsewhere = book(&[change(1, Heart, true), Consent { at_millis: 7, ..change(2, Heart, true) }]);
        elsewhere.note_elsewhere(Consent { at_millis: 7, ..change(9, Heart, true) });
        assert_eq!(elsewhere.verdict(Heart, Purpose::Wellbeing, 2), Verdict::Granted, "only what is withdrawn counts");
        elsewhere.note_elsewhere(Consent { at_millis: 6, ..change(10, Heart, false) });
        elsewhere.note_elsewhere(Consent { at_millis: 5, ..change(11, Heart, false) });
        let verdicts = [0, 1, 2].map(|kept_under| elsewhere.verdict(Heart, Purpose::Wellbeing, kept_under));
        assert_eq!(verdicts, [Verdict::Granted, Verdict::Withdrawn, Verdict::Granted]);
        elsewhere.note_elsewhere(Consent { at_millis: 8, ..change(12, Heart, false) });
        assert_eq!(elsewhere.verdict(Heart, Purpose::Wellbeing, 2), Verdict::Withdrawn);
        elsewhere.note(Consent { at_millis: 8, ..change(3, Heart, false) });
        elsewhere.note(Consent { at_millis: 7, ..change(4, Heart, true) });
        assert_eq!(
            elsewhere.verdict(Heart, Purpose::Wellbeing, 4),
            Verdict::Granted,
            "it is told here, and then given anew"
        );
        let again = book(&[change(1, Heart, true), change(2, Heart, false), change(3, Heart, true)]);
        assert_eq!(again.verdict(Heart, Purpose::Wellbeing, 3), Verdict::Granted);
        assert_eq!(again.verdict(Heart, Purpose::Wellbeing, 0), Verdict::Granted);
    }

    #[test]
    fn what_is_withdrawn_in_the_browser_holds_whatever_is_granted_until_the_device_has_told_it() {
        use Modality::{Face, Heart};
        let mut book = book(&[change(1, Heart, true), change(2, Face, true)]);
        book.note_asked(Heart, Purpose::Wellbeing, 5);
        book.note(Consent { at_millis: 9_000, ..change(3, Heart, true) });
        for version in [0, 1, 3] {
            assert_eq!(book.verdict(Heart, Purpose::Wellbeing, version), Verdict::Withdrawn, "{version}");
        }
        assert_eq!(book.verdict(Face, Purpose::Wellbeing, 2), Verdict::Granted, "another modality");
        assert_eq!(book.verdict(Heart, Purpose::OwnView, 1), Verdict::NoConsent, "another purpose");
        book.note(Consent { at_millis: 5, ..change(4, Heart, false) });
        book.note(Consent { at_millis: 4, ..change(5, Heart, true) });
        assert_eq!(book.verdict(Heart, Purpose::Wellbeing, 3), Verdict::Withdrawn);
        assert_eq!(book.verdict(Heart, Purpose::Wellbeing, 5), Verdict::Granted, "given anew behind it on the device");
    }

    #[test]
    fn a_record_that_names_no_version_is_decided_by_the_newest_change_of_its_modality_and_purpose_alone() {
        use Modality::{Face, Heart, Voice};
        let own_view = Consent { purpose: Purpose::OwnView, ..change(4, Voice, true) };
        let changes = [change(1, Heart, true), change(2, Heart, false), change(3, Face, true), own_view];
        let changes = [&changes[..], &[change(7, Face, false), change(8, Face, true)]].concat();
        let book = book(&changes);
        let verdict = |modality, purpose| book.verdict(modality, purpose, 0);
        assert_eq!(verdict(Heart, Purpose::Wellbeing), Verdict::Withdrawn);
        assert_eq!(verdict(Face, Purpose::Wellbeing), Verdict::Granted, "a gap before it does not matter");
        assert_eq!(verdict(Voice, Purpose::Wellbeing), Verdict::NoConsent);
        assert_eq!(verdict(Voice, Purpose::OwnView), Verdict::Granted);
        assert_eq!(verdict(Modality::Motion, Purpose::Wellbeing), Verdict::NoConsent, "nobody has decided about it");
        assert_eq!(Book::default().verdict(Face, Purpose::OwnView, 0), Verdict::Unknown, "nothing has come yet");
    }
}
