//! What the pages say, made from what there is.

use askama::Template;
use attune_analysis::baseline::Usual;
use attune_analysis::indicators::{Assessment, Emotion, Score};
use attune_protocol::consent::Purpose;
use attune_protocol::consent::texts::text;
use attune_protocol::policy::keeps_back;
use attune_protocol::record::Gap;
use attune_protocol::registry::check_in::VIBES;
use attune_protocol::registry::{Category, Modality};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::doors::Session;
use super::drawing;
use super::rooms::Rooms;
use super::said::Said;
use super::today::{BUCKET, Day, MEASURES, because, clock, moment};
use crate::control::{self, ConsentBook, Wishes};
use crate::keeping::{self, Status};
use crate::own::Sent;
use crate::person::{self, Shown, of_sent};

/// Buckets of a row of the table behind the strips.
const OF_A_ROW: i64 = 6;
/// Batches on a page.
pub(super) const OF_A_PAGE: usize = 25;
/// Bytes of a line of those that were sent.
const OF_A_LINE: usize = 24;

/// What stands around every page.
pub(super) struct Frame {
    pub(super) at: &'static str,
    pub(super) title: &'static str,
    form_token: String,
    root: String,
    /// Whether sensing is paused, and in words whether anything is sensed now.
    paused: bool,
    sensing: String,
    profile: String,
    /// Since when the person is asked how they are, if they are.
    asked: Option<String>,
    /// Whether they are told where help is.
    helps: bool,
    version: &'static str,
}

impl Frame {
    pub(super) fn of(rooms: &Rooms, at: &'static str, title: &'static str, session: &Session) -> Self {
        let paused = control::is_paused(&rooms.state);
        let zone = TimeZone::system();
        let until = control::paused_until(&rooms.state).map(|until| clock(until.as_millisecond(), &zone));
        let book = ConsentBook::load(&rooms.state).unwrap_or_else(|_| ConsentBook::new());
        let wishes = Wishes::of(&rooms.state);
        let is_sensed = |modality: &Modality| book.allows(*modality, Purpose::Wellbeing) && !wishes.is_off(*modality);
        let sensed: Vec<&str> = Modality::SENSED.into_iter().filter(is_sensed).map(Modality::name).collect();
        let chosen = wishes.words().map(|words| format!(" You have {words}.")).unwrap_or_default();
        let sensing = match (paused, until) {
            (true, Some(until)) => format!("Paused until {until}: nothing is sensed, kept or sent."),
            (true, None) => "Paused until you resume: nothing is sensed, kept or sent.".into(),
            (false, _) if sensed.is_empty() => {
                format!("Nothing is sensed: that needs your consent to the purpose wellbeing.{chosen}")
            }
            (false, _) => format!("Sensing is on, for what you agreed to: {}.{chosen}", sensed.join(", ")),
        };
        let profile = match rooms.profile == rooms.heard.profile() {
            true => rooms.profile.name().to_owned(),
            false => format!("{} on this device, {} at the collector", rooms.profile, rooms.heard.profile()),
        };
        let Session { form_token, root } = session.clone();
        let may_say = !paused && book.allows(Modality::CheckIn, Purpose::Wellbeing);
        let asked = may_say.then(|| rooms.rhythm.asked_since(&Zoned::now(), last_said(rooms))).flatten();
        let asked = asked.map(|since| clock(since.as_millisecond(), &zone));
        let (helps, version) = (rooms.messages.shows_help(), env!("CARGO_PKG_VERSION"));
        Self { at, title, form_token, root, paused, sensing, profile, asked, helps, version }
    }

    fn here(&self, place: &str) -> &'static str {
        if self.at == place { r#" aria-current="page""# } else { "" }
    }
}

#[derive(Template)]
#[template(path = "today.html")]
pub(super) struct Today {
    pub(super) frame: Frame,
    date: String,
    finding: String,
    sensors: Vec<Sensor>,
    footprint: String,
    strips: Vec<Strip>,
    emotions: Vec<(&'static str, String)>,
    no_emotion: String,
    coverage: String,
    /// What was said today, by time.
    said: Vec<(String, String)>,
    /// What was read of messages today: how many there were, and how they sound.
    messages: String,
    written: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    is_empty: bool,
    keeps: bool,
    leaves: &'static str,
}

struct Sensor {
    modality: &'static str,
    device: String,
    now: String,
    today: String,
    since: String,
}

struct Strip {
    name: &'static str,
    means: &'static str,
    finding: String,
    svg: String,
}

struct Row {
    time: String,
    cells: Vec<(&'static str, String)>,
    seen: String,
}

impl Today {
    pub(super) fn of(rooms: &Rooms, frame: Frame, day: &Day) -> Self {
        let status = Status::load(&rooms.state).ok().flatten();
        let book = ConsentBook::load(&rooms.state).unwrap_or_else(|_| ConsentBook::new());
        let wishes = Wishes::of(&rooms.state);
        let sensors: Vec<Sensor> = Modality::SENSED
            .into_iter()
            .map(|modality| Sensor::of(modality, status.as_ref(), (&book, &wishes), day, frame.paused))
            .collect();
        let strips = MEASURES.map(|measure| {
            let finding = finding(day.whole.as_ref().map(measure.of));
            let svg = drawing::strip(day, measure, &finding);
            Strip { name: measure.name, means: measure.means, finding, svg }
        });
        let emotion = day.whole.as_ref().map(|whole| &whole.emotion);
        let emotions = match emotion {
            Some(Ok(estimate)) => {
                Emotion::ALL.map(Emotion::name).into_iter().zip(estimate.probabilities.map(percent)).collect()
            }
            _ => Vec::new(),
        };
        let no_emotion = match emotion {
            Some(Err(absence)) => format!("Not shown: {}.", absence.because()),
            _ => String::new(),
        };
        let shown: Vec<Modality> = Modality::SENSED.into_iter().filter(|m| day.seen(*m).is_some()).collect();
        let said: Vec<String> = shown.iter().filter_map(|m| Some(format!("{m} {}", percent(day.seen(*m)?)))).collect();
        let coverage = match shown.is_empty() {
            true => String::new(),
            false => drawing::coverage(day, &shown, &format!("Seen since the first of today: {}.", said.join(", "))),
        };
        // Sentences begin large.
        let words = status.as_ref().and_then(|status| status.footprint.as_ref()).map(|footprint| footprint.words());
        let footprint = words.map_or_else(String::new, |words| words.replacen("processor", "Processor", 1) + ".");
        let keeps = Modality::SENSED.into_iter().any(|modality| book.allows(modality, Purpose::OwnView));
        let leaves = match rooms.profile.lets_everything_leave() && rooms.heard.profile().lets_everything_leave() {
            true => "The profile of this device lets all of it go to the collector, where you agreed to that.",
            false => "What emotion could be read from is computed and shown here, and leaves this device nowhere.",
        };
        let date = day.now_words();
        Self {
            date,
            finding: headline(day),
            sensors,
            footprint,
            strips: strips.into(),
            emotions,
            no_emotion,
            coverage,
            said: day.said.iter().map(|said| (day.clock(said.at), said.words.clone())).collect(),
            messages: day.written.as_ref().map_or_else(String::new, |written| written.counts.clone()),
            written: day.written.as_ref().map_or_else(Vec::new, |written| written.lines.clone()),
            rows: rows(day),
            is_empty: day.buckets.is_empty(),
            keeps,
            leaves,
            frame,
        }
    }
}

impl Sensor {
    fn of(
        modality: Modality,
        status: Option<&Status>,
        (book, wishes): (&ConsentBook, &Wishes),
        day: &Day,
        paused: bool,
    ) -> Self {
        let seen = status.and_then(|status| status.modalities.iter().find(|seen| seen.modality == modality));
        let standings = || status.into_iter().flat_map(|status| &status.devices).filter(|of| of.modality == modality);
        let devices: Vec<String> =
            standings().map(|of| of.device.clone().unwrap_or_else(|| format!("{}, closed", of.source))).collect();
        let device = match (devices.is_empty(), seen) {
            (false, _) => devices.join("; "),
            (true, Some(_)) => "a recording".into(),
            (true, None) => "none".into(),
        };
        let trouble = standings().find_map(|of| of.trouble.clone());
        let now = match seen {
            _ if !book.allows(modality, Purpose::Wellbeing) => "Not sensed: you have not agreed to it.".to_owned(),
            _ if wishes.is_off(modality) => "Not sensed: you have switched it off in the browser.".into(),
            _ if paused => "Not sensed: paused.".into(),
            None => "No device senses it in this run.".into(),
            Some(seen) => match seen.gap {
                Some(Gap::EndOfRecording) => "Its recording has ended.".into(),
                Some(gap) if seen.coverage <= 0.0 => format!("Sees nothing: {}.", because(modality, gap)),
                Some(gap) => format!("Sees {}: {}.", percent(seen.coverage), because(modality, gap)),
                None => format!("Sees {} of what it should.", percent(seen.coverage)),
            },
        };
        let now = match trouble {
            Some(trouble) if book.allows(modality, Purpose::Wellbeing) && !paused && !wishes.is_off(modality) => {
                format!("{now} {trouble}")
            }
            _ => now,
        };
        let since = seen.map_or_else(|| "-".into(), |seen| day.clock(seen.last_millis + 10_000));
        let today = day.seen(modality).map_or_else(|| "-".into(), percent);
        Self { modality: modality.name(), device, now, today, since }
    }
}

fn rows(day: &Day) -> Vec<Row> {
    let (Some(first), Some(last)) = (day.buckets.keys().next(), day.buckets.keys().last()) else { return Vec::new() };
    let rows = first.div_euclid(OF_A_ROW)..=last.div_euclid(OF_A_ROW);
    let row = |row: i64| {
        let buckets: Vec<_> =
            day.buckets.range(row * OF_A_ROW..(row + 1) * OF_A_ROW).map(|(_, bucket)| bucket).collect();
        let time = day.clock(day.begin + row * OF_A_ROW * BUCKET);
        if buckets.is_empty() {
            let cells = MEASURES.map(|measure| (measure.name, String::from("nothing kept"))).into();
            return Row { time, cells, seen: "-".into() };
        }
        let assessments: Vec<Assessment> = buckets.iter().map(|bucket| bucket.assessment.clone()).collect();
        let whole = attune_analysis::indicators::summarize(&assessments);
        let cell = |score: &Score| match score {
            Score::Known { value, .. } => format!("{value:.2}"),
            Score::Missing(absence) => absence.reason.code().replace('_', " "),
        };
        let seen: Vec<String> = Modality::SENSED
            .into_iter()
            .filter_map(|modality| {
                let shares = buckets.iter().filter_map(|bucket| bucket.seen.get(&modality)).map(|(share, _)| *share);
                let share = shares.clone().sum::<f64>() / OF_A_ROW as f64;
                (shares.count() > 0).then(|| format!("{modality} {}", percent(share)))
            })
            .collect();
        let cells = MEASURES.map(|measure| (measure.name, cell((measure.of)(&whole)))).into();
        Row { time, cells, seen: seen.join(", ") }
    };
    rows.map(row).collect()
}

/// The day in a sentence.
fn headline(day: &Day) -> String {
    match day.whole.as_ref().and_then(|whole| whole.stress.value_and_sd()) {
        Some((value, sd)) => format!("Stress so far today: {}.", between(value, sd, 0.0)),
        None if !day.buckets.is_empty() => "No score of today is sure enough to be shown yet.".into(),
        None if day.written.is_some() => {
            "Of today what was read of your messages is kept, and nothing that is sensed.".into()
        }
        None => "Nothing of today is kept yet.".into(),
    }
}

fn finding(score: Option<&Score>) -> String {
    match score {
        Some(Score::Known { value, sd, .. }) => format!("Today {}.", between(*value, *sd, -1.0)),
        Some(Score::Missing(absence)) => format!("Not shown: {}.", absence.because()),
        None => "Nothing of today is kept yet.".into(),
    }
}

/// A value with the bounds within which it lies in two of three cases.
fn between(value: f64, sd: f64, least: f64) -> String {
    let (low, high) = ((value - sd).max(least), (value + sd).min(1.0));
    format!("{value:.2}, between {low:.2} and {high:.2}")
}

fn percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", share * 100.0)
}

#[derive(Template)]
#[template(path = "sent.html")]
pub(super) struct SentList {
    pub(super) frame: Frame,
    batches: Vec<BatchRow>,
    newer: Option<usize>,
    older: Option<usize>,
    waiting: u64,
    leaves: Vec<String>,
    stays: Vec<String>,
}

struct BatchRow {
    number: usize,
    at: String,
    holds: String,
    len: u32,
}

impl SentList {
    pub(super) fn of(rooms: &Rooms, frame: Frame, skip: usize, mut sent: Vec<Sent>) -> Self {
        let zone = TimeZone::system();
        let is_more = sent.len() > OF_A_PAGE;
        sent.truncate(OF_A_PAGE);
        let row = |(n, sent): (usize, &Sent)| BatchRow {
            number: skip + n,
            at: moment(sent.at_millis, &zone),
            holds: holds(sent),
            len: sent.len,
        };
        let batches = sent.iter().enumerate().map(row).collect();
        let profiles = [rooms.profile, rooms.heard.profile()];
        let (mut leaves, mut stays) = (Vec::new(), Vec::new());
        for category in Category::ALL {
            match keeps_back(profiles, category) {
                None => leaves.push(person::word(category)),
                Some(rule) => stays.push(format!("{} ({})", person::word(category), rule.id)),
            }
        }
        Self {
            batches,
            newer: (skip > 0).then(|| skip.saturating_sub(OF_A_PAGE)),
            older: is_more.then(|| skip + OF_A_PAGE),
            waiting: rooms.outbox.totals().items,
            leaves,
            stays,
            frame,
        }
    }
}

fn holds(sent: &Sent) -> String {
    let records = sent.records().map(|(modality, count)| format!("{modality} {count}"));
    let others = (sent.others > 0).then(|| format!("{} about consent or what was dropped", sent.others));
    records.chain(others).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "batch.html")]
pub(super) struct BatchPage {
    pub(super) frame: Frame,
    at: String,
    len: u32,
    holds: String,
    bytes: Vec<(String, String)>,
    items: Vec<String>,
}

impl BatchPage {
    pub(super) fn of(rooms: &Rooms, frame: Frame, sent: &Sent) -> Self {
        let line = |(n, part): (usize, &[u8])| {
            let hex: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
            (format!("{:06x}", n * OF_A_LINE), hex.join(" "))
        };
        Self {
            at: moment(sent.at_millis, &TimeZone::system()),
            len: sent.len,
            holds: holds(sent),
            bytes: sent.bytes.chunks(OF_A_LINE).enumerate().map(line).collect(),
            items: of_sent(sent, &rooms.key).iter().map(|shown: &Shown| shown.lines().join("\n")).collect(),
            frame,
        }
    }
}

#[derive(Template)]
#[template(path = "usual.html")]
pub(super) struct UsualPage {
    pub(super) frame: Frame,
    rows: Vec<UsualRow>,
}

struct UsualRow {
    modality: &'static str,
    name: String,
    unit: &'static str,
    usual: String,
    half: String,
    counts: &'static str,
}

impl UsualPage {
    pub(super) fn of(rooms: &Rooms, frame: Frame) -> Self {
        let row = |usual: Usual| UsualRow {
            modality: usual.modality.name(),
            name: usual.spec.name.replace('_', " "),
            unit: usual.spec.unit,
            usual: three_digits(usual.median),
            half: format!("{} to {}", three_digits(usual.low), three_digits(usual.high)),
            counts: if usual.is_old_enough { "yes" } else { "not yet: ten minutes are needed" },
        };
        Self { rows: keeping::baseline(&rooms.outbox).usual().map(row).collect(), frame }
    }
}

fn three_digits(value: f64) -> String {
    let digits = if value == 0.0 { 2 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 5) };
    format!("{value:.*}", digits as usize)
}

#[derive(Template)]
#[template(path = "consent.html")]
pub(super) struct ConsentPage {
    pub(super) frame: Frame,
    rows: Vec<ConsentRow>,
}

struct ConsentRow {
    modality: &'static str,
    purposes: Vec<PurposeRow>,
}

struct PurposeRow {
    name: &'static str,
    means: &'static str,
    /// The version of that text, and of the one that was shown when the consent in force was given.
    text: u16,
    shown: String,
    granted: bool,
    since: String,
    /// When it was withdrawn in the browser, at the collector; empty where it was not.
    withdrawn_there: String,
}

impl ConsentPage {
    pub(super) fn of(rooms: &Rooms, frame: Frame) -> Self {
        let book = ConsentBook::load(&rooms.state).unwrap_or_else(|_| ConsentBook::new());
        let zone = TimeZone::system();
        let purpose = |modality: Modality, purpose: Purpose| PurposeRow {
            name: purpose.name(),
            means: text(modality, purpose).says,
            text: text(modality, purpose).version,
            shown: book.text_of(modality, purpose).map_or_else(|| "not recorded".into(), |version| version.to_string()),
            granted: book.allows(modality, purpose),
            since: book.granted_millis(modality, purpose).map(|at| moment(at, &zone)).unwrap_or_default(),
            withdrawn_there: book
                .withdrawn_in_browser(modality, purpose)
                .map(|at| moment(at.as_millisecond(), &zone))
                .unwrap_or_default(),
        };
        let row = |modality: Modality| ConsentRow {
            modality: modality.name(),
            purposes: Purpose::ALL.map(|one| purpose(modality, one)).into(),
        };
        Self { rows: Modality::ALL.map(row).into(), frame }
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
pub(super) struct Refused {
    pub(super) title: &'static str,
    pub(super) why: String,
    pub(super) version: &'static str,
}

/// When the person said last how they are.
fn last_said(rooms: &Rooms) -> Option<Timestamp> {
    keeping::last_check_in(&rooms.outbox).and_then(|at| Timestamp::from_millisecond(at).ok())
}

#[derive(Template)]
#[template(path = "check-in.html")]
pub(super) struct CheckInPage {
    pub(super) frame: Frame,
    lead: String,
    /// Whether there is consent to it.
    may: bool,
    answers: Vec<(u8, &'static str)>,
    /// Rows of the grid, the most active first.
    rows: Vec<Vec<Place>>,
    /// What was said today, by time, where it is kept for oneself.
    said: Vec<(String, String)>,
    keeps: bool,
}

struct Place {
    /// As the form sends it.
    value: String,
    /// For who does not see the grid.
    label: String,
}

impl CheckInPage {
    pub(super) fn of(rooms: &Rooms, frame: Frame, said: &[Said]) -> Self {
        let book = ConsentBook::load(&rooms.state).unwrap_or_else(|_| ConsentBook::new());
        let zone = TimeZone::system();
        let place = |valence: f64, arousal: f64| Place {
            value: format!("{valence},{arousal}"),
            label: format!("{}, {}", word(valence, "unpleasant", "pleasant"), word(arousal, "quiet", "active")),
        };
        let lead = match last_said(rooms) {
            Some(last) => format!("Your last check-in was on {}.", moment(last.as_millisecond(), &zone)),
            None => "One answer is enough, and none is asked for.".into(),
        };
        Self {
            lead,
            may: book.allows(Modality::CheckIn, Purpose::Wellbeing),
            answers: (1..).zip(VIBES).collect(),
            rows: STEPS.iter().rev().map(|a| STEPS.iter().map(|v| place(*v, *a)).collect()).collect(),
            said: said.iter().map(|said| (clock(said.at, &zone), said.words.clone())).collect(),
            keeps: book.allows(Modality::CheckIn, Purpose::OwnView),
            frame,
        }
    }
}

/// Steps of the grid, each way.
const STEPS: [f64; 5] = [-1.0, -0.5, 0.0, 0.5, 1.0];

/// A step of the grid in words, as `rather pleasant`.
fn word(step: f64, least: &str, most: &str) -> String {
    let end = if step < 0.0 { least } else { most };
    match step.abs() {
        size if size < 0.5 => format!("neither {least} nor {most}"),
        size if size < 1.0 => format!("rather {end}"),
        _ => end.to_owned(),
    }
}

impl Day {
    /// The day in words.
    fn now_words(&self) -> String {
        let now = Timestamp::from_millisecond(self.now).unwrap_or_default().to_zoned(self.zone.clone());
        now.strftime("%A %-d %B, %H:%M").to_string()
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::features::Features;
    use attune_protocol::record::{Coverage, Record};
    use attune_protocol::registry::text;
    use attune_protocol::window::Window;

    use super::*;

    #[test]
    fn a_day_of_which_only_messages_are_kept_does_not_say_that_nothing_is() {
        let at: Timestamp = "2026-03-02T09:00:00Z".parse().expect("an instant");
        let of = |records: Vec<Record>| Day::of(records, Day::stretch(at, &TimeZone::UTC), TimeZone::UTC);
        assert_eq!(headline(&of(Vec::new())), "Nothing of today is kept yet.");
        let mut features = Features::new(Modality::Text);
        features.set(text::MESSAGES, 1.0);
        let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
        let window = Window::containing(at.as_millisecond() - 60_000);
        let day = of(vec![Record::new(window, 1.0, coverage, features)]);
        assert!(day.buckets.is_empty() && headline(&day).contains("your messages"), "{}", headline(&day));
    }
}
