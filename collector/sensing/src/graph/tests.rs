use attune_analysis::indicators::{Absence, Assessment, Contribution, Lack, Missing, ModalitySeen, Score};
use attune_pages::drawing::{PNG_WIDTHS, Theme};
use attune_protocol::ids::SessionId;
use attune_protocol::policy::Profile;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use resvg::tiny_skia::Pixmap;
use resvg::usvg::roxmltree::{Document, Node};

use super::*;
use crate::sessions::{SessionKind, WindowRow};

const START: u32 = 176_371_150; // 2025-11-21T07:51:40Z

fn known(value: f64, shares: &[(Modality, f64)]) -> Score {
    let contributions =
        shares.iter().map(|(modality, share)| Contribution { modality: *modality, value, share: *share });
    Score::Known { value, sd: 0.1, contributions: contributions.collect() }
}

fn absence(modality: Modality, reason: Missing) -> Absence {
    Absence::of(vec![Lack { modality, reason }])
}

fn window(number: u32, stress: f64) -> WindowRow {
    let shares = [(Modality::Face, 0.5), (Modality::Heart, 0.5)];
    let seen = |modality, coverage, gap| ModalitySeen { modality, coverage, quality: 0.9, gap };
    let assessment = Assessment {
        stress: known(stress, &shares),
        attention: Score::Missing(absence(Modality::Face, Missing::TooUncertain)),
        valence: known(-0.5, &[(Modality::Face, 1.0)]),
        arousal: known(0.1, &shares),
        overall: known(1.0 - stress, &shares),
        cognitive_state: Err(absence(Modality::Face, Missing::TooUncertain)),
        emotion: Err(absence(Modality::Face, Missing::NotDerived)),
        activity: Err(absence(Modality::Motion, Missing::Gap(Gap::NoConsent))),
        quality: Some(0.9),
        modalities: vec![seen(Modality::Face, 0.4, Some(Gap::NoFace)), seen(Modality::Heart, 1.0, None)],
        unseen: vec![
            Lack { modality: Modality::Voice, reason: Missing::NoDevice },
            Lack { modality: Modality::Motion, reason: Missing::Gap(Gap::NoConsent) },
        ],
    };
    WindowRow { window: Window(START + number), assessment }
}

fn picture(windows: &[WindowRow]) -> Picture<'_> {
    Picture { session: SessionId([7; 16]), kind: SessionKind::Live, windows }
}

fn drawn(numbers: impl IntoIterator<Item = u32>) -> String {
    let windows: Vec<_> = numbers.into_iter().map(|n| window(n, 0.3)).collect();
    svg(&picture(&windows), Layout::Wide, Some(Theme::Light))
}

fn of_class<'a>(document: &'a Document<'a>, class: &'a str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|n| n.attribute("class").is_some_and(|c| c.split(' ').any(|c| c == class))).collect()
}

fn strokes(svg: &str, class: &str) -> usize {
    let document = Document::parse(svg).expect("well-formed");
    of_class(&document, class).iter().filter_map(|n| n.attribute("d")).map(|d| d.matches('M').count()).sum()
}

#[test]
fn a_missing_window_is_a_gap_in_the_line_and_never_bridged() {
    assert_eq!(strokes(&drawn(0..12), "stress-line"), 1);
    assert_eq!(strokes(&drawn((0..12).filter(|n| *n != 5)), "stress-line"), 2);
    assert_eq!(strokes(&drawn((0..12).filter(|n| *n != 5 && *n != 8)), "stress-line"), 3);
}

#[test]
fn in_a_long_session_a_gap_longer_than_a_point_breaks_the_line_wherever_it_lies() {
    // Ten hours: a point is the mean of two minutes.
    for first in 1000..1013 {
        let svg = drawn((0..3600).filter(|n| !(first..first + 12).contains(n)));
        assert!(svg.contains("a point is the mean over 2 min"));
        assert_eq!(strokes(&svg, "stress-line"), 2, "a gap at window {first}");
    }
}

#[test]
fn a_gap_is_hatched_in_every_row() {
    let whole = drawn(0..12);
    let broken = drawn((0..12).filter(|n| *n != 5));
    let count = |svg: &str| of_class(&Document::parse(svg).expect("well-formed"), "gap").len();
    // Stress, overall, valence, and the two modalities that were seen; the others are hatched throughout already.
    assert!(count(&broken) >= count(&whole) + 5, "{} and {}", count(&broken), count(&whole));
}

#[test]
fn a_session_of_one_window_is_drawn_as_points_with_their_uncertainty() {
    let svg = drawn([0]);
    let document = Document::parse(&svg).expect("well-formed");
    assert!(of_class(&document, "stress-line").is_empty(), "there is nothing to join");
    let points: Vec<_> = document.descendants().filter(|n| n.has_tag_name("circle")).collect();
    assert_eq!(points.len(), 3, "stress, overall and valence");
    assert_eq!(strokes(&svg, "band"), 3);
}

#[test]
fn a_missing_score_says_why_and_has_no_line() {
    let svg = drawn(0..12);
    assert_eq!(strokes(&svg, "attention-line"), 0);
    assert!(svg.contains("what was seen is too uncertain"));
}

#[test]
fn a_score_that_the_profile_withholds_says_so_and_not_that_data_are_missing() {
    let windows: Vec<_> = (0..12)
        .map(|number| {
            let mut window = window(number, 0.3);
            let withheld = absence(Modality::Face, Missing::Withheld(Some(Profile::Eu)));
            window.assessment.stress = Score::Missing(withheld.clone());
            window.assessment.valence = Score::Missing(withheld);
            window
        })
        .collect();
    let svg = svg(&picture(&windows), Layout::Wide, Some(Theme::Light));
    let because = "the profile eu keeps what it is read from on the device";
    assert_eq!(svg.matches(&format!(">{because}<")).count(), 3, "and overall follows from the two");
    assert!(svg.contains(&format!("Stress is not shown: {because}.")), "and in words");
    assert!(!svg.contains("not enough data"));
}

#[test]
fn the_picture_says_in_words_what_it_shows() {
    let svg = drawn(0..12);
    let document = Document::parse(&svg).expect("well-formed");
    let text = |name: &str| document.descendants().find(|n| n.has_tag_name(name)).and_then(|n| n.text()).unwrap_or("");
    assert_eq!(document.root_element().attribute("role"), Some("img"));
    assert_eq!(text("title"), "21 November 2025, 07:51:40 to 07:53:40 UTC");
    assert!(!svg.contains("-0"), "no share is less than nothing");
    for words in [
        "Stress 0.30, standard deviation 0.10",
        "Attention is not shown: what was seen is too uncertain",
        "Valence \u{2212}0.50",
        "face 67 %",
        "heart 33 %",
        "voice: no device",
        "motion: no consent",
        "12 windows",
    ] {
        assert!(text("desc").contains(words), "{words} is missing in {}", text("desc"));
    }
}

#[test]
fn shares_of_the_modalities_fill_the_band_and_stay_in_it() {
    let shares = super::bands::shares(&window(0, 0.3).assessment).expect("scores are given");
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
    assert!((shares[0] - 2.0 / 3.0).abs() < 1e-9, "half, whole and half of three scores: {shares:?}");
}

#[test]
fn a_long_session_gives_a_picture_of_bounded_size() {
    let svg = drawn((0..8640 * 7).filter(|n| n % 40 != 0));
    assert!(svg.len() < 250_000, "{} bytes", svg.len());
}

#[test]
fn a_session_without_windows_has_a_picture_too() {
    let svg = svg(&picture(&[]), Layout::Wide, None);
    assert!(Document::parse(&svg).is_ok() && svg.contains("without windows"));
    assert!(png(&picture(&[]), Layout::Wide, Theme::Light, 960).is_ok());
}

#[test]
fn without_a_theme_the_picture_follows_its_viewer_and_refers_to_nothing_outside() {
    let windows = [window(0, 0.3)];
    let svg = svg(&picture(&windows), Layout::Wide, None);
    assert!(svg.contains("@media (prefers-color-scheme:dark)"));
    let outside = svg.replace("http://www.w3.org/2000/svg", "");
    assert!(!outside.contains("http") && !outside.contains("href") && !outside.contains("<script"));
}

fn pixels(theme: Theme, width: u32) -> Pixmap {
    let windows: Vec<_> = (0..12).map(|n| window(n, 0.3)).collect();
    let bytes = png(&picture(&windows), Layout::Wide, theme, width).expect("drawn");
    Pixmap::decode_png(&bytes).expect("a PNG")
}

fn brightness(pixels: &Pixmap, x: u32, y: u32) -> u32 {
    let colour = pixels.pixel(x, y).expect("inside").demultiply();
    (u32::from(colour.red()) + u32::from(colour.green()) + u32::from(colour.blue())) / 3
}

#[test]
fn a_png_has_the_width_asked_for_and_the_ground_of_its_theme() {
    for (theme, ground) in [(Theme::Light, 255), (Theme::Dark, 21)] {
        let pixels = pixels(theme, 480);
        assert_eq!((pixels.width(), pixels.height()), (480, (Layout::Wide.size().1 / 2.0).round() as u32));
        assert_eq!(brightness(&pixels, 2, 2), ground);
    }
    assert_eq!(pixels(Theme::Light, 100_000).width(), *PNG_WIDTHS.end());
}

#[test]
fn a_png_draws_text_without_any_font_of_the_machine() {
    let pixels = pixels(Theme::Light, 960);
    let inked = |x: std::ops::Range<u32>, y: std::ops::Range<u32>| {
        let all = y.flat_map(|y| x.clone().map(move |x| (x, y)));
        all.filter(|(x, y)| brightness(&pixels, *x, *y) < 110).count()
    };
    assert!(inked(28..500, 20..50) > 600, "the title: {}", inked(28..500, 20..50));
    assert!(inked(40..200, 100..430) > 600, "names and values of the scores");
}

#[test]
fn the_narrow_picture_says_the_same_in_letters_that_are_legible_and_within_its_edges() {
    let because = "the profile eu keeps what it is read from on the device";
    let windows: Vec<_> = (0..600)
        .map(|number| {
            let mut window = window(number, 0.3);
            window.assessment.valence = Score::Missing(absence(Modality::Face, Missing::Withheld(Some(Profile::Eu))));
            window
        })
        .collect();
    let [wide, narrow] =
        [Layout::Wide, Layout::Narrow].map(|layout| svg(&picture(&windows), layout, Some(Theme::Light)));
    let (wide, narrow) = (Document::parse(&wide).expect("well-formed"), Document::parse(&narrow).expect("well-formed"));
    let said = |document: &Document<'_>| -> String {
        let texts = document.descendants().filter(|n| n.has_tag_name("text"));
        texts.filter_map(|n| n.text()).collect::<Vec<_>>().join(" ")
    };
    for words in [
        "21 November 2025, 07:51:40",
        "09:31:40 UTC",
        "600 windows of ten seconds",
        "signal quality",
        "Stress",
        "0.30",
        "\u{b1} 0.10",
        "what was seen is too uncertain",
        because,
        "share of each modality",
        "heart 50\u{a0}%",
        "no face, 40\u{a0}%",
        "no device",
        "no consent",
        "score and one standard deviation",
        "a gap: no score",
        "a point is the mean over 20 s",
        "08:00",
    ] {
        assert!(said(&wide).contains(words), "{words}: {}", said(&wide));
        assert!(said(&narrow).contains(words), "{words}: {}", said(&narrow));
    }
    let (width, height) = Layout::Narrow.size();
    let number = |node: &Node<'_, '_>, name| node.attribute(name).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    for node in narrow.descendants().filter(|n| n.has_tag_name("text")) {
        let style = node.attribute("style").unwrap_or_default();
        let size: f64 = style.trim_start_matches("font-size:").trim_end_matches("px").parse().expect("a size");
        assert!(size >= 12.0, "{style}");
        // A letter is 0.56 of its size wide, about.
        let long = node.text().unwrap_or_default().chars().count() as f64 * size * 0.56;
        let class = node.attribute("class").unwrap_or_default();
        let begin = number(&node, "x")
            - if class.ends_with("end") {
                long
            } else if class.ends_with("middle") {
                long / 2.0
            } else {
                0.0
            };
        assert!(begin >= 0.0 && begin + long <= width, "{:?} from {begin} to {}", node.text(), begin + long);
        assert!((12.0..height).contains(&number(&node, "y")), "{:?}", node.text());
    }
    let strokes_of = |document: &Document<'_>| {
        of_class(document, "stress-line")
            .iter()
            .filter_map(|n| n.attribute("d"))
            .map(|d| d.matches('M').count())
            .sum::<usize>()
    };
    assert_eq!(strokes_of(&narrow), strokes_of(&wide));
}
