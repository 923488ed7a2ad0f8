use std::collections::BTreeSet;

use super::*;
use crate::ack::Answer;

/// Every matrix that can be in force.
fn all() -> impl Iterator<Item = Matrix> {
    let papers = [false, true].map(|dpia| [false, true].map(|works_agreement| Papers { dpia, works_agreement }));
    let papers = papers.into_iter().flatten();
    papers.flat_map(|papers| Profile::ALL.map(|profile| Matrix { profile, papers }))
}

fn decisions(matrix: Matrix) -> Vec<Decision> {
    matrix.cells().map(|cell| cell.rule.decision).collect()
}

#[test]
fn every_cell_is_there_once_and_has_a_rule_of_the_list() {
    let count = Audience::ALL.len() * Purpose::ALL.len() * Data::ALL.len();
    for matrix in all() {
        let cells: BTreeSet<_> = matrix.cells().map(|cell| (cell.audience, cell.purpose, cell.data)).collect();
        assert_eq!((matrix.cells().count(), cells.len()), (count, count), "{matrix:?}");
        assert!(matrix.cells().all(|cell| RULES.contains(&cell.rule)), "{matrix:?}");
    }
    let derived = Data::ALL.into_iter().filter(|data| matches!(data, Data::Derived(_)));
    assert_eq!(derived.count(), Category::ALL.len(), "every category of the registry stands in the matrix");
}

#[test]
fn every_rule_has_a_name_of_its_own_a_sentence_and_a_source_and_is_used() {
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(names.len(), RULES.len());
    let used: BTreeSet<&str> = all().flat_map(Matrix::cells).map(|cell| cell.rule.id).collect();
    let answers: BTreeSet<&str> = Answer::ALL.into_iter().filter_map(Answer::rule).map(|rule| rule.id).collect();
    for rule in RULES {
        assert!(rule.says.ends_with('.') && !rule.source.is_empty(), "{}", rule.id);
        assert!(used.contains(rule.id) || answers.contains(rule.id), "{} decides nothing", rule.id);
    }
}

/// A changed line here changes what refusals and agreements mean that name the rule: rules are added, not changed.
#[test]
fn rules_keep_their_names_and_what_they_decide() {
    let lines = RULES.iter().map(|rule| format!("{} {}", rule.id, rule.decision.name()));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn nobody_outside_the_device_is_given_emotion_from_face_or_voice_but_under_research() {
    for matrix in all().filter(|matrix| matrix.profile != Profile::Research) {
        for cell in matrix.cells() {
            let read_from_it = [Category::Affect, Category::FaceGeometry, Category::VoiceAcoustics].map(Data::Derived);
            if !read_from_it.contains(&cell.data) && cell.data != Data::Raw {
                continue;
            }
            match cell.rule.decision {
                Decision::Forbidden => {}
                Decision::OnlyLocally => assert_eq!(cell.audience, Audience::Person, "{cell:?}"),
                _ => panic!("{matrix:?}: {cell:?}"),
            }
        }
    }
}

#[test]
fn only_the_person_is_shown_anything_on_the_device_and_only_what_does_not_leave_it() {
    for matrix in all() {
        for cell in matrix.cells().filter(|cell| cell.rule.decision == Decision::OnlyLocally) {
            let Data::Derived(category) = cell.data else { panic!("{cell:?}") };
            assert_eq!(cell.audience, Audience::Person);
            assert!(!matrix.profile.lets_leave(category), "{cell:?}");
        }
    }
}

#[test]
fn what_does_not_leave_the_device_is_given_to_nobody_and_kept_nowhere() {
    for matrix in all() {
        for cell in matrix.cells() {
            if let Data::Derived(category) = cell.data
                && !matrix.profile.lets_leave(category)
            {
                assert!(!cell.rule.decision.leaves_the_device(), "{matrix:?}: {cell:?}");
            }
        }
    }
}

#[test]
fn who_employs_sees_no_person_but_who_is_in_a_team() {
    for matrix in all() {
        for cell in matrix.cells().filter(|cell| matches!(cell.audience, Audience::Manager | Audience::Hr)) {
            let about_one = matches!(cell.rule.decision, Decision::Allowed | Decision::OnlyWithConsent);
            // What is of HR's own tables is nothing that was sensed, said or written here; nor is that reminders went unanswered.
            let is_of_its_own = cell.audience == Audience::Hr
                && cell.purpose == Purpose::Personnel
                && matches!(cell.data, Data::HrTables | Data::HrFlags | Data::Unanswered);
            assert!(!about_one || cell.data == Data::Accounts || is_of_its_own, "{matrix:?}: {cell:?}");
        }
    }
}

#[test]
fn what_nobody_may_keep_nobody_else_but_the_person_is_shown() {
    // What is shown comes out of the store; what a person gives to nobody but a language model they agreed to, does not.
    for matrix in all() {
        for data in Data::ALL {
            let kept = Purpose::ALL
                .iter()
                .any(|&purpose| matrix.rule(Audience::Store, purpose, data).decision.leaves_the_device());
            let shown = matrix.cells().filter(|cell| cell.data == data && cell.audience != Audience::Store);
            let shown = shown.filter(|cell| cell.rule.decision.leaves_the_device()).count();
            assert!(kept || shown == 0, "{matrix:?} {data:?}");
        }
    }
}

#[test]
fn eu_is_nowhere_looser_than_another_profile_and_papers_loosen_only_figures_from_text_and_what_hr_is_told_of_one() {
    for other in all() {
        let eu = Matrix { profile: Profile::Eu, papers: other.papers };
        for (strict, cell) in Matrix::default().cells().zip(other.cells()) {
            assert!(strict.rule.decision >= cell.rule.decision, "{other:?}: {cell:?}");
        }
        for (before, cell) in Matrix::default().cells().zip(eu.cells()).filter(|(a, b)| a.rule != b.rule) {
            let waited_for = match cell.data {
                Data::Text if cell.purpose == Purpose::Wellbeing => "EU-GDPR-35-88",
                Data::HrFlags => "EU-GDPR-22-35-88",
                Data::Unanswered => "EU-GDPR-35-88-UNANSWERED",
                _ => panic!("{cell:?}"),
            };
            assert_eq!(before.rule.id, waited_for, "{cell:?}");
            assert_eq!(eu.papers, Papers { dpia: true, works_agreement: true }, "one of them is not enough");
        }
    }
    let with = Matrix { profile: Profile::Eu, papers: Papers { dpia: true, works_agreement: true } };
    assert_ne!(decisions(with), decisions(Matrix::default()));
}

#[test]
fn of_hrs_tables_its_people_see_all_and_under_eu_nobody_is_flagged_without_both_papers() {
    for matrix in all() {
        let rule = |audience, data| matrix.rule(audience, Purpose::Personnel, data).decision;
        let own = |data| matrix.rule(Audience::Person, Purpose::OwnView, data).decision;
        assert_eq!((rule(Audience::Hr, Data::HrTables), own(Data::HrTables)), (Decision::Allowed, Decision::Allowed));
        assert_eq!(rule(Audience::Hr, Data::HrFlags), own(Data::HrFlags), "who is flagged sees it: {matrix:?}");
        let Papers { dpia, works_agreement } = matrix.papers;
        let may = match matrix.profile {
            Profile::Eu => dpia && works_agreement,
            Profile::Uk => dpia,
            Profile::Us | Profile::Research => true,
        };
        assert_eq!(rule(Audience::Hr, Data::HrFlags) == Decision::Allowed, may, "{matrix:?}");
        for other in [Audience::Manager, Audience::Service, Audience::Administrator, Audience::LanguageModel] {
            assert_eq!(rule(other, Data::HrTables), Decision::Forbidden, "{other:?}");
            assert_eq!(rule(other, Data::HrFlags), Decision::Forbidden, "{other:?}");
        }
    }
}

#[test]
fn that_reminders_went_unanswered_is_told_to_hr_alone_and_under_eu_not_without_both_papers() {
    for matrix in all() {
        let told = |audience, purpose| matrix.rule(audience, purpose, Data::Unanswered).decision.leaves_the_device();
        let Papers { dpia, works_agreement } = matrix.papers;
        let may = match matrix.profile {
            Profile::Eu => dpia && works_agreement,
            Profile::Uk => dpia,
            Profile::Us | Profile::Research => true,
        };
        assert_eq!(told(Audience::Hr, Purpose::Personnel), may, "{matrix:?}");
        assert!(told(Audience::Person, Purpose::OwnView) && told(Audience::Store, Purpose::OwnView), "{matrix:?}");
        for other in [Audience::Manager, Audience::Service, Audience::Administrator, Audience::LanguageModel] {
            assert!(Purpose::ALL.iter().all(|purpose| !told(other, *purpose)), "{matrix:?} {other:?}");
        }
    }
}

#[test]
fn of_two_profiles_the_stricter_holds_in_every_cell_and_a_third_never_loosens_it() {
    let stricter = |one: &[Decision], other: &[Decision]| -> Vec<Decision> {
        one.iter().zip(other).map(|(one, other)| one.stricter(*other)).collect()
    };
    let is_no_looser = |one: &[Decision], other: &[Decision]| one.iter().zip(other).all(|(one, other)| one >= other);
    let tables: Vec<_> = all().map(decisions).collect();
    for a in &tables {
        for b in &tables {
            let both = stricter(a, b);
            assert!(is_no_looser(&both, a) && is_no_looser(&both, b));
            assert_eq!(both, stricter(b, a), "whichever is the device's");
            assert_eq!(both, stricter(&both, a), "and however often it is looked at");
            for third in &tables {
                assert!(is_no_looser(&stricter(&both, third), &both));
                // Who goes over to a stricter one loosens nothing, whatever the other side has.
                assert!(!is_no_looser(a, b) || is_no_looser(&stricter(a, third), &stricter(b, third)));
            }
        }
    }
}

#[test]
fn what_two_profiles_keep_back_names_a_rule_of_the_stricter() {
    for one in Profile::ALL {
        for other in Profile::ALL {
            for category in Category::ALL {
                let kept = keeps_back([one, other], category);
                assert_eq!(kept.is_none(), one.lets_leave(category) && other.lets_leave(category));
                assert!(kept.is_none_or(|rule| [one, other].iter().any(|of| of.leaving(category) == rule)));
            }
        }
    }
    let named = |profiles, category| keeps_back(profiles, category).map(|rule| rule.id);
    assert_eq!(named([Profile::Us, Profile::Eu], Category::Physiology), Some("EU-GDPR-9-HEALTH"));
    assert_eq!(named([Profile::Us, Profile::Eu], Category::Affect), Some("US-AFFECT"), "the device's own comes first");
    assert_eq!(keeps_back([], Category::Affect), None);
}

#[test]
fn names_are_unique_and_words_fit_a_line() {
    fn unique<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut seen = BTreeSet::new();
        for (name, words) in names {
            assert!(seen.insert(name) && !words.is_empty() && words.len() <= 64, "{name}: {words}");
            assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{name}");
        }
    }
    unique(Audience::ALL.iter().map(|it| (it.name(), it.words())));
    unique(Purpose::ALL.iter().map(|it| (it.name(), it.words())));
    unique(Decision::ALL.iter().map(|it| (it.name(), it.words())));
    unique(Data::ALL.iter().map(|it| (it.name(), it.words())));
    assert!(Decision::ALL.is_sorted(), "the stricter stands later");
}
