mod out;
mod parity;
mod real;

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::*;
use crate::rows::{
    Activity, Award, Employee, Feedback, Judgement, Leave, LeaveKind, Onboarding, Part, Period, Review, Reward, Vibe,
};

fn employee(name: &str) -> Employee {
    Employee(name.to_owned())
}

fn leave(of: &str, kind: LeaveKind, days: f64, end: Date) -> Leave {
    Leave { employee: employee(of), kind: Some(kind), days: Some(days), start: None, end: Some(end) }
}

fn reward(of: &str, award: Award, points: f64, day: Date) -> Reward {
    Reward { employee: employee(of), award: Some(award), date: Some(day), points: Some(points) }
}

/// Somebody who is in all six tables.
fn somebody(name: &str) -> Tables {
    let whose = || employee(name);
    let day = date(2026, 3, 2);
    let activity = |hours| Activity {
        employee: whose(),
        date: Some(day),
        messages: Some(3),
        mails: Some(4),
        meetings: None,
        hours: Some(hours),
    };
    Tables {
        activity: vec![activity(7.5), activity(8.5)],
        leave: vec![leave(name, LeaveKind::Sick, 2.5, day)],
        onboarding: vec![Onboarding {
            employee: whose(),
            joined: Some(day),
            feedback: Some(Feedback::Good),
            mentor: Some(true),
            trained: Some(false),
        }],
        performance: vec![Review {
            employee: whose(),
            period: Some(Period { year: 2025, part: Part::SecondHalf }),
            rating: Some(3),
            judgement: Some(Judgement::Exceeds),
            promotion: Some(false),
        }],
        rewards: vec![reward(name, Award::Innovation, 120.0, day)],
        vibe: vec![Vibe { employee: whose(), date: Some(day), score: Some(5.0), zone: None }],
    }
}

fn one_row(tables: &Tables) -> Row {
    let [row] = <[Row; 1]>::try_from(master(tables, &Decay::default())).expect("one employee");
    row
}

#[test]
fn each_of_the_39_features_has_a_name_of_its_own_and_says_what_it_is() {
    let names: BTreeSet<&str> = FEATURES.iter().map(|feature| feature.name).collect();
    let display_names: BTreeSet<&str> = FEATURES.iter().map(|feature| feature.display_name).collect();
    assert_eq!((names.len(), display_names.len()), (39, 39));
    for definition in definitions(&Decay::default()) {
        assert!(definition.definition.ends_with('.'), "{}", definition.name);
        let is_plain = matches!(definition.kind, Kind::Word | Kind::Truth);
        assert_eq!(definition.unit.is_empty(), is_plain, "{}", definition.name);
    }
}

#[test]
fn a_definition_says_the_rate_that_is_set_and_none_where_nothing_decays() {
    let told = definitions(&Decay { vibe: 0.25, ..Decay::default() });
    let rate = |name: &str| told.iter().find(|of| of.name == name).expect("a feature").decay_a_day;
    assert_eq!(rate("Decayed_Vibe"), Some(0.25));
    assert_eq!(rate("Sick Leave_Factor"), Some(0.01));
    assert_eq!((rate("Star Performer_Count"), rate("Days_Since_Joining"), rate("Work_Hours_sum")), (None, None, None));
    assert_eq!(told.iter().filter(|of| of.is_searched).count(), INPUTS.len());
}

#[test]
fn an_input_has_the_name_and_the_number_of_its_feature_and_good_stands_between_average_and_excellent() {
    let mut row = one_row(&somebody("A"));
    for (input, value) in INPUTS.iter().zip(inputs(&row)) {
        let of = feature(input.name).expect("a feature");
        assert_eq!(input.display_name, of.display_name);
        if of.kind() != Kind::Word {
            assert_eq!(value, of.number(&row), "{}", of.name);
        }
    }
    let steps = [Feedback::Poor, Feedback::Average, Feedback::Good, Feedback::Excellent].map(|said| {
        row.feedback = Some(said);
        inputs(&row)[18]
    });
    assert_eq!(steps, [Some(1.0), Some(2.0), Some(3.0), Some(4.0)]);
    assert_eq!(inputs(&row)[19], Some(4.0), "exceeds expectations");
}

#[test]
fn rows_are_in_the_order_of_employees_whatever_the_order_of_the_files() {
    let mut tables = Tables::default();
    for name in ["B", "a", "A", "10", "9"] {
        tables.vibe.extend(somebody(name).vibe);
    }
    let order = |tables: &Tables| -> Vec<String> {
        master(tables, &Decay::default()).into_iter().map(|row| row.employee.0).collect()
    };
    assert_eq!(order(&tables), ["10", "9", "A", "B", "a"]);
    tables.vibe.reverse();
    assert_eq!(order(&tables), ["10", "9", "A", "B", "a"]);
    assert!(order(&Tables::default()).is_empty());
}

#[test]
fn who_is_in_one_table_has_nothing_of_the_others_and_no_nought_for_it() {
    let vibe = Tables { vibe: somebody("A").vibe, ..Tables::default() };
    let row = one_row(&vibe);
    let known: Vec<&str> =
        FEATURES.iter().filter(|feature| feature.value(&row).is_some()).map(|feature| feature.name).collect();
    assert_eq!(known, ["Decayed_Vibe"]);
}

#[test]
fn nobody_has_what_others_wrote_though_the_tables_of_many_are_given() {
    let mut both = somebody("A");
    let alone = Gather::new(&Decay::default(), &References::of(&both)).of_employee(&employee("A"), &both);
    let other = somebody("B");
    both.activity.extend(other.activity);
    both.leave.extend(other.leave);
    both.performance.extend(other.performance);
    both.rewards.extend(other.rewards);
    both.vibe.extend(other.vibe);
    let gather = Gather::new(&Decay::default(), &References::of(&both));
    assert_eq!(gather.of_employee(&employee("A"), &both), alone);
    let nobody = gather.of_employee(&employee("C"), &both);
    assert!(FEATURES.iter().all(|feature| feature.value(&nobody).is_none()));
}

#[test]
fn newest_days_are_found_of_pieces_in_any_order() {
    let day = |day| date(2026, 1, day);
    let piece = |end| Tables { leave: vec![leave("A", LeaveKind::Sick, 1.0, end)], ..Tables::default() };
    for order in [[3, 9, 5], [9, 3, 5], [3, 5, 9]] {
        let mut days = Days::default();
        for at in order {
            days.see(&piece(day(at)));
        }
        let wanted = References { leave: Some(day(9)), ..References::default() };
        assert_eq!(days.references(&References::default()), wanted);
    }
}

#[test]
fn a_mistyped_far_day_takes_no_weight_from_the_rows_of_others() {
    let day = |day| date(2026, 1, day);
    let clean: Vec<Reward> = (1..=28).cycle().take(200).map(|at| reward("A", Award::Star, 1.0, day(at))).collect();
    let with = |far: &[Date]| {
        let far = far.iter().map(|far| reward("B", Award::Star, 1.0, *far));
        Tables { rewards: clean.iter().cloned().chain(far).collect(), ..Tables::default() }
    };
    let points = |tables: &Tables| {
        let rows = master(tables, &Decay::default());
        rows.into_iter().map(|row| row.points).collect::<Vec<_>>()
    };
    let of_a = points(&with(&[]))[0];
    for far in [&[date(2105, 1, 9)][..], &[date(2027, 3, 1)], &[date(2062, 1, 1), date(2105, 1, 9)]] {
        assert_eq!(points(&with(far)), [of_a, Some(far.len() as f64)], "{far:?}: each of those counts whole");
    }
    let three = [date(2105, 1, 9), date(2105, 1, 9), date(2105, 1, 10)];
    assert_ne!(points(&with(&three))[0], of_a, "where the table goes on, its newest day is there");
    assert_ne!(points(&with(&[date(2026, 12, 1)]))[0], of_a, "within a year nothing is far");
}

#[test]
fn days_of_over_a_year_after_a_table_was_given_are_no_reference_unless_most_are() {
    let given = |year| References { vibe: Some(date(year, 6, 1)), ..References::default() };
    let reference = |years: &[i16], year| {
        let mut days = Days::default();
        let row = |year: &i16| {
            let (employee, date) = (employee("A"), Some(date(*year, 3, 2)));
            Vibe { employee, date, score: Some(4.0), zone: None }
        };
        days.see(&Tables { vibe: years.iter().map(row).collect(), ..Tables::default() });
        days.references(&given(year)).vibe.map(|day| day.year())
    };
    assert_eq!(reference(&[2025, 2026, 2105], 2026), Some(2026));
    assert_eq!(reference(&[2025, 2026, 2027], 2026), Some(2027), "what is planned");
    assert_eq!(reference(&[2025, 2026, 2027], 1970), Some(2027), "by a clock that is behind");
    assert_eq!(reference(&[], 2026), None);
}

#[test]
fn what_is_from_after_the_reference_day_counts_whole_and_never_more() {
    let early =
        References { leave: Some(date(2020, 1, 1)), onboarding: Some(date(2020, 1, 1)), ..References::default() };
    let [row] = <[Row; 1]>::try_from(master(&somebody("A"), &Decay { references: early, ..Decay::default() }))
        .expect("one employee");
    assert_eq!((row.leave[2], row.onboarding, row.days_since_joining), (Some(2.5), Some(2.0), Some(0)));
}

#[test]
fn what_is_too_large_for_a_number_is_unknown() {
    let day = date(2026, 3, 2);
    let rewards = vec![reward("A", Award::Star, f64::MAX, day), reward("A", Award::Star, f64::MAX, day)];
    let leave = vec![leave("A", LeaveKind::Sick, f64::INFINITY, day)];
    let row = one_row(&Tables { rewards, leave, ..Tables::default() });
    assert_eq!((row.points, row.leave[2], row.awards), (None, None, [Some(0), Some(0), Some(0), Some(2)]));
}

#[test]
fn a_rate_that_no_weight_can_be_reckoned_with_is_refused_by_name() {
    assert_eq!(Decay::default().checked(), Ok(Decay::default()));
    for rate in [-0.01, 10.5, f64::NAN, f64::INFINITY] {
        assert_eq!(
            Decay { rewards: rate, ..Decay::default() }.checked().map_err(|error| error.to_string()),
            Err("the rate of rewards is not between 0 and 10 a day".to_owned())
        );
    }
}

#[test]
fn the_newest_review_is_taken_whole_and_the_whole_year_is_newer_than_its_halves() {
    let review = |part, rating, judgement| Review {
        employee: employee("A"),
        period: Some(Period { year: 2025, part }),
        rating,
        judgement,
        promotion: None,
    };
    let performance = vec![
        review(Part::SecondHalf, Some(1), Some(Judgement::Meets)),
        review(Part::Annual, Some(4), None),
        review(Part::FirstHalf, Some(2), Some(Judgement::Meets)),
    ];
    let row = one_row(&Tables { performance, ..Tables::default() });
    assert_eq!((row.rating, row.judgement), (Some(4), None));
}
