use typst::layout::{Frame, FrameItem};

use super::*;
use crate::report::*;

fn figure(name: &str, value: Told<String>) -> Figure {
    let of = |text: &str| text.to_owned();
    Figure {
        name: of(name),
        value,
        period: of("2 to 29 March"),
        coverage: of("18 of 20 days"),
        definition: of("hours"),
    }
}

fn course(points: usize) -> Series {
    let point = |number: usize| {
        let value = (number % 5 != 3).then_some(1.0 + (number % 11) as f64 / 2.0);
        let written = value.map_or("no answer".to_owned(), |value| format!("{value}"));
        Point { at: format!("{} March", number + 1), value, written, coverage: "1 answer".to_owned() }
    };
    Series {
        title: "Mood by day".to_owned(),
        finding: "Of 28 days 22 have an answer.".to_owned(),
        unit: String::new(),
        lowest: 1.0,
        highest: 6.0,
        usual: Some(3.5),
        definition: "mood".to_owned(),
        points: (0..points).map(point).collect(),
    }
}

fn bars(values: &[(&str, Option<f64>)]) -> Bars {
    let bar = |(name, value): &(&str, Option<f64>)| Bar {
        name: (*name).to_owned(),
        value: *value,
        written: value.map_or("kept back".to_owned(), |value| value.to_string()),
        coverage: "all tables".to_owned(),
    };
    Bars {
        title: "Flags".to_owned(),
        finding: "Two are high.".to_owned(),
        unit: "People".to_owned(),
        highest: 5.0,
        definition: "mood".to_owned(),
        bars: values.iter().map(bar).collect(),
    }
}

fn report(body: Body) -> Report {
    let definition = |name: &str| Definition {
        name: name.to_owned(),
        says: format!("What {name} is."),
        unit: "h".to_owned(),
        source: "activity table".to_owned(),
    };
    Report {
        version: Report::VERSION,
        id: "individual 0102 2026-03-29".to_owned(),
        organisation: Organisation { name: "Example Works".to_owned(), colour: Some([200, 220, 255]) },
        day: Day { year: 2026, month: 3, day: 29 },
        day_in_words: "Sun 29 March 2026".to_owned(),
        profile: "Profile eu.".to_owned(),
        body,
        definitions: vec![definition("hours"), definition("mood")],
    }
}

fn individual(name: &str, insights: usize) -> Report {
    let insight = |number: usize| Insight {
        name: format!("Feature {number}"),
        severity: "high".to_owned(),
        says: "9.2 days, where most have 0 to 2.1.".to_owned(),
        is_uncertain: number.is_multiple_of(2),
    };
    let action = Action {
        what: "Looked at".to_owned(),
        at: "Mon 2 March 2026, 14:05".to_owned(),
        reason: "We talked.".to_owned(),
        owner: name.to_owned(),
        due: String::new(),
        notes: String::new(),
    };
    let risk = Risk {
        by_severity: bars(&[("high", Some(2.0)), ("low", Some(0.0))]),
        says: "No finding of illness.".to_owned(),
    };
    report(Body::Individual(Box::new(Individual {
        name: name.to_owned(),
        summary: Summary {
            facts: vec![("Number".to_owned(), "E17".to_owned())],
            figures: vec![figure("Mean hours", Told::Here("7.9 h".to_owned()))],
        },
        hours: Told::Here(Hours {
            figures: vec![figure("Beyond 8 h", Told::not(Why::TooLittle, "two days"))],
            course: Some(course(20)),
        }),
        mood: Told::Here(Mood { figures: Vec::new(), course: course(28) }),
        insights: Told::Here((0..insights).map(insight).collect()),
        risk: Told::Here(risk),
        actions: Told::Here(vec![action]),
        talked: vec!["Concerns: the shifts are long".to_owned()],
    })))
}

fn empty() -> Report {
    report(Body::Individual(Box::new(Individual {
        name: String::new(),
        summary: Summary::default(),
        hours: Told::not(Why::None, "No activity table stands."),
        mood: Told::not(Why::TooLittle, "One answer of five."),
        insights: Told::not(Why::Withheld, "Rule 7 of the profile eu."),
        risk: Told::not(Why::Withheld, "Rule 7 of the profile eu."),
        actions: Told::not(Why::None, "Nobody decided anything."),
        talked: Vec::new(),
    })))
}

fn daily() -> Report {
    let department = |name: &str, value| Department {
        name: name.to_owned(),
        value,
        people: "14".to_owned(),
        change: "0.2 more".to_owned(),
    };
    report(Body::Daily(Box::new(Daily {
        figures: vec![figure("People in the tables", Told::Here("497".to_owned()))],
        mood: Told::Here(DepartmentMood {
            bars: bars(&[("Sales", Some(3.2)), ("Stores", None)]),
            departments: vec![
                department("Sales", Told::Here("3.2".to_owned())),
                department("Stores", Told::not(Why::Withheld, "fewer than 10 took part")),
            ],
        }),
        severities: Told::Here(bars(&[("high", Some(2.0)), ("medium", Some(4.0)), ("low", Some(5.0))])),
        concerns: Told::Here(vec![Concern {
            name: "Sick leave".to_owned(),
            people: Told::Here("12".to_owned()),
            severe: "3".to_owned(),
        }]),
        effects: Told::Here(vec![Effect {
            name: "Something was done".to_owned(),
            people: "11".to_owned(),
            before: Told::Here("3.1".to_owned()),
            after: Told::not(Why::TooLittle, "two answers"),
            definition: "mood".to_owned(),
        }]),
    })))
}

fn team(measures: usize) -> Report {
    let measured = |number: usize| Measured {
        figure: figure(&format!("Measure {number}"), Told::Here("0.42".to_owned())),
        change: "0.02 less than the week before.".to_owned(),
        course: course(12),
    };
    report(Body::Team(Box::new(Team {
        name: "Sales".to_owned(),
        period: "12 weeks".to_owned(),
        people: "14, of whom 12 took part".to_owned(),
        rules: vec!["A figure is of at least 10 people.".to_owned()],
        measured: Told::Here((0..measures).map(measured).collect()),
    })))
}

/// The file, with what is wrong where there is none.
fn made(report: &Report, logo: Option<&Logo>) -> Vec<u8> {
    let data = written(report, logo).expect("it can be written");
    set(&report.id, data, logo).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Its pages, each as the text on it.
fn pages(report: &Report) -> Vec<String> {
    fn texts(frame: &Frame, out: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => texts(&group.frame, out),
                FrameItem::Text(text) => {
                    out.push_str(&text.text);
                    out.push(' ');
                }
                _ => {}
            }
        }
    }
    let desk = Desk::new(written(report, None).expect("it can be written"), None);
    let laid = alone(|| lay(&desk)).expect("it does not break off");
    let document = laid.unwrap_or_else(|problems| panic!("{problems:?}"));
    let page = |page: &typst_layout::Page| {
        let mut text = String::new();
        texts(&page.frame, &mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    document.pages().iter().map(page).collect()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes
}

#[test]
fn reports_of_each_kind_can_be_read_out_empty_small_and_of_many_pages() {
    for report in [individual("Ada Example", 3), empty(), individual("Ada Example", 200), daily(), team(0), team(6)] {
        let file = made(&report, None);
        assert!(file.starts_with(b"%PDF-") && file.trim_ascii_end().ends_with(b"%%EOF"));
    }
    assert!(pages(&individual("Ada Example", 200)).len() >= 10);
}

#[test]
fn the_same_report_gives_the_same_bytes_and_another_day_others() {
    let report = individual("Ada Example", 3);
    let file = made(&report, None);
    made(&daily(), None);
    assert_eq!(made(&report, None), file);
    let another = Report { day: Day { day: 30, ..report.day }, ..report };
    assert_ne!(made(&another, None), file);
}

#[test]
fn a_report_of_one_person_has_all_its_parts_and_the_annex_what_its_figures_are() {
    let all = pages(&individual("Ada Example", 3)).join(" ");
    let parts = [
        "Summary",
        "Working hours",
        "Mood over four weeks",
        "Insights",
        "Risk",
        "Actions",
        "What was talked about",
        "Annex",
    ];
    for part in parts {
        assert!(all.contains(part), "{part}: {all}");
    }
    for says in [
        "Concerns: the shifts are long",
        "18 of 20",
        "What hours is.",
        "Page 2 of",
        "Example Works",
        "too little: two days",
    ] {
        assert!(all.contains(says), "{says}: {all}");
    }
}

#[test]
fn bars_that_are_not_drawn_are_counted_and_stand_in_the_table() {
    let mut report = daily();
    if let Body::Daily(body) = &mut report.body {
        let name = |number: usize| format!("Department {number}.");
        let names: Vec<String> = (1..=23).map(name).collect();
        let of: Vec<(&str, Option<f64>)> = names.iter().map(|name| (name.as_str(), Some(1.0))).collect();
        body.severities = Told::Here(bars(&of));
    }
    let all = pages(&report).join(" ");
    assert!(all.contains("and 3 more") && all.contains("Department 23."), "{all}");
}

#[test]
fn why_something_is_not_told_stands_in_its_place_and_no_number() {
    let all = pages(&empty()).join(" ");
    for says in ["None.", "Too little.", "Withheld.", "Rule 7 of the profile eu."] {
        assert!(all.contains(says), "{says}: {all}");
    }
    assert!(!all.contains("What was talked about"), "an empty part is left out: {all}");
}

#[test]
fn whatever_a_name_is_it_is_text_and_the_report_is_made() {
    let names = [
        "#panic(\"no\") $x$ *a* _b_ @c <d> `e` \\ // /* ] }",
        "שרה כהן",
        "محمد عبد الله",
        "山田太郎 🙂",
        "e\u{301}\u{302}\u{300} \u{301}",
        "ع\u{301}א\u{64b}",
        "a\u{202e}b\u{2066}c\0d\u{200d}e",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "",
        " ",
    ];
    for name in names {
        made(&individual(name, 1), None);
    }
    made(&individual(&"Wolfeschlegelstein".repeat(200), 1), None);
    let all = pages(&individual(names[0], 1)).concat();
    assert!(all.contains("#panic("), "{all}");
}

#[test]
fn a_figure_without_a_definition_a_scale_without_an_end_and_a_list_without_one_are_refused() {
    let mut report = individual("Ada Example", 3);
    report.definitions.pop();
    assert_eq!(pdf(&report, None), Err(ReportError::Invalid("each figure has its definition")));
    let mut report = team(1);
    if let Body::Team(team) = &mut report.body
        && let Told::Here(measured) = &mut team.measured
    {
        measured[0].course.highest = f64::NAN;
    }
    assert_eq!(pdf(&report, None), Err(ReportError::Invalid("each scale has two ends")));
    assert_eq!(pdf(&individual("Ada Example", 1001), None), Err(ReportError::TooMuch));
    assert_eq!(pdf(&individual(&"long ".repeat(1 << 20), 1), None), Err(ReportError::TooMuch));
    let report = Report { day: Day { year: 2026, month: 2, day: 31 }, ..daily() };
    assert!(matches!(pdf(&report, None), Err(ReportError::Refused(_))));
}

#[test]
fn a_logo_is_a_png_of_a_bounded_size_and_stands_on_the_cover() {
    for bytes in [Vec::new(), b"<svg/>".to_vec(), png(0, 1), png(4001, 1), png(1, u32::MAX)] {
        assert_eq!(Logo::new(bytes), Err(ReportError::Logo));
    }
    let one_pixel: &[u8] = include_bytes!("../../fixtures/logo.png");
    let logo = Logo::new(one_pixel.to_vec()).expect("a logo");
    assert!(made(&daily(), Some(&logo)).len() > made(&daily(), None).len());
    let cut = &one_pixel[..one_pixel.len() - 20];
    for damaged in [png(1, 1), cut.to_vec()] {
        assert_eq!(Logo::new(damaged), Err(ReportError::Logo), "each report would be refused");
    }
}

#[test]
fn what_templates_ask_for_beside_the_report_is_not_there() {
    use typst::World;
    use typst::syntax::{RootedPath, VirtualPath, VirtualRoot};
    let desk = Desk::new(Vec::new(), None);
    for path in ["logo.png", "etc/passwd", "/proc/self/environ", "typst.toml"] {
        let id = RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).expect("a path")).intern();
        assert!(desk.file(id).is_err() && desk.source(id).is_err(), "{path}");
    }
    assert!(desk.today(None).is_none());
}
