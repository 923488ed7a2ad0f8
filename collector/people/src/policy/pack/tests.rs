use std::path::Path;

use attune_ground::store::Urls;
use attune_ground::{House, Setup};
use attune_protocol::policy::{Audience, Papers};
use attune_protocol::registry::Modality;

use super::*;

fn given(profile: Profile, has_own_broker: bool, dpia: &str) -> Given {
    Given {
        limits: attune_ground::retention::Limits::built_in(profile),
        aging: Vec::new(),
        histories: Vec::new(),
        measures: Vec::new(),
        least_people: 10,
        brand: attune_ground::Brand::default(),
        releases: Vec::new(),
        zone: jiff::tz::TimeZone::UTC,
        state: PathBuf::new(),
        models: PathBuf::new(),
        keep_text: false,
        profile,
        setup: Setup {
            api: ([127, 0, 0, 1], 8750).into(),
            names: vec!["attune.example".into()],
            known_at: Some("https://attune.example".into()),
            has_own_broker,
            database: "SQLite",
            dpia: dpia.into(),
            works_agreement: String::new(),
        },
        broker: if has_own_broker { "mqtt://127.0.0.1:8751" } else { "mqtt://there:1883" }.into(),
        broker_login: None,
        house: House {
            key: PathBuf::new(),
            urls: Urls { database: String::new(), keys: String::new() },
            migrations: Vec::new(),
            carried: Vec::new(),
            copies: PathBuf::new(),
        },
        ground: Box::pin(async { Err("no paper opens the database".into()) }),
    }
}

fn each() -> impl Iterator<Item = (Profile, [(&'static str, String); 3])> {
    Profile::ALL.into_iter().flat_map(|profile| {
        [true, false].map(|own| {
            let matrix = Matrix { profile, papers: Papers { dpia: !own, works_agreement: false } };
            let given = given(profile, own, if own { "" } else { "DPIA-7" });
            (profile, papers(&Basis { matrix, given: &given }))
        })
    })
}

#[test]
fn every_paper_reads_as_markdown_names_the_profile_and_leaves_places_to_the_organisation() {
    for (profile, papers) in each() {
        for (name, text) in papers {
            assert!(text.starts_with("# ") && text.ends_with('\n') && !text.contains("\n\n\n"), "{name}");
            assert!(text.contains(&format!("profile `{profile}`")), "{name}");
            assert!(markdown::count_open(&text) > 3, "{name}");
            assert!(!text.contains("{}") && !text.contains("  \n"), "{name}");
            let tables = text.split("\n\n").filter(|part| part.starts_with('|'));
            for table in tables {
                let widths: Vec<usize> = table.lines().map(|line| line.matches('|').count()).collect();
                assert!(widths.len() > 2 && widths.iter().all(|width| *width == widths[0]), "{name}: {table}");
            }
        }
    }
}

#[test]
fn the_record_answers_each_letter_of_article_30_and_the_assessment_each_of_article_35() {
    for (_, [(_, record), (_, assessment), (_, annex)]) in each() {
        for letter in ["(a)", "(b)", "(c)", "(d)", "(e)", "(f)", "(g)"] {
            assert!(record.contains(&format!("\n## {letter} ")), "{letter}");
        }
        for letter in ["## (a)", "## (b)", "## (c)", "(d) what is done"] {
            assert!(assessment.contains(letter), "{letter}");
        }
        for section in 1..=10 {
            assert!(annex.contains(&format!("\n## {section}. ")), "{section}");
        }
    }
}

#[test]
fn the_annex_names_every_field_every_audience_and_what_stays_on_the_device() {
    for (profile, [_, _, (_, annex)]) in each() {
        for spec in Modality::ALL.into_iter().flat_map(Modality::features) {
            let line = format!("| {} |", spec.name.replace('_', " "));
            let row = annex.lines().find(|row| row.contains(&line)).unwrap_or_else(|| panic!("{}", spec.name));
            assert!(!row.is_empty());
        }
        for audience in Audience::ALL {
            assert!(annex.contains(&markdown::capital(audience.words())), "{audience:?}");
        }
        let stays = annex.matches("| stays on the device |").count();
        let fields = Modality::ALL.into_iter().flat_map(Modality::features);
        let expected = fields.filter(|spec| !profile.lets_leave(spec.category)).count();
        let kinds = attune_protocol::registry::Category::ALL.into_iter().filter(|it| !profile.lets_leave(*it)).count();
        assert_eq!(stays, expected + kinds, "{profile}");
        assert_eq!(annex.contains("not for people at work"), profile == Profile::Research, "{profile}");
    }
}

#[test]
fn what_is_set_stands_in_the_papers_and_what_is_not_is_left_open() {
    let matrix = Matrix::of(Profile::Eu);
    let (own, other) = (given(Profile::Eu, true, ""), given(Profile::Eu, false, "DPIA-7"));
    let [(_, record), (_, assessment), _] = papers(&Basis { matrix, given: &own });
    assert!(record.contains("connections of this machine only"), "{record}");
    assert!(
        record.contains("summed up by hour, day, week and month") && record.contains("Of teams that are large"),
        "{record}"
    );
    assert!(record.contains("the broker within the collector") && !record.contains("who runs the broker"), "{record}");
    assert!(record.contains("`127.0.0.1:8750`, known as attune.example") && record.contains("SQLite"), "{record}");
    assert!(assessment.contains("(DPIA) none on record"), "{assessment}");
    let [(_, record), (_, assessment), _] = papers(&Basis { matrix, given: &other });
    assert!(record.contains("a broker outside the collector, at `mqtt://there:1883`"), "{record}");
    assert!(record.contains("who runs the broker") && assessment.contains("(DPIA) `DPIA-7`"), "{record}");
}

#[test]
fn every_protection_is_held_where_it_is_said_to_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let security = std::fs::read_to_string(root.join("SECURITY.md")).expect("there");
    for protection in protections::PROTECTIONS {
        assert!(!protection.code.is_empty() && !protection.tests.is_empty(), "{}", protection.risk);
        for code in protection.code {
            assert!(root.join(code).exists(), "{code} is not there");
        }
        for test in protection.tests {
            // SECURITY.md's own test looks whether a test of that name is there.
            let is_named = security.contains(test);
            let stands = protection.code.iter().any(|code| {
                std::fs::read_to_string(root.join(code)).is_ok_and(|text| text.contains(&format!("fn {test}(")))
            });
            assert!(is_named || stands, "{test}");
        }
    }
}

#[test]
fn nothing_is_written_over_without_force_and_then_all_of_it_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("new/papers");
    let given = given(Profile::Eu, true, "");
    let basis = Basis { matrix: Matrix::of(Profile::Eu), given: &given };
    let said = write(&basis, &out, false).expect("written");
    assert_eq!(said.out.lines().count(), 3);
    assert!(said.err.contains("to be filled in by the organisation"), "{}", said.err);
    let mine = out.join("dpia-draft.md");
    std::fs::write(&mine, "filled in").expect("ours");
    std::fs::remove_file(out.join("record-of-processing.md")).expect("ours");
    let error = write(&basis, &out, false).expect_err("it is there").to_string();
    assert!(error.contains("dpia-draft.md") && error.contains("--force"), "{error}");
    assert_eq!(std::fs::read_to_string(&mine).expect("there"), "filled in");
    assert!(!out.join("record-of-processing.md").exists(), "none is written where one is refused");
    write(&basis, &out, true).expect("written");
    assert!(std::fs::read_to_string(&mine).expect("there").starts_with("# Assessment"));
}
