//! What a person sees of their own, as the API has it and as it stands in an archive.

use std::collections::BTreeMap;

use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::{now_millis, rfc3339};
use attune_protocol::heartbeat::Sensing;
use attune_protocol::ids::DeviceId;
use data_encoding::HEXLOWER;
use serde::Serialize;
use utoipa::ToSchema;

use super::corrections::Correction;
use super::devices::Device;
use super::requests::{Kind, Request};
use crate::PeopleError;
use crate::access::{Note, Of};
use crate::consent::{Told, confirmed_at};
use crate::heartbeats::Last;
use crate::preferences::{Following, Preferences};
use crate::sign_in::{LoginId, find};

/// A device of a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct OwnDeviceView {
    /// Its id, 32 hexadecimal digits.
    pub(super) device: String,
    /// What its person calls it; null where they call it nothing.
    pub(super) name: Option<String>,
    /// Since when it is enrolled for them, RFC 3339.
    pub(super) enrolled_at: String,
    /// Whether it is theirs still: nobody else has enrolled it since.
    pub(super) is_current: bool,
    /// Since when nothing of it is taken in any more, RFC 3339; null while it is.
    pub(super) revoked_at: Option<String>,
    /// When somebody last used a key that it had before it got another, RFC 3339; null where nobody did: whoever did has a copy of its
    /// state folder, or put one back.
    pub(super) former_key_used_at: Option<String>,
    /// What it said last of how it stands; null where it said nothing, is not theirs any more or is not listened to.
    pub(super) heartbeat: Option<HeartbeatView>,
}

/// What a device said last of how it stands. It says so while its person agrees to sensing, and not while they have paused it: at the
/// beginning, at the end, when that changes, and every five minutes where it sends nothing else that is kept, else once an hour.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct HeartbeatView {
    /// `on`: heard within twelve and a half minutes. `paused`: sensing is paused since. `off`: it said that it goes off. `silent`: it was on
    /// and was not heard since; it went off without a word, or has no connection.
    pub(super) state: &'static str,
    /// When it was heard last, RFC 3339: when it said so, or has sent since what was sensed, to the minute.
    pub(super) heard_at: String,
    /// Since when its agent runs, by its own clock, RFC 3339.
    pub(super) runs_since: String,
    /// How many items waited on it to be sent when it said so.
    pub(super) waiting: u32,
    /// When the oldest of them was kept, by its own clock, RFC 3339; null where none waited.
    pub(super) oldest_waiting: Option<String>,
    /// What it is to sense, as it stood when it said so.
    pub(super) modalities: Vec<SensingView>,
}

/// How a device stood with one modality.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct SensingView {
    /// Which.
    pub(super) modality: &'static str,
    /// Why nothing of it was sensed, or less than should be; null where it was.
    pub(super) reason: Option<&'static str>,
    /// When the newest ten seconds of it that were kept began, RFC 3339; null where none were.
    pub(super) newest: Option<String>,
}

impl From<&Last> for HeartbeatView {
    fn from(last: &Last) -> Self {
        let sensing = |one: &Sensing| SensingView {
            modality: one.modality.name(),
            reason: one.gap.map(attune_protocol::record::Gap::name),
            newest: one.newest.map(|window| rfc3339(window.start_millis())),
        };
        Self {
            state: last.state(now_millis()).name(),
            heard_at: rfc3339(last.heard_at),
            runs_since: rfc3339(last.said.since_millis),
            waiting: last.said.waiting,
            oldest_waiting: last.said.oldest_millis.map(rfc3339),
            modalities: last.said.modalities.iter().map(sensing).collect(),
        }
    }
}

impl From<&Device> for OwnDeviceView {
    fn from(of: &Device) -> Self {
        Self {
            device: of.device.to_string(),
            name: of.name.clone(),
            enrolled_at: rfc3339(of.enrolled_at),
            is_current: of.is_current,
            revoked_at: of.revoked_at.map(rfc3339),
            // What becomes of it in other hands is not theirs to see.
            former_key_used_at: of.former_key_used_at.filter(|_| of.is_current).map(rfc3339),
            heartbeat: of.last.as_ref().map(HeartbeatView::from),
        }
    }
}

impl OwnDeviceView {
    pub(super) const COLUMNS: [&str; 9] = [
        "device",
        "name",
        "enrolled_at",
        "is_current",
        "revoked_at",
        "former_key_used_at",
        "state",
        "heard_at",
        "waiting",
    ];

    pub(super) fn cells(&self) -> [String; 9] {
        let Self { device, name, enrolled_at, is_current, revoked_at, former_key_used_at, heartbeat } = self;
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let (name, revoked_at, former) = (or_empty(name), or_empty(revoked_at), or_empty(former_key_used_at));
        let said =
            heartbeat.as_ref().map(|said| (said.state.to_owned(), said.heard_at.clone(), said.waiting.to_string()));
        let (state, heard_at, waiting) = said.unwrap_or_default();
        let is_current = is_current.to_string();
        [device.clone(), name, enrolled_at.clone(), is_current, revoked_at, former, state, heard_at, waiting]
    }
}

/// A change of what a person agreed to, as a device of theirs told it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct ConsentEntry {
    /// The device, 32 hexadecimal digits.
    pub(super) device: String,
    /// What may be sensed, or may not.
    pub(super) modality: &'static str,
    /// What for.
    pub(super) purpose: &'static str,
    /// Given, or withdrawn.
    pub(super) granted: bool,
    /// The version of the device's book of consent; 0 of what was withdrawn in the browser.
    pub(super) version: u32,
    /// When, by the device's clock, RFC 3339.
    pub(super) at: String,
    /// When it came here, RFC 3339.
    pub(super) received_at: String,
    /// Whether it was withdrawn in the browser, and not told by the device.
    pub(super) in_browser: bool,
    /// Of what was withdrawn in the browser: when the device confirmed that it senses it no more, RFC 3339; null before.
    pub(super) confirmed_at: Option<String>,
    /// The version of the text that was shown when it was decided; null where that is not recorded.
    pub(super) text_version: Option<u16>,
    /// That text; null where it is not recorded, or not known here.
    pub(super) text: Option<&'static str>,
}

impl ConsentEntry {
    /// Of one of all changes of a person.
    pub(super) fn of(told: &Told, all: &[Told]) -> Self {
        Self {
            device: told.device.to_string(),
            modality: told.change.modality.name(),
            purpose: told.change.purpose.name(),
            granted: told.change.granted,
            version: told.change.version,
            at: rfc3339(told.change.at_millis),
            received_at: rfc3339(told.received_at),
            in_browser: told.in_browser,
            confirmed_at: Some(told)
                .filter(|told| told.in_browser)
                .and_then(|told| confirmed_at(all, told))
                .map(rfc3339),
            text_version: told.change.text,
            text: told.text(),
        }
    }

    pub(super) const COLUMNS: [&str; 11] = [
        "device",
        "modality",
        "purpose",
        "granted",
        "version",
        "at",
        "received_at",
        "in_browser",
        "confirmed_at",
        "text_version",
        "text",
    ];

    pub(super) fn cells(&self) -> [String; 11] {
        let Self { device, modality, purpose, granted, version, at, received_at, in_browser, .. } = self;
        let Self { confirmed_at, text_version, text, .. } = self;
        [
            device.clone(),
            (*modality).into(),
            (*purpose).into(),
            granted.to_string(),
            version.to_string(),
            at.clone(),
            received_at.clone(),
            in_browser.to_string(),
            confirmed_at.clone().unwrap_or_default(),
            text_version.map_or_else(String::new, |version| version.to_string()),
            text.unwrap_or_default().into(),
        ]
    }
}

/// Of the changes of one person those that are in force: of each device, modality and purpose the newest.
pub(super) fn in_force(told: &[Told]) -> Vec<Told> {
    let mut newest: Vec<Told> = Vec::new();
    for one in told {
        let place = |of: &Told| (of.device, of.change.modality, of.change.purpose);
        match newest.iter_mut().find(|known| place(known) == place(one)) {
            // What is withdrawn in the browser holds, whatever the device says and its clock, until it has confirmed that.
            Some(known) if one.in_browser => *known = *one,
            Some(known) if known.in_browser => {
                let confirms = !one.change.granted && one.change.at_millis == known.change.at_millis;
                if one.enrolment > known.enrolment || (confirms && one.enrolment == known.enrolment) {
                    *known = *one;
                }
            }
            Some(known) if one.age() >= known.age() => *known = *one,
            Some(_) => {}
            None => newest.push(*one),
        }
    }
    newest.sort_by_key(|of| (of.device, of.change.modality, of.change.purpose));
    newest
}

/// Who read what of a person, or did something about them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct AccessEntry {
    /// Its place in the ledger.
    pub(super) place: i64,
    /// When, RFC 3339.
    pub(super) at: String,
    /// With which name they signed in; null where nobody did, or who it was is gone.
    pub(super) by: Option<String>,
    /// In which role; `service` for a machine, `command` for a command on the collector's own machine.
    pub(super) role: String,
    /// The route that was read, as the description of the API has it, or what was done.
    pub(super) what: String,
    /// Whether it was read of everybody at once.
    pub(super) of_everybody: bool,
}

/// Names of who stands in the log, each looked up once.
#[derive(Default)]
pub(super) struct Names(BTreeMap<[u8; 16], Option<String>>);

impl Names {
    /// The name with which whoever did something signs in; none where nobody had signed in, or who it was is gone.
    pub(super) async fn by(
        &mut self,
        store: &Store,
        keys: &PersonKeys,
        note: &Note,
    ) -> Result<Option<String>, PeopleError> {
        let Some(login) = note.login else { return Ok(None) };
        if let Some(known) = self.0.get(&login) {
            return Ok(known.clone());
        }
        let name = find(store, keys, LoginId(login)).await?.map(|login| login.name);
        Ok(self.0.entry(login).or_insert(name).clone())
    }
}

impl AccessEntry {
    pub(super) const COLUMNS: [&str; 6] = ["place", "at", "by", "role", "what", "of_everybody"];

    pub(super) fn new(note: &Note, by: Option<String>) -> Self {
        Self {
            place: note.place,
            at: rfc3339(note.at),
            by,
            role: note.role.clone(),
            what: note.what.clone(),
            of_everybody: note.of == Of::Everybody,
        }
    }

    pub(super) fn cells(&self) -> [String; 6] {
        let Self { place, at, by, role, what, of_everybody } = self;
        [
            place.to_string(),
            at.clone(),
            by.clone().unwrap_or_default(),
            role.clone(),
            what.clone(),
            of_everybody.to_string(),
        ]
    }
}

/// What a person says against a score of theirs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct CorrectionView {
    /// Its id, 32 hexadecimal digits.
    pub(super) id: String,
    /// The session, 32 hexadecimal digits.
    pub(super) session_id: String,
    /// When it was made, RFC 3339.
    pub(super) made_at: String,
    /// Of which score; empty for the session as a whole.
    pub(super) score: String,
    /// How it was in their own words: `low`, `usual`, `high` or empty.
    pub(super) label: String,
    /// The note.
    pub(super) note: String,
}

impl From<&Correction> for CorrectionView {
    fn from(of: &Correction) -> Self {
        Self {
            id: HEXLOWER.encode(&of.id),
            session_id: HEXLOWER.encode(&of.about),
            made_at: rfc3339(of.made_at),
            score: of.said.score.clone(),
            label: of.said.label.clone(),
            note: of.said.note.clone(),
        }
    }
}

impl CorrectionView {
    pub(super) const COLUMNS: [&str; 6] = ["id", "session_id", "made_at", "score", "label", "note"];

    pub(super) fn cells(&self) -> [String; 6] {
        let Self { id, session_id, made_at, score, label, note } = self;
        [id, session_id, made_at, score, label, note].map(Clone::clone)
    }
}

/// What a person prefers, as it is in force.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct PreferencesRow {
    /// Whether what is sensed, and what is analysed, is kept as sessions.
    store_sessions: bool,
    /// Days for which it is kept, as they chose; null for what is usual.
    max_history_days: Option<u16>,
    /// In [0,1]: how uncertain a score may be before it is called missing; 0.5 is the usual.
    analysis_sensitivity: f64,
    /// Whether faces are sensed and analysed, as far as they agreed.
    face: bool,
    /// As `face`, of voices.
    voice: bool,
    /// As `face`, of motion.
    motion: bool,
    /// As `face`, of heartbeats.
    heart: bool,
    /// The zone in which days and times are shown, as IANA names it; null for the organisation's.
    time_zone: Option<String>,
}

impl From<&Preferences> for PreferencesRow {
    fn from(of: &Preferences) -> Self {
        Self {
            store_sessions: of.store_sessions,
            max_history_days: of.max_history_days,
            analysis_sensitivity: of.analysis_sensitivity,
            face: of.face,
            voice: of.voice,
            motion: of.motion,
            heart: of.heart,
            time_zone: of.zone.clone(),
        }
    }
}

impl PreferencesRow {
    pub(super) const COLUMNS: [&str; 8] =
        ["store_sessions", "max_history_days", "analysis_sensitivity", "face", "voice", "motion", "heart", "time_zone"];

    pub(super) fn cells(&self) -> [String; 8] {
        [
            self.store_sessions.to_string(),
            self.max_history_days.map_or_else(String::new, |days| days.to_string()),
            self.analysis_sensitivity.to_string(),
            self.face.to_string(),
            self.voice.to_string(),
            self.motion.to_string(),
            self.heart.to_string(),
            self.time_zone.clone().unwrap_or_default(),
        ]
    }
}

/// A device, and whether it follows what its person prefers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct FollowingView {
    /// The device, 32 hexadecimal digits.
    pub(super) device: String,
    /// Since when it says that it follows, RFC 3339; null before.
    pub(super) follows_since: Option<String>,
}

impl From<&Following> for FollowingView {
    fn from(of: &Following) -> Self {
        Self { device: of.device.to_string(), follows_since: of.since.map(rfc3339) }
    }
}

impl FollowingView {
    pub(super) const COLUMNS: [&str; 2] = ["device", "follows_since"];

    pub(super) fn cells(&self) -> [String; 2] {
        [self.device.clone(), self.follows_since.clone().unwrap_or_default()]
    }
}

/// What a person asked of the organisation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct RequestView {
    /// Its id, 32 hexadecimal digits.
    pub(crate) id: String,
    /// Whose: a name that leads to nobody without the collector's key.
    pub(crate) pseudonym: String,
    /// What is asked for.
    pub(crate) kind: Kind,
    /// When it came, RFC 3339.
    pub(crate) received_at: String,
    /// Until when it must be answered, RFC 3339.
    pub(crate) due_at: String,
    /// When it was done, RFC 3339; null while it is open.
    pub(crate) done_at: Option<String>,
}

impl From<&Request> for RequestView {
    fn from(of: &Request) -> Self {
        Self {
            id: of.id.to_string(),
            pseudonym: of.pseudonym.clone(),
            kind: of.kind,
            received_at: rfc3339(of.received_at),
            due_at: rfc3339(of.due_at),
            done_at: of.done_at.map(rfc3339),
        }
    }
}

/// A device id as a path has it.
pub(super) fn device(text: &str) -> Option<DeviceId> {
    text.parse().ok()
}
