//! The matrix itself: who may be given what, for what, under a profile.

use serde::Serialize;

use super::rules::{self, Rule};
use super::{Audience, Data, Profile, Purpose};
use crate::registry::Category;

/// What an organisation has on record.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Papers {
    /// An assessment of the consequences for data protection (DPIA).
    pub dpia: bool,
    /// An agreement with the works council.
    pub works_agreement: bool,
}

/// The one table by which everything is decided: a profile, and what the organisation has on record.
///
/// Every cell has a rule, since it is made by functions that are total; who is not named in one is given nothing.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Matrix {
    /// The jurisdiction.
    pub profile: Profile,
    /// What is on record.
    pub papers: Papers,
}

/// One cell: a rule, and what it stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Who.
    pub audience: Audience,
    /// What for.
    pub purpose: Purpose,
    /// What.
    pub data: Data,
    /// The rule, with its decision.
    pub rule: &'static Rule,
}

impl Matrix {
    /// That of a profile where nothing is on record.
    #[must_use]
    pub const fn of(profile: Profile) -> Self {
        Self { profile, papers: Papers { dpia: false, works_agreement: false } }
    }

    /// The rule by which a cell is decided.
    #[must_use]
    pub const fn rule(self, audience: Audience, purpose: Purpose, data: Data) -> &'static Rule {
        match data {
            Data::Raw => self.of_raw(audience, purpose),
            Data::Derived(category) => self.of_derived(audience, purpose, category),
            Data::Text => self.of_text(audience, purpose),
            Data::Accounts => of_accounts(audience, purpose),
            Data::HrTables => self.of_hr(audience, purpose),
            Data::HrFlags => self.of_flags(audience, purpose),
            Data::Unanswered => self.of_unanswered(audience, purpose),
        }
    }

    /// Every cell, by audience, then data, then purpose.
    pub fn cells(self) -> impl Iterator<Item = Cell> {
        let over = |audience: Audience| Data::ALL.into_iter().map(move |data| (audience, data));
        Audience::ALL.iter().copied().flat_map(over).flat_map(move |(audience, data)| {
            let cell =
                move |purpose: Purpose| Cell { audience, purpose, data, rule: self.rule(audience, purpose, data) };
            Purpose::ALL.iter().copied().map(cell)
        })
    }

    /// What becomes of raw samples: who sends them gets an answer under `research` only.
    const fn of_raw(self, audience: Audience, purpose: Purpose) -> &'static Rule {
        match (audience, purpose) {
            (Audience::Store, Purpose::Analysis) => self.taken_in(),
            _ => rules::RAW,
        }
    }

    /// The rule about raw samples that are sent to the collector.
    const fn taken_in(self) -> &'static Rule {
        match self.profile {
            Profile::Eu => rules::EU_RAW,
            Profile::Uk => rules::UK_RAW,
            Profile::Us => rules::US_RAW,
            Profile::Research => rules::RESEARCH_RAW,
        }
    }

    /// The rule by which a category leaves a device, or does not. What the organisation has on record changes nothing of it: a
    /// device decides by the profile alone, and could not tell whether a paper is there.
    const fn leaving(self, category: Category) -> &'static Rule {
        match (self.profile, category) {
            (_, Category::SelfReport) => rules::SAID,
            (Profile::Research, _) => rules::RESEARCH,
            (_, Category::Technical | Category::Activity) => rules::CONSENT,
            (Profile::Eu, Category::Text) => rules::EU_TEXT,
            (Profile::Uk, Category::Text) => rules::UK_TEXT,
            (Profile::Us, Category::Text) => rules::US_TEXT,
            (Profile::Eu, Category::Affect) => rules::EU_AFFECT,
            (Profile::Eu, Category::FaceGeometry | Category::VoiceAcoustics) => rules::EU_BODY,
            (Profile::Eu, Category::Physiology) => rules::EU_HEALTH,
            (Profile::Uk, Category::Affect) => rules::UK_AFFECT,
            (Profile::Uk, Category::FaceGeometry | Category::VoiceAcoustics) => rules::UK_BODY,
            (Profile::Uk, Category::Physiology) => rules::UK_HEALTH,
            (Profile::Us, Category::Affect) => rules::US_AFFECT,
            (Profile::Us, Category::FaceGeometry | Category::VoiceAcoustics) => rules::US_BODY,
            (Profile::Us, Category::Physiology) => rules::US_HEALTH,
        }
    }

    const fn of_derived(self, audience: Audience, purpose: Purpose, category: Category) -> &'static Rule {
        let leaving = self.leaving(category);
        if !leaving.decision.leaves_the_device() {
            // What stays on the device has one audience.
            return match (audience, purpose) {
                (Audience::Person, Purpose::OwnView | Purpose::Requests) => rules::OWN_DEVICE,
                _ => leaving,
            };
        }
        if matches!(purpose, Purpose::Research) && !matches!(self.profile, Profile::Research) {
            return rules::NO_RESEARCH;
        }
        match audience {
            Audience::Person => self.to_the_person(purpose, category),
            Audience::Supporter => to_whom_they_chose(purpose, category),
            Audience::Manager | Audience::Hr => self.in_groups(purpose, category),
            Audience::PrivacyOfficer => self.to_the_officer(purpose, category),
            Audience::Administrator => match (purpose, category) {
                (Purpose::Operation, Category::Technical) => rules::RUN,
                _ => rules::RUN_ONLY,
            },
            Audience::Store => self.kept(purpose, category),
            Audience::Service => match (purpose, category) {
                (Purpose::Operation, Category::Technical) => rules::METRICS,
                (Purpose::Research, _) => leaving,
                (Purpose::Analysis, _) => self.answered(),
                _ => self.in_groups(purpose, category),
            },
            Audience::LanguageModel => rules::MODEL_NOTHING,
        }
    }

    const fn to_the_person(self, purpose: Purpose, category: Category) -> &'static Rule {
        match (purpose, category) {
            (Purpose::Requests, _) | (Purpose::OwnView | Purpose::SelfReport, Category::SelfReport) => rules::OWN,
            (Purpose::OwnView, _) => rules::OWN_VIEW,
            (Purpose::Safety, Category::SelfReport) => rules::HELP,
            (Purpose::Safety, _) => rules::NEED,
            (Purpose::Operation, Category::Technical) => rules::OWN,
            (Purpose::Research, _) => self.leaving(category),
            (Purpose::Analysis, _) => self.answered(),
            _ => self.in_groups(purpose, category),
        }
    }

    /// What is shown of teams, and to whom it may concern: figures, never one person.
    const fn in_groups(self, purpose: Purpose, category: Category) -> &'static Rule {
        match (purpose, category, self.profile) {
            (Purpose::Wellbeing, Category::Physiology, Profile::Us) => rules::US_HEALTH_GROUP,
            (Purpose::Wellbeing, ..)
            | (Purpose::Workload, Category::Technical | Category::Activity, _)
            | (Purpose::SelfReport, Category::SelfReport, _) => rules::GROUP,
            (Purpose::Safety, ..) => rules::CRISIS,
            _ => rules::NEED,
        }
    }

    const fn to_the_officer(self, purpose: Purpose, category: Category) -> &'static Rule {
        match (purpose, category, self.profile) {
            (Purpose::Requests | Purpose::Operation, Category::Technical, _) => rules::OFFICER,
            (Purpose::Requests, _, Profile::Research) => rules::RESEARCH,
            (Purpose::Requests | Purpose::Operation, ..) => rules::OFFICER_VALUES,
            (Purpose::Safety, ..) => rules::CRISIS,
            _ => rules::NEED,
        }
    }

    /// What the collector may keep, and for what.
    const fn kept(self, purpose: Purpose, category: Category) -> &'static Rule {
        match (purpose, category) {
            (Purpose::OwnView | Purpose::Wellbeing | Purpose::Requests | Purpose::Research, _)
            | (Purpose::Workload, Category::Technical | Category::Activity)
            | (Purpose::Operation, Category::Technical)
            | (Purpose::SelfReport | Purpose::Safety, Category::SelfReport) => self.leaving(category),
            (Purpose::Analysis, _) => self.answered(),
            _ => rules::NEED,
        }
    }

    /// What is derived of what somebody sent: there is an answer only where raw samples are taken in.
    const fn answered(self) -> &'static Rule {
        self.taken_in()
    }

    const fn of_text(self, audience: Audience, purpose: Purpose) -> &'static Rule {
        match (audience, purpose) {
            (Audience::Person, Purpose::OwnView | Purpose::Requests) => rules::OWN,
            (Audience::Person | Audience::Store, Purpose::Analysis) => rules::TEXT,
            (Audience::Person | Audience::Store, Purpose::Safety) => rules::HELP,
            (Audience::Store, Purpose::OwnView | Purpose::Requests) => rules::TEXT,
            (Audience::Store, Purpose::Wellbeing) => match self.lacks() {
                Some(lacking) => lacking,
                None => rules::TEXT,
            },
            (Audience::Person | Audience::Manager | Audience::Hr | Audience::Service, Purpose::Wellbeing) => {
                match self.lacks() {
                    Some(lacking) => lacking,
                    None => rules::GROUP,
                }
            }
            (Audience::Supporter, Purpose::Safety) => rules::CHOSEN,
            (Audience::LanguageModel, Purpose::Analysis) => rules::MODEL,
            (Audience::LanguageModel, _) => rules::MODEL_NOTHING,
            (Audience::Administrator, _) => rules::RUN_ONLY,
            (Audience::PrivacyOfficer, Purpose::Requests | Purpose::Operation) => rules::OFFICER_VALUES,
            (_, Purpose::Safety) => rules::CRISIS,
            (_, Purpose::Research) if !matches!(self.profile, Profile::Research) => rules::NO_RESEARCH,
            (Audience::Store | Audience::Service, Purpose::Research) => rules::RESEARCH,
            _ => rules::NEED,
        }
    }

    /// What the personnel department has given itself, of which nothing was sensed or said here.
    const fn of_hr(self, audience: Audience, purpose: Purpose) -> &'static Rule {
        match (audience, purpose) {
            (Audience::Person, Purpose::OwnView | Purpose::Requests) => rules::OWN,
            (Audience::Hr, Purpose::Personnel)
            | (Audience::Store, Purpose::Personnel | Purpose::OwnView | Purpose::Requests) => rules::HR_TABLES,
            (Audience::LanguageModel, _) => rules::MODEL_NOTHING,
            (Audience::Administrator, _) => rules::RUN_ONLY,
            (Audience::PrivacyOfficer, Purpose::Requests | Purpose::Operation) => rules::OFFICER_VALUES,
            (_, Purpose::Research) if !matches!(self.profile, Profile::Research) => rules::NO_RESEARCH,
            _ => rules::NEED,
        }
    }

    /// What of one person is unusual: where papers lack none is found, so that nobody is shown any.
    const fn of_flags(self, audience: Audience, purpose: Purpose) -> &'static Rule {
        match (audience, purpose) {
            (Audience::Person, Purpose::OwnView | Purpose::Requests)
            | (Audience::Hr, Purpose::Personnel)
            | (Audience::Store, Purpose::Personnel | Purpose::OwnView | Purpose::Requests) => {
                match (self.lacks_for_flags(), audience) {
                    (Some(lacking), _) => lacking,
                    (None, Audience::Person) => rules::OWN,
                    (None, _) => rules::HR_FLAGS,
                }
            }
            _ => self.of_hr(audience, purpose),
        }
    }

    /// That reminders went unanswered: kept for whoever chose them, and told where papers do not lack.
    const fn of_unanswered(self, audience: Audience, purpose: Purpose) -> &'static Rule {
        match (audience, purpose) {
            (Audience::Store, Purpose::OwnView | Purpose::Requests) => rules::UNANSWERED,
            (Audience::Hr | Audience::Store, Purpose::Personnel) => match (self.lacks(), self.profile) {
                (None, _) => rules::UNANSWERED,
                (Some(_), Profile::Eu) => rules::EU_UNANSWERED,
                (Some(_), _) => rules::UK_UNANSWERED,
            },
            _ => self.of_hr(audience, purpose),
        }
    }

    /// What flags of people wait for.
    const fn lacks_for_flags(self) -> Option<&'static Rule> {
        match self.lacks() {
            None => None,
            Some(_) if matches!(self.profile, Profile::Eu) => Some(rules::EU_FLAGS),
            Some(_) => Some(rules::UK_FLAGS),
        }
    }

    /// What figures from text wait for, where the profile asks for papers that are not on record.
    const fn lacks(self) -> Option<&'static Rule> {
        match (self.profile, self.papers) {
            (Profile::Eu, Papers { dpia: true, works_agreement: true })
            | (Profile::Uk, Papers { dpia: true, .. })
            | (Profile::Us | Profile::Research, _) => None,
            (Profile::Eu, _) => Some(rules::EU_PAPERS),
            (Profile::Uk, _) => Some(rules::UK_PAPERS),
        }
    }
}

const fn to_whom_they_chose(purpose: Purpose, category: Category) -> &'static Rule {
    match (purpose, category) {
        (Purpose::OwnView, _) | (Purpose::SelfReport | Purpose::Safety, Category::SelfReport) => rules::CHOSEN,
        _ => rules::NEED,
    }
}

const fn of_accounts(audience: Audience, purpose: Purpose) -> &'static Rule {
    match (audience, purpose) {
        (Audience::Person, Purpose::OwnView | Purpose::Requests | Purpose::Operation) => rules::OWN,
        (Audience::Store, Purpose::Operation | Purpose::OwnView | Purpose::Wellbeing | Purpose::Requests) => {
            rules::ACCOUNT
        }
        (Audience::Administrator, Purpose::Operation) => rules::RUN,
        (Audience::Manager | Audience::Hr, Purpose::Wellbeing) => rules::TEAM,
        (Audience::PrivacyOfficer, Purpose::Requests | Purpose::Operation) => rules::OFFICER,
        (Audience::LanguageModel, _) => rules::MODEL_NOTHING,
        _ => rules::NEED,
    }
}
