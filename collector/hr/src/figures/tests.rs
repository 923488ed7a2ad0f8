use attune_protocol::ids::PersonId;
use jiff::civil::{Date, date};

use super::measure::MEASURES;
use super::*;
use crate::rows::{Activity, Employee, Feedback, Leave, LeaveKind, Onboarding, Part, Period, Review, Tables, Vibe};

const TODAY: Date = date(2026, 4, 10);
/// A Monday.
const MONDAY: Date = date(2026, 3, 2);
const LEAST: usize = 10;

fn nobody() -> Employee {
    Employee(String::new())
}

fn worked(day: Date, hours: f64) -> Activity {
    Activity { employee: nobody(), date: Some(day), messages: None, mails: None, meetings: None, hours: Some(hours) }
}

fn person(number: u8) -> PersonId {
    PersonId([number; 16])
}

/// Has people in a team of this name from long ago on; gives its number.
fn team(groups: &mut Groups, name: &str, people: std::ops::Range<u8>) -> u32 {
    let team = groups.team(format!("id of {name}"), name.to_owned());
    people.for_each(|number| groups.place(person(number), team, date(2020, 1, 1), None));
    team
}

/// Teams of so many people.
fn teams(sizes: &[u8]) -> Groups {
    let (mut groups, mut from) = (Groups::default(), 0);
    for (place, size) in sizes.iter().enumerate() {
        team(&mut groups, &format!("Team {place}"), from..from + size);
        from += size;
    }
    groups
}

/// So many people, each with a value of their own on these days.
fn filled(groups: Groups, people: u8, days: &[Date]) -> Board {
    let mut board = Board::new(groups);
    for number in 0..people {
        let activity = days.iter().map(|day| worked(*day, f64::from(number) / 10.0)).collect();
        board.add(person(number), &of(&Tables { activity, ..Tables::default() }));
    }
    board
}

/// The same in teams of so many; the last ones are in no team.
fn board(sizes: &[u8], alone: u8, days: &[Date]) -> Board {
    filled(teams(sizes), sizes.iter().sum::<u8>() + alone, days)
}

fn of(tables: &Tables) -> std::collections::BTreeMap<(Measure, i32), f64> {
    values(tables, &Window::at(TODAY))
}

fn span(first: Date, last: Date) -> Span {
    Span { grid: Grid::Week, first: Grid::Week.of(first), last: Grid::Week.of(last) }
}

/// What is told of working hours: of everybody, of each team, and of who is in none.
fn hours(board: &Board, span: Span) -> Vec<OfGroup> {
    View::of(board, Subject::Hours, span, TODAY, LEAST).measures.swap_remove(0).groups
}

/// Of how many people it is, or why it is not told.
fn told(all: &[OfGroup]) -> Vec<Result<u32, Option<Why>>> {
    let of = |group: &OfGroup| match group.whole {
        Told::Figure(figure) => Ok(figure.people),
        Told::Withheld(why) => Err(Some(why)),
        Told::Nothing => Err(None),
    };
    all.iter().map(of).collect()
}

#[test]
fn each_measure_stands_at_its_own_place_and_says_what_it_is() {
    for definition in &MEASURES {
        assert!(std::ptr::eq(Definition::of(definition.measure), definition), "{}", definition.name);
        assert!(definition.definition.ends_with('.') && !definition.unit.is_empty(), "{}", definition.name);
    }
    assert_eq!(Subject::ALL.iter().map(|subject| subject.measures().count()).sum::<usize>(), MEASURES.len());
}

#[test]
fn time_is_cut_into_pieces_that_lie_without_a_gap_and_without_an_overlap() {
    for grid in [Grid::Week, Grid::Quarter, Grid::Year] {
        for day in [date(2024, 12, 30), date(2025, 1, 1), date(2024, 2, 29), date(1969, 12, 31), date(-5, 3, 1)] {
            let number = grid.of(day);
            let (first, last) = grid.days(number).expect("a piece");
            assert!(first <= day && day <= last, "{grid:?} {day}");
            assert_eq!(grid.of(last.tomorrow().expect("a day")), number + 1, "{grid:?} {day}");
            assert_eq!((grid.of(first), grid.first(number)), (number, Some(first)));
        }
        assert_eq!((grid.days(i32::MAX), grid.days(i32::MIN)), (None, None));
    }
    assert_eq!(Grid::Week.days(Grid::Week.of(MONDAY)), Some((MONDAY, date(2026, 3, 8))));
}

#[test]
fn of_a_person_a_week_holds_one_value_however_many_rows_they_have() {
    let activity = vec![worked(MONDAY, 6.0), worked(date(2026, 3, 3), 9.0), worked(date(2026, 3, 9), 4.0)];
    let values = of(&Tables { activity, ..Tables::default() });
    let week = Grid::Week.of(MONDAY);
    assert_eq!(
        values.into_iter().collect::<Vec<_>>(),
        [((Measure::Hours, week), 7.5), ((Measure::Hours, week + 1), 4.0)]
    );
}

#[test]
fn rows_of_each_table_count_where_they_belong_and_what_they_do_not_say_counts_nowhere() {
    let leave = |kind, days, start| Leave { employee: nobody(), kind, days: Some(days), start: Some(start), end: None };
    let leave = vec![
        leave(Some(LeaveKind::Sick), 2.0, MONDAY),
        leave(Some(LeaveKind::Sick), 1.5, date(2026, 1, 1)),
        leave(Some(LeaveKind::Annual), 4.0, date(2026, 4, 1)),
        leave(None, 9.0, MONDAY),
    ];
    let joined = Some(date(2025, 6, 1));
    let feedback = Some(Feedback::Average);
    let onboarding = vec![Onboarding { employee: nobody(), joined, feedback, mentor: Some(true), trained: None }];
    let review = |part, rating| {
        let period = Some(Period { year: 2025, part });
        Review { employee: nobody(), period, rating, judgement: None, promotion: None }
    };
    let performance =
        vec![review(Part::FirstHalf, Some(2)), review(Part::SecondHalf, Some(3)), review(Part::Annual, None)];
    let old = [date(2015, 12, 31), date(2027, 1, 1), date(9999, 12, 31), date(-9999, 1, 1)];
    let vibe = |day| Vibe { employee: nobody(), date: Some(day), score: Some(3.0), zone: None };
    let vibe = old.into_iter().chain([MONDAY]).map(vibe).collect();
    let values = of(&Tables { leave, onboarding, performance, vibe, ..Tables::default() });
    let quarter = |day| Grid::Quarter.of(day);
    let wanted = [
        ((Measure::Mood, Grid::Week.of(MONDAY)), 3.0),
        ((Measure::Rating, 2025), 2.5),
        ((Measure::Annual, quarter(date(2026, 4, 1))), 4.0),
        ((Measure::Sick, quarter(MONDAY)), 3.5),
        ((Measure::WellStarted, 2025), 0.0),
        ((Measure::Mentored, 2025), 1.0),
    ];
    assert_eq!(values.into_iter().collect::<Vec<_>>(), wanted);
}

#[test]
fn a_figure_is_the_mean_over_people_with_where_it_may_lie() {
    let groups = hours(&board(&[], 11, &[MONDAY]), span(MONDAY, MONDAY));
    let Told::Figure(figure) = groups[0].whole else { panic!("{groups:?}") };
    // 0.0 to 1.0 in steps of 0.1: mean 0.5, deviation over n 0.316, its error with n - 1 0.1, so 0.304 to 0.696; written with a decimal.
    assert_eq!((figure.value, figure.between, figure.people), (0.5, (0.3, 0.7), 11));
    assert_eq!(groups.len(), 1, "where no teams are known there is nobody but everybody");
}

#[test]
fn a_group_of_few_is_withheld_and_so_is_one_more_where_the_rest_would_tell_it() {
    let of = |sizes: &[u8], alone| told(&hours(&board(sizes, alone, &[MONDAY]), span(MONDAY, MONDAY)));
    let [few, others]: [Result<u32, Option<Why>>; 2] = [Why::Few, Why::Others].map(|why| Err(Some(why)));
    assert_eq!(of(&[12, 15], 0), [Ok(27), Ok(12), Ok(15), Err(None)]);
    assert_eq!(of(&[3, 12, 15], 0), [Ok(30), few, others, Ok(15), Err(None)]);
    assert_eq!(of(&[12, 15], 2), [Ok(29), others, Ok(15), few]);
    assert_eq!(of(&[30], 9), [Ok(39), others, few], "all less the team would tell of nine");
    assert_eq!(of(&[3, 4], 2), [few, few, few, few]);
    assert_eq!(of(&[3, 4], 5), [Ok(12), few, few, few]);
}

#[test]
fn whether_anybody_of_a_small_team_was_on_leave_shows_nowhere() {
    // Of one who is alone in their team, and of two who are in none, all is told as if they had been on leave, and as if not.
    let seen = |away: &[u8], of_others: u8| {
        let mut groups = Groups::default();
        team(&mut groups, "One", 100..101);
        team(&mut groups, "Other", 0..20);
        team(&mut groups, "Third", 20..45);
        let mut board = Board::new(groups);
        for number in (0..45).chain(100..103) {
            let is_away = away.contains(&number) || number < of_others || (20..45).contains(&number);
            let sick = Leave {
                employee: nobody(),
                kind: is_away.then_some(LeaveKind::Sick),
                days: Some(f64::from(number % 3) + 1.0),
                start: Some(MONDAY),
                end: None,
            };
            board.add(person(number), &of(&Tables { leave: vec![sick], ..Tables::default() }));
        }
        let quarter = Grid::Quarter.of(MONDAY);
        let span = Span { grid: Grid::Quarter, first: quarter, last: quarter };
        let view = View::of(&board, Subject::Leave, span, TODAY, LEAST);
        let sick = view.measures.into_iter().find(|of| of.definition.measure == Measure::Sick).expect("it is told");
        told(&sick.groups).split_off(1)
    };
    let [few, others]: [Result<u32, Option<Why>>; 2] = [Why::Few, Why::Others].map(|why| Err(Some(why)));
    let each: [&[u8]; 4] = [&[], &[100], &[101, 102], &[100, 101, 102]];
    for away in each {
        assert_eq!(seen(away, 12), [few, others, Ok(25), few], "{away:?}");
        // Nine with the one of the small team are ten, and are not told from nine without.
        assert_eq!(seen(away, 9), [few, few, others, few], "{away:?}");
        assert_eq!(seen(away, 0), [few, Err(None), others, few], "{away:?}");
    }
}

#[test]
fn who_changes_team_changes_no_figure_of_before_and_what_is_not_over_is_told_of_everybody_alone() {
    let (second, third) = (date(2026, 3, 9), date(2026, 3, 16));
    let stays = board(&[20, 25], 12, &[MONDAY, second, third]);
    let mut groups = Groups::default();
    let one = groups.team("1".into(), "One".into());
    let other = groups.team("2".into(), "Other".into());
    let long = date(2020, 1, 1);
    // The first goes over from one to the other on the last day of the second week; another one comes into both and counts in the first.
    groups.place(person(0), one, long, Some(date(2026, 3, 15)));
    groups.place(person(0), other, date(2026, 3, 15), None);
    (1..20).for_each(|number| groups.place(person(number), one, long, None));
    (20..45).for_each(|number| groups.place(person(number), other, long, None));
    groups.place(person(1), other, second, None);
    assert_eq!(groups.team_of(person(0), date(2026, 3, 14)), Some("1"));
    assert_eq!(groups.team_of(person(0), date(2026, 3, 15)), Some("2"), "at its end");
    assert_eq!(groups.team_of(person(50), MONDAY), None);
    let moves = filled(groups, 57, &[MONDAY, second, third]);
    let week = |board: &Board, day| hours(board, span(day, day));
    assert_eq!(week(&moves, MONDAY), week(&stays, MONDAY));
    assert_eq!(told(&week(&stays, second)), [Ok(57), Ok(20), Ok(25), Ok(12)]);
    assert_eq!(told(&week(&moves, second)), [Ok(57), Ok(19), Ok(26), Ok(12)]);

    let unfinished = Err(Some(Why::Unfinished));
    // It ends on the 22nd, and for a week it may still be written who was in which team then.
    for (today, is_over) in [(date(2026, 3, 16), false), (date(2026, 3, 29), false), (date(2026, 3, 30), true)] {
        let view = View::of(&stays, Subject::Hours, span(third, third), today, LEAST);
        let rest = if is_over { [Ok(20), Ok(25), Ok(12)] } else { [unfinished; 3] };
        let groups = &view.measures[0].groups;
        assert_eq!((told(&groups[..1]), told(&groups[1..])), (vec![Ok(57)], rest.to_vec()), "{today}");
    }
}

#[test]
fn a_team_counts_as_small_in_the_time_in_which_it_was() {
    let second = date(2026, 3, 9);
    let mut groups = Groups::default();
    let one = groups.team("1".into(), "One".into());
    (0..12).for_each(|number| groups.place(person(number), one, date(2020, 1, 1), None));
    // Twelve of another one leave it with the second week, and three stay.
    let other = groups.team("2".into(), "Other".into());
    (12..27).for_each(|number| groups.place(person(number), other, date(2020, 1, 1), (number < 24).then_some(second)));
    let board = filled(groups, 27, &[MONDAY, second]);
    let [few, others] = [Why::Few, Why::Others].map(|why| Err(Some(why)));
    assert_eq!(told(&hours(&board, span(MONDAY, MONDAY))), [Ok(27), Ok(12), Ok(15), Err(None)]);
    assert_eq!(told(&hours(&board, span(second, second))), [Ok(27), others, few, others]);
}

#[test]
fn a_figure_that_tells_what_each_has_is_withheld_and_so_is_what_the_others_would_leave_of_it() {
    // Of those who joined: how many had a mentor, of twelve in one team and of twenty in another.
    let mentored = |one: u8, other: u8| {
        let mut groups = Groups::default();
        team(&mut groups, "One", 0..12);
        team(&mut groups, "Other", 12..32);
        let mut board = Board::new(groups);
        for number in 0..32 {
            let has = number < one || (12..12 + other).contains(&number);
            let joined = Some(date(2025, 6, 1));
            let onboarding =
                vec![Onboarding { employee: nobody(), joined, feedback: None, mentor: Some(has), trained: None }];
            board.add(person(number), &of(&Tables { onboarding, ..Tables::default() }));
        }
        let span = Span { grid: Grid::Year, first: 2025, last: 2025 };
        let view = View::of(&board, Subject::Onboarding, span, TODAY, LEAST);
        let found =
            view.measures.into_iter().find(|of| of.definition.measure == Measure::Mentored).expect("it is told");
        told(&found.groups)[..3].to_vec()
    };
    let others: Result<u32, Option<Why>> = Err(Some(Why::Others));
    assert_eq!(mentored(2, 7), [Ok(32), Ok(12), Ok(20)]);
    assert_eq!(mentored(10, 18), [Ok(32), Ok(12), Ok(20)]);
    for (one, other) in [(0, 7), (1, 7), (11, 7), (12, 7), (5, 20), (5, 0), (5, 19)] {
        assert_eq!(mentored(one, other), [Ok(32), others, others], "{one} and {other}");
    }
    for (one, other) in [(0, 0), (12, 20), (1, 0), (12, 19)] {
        assert_eq!(mentored(one, other), [others; 3], "{one} and {other}");
    }
}

#[test]
fn a_mean_at_an_end_of_its_scale_or_of_people_who_are_all_alike_is_withheld() {
    let of = |values: [f64; 12]| {
        let mut board = Board::new(Groups::default());
        for (number, hours) in (0..).zip(values) {
            let activity = vec![worked(MONDAY, hours)];
            board.add(person(number), &of(&Tables { activity, ..Tables::default() }));
        }
        told(&hours(&board, span(MONDAY, MONDAY)))
    };
    let mut values = [8.0; 12];
    assert_eq!(of(values), [Err(Some(Why::Others))]);
    values[0] = 8.04;
    assert_eq!(of(values), [Err(Some(Why::Others))], "as it is written they are alike");
    values[0] = 9.0;
    assert_eq!(of(values), [Ok(12)]);
    values = [0.0; 12];
    values[0] = 2.0;
    assert_eq!(of(values), [Err(Some(Why::Others))], "nobody worked for more than two hours");
    values[1] = 2.0;
    assert_eq!(of(values), [Ok(12)]);
}

#[test]
fn a_range_is_made_of_the_weeks_that_are_told_and_tells_nothing_of_the_others() {
    let [first, second] = [MONDAY, date(2026, 3, 9)];
    let mut board = board(&[12, 15], 0, &[first]);
    // In the second week nobody but three has a row, and one of a value that nobody else has.
    for number in 0..3 {
        let activity = vec![worked(second, 20.0 + f64::from(number))];
        board.add(person(number), &of(&Tables { activity, ..Tables::default() }));
    }
    let [one, both] = [span(first, first), span(first, second)].map(|span| hours(&board, span));
    for (one, both) in one.iter().zip(&both) {
        assert_eq!(one.whole, both.whole, "the longer range less the shorter one is nothing");
    }
    assert_eq!((both[1].told(), both[1].withheld(), both[2].withheld()), (1, 1, 0));
    assert_eq!(both[1].cells[1], Told::Withheld(Why::Few));
}

#[test]
fn days_that_are_asked_for_become_whole_pieces_of_a_time_that_is_bounded() {
    let newest = Some(Grid::Week.of(MONDAY));
    let read = |days| Span::read(Grid::Week, newest, TODAY, days);
    let all = |first, last| Some((first, last));
    assert_eq!(read(["2026-02-24", "2026-03-05"]).expect("weeks").days(), all(date(2026, 2, 23), date(2026, 3, 8)));
    assert_eq!(read(["", ""]).expect("the newest").cells().count(), 26);
    assert_eq!(read(["", ""]).expect("the newest").days().map(|(_, last)| last), Some(date(2026, 3, 8)));
    let ahead = Some(Grid::Week.of(date(2026, 12, 24)));
    let usual = Span::read(Grid::Week, ahead, TODAY, ["", ""]).expect("up to today");
    assert_eq!(usual.last, Grid::Week.of(TODAY), "what is of a day to come hides nothing");
    assert_eq!(Span::read(Grid::Year, None, TODAY, ["", ""]).expect("years").last, 2026);
    let usual = read(["", " 2026-03-05"]).expect("weeks");
    assert_eq!(
        usual.before().days().map(|(_, last)| Some(last)),
        usual.days().map(|(first, _)| first.yesterday().ok())
    );
    let from = |text| read([text, ""]).expect("from a day on to the newest").last;
    assert_eq!((Some(from("2026-02-24")), from("2030-01-01")), (newest, Grid::Week.of(date(2030, 1, 1))));
    for (days, field) in [
        (["2026-03-05", "2026-02-24"], "to"),
        (["2016-01-01", "2026-02-24"], "from"),
        (["-9999-01-01", "9999-12-31"], "from"),
        (["yesterday", ""], "from"),
        (["", "2026-02-30"], "to"),
        (["\u{0}", ""], "from"),
        (["", "9999-12-31"], "to"),
        (["", "-9999-01-01"], "to"),
        (["9999-12-31", ""], "from"),
    ] {
        let refused = read(days).expect_err("no such time");
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some(field)), "{days:?}");
    }
}

#[test]
fn a_file_of_figures_has_no_formula_and_no_figure_of_few() {
    let mut groups = Groups::default();
    team(&mut groups, "=cmd|' /C calc'!A0", 0..12);
    team(&mut groups, "Few, \"and\" far", 12..15);
    let mut board = Board::new(groups);
    for number in 0..30 {
        let activity = vec![worked(MONDAY, if number % 2 == 0 { 6.0 } else { 10.0 })];
        board.add(person(number), &of(&Tables { activity, ..Tables::default() }));
    }
    let view = View::of(&board, Subject::Hours, span(MONDAY, MONDAY), TODAY, LEAST);
    let text = String::from_utf8(csv(&board, &view)).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "a heading, everybody, two teams and who is in none: {text}");
    let told = |line: &str, begin: &str, end: &str| line.starts_with(begin) && line.ends_with(end);
    assert!(told(lines[1], "hours,h a day,everybody,,,2026-03-02,2026-03-08,8,7.", ",30,"), "{text}");
    let [formula, few] = ["=cmd|' /C calc'!A0", "Few, \"\"and\"\" far"];
    let days = "2026-03-02,2026-03-08,,,,";
    assert_eq!(lines[2], format!("hours,h a day,team,id of {formula},'{formula},{days},others"));
    assert_eq!(lines[3], format!("hours,h a day,team,\"id of {few}\",\"{few}\",{days},few"));
    assert!(told(lines[4], "hours,h a day,no_team,,,2026-03-02,2026-03-08,8.1", ",15,"), "{text}");
}
