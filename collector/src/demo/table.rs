use attune_analysis::indicators::{Assessment, Score};
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use attune_sensing::sessions::SessionKind;

/// Heading of the lines of [`row`].
pub(super) const HEADING: &str = "UTC      emotion       stress      attn state    qual face voice motion heart";

/// One line of at most 80 columns: the scores of a window and the coverage of each modality. `-` is missing.
pub(super) fn row(window: Window, assessment: &Assessment) -> String {
    let [face, voice, motion, heart] = Modality::SENSED.map(|modality| coverage(assessment, modality));
    format!("{} {} {face:>4} {voice:>5} {motion:>6} {heart:>5}", clock(window.start_millis()), scores(assessment))
}

/// Lines that set the first half of a session's windows against the second.
pub(super) fn summary(windows: &[Assessment]) -> Vec<String> {
    let (first, second) = windows.split_at(windows.len() / 2);
    let of = |windows| SessionKind::Live.summarize(windows);
    vec![
        PARTS_HEADING.into(),
        part("first half", &of(first)),
        part("second half", &of(second)),
        part("whole session", &of(windows)),
    ]
}

/// Heading of the lines of [`part`].
const PARTS_HEADING: &str = "               emotion       stress      attn state    qual valence arousal";

/// One line of scores over several windows.
fn part(name: &str, assessment: &Assessment) -> String {
    let signed = |score: &Score| score.value().map_or("-".into(), |value| format!("{value:+.2}"));
    let (valence, arousal) = (signed(&assessment.valence), signed(&assessment.arousal));
    format!("{name:<14} {} {valence:>7} {arousal:>7}", scores(assessment))
}

/// `08:12:10`, UTC.
pub(super) fn clock(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or("-".into(), |time| time.strftime("%H:%M:%S").to_string())
}

fn scores(assessment: &Assessment) -> String {
    let emotion = assessment.emotion.as_ref().map_or("-".into(), |emotion| {
        let (dominant, probability) = emotion.dominant();
        format!("{} {probability:.2}", dominant.name())
    });
    let stress = assessment.stress.value().map_or("-".into(), |stress| {
        // The value is in [0,1], so the bar has 0 to 6 characters.
        format!("{stress:.2} {}", "#".repeat((stress * 6.0).round() as usize))
    });
    let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    let attention = number(assessment.attention.value());
    // One that is less likely than the others together is no headline.
    let state = assessment.headline().map_or("-", |state| state.state.name());
    let quality = number(assessment.quality);
    format!("{emotion:<13} {stress:<11} {attention:>4} {state:<8} {quality:>4}")
}

fn coverage(assessment: &Assessment, modality: Modality) -> String {
    let seen = assessment.modalities.iter().find(|seen| seen.modality == modality);
    seen.map_or("-".into(), |seen| format!("{:.0}%", seen.coverage * 100.0))
}

#[cfg(test)]
mod tests {
    use attune_analysis::indicators::{Terms, assess};
    use attune_protocol::policy::Profile;
    use attune_protocol::record::{Coverage, Record};

    use super::*;

    #[test]
    fn a_line_fits_eighty_columns_and_shows_what_is_missing_as_missing() {
        let window = Window::containing(1_767_603_600_000);
        let features = attune_protocol::features::Features::new(Modality::Heart);
        let coverage = Coverage { expected: 10_000, received: 9_000, last_60_s: 0.9, last_300_s: 0.2, gap: None };
        let line =
            row(window, &assess(&[Record::new(window, 0.9, coverage, features)], Terms::sensed(Profile::Research)));
        assert_eq!(line, "09:00:00 -             -              - -        0.81    -     -      -   90%");
        assert!(line.len() <= 80 && HEADING.len() == line.len());
    }
}
