//! The rules of the matrix: each with a name that stays, what it decides, and where it comes from.
//!
//! A rule is never renamed, and its name never given to another: refusals, records of processing and agreements with works
//! councils name them.

use serde::Serialize;

use super::Decision::{self, Allowed, Forbidden, OnlyAboveK, OnlyLocally, OnlyWithConsent};

/// Why a cell of the matrix is as it is.
#[derive(PartialEq, Eq, Debug, Serialize)]
pub struct Rule {
    /// Its name, stable.
    pub id: &'static str,
    /// What it decides wherever it stands.
    pub decision: Decision,
    /// What it says, one sentence or two.
    pub says: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

impl Rule {
    /// The stricter of two; the first where they are equally strict.
    #[must_use]
    pub fn stricter(&'static self, other: &'static Self) -> &'static Self {
        match self.decision.stricter(other.decision) == self.decision {
            true => self,
            false => other,
        }
    }
}

/// Writes each rule as a constant, and the list of all of them.
macro_rules! rules {
    ($($constant:ident $id:literal $decision:ident: $says:literal, $source:literal;)*) => {
        $(#[doc = concat!("`", $id, "`: ", $says)]
        pub(crate) const $constant: &Rule =
            &Rule { id: $id, decision: $decision, says: $says, source: $source };)*

        /// Every rule, those of all profiles first.
        pub const RULES: &[&Rule] = &[$($constant,)*];
    };
}

rules! {
    NEED "ALL-NEED" Forbidden:
        "Nobody is given what this use does not need.",
        "GDPR and UK GDPR Art. 5(1)(b), 5(1)(c) and 25; under us and research Attune's own rule";
    RAW "ALL-RAW" Forbidden:
        "Pictures, sound, motion and heartbeats as captured are analysed in memory and wiped; they are kept nowhere and shown to nobody.",
        "GDPR and UK GDPR Art. 5(1)(c) and 25; under us and research Attune's own rule";
    CONSENT "ALL-CONSENT" OnlyWithConsent:
        "What is sensed leaves a device, and is kept, only of a person who agreed to that sensor and that use.",
        "GDPR and UK GDPR Art. 6(1)(a) and 7; Illinois BIPA 740 ILCS 14/15(b) for what it covers; elsewhere Attune's own rule";
    WITHDRAWN "ALL-WITHDRAWN" Forbidden:
        "Consent can be withdrawn at any time; what was kept under it and has not arrived is refused.",
        "GDPR and UK GDPR Art. 7(3); elsewhere Attune's own rule";
    WISHED "ALL-WISHED" Forbidden:
        "What a person switched off of their own is neither sensed nor taken in, whatever they agreed to; nothing that they choose there gives consent.",
        "GDPR and UK GDPR Art. 7(3), 21 and 25; elsewhere Attune's own rule";
    ERASED "ALL-ERASED" Forbidden:
        "What a person had erased is not taken in again.",
        "GDPR and UK GDPR Art. 17; elsewhere Attune's own rule";
    OWN "ALL-OWN" Allowed:
        "What is kept of a person is theirs to see, to correct, to take along and to have erased.",
        "GDPR and UK GDPR Art. 12 to 21; elsewhere Attune's own rule, or state law where it is stronger";
    OWN_VIEW "ALL-OWN-VIEW" OnlyWithConsent:
        "A person sees what was sensed of them and what it was taken to mean.",
        "GDPR and UK GDPR Art. 6(1)(a) and 15; elsewhere Attune's own rule";
    OWN_DEVICE "ALL-OWN-DEVICE" OnlyLocally:
        "What may not leave the device is shown there, to its person alone, and is theirs to take along and to erase there.",
        "GDPR and UK GDPR Art. 6(1)(a), 9(2)(a), 15 and 25; under us state biometric law; elsewhere Attune's own rule";
    SAID "ALL-SAID" OnlyWithConsent:
        "What people say of themselves goes where they agreed that it may; nothing is inferred from it, and no score is made of it.",
        "GDPR and UK GDPR Art. 6(1)(a) and 9(2)(a); elsewhere Attune's own rule";
    CHOSEN "ALL-CHOSEN" OnlyWithConsent:
        "Whom a person chose sees what that person shares with them, for as long as they share it.",
        "GDPR and UK GDPR Art. 6(1)(a), 7(3) and 9(2)(a); elsewhere Attune's own rule";
    GROUP "ALL-GROUP" OnlyAboveK:
        "Teams are shown, never one person: a figure is made only of enough people (k) who all agreed.",
        "GDPR and UK GDPR Art. 5(1)(c) and 25; elsewhere Attune's own rule";
    TEAM "ALL-TEAM" Allowed:
        "Who leads a team, and the personnel department, know who is in it.",
        "GDPR Art. 6(1)(b), 6(1)(f) and 88; UK GDPR Art. 6(1)(b) and 6(1)(f); elsewhere Attune's own rule";
    ACCOUNT "ALL-ACCOUNT" Allowed:
        "Names, sign-in, teams and devices are kept so that people can sign in and a device is known as theirs.",
        "GDPR and UK GDPR Art. 6(1)(b), 6(1)(f) and 32; elsewhere Attune's own rule";
    RUN "ALL-RUN" Allowed:
        "Who runs the system sees whether it works: people, teams, devices, sizes, coverage and faults.",
        "GDPR and UK GDPR Art. 6(1)(f) and 32; elsewhere Attune's own rule";
    RUN_ONLY "ALL-RUN-ONLY" Forbidden:
        "Who runs the system sees nothing of how anybody feels, moves or writes.",
        "GDPR and UK GDPR Art. 5(1)(b), 5(1)(c) and 25; elsewhere Attune's own rule";
    OFFICER "ALL-OFFICER" Allowed:
        "The privacy officer sees what is stored, field by field, when and of which device, and the logs of consent and access.",
        "GDPR and UK GDPR Art. 5(2), 12 and 39(1)(b); elsewhere Attune's own rule";
    OFFICER_VALUES "ALL-OFFICER-VALUES" Forbidden:
        "The privacy officer sees that something is stored, not what it says.",
        "GDPR and UK GDPR Art. 5(1)(c) and 25; under us Attune's own rule";
    HELP "ALL-HELP" OnlyWithConsent:
        "Who says that they are in distress is shown where help is.",
        "GDPR and UK GDPR Art. 6(1)(a) and 9(2)(a); elsewhere Attune's own rule";
    CRISIS "ALL-CRISIS" Forbidden:
        "Distress is told to nobody whom the person did not choose: no manager, no personnel department, no machine.",
        "GDPR and UK GDPR Art. 5(1)(b) and 9; ADA 42 U.S.C. 12112(d); elsewhere Attune's own rule";
    METRICS "ALL-METRICS" Allowed:
        "A program that watches the system reads its counters, which name nobody.",
        "GDPR and UK GDPR Art. 6(1)(f) and 32; elsewhere Attune's own rule";
    TEXT "ALL-TEXT" OnlyWithConsent:
        "Text is held sealed under its person's key while it is needed, analysed by networks on the collector itself, and destroyed after.",
        "GDPR and UK GDPR Art. 5(1)(c), 5(1)(e), 6(1)(a), 9(2)(a) and 25; elsewhere Attune's own rule";
    MODEL "ALL-MODEL" OnlyWithConsent:
        "Text goes to a language model outside only if its person agreed, without names, to an address on the organisation's list, and on record.",
        "GDPR and UK GDPR Art. 6(1)(a), 9(2)(a), 28 and 44 to 49; elsewhere Attune's own rule";
    MODEL_NOTHING "ALL-MODEL-NOTHING" Forbidden:
        "No language model outside is given anything that was sensed, any figure, or who somebody is.",
        "GDPR and UK GDPR Art. 5(1)(c), 25 and 44; elsewhere Attune's own rule";
    NO_RESEARCH "ALL-NO-RESEARCH" Forbidden:
        "Data that people gave for their work is used for no research: that takes a collector of its own, under the profile research.",
        "GDPR and UK GDPR Art. 5(1)(b) and 89; 45 CFR 46.116; elsewhere Attune's own rule";
    HR_TABLES "ALL-HR-TABLES" Allowed:
        "The personnel department reads the tables that it gave itself; nothing that was sensed or said here is put into them, and nobody else at work is shown them.",
        "GDPR Art. 5(1)(b), 6(1)(b), 6(1)(f) and 88; UK GDPR Art. 5(1)(b), 6(1)(b) and 6(1)(f); elsewhere Attune's own rule";
    HR_FLAGS "ALL-HR-FLAGS" Allowed:
        "What is unusual of a person in those tables is shown to the personnel department with its reasons; a person decides and never the machine, and whom it is about sees it and can object.",
        "GDPR and UK GDPR Art. 13 to 15, 21 and 22; EU AI Act Art. 14, 26 and annex III no. 4(b); elsewhere Attune's own rule";
    UNANSWERED "ALL-UNANSWERED" OnlyWithConsent:
        "That three reminders in a row went unanswered which a person chose is told to the personnel department where that person was told so before, as they chose them and with the last one; nothing else of them is.",
        "GDPR and UK GDPR Art. 5(1)(a), 5(1)(c), 6(1)(a) and 13; elsewhere Attune's own rule";

    EU_AFFECT "EU-AIA-5.1.f" Forbidden:
        "Emotion that is inferred from face or voice leaves the device for nobody at work. Attune makes no use of the exception for medical or safety reasons.",
        "EU AI Act Art. 5(1)(f) and 3(39); GDPR Art. 9, 22 and 35";
    EU_BODY "EU-GDPR-9-BODY" Forbidden:
        "Where head and eyes are and how a voice sounds stays on the device: it comes from face and voice, and emotion can be read from it.",
        "EU AI Act Art. 5(1)(f); GDPR Art. 5(1)(c), 9 and 25";
    EU_HEALTH "EU-GDPR-9-HEALTH" Forbidden:
        "Heart and fatigue stay on the device: they tell of health, and consent to an employer is seldom free.",
        "GDPR Art. 4(15), 7(4), 9 and 88; recital 43";
    EU_RAW "EU-GDPR-25" Forbidden:
        "The collector takes in no pictures, sound, motion or heartbeats: they are analysed on the person's own device.",
        "GDPR Art. 5(1)(c), 9 and 25; EU AI Act Art. 5(1)(f)";
    EU_PAPERS "EU-GDPR-35-88" Forbidden:
        "From text no figure of a team is made until the organisation has both an assessment (DPIA) and a works agreement on record here.",
        "GDPR Art. 35 and 88; national law on co-determination, in Germany BetrVG section 87(1) no. 6";
    EU_TEXT "EU-GDPR-25-TEXT" Forbidden:
        "What is read on a device from what its person writes stays there: figures of teams are made of channels whose papers are on record at the collector, and a device cannot know of papers.",
        "GDPR Art. 5(1)(c), 25, 35 and 88; national law on co-determination, in Germany BetrVG section 87(1) no. 6";
    EU_FLAGS "EU-GDPR-22-35-88" Forbidden:
        "Nothing unusual is looked for in the tables of the personnel department until the organisation has both an assessment (DPIA) and a works agreement on record here.",
        "GDPR Art. 22, 35 and 88; EU AI Act Art. 26(7) and annex III no. 4(b); national law on co-determination, in Germany BetrVG section 87(1) no. 6";
    EU_UNANSWERED "EU-GDPR-35-88-UNANSWERED" Forbidden:
        "That reminders went unanswered is told to nobody until the organisation has both an assessment (DPIA) and a works agreement on record here.",
        "GDPR Art. 7(4), 35 and 88; recital 43; national law on co-determination, in Germany BetrVG section 87(1) no. 6";

    UK_AFFECT "UK-GDPR-9-AFFECT" Forbidden:
        "Emotion that is inferred from face or voice leaves the device for nobody at work.",
        "UK GDPR Art. 5(1)(a), 5(1)(c) and 9; DPA 2018 section 10 and schedule 1; ICO, Employment practices and data protection: monitoring workers (2023)";
    UK_BODY "UK-GDPR-9-BODY" Forbidden:
        "Where head and eyes are and how a voice sounds stays on the device: it comes from face and voice, and emotion can be read from it.",
        "UK GDPR Art. 5(1)(c), 9 and 25; ICO, Employment practices and data protection: monitoring workers (2023)";
    UK_HEALTH "UK-GDPR-9-HEALTH" Forbidden:
        "Heart and fatigue stay on the device: they tell of health, and consent to an employer is seldom free.",
        "UK GDPR Art. 4(15), 7(4) and 9; DPA 2018 schedule 1; ICO, Employment practices and data protection: information about workers' health (2023)";
    UK_RAW "UK-GDPR-25" Forbidden:
        "The collector takes in no pictures, sound, motion or heartbeats: they are analysed on the person's own device.",
        "UK GDPR Art. 5(1)(c), 9 and 25";
    UK_PAPERS "UK-GDPR-35" Forbidden:
        "From text no figure of a team is made until the organisation has an assessment (DPIA) on record here.",
        "UK GDPR Art. 35; ICO, Employment practices and data protection: monitoring workers (2023)";
    UK_TEXT "UK-GDPR-25-TEXT" Forbidden:
        "What is read on a device from what its person writes stays there: figures of teams are made of channels whose papers are on record at the collector, and a device cannot know of papers.",
        "UK GDPR Art. 5(1)(c), 25 and 35; ICO, Employment practices and data protection: monitoring workers (2023)";
    UK_FLAGS "UK-GDPR-22-35" Forbidden:
        "Nothing unusual is looked for in the tables of the personnel department until the organisation has an assessment (DPIA) on record here.",
        "UK GDPR Art. 22 and 35; ICO, Employment practices and data protection: monitoring workers (2023)";
    UK_UNANSWERED "UK-GDPR-35-UNANSWERED" Forbidden:
        "That reminders went unanswered is told to nobody until the organisation has an assessment (DPIA) on record here.",
        "UK GDPR Art. 7(4) and 35; ICO, Employment practices and data protection: monitoring workers (2023)";

    US_AFFECT "US-AFFECT" Forbidden:
        "Emotion that is inferred from face or voice leaves the device for nobody.",
        "Illinois BIPA 740 ILCS 14; Washington MHMDA RCW 19.373, followed although it leaves out employment; ADA 42 U.S.C. 12112(d)(4) and EEOC guidance; state law varies";
    US_BODY "US-BIPA-15" Forbidden:
        "Where head and eyes are and how a voice sounds stays on the device: geometry of faces and prints of voices are biometric identifiers.",
        "Illinois BIPA 740 ILCS 14/10 and 14/15; Texas Bus. & Com. Code 503.001; state law varies";
    US_HEALTH "US-ADA-VOLUNTARY" OnlyWithConsent:
        "Heart and fatigue leave the device only of those who agreed freely: it is no condition of work, and a no costs nothing.",
        "ADA 42 U.S.C. 12112(d)(4); 29 CFR 1630.14(d); Washington MHMDA RCW 19.373, followed although it leaves out employment; state law varies";
    US_HEALTH_GROUP "US-ADA-AGGREGATE" OnlyAboveK:
        "Of heart and fatigue an employer sees figures of groups only, in which nobody can be told.",
        "ADA 42 U.S.C. 12112(d)(4); 29 CFR 1630.14(d)(4)(iii)";
    US_RAW "US-RAW" Forbidden:
        "The collector takes in no pictures, sound, motion or heartbeats: they are analysed on the person's own device.",
        "Illinois BIPA 740 ILCS 14/15; state law varies";
    US_TEXT "US-TEXT" OnlyWithConsent:
        "What is read on a device from what its person writes leaves it as numbers, only of those who agreed; no word of it does.",
        "ECPA 18 U.S.C. 2511(2)(d), a party's consent, followed although nothing is intercepted; state law varies";

    RESEARCH "RESEARCH-CONSENT" OnlyWithConsent:
        "Everything that is derived may leave the device of who took part in a study and agreed to it on record. It is not for people at work.",
        "GDPR and UK GDPR Art. 6(1)(a), 9(2)(a) and 89; 45 CFR 46.116; the study's own approval, which the organisation must have";
    RESEARCH_RAW "RESEARCH-RAW" OnlyWithConsent:
        "What somebody sends for analysis is analysed in the collector's memory and wiped, of who took part in a study and agreed to it.",
        "GDPR and UK GDPR Art. 6(1)(a), 9(2)(a) and 89; 45 CFR 46.116; the study's own approval, which the organisation must have";
}
