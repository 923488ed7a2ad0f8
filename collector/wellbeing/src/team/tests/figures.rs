//! What a figure is made of, and what two of them would tell.

use super::*;

#[test]
fn who_is_away_counts_with_their_newest_week_and_day_of_the_last_four() {
    let day = |mean: f64| {
        let mut bucket = Bucket { expected: 100, seen: 50, ..Bucket::default() };
        bucket.sums.entry(1).or_default().add(mean, 10.0, 0.0);
        bucket
    };
    let week = day_number(MONDAY);
    let of = |days: &[(i64, Bucket)]| seen_of(stress(), days).map(|one| one.parts);
    let part = |mean: f64, weight: f64, is_new: bool| Some(Part { mean, weight, is_new });
    let parts = of(&[(week - 6, day(0.2)), (week - 5, day(0.4))]).expect("seen");
    assert!((parts[0].expect("seen").mean - 0.3).abs() < 1e-9);
    assert_eq!(parts[1..], [part(0.4, 10.0, false); 7]);
    let parts = of(&[(week - 6, day(0.2)), (week + 1, day(0.4))]).expect("seen");
    assert_eq!(
        parts[..4],
        [part(0.4, 10.0, true), part(0.2, 10.0, false), part(0.4, 10.0, true), part(0.4, 10.0, false)]
    );
    assert_eq!(of(&[(week - 4 * WEEK, day(0.2))]), None, "too long ago");
    assert_eq!(of(&[(week - 3 * WEEK, Bucket::default())]), None, "of another measure");
    let coverage = seen_of(stress(), &[(week, day(0.5))]).expect("seen").coverage;
    assert_eq!(coverage, Some(0.5));
}

#[test]
fn one_person_is_one_share_cut_to_the_range_and_nobody_is_told_where_all_are_at_an_end() {
    let people = |means: &[f64]| -> BTreeMap<u64, Contributor> {
        let part = |mean: f64| Part { mean, weight: mean * 1e6, is_new: true };
        let one = |mean: &f64| Contributor { parts: [Some(part(*mean)); WINDOWS], coverage: None, is_late: false };
        (0..).zip(means.iter().map(one)).collect()
    };
    let told = |means: &[f64]| {
        // Two members more of whom nothing was seen.
        let group = Group { team: TEAM, people: (0..means.len() as u64 + 2).collect(), left: None };
        make(Rules::all(10, None), (stress(), 0), &people(means), &[group], &[], &mut || 0.5)[0].windows[0]
    };
    let value = |means: &[f64]| told(means).expect("told").value;
    assert!((value(&[0.5; 12]) - 0.5).abs() < 1e-9);
    let mut one_far = [0.5; 10];
    one_far[0] = 1e9;
    assert!((value(&one_far) - 0.55).abs() < 1e-9, "a tenth of the figure, and within the range");
    assert_eq!(told(&[0.5; 9]), Err(Why::TooFew));
    assert_eq!(told(&[1.0; 12]), Err(Why::Share));
    assert_eq!(told(&[0.001; 20]), Err(Why::Share));
    assert!(told(&[0.02; 12]).is_ok(), "somebody could be at a quarter");
    assert_eq!(told(&[]), Err(Why::TooFew), "that nobody was seen would tell of each");
    let (low, high) = told(&[0.5; 10]).expect("told").between;
    assert!(high - low > 0.04, "that all are the same is not told: {low} to {high}");
    // 12 and 21 people are both told as ten: an interval that is narrower for 21 would say that all of 23 members but two take part.
    assert_eq!(told(&[0.5; 12]).map(|one| one.between), told(&[0.5; 21]).map(|one| one.between));
}

#[test]
fn of_how_many_people_a_figure_is_is_told_in_classes_below_those_who_can_take_part() {
    let of = |people: u32| told_people(people, 10);
    assert_eq!([10, 14, 21, 22, 51, 52, 900].map(of), [10, 10, 10, 20, 20, 50, 500]);
    assert_eq!((told_people(14, 12), told_people(5, 5), told_people(7, 5)), (12, 5, 5));
    // Twenty members: that there are twenty people would say that each takes part.
    assert!((10..=20).all(|people| of(people) + SPARE <= 20));
    // A mean of whole numbers from 1 to 6 tells by itself of how many it is, unless it is cut.
    let vibe = Measure::of_name("vibe").expect("a measure");
    assert!((in_steps(44.0 / 13.0, vibe) - in_steps(41.0 / 12.0, vibe)).abs() < 1e-9);
}

#[tokio::test]
async fn whether_who_leaves_a_team_took_part_is_not_told_on_each_database() {
    // Of fifteen, and of twenty-eight, members one leaves whose numbers are those of nobody or of one of them.
    for (members, all) in [(15, 14), (28, 26)] {
        let mut told: Vec<Vec<(Date, Told)>> = Vec::new();
        for takes_part in [true, false] {
            for Fixture { state, .. } in each(Profile::Research, None).await {
                for number in 0..6 {
                    let week = day_number(MONDAY) + number * WEEK;
                    let mut gathered = gathered(all, 0.0);
                    gathered.groups[0].people = (u64::from(number > 0)..members).collect();
                    gathered.groups[0].left = (number > 0).then(|| day_number(MONDAY));
                    if !takes_part {
                        gathered.people.values_mut().for_each(|people| _ = people.remove(&0));
                    }
                    write(&state, week, gathered).await.expect("written");
                }
                let last = day_of(day_number(MONDAY) + 5 * WEEK).expect("a day");
                told.push(weeks(&state, TEAM, stress(), MONDAY..=last).await.expect("reads"));
            }
        }
        let seen = |weeks: &[(Date, Told)]| -> Vec<Result<u32, &'static str>> {
            let one = |told: &Told| match told {
                Told::Figure(figure) => Ok(figure.people),
                Told::Withheld(why) => Err(why.name()),
            };
            weeks.iter().map(|(_, told)| one(told)).collect()
        };
        assert!(told.windows(2).all(|two| seen(&two[0]) == seen(&two[1])), "{members}: {told:?}");
        assert!(seen(&told[0])[0].is_ok() && seen(&told[0])[5].is_ok(), "{told:?}");
        assert_eq!(seen(&told[0])[1].is_ok(), members == 28, "of many others rest");
    }
}

#[test]
fn a_day_that_is_the_week_of_all_but_a_few_is_not_told_beside_it() {
    // Twelve people are seen on Monday, and that many of them on Tuesday, too; some were not at all, but weeks before.
    let told = |on_both: u64, away: u64| -> Vec<usize> {
        let part = |mean: f64, is_new: bool| Some(Part { mean, weight: 1.0, is_new });
        let one = |person: u64| {
            let (monday, tuesday) = (0.4 + person as f64 / 100.0, 0.6);
            let parts = match person {
                _ if person >= 12 => [part(0.5, false); WINDOWS],
                _ if person < on_both => {
                    let mut parts = [part(tuesday, false); WINDOWS];
                    parts[0] = part(f64::midpoint(monday, tuesday), true);
                    (parts[1], parts[2]) = (part(monday, true), part(tuesday, true));
                    parts
                }
                _ => {
                    let mut parts = [part(monday, false); WINDOWS];
                    (parts[0], parts[1]) = (part(monday, true), part(monday, true));
                    parts
                }
            };
            (person, Contributor { parts, coverage: None, is_late: false })
        };
        let people: BTreeMap<u64, Contributor> = (0..12 + away).map(one).collect();
        let group = Group { team: TEAM, people: people.keys().copied().collect(), left: None };
        let made = make(Rules::all(10, None), (stress(), 0), &people, &[group], &[], &mut || 0.5);
        (0..WINDOWS).filter(|window| made[0].windows[*window].is_ok()).collect()
    };
    assert_eq!(told(0, 0), [0, 1], "the week is Monday");
    assert_eq!(told(1, 0), [0], "less Monday it would tell how one was on Tuesday");
    assert_eq!(told(9, 0), [0]);
    assert_eq!(told(10, 0), [0, 1, 2]);
    assert_eq!(told(0, 1), [0], "less Monday it would tell how one was who is away");
    assert_eq!(told(12, 1), [0, 1], "less both days it would tell how one was who is away");
}

#[test]
fn what_was_changed_late_of_one_who_is_away_is_not_what_two_teams_differ_by() {
    // Ten of the larger team are away, with what was seen of them weeks ago; of one of them that was changed since.
    let told = |late: Option<u64>| -> Vec<bool> {
        let one = |person: u64| {
            let part = Part { mean: 0.3 + person as f64 / 100.0, weight: 1.0, is_new: person < 14 };
            let parts = [Some(part); WINDOWS];
            (person, Contributor { parts, coverage: None, is_late: late == Some(person) })
        };
        let people: BTreeMap<u64, Contributor> = (0..24).map(one).collect();
        let group =
            |number: u8, people: u64| Group { team: TeamId([number; 16]), people: (0..people).collect(), left: None };
        let groups = [group(1, 14), group(2, 24)];
        let made = make(Rules::all(10, None), (stress(), 0), &people, &groups, &[], &mut || 0.5);
        made[..2].iter().map(|one| one.windows[0].is_ok()).collect()
    };
    assert_eq!(told(None), [true, true], "who is away is as they were");
    assert_eq!(told(Some(20)), [true, false], "the one less the other would tell by how much");
    assert_eq!(told(Some(3)), [true, true], "of both, and so of their difference not");
}

#[test]
fn what_a_larger_team_has_besides_smaller_ones_is_not_told_where_all_of_it_is_at_an_end() {
    let part = |mean: f64| Part { mean, weight: 1.0, is_new: true };
    let one = |mean: f64| Contributor { parts: [Some(part(mean)); WINDOWS], coverage: None, is_late: false };
    let group = |number: u8, people: std::ops::Range<u64>| Group {
        team: TeamId([number; 16]),
        people: people.collect(),
        left: None,
    };
    let made = |last: f64, groups: &[Group]| -> Vec<bool> {
        let mean = |person: u64| if person < 24 { 0.3 + person as f64 / 100.0 } else { last };
        let people: BTreeMap<u64, Contributor> = (0..36).map(|person| (person, one(mean(person)))).collect();
        let made = make(Rules::all(10, None), (stress(), 0), &people, groups, &[], &mut || 0.5);
        made.iter().map(|one| one.windows[0].is_ok()).collect()
    };
    let teams = [group(1, 0..12), group(2, 12..24)];
    for larger in [group(3, 12..36), group(3, 0..36)] {
        let all = [&teams[..], &[larger]].concat();
        assert_eq!(made(0.5, &all), [true; 4]);
        for end in [0.0, 0.001, 1.0] {
            assert_eq!(made(end, &all), [true, true, false, true], "{end}");
        }
    }
    // Two that have some in common, the others of one at one end and those of the other at the other.
    let both = [group(1, 0..20), group(2, 10..30)];
    let of = |apart: f64| -> usize {
        let mean = |person: u64| match person {
            0..10 => 0.5 - apart,
            10..20 => 0.5,
            _ => 0.5 + apart,
        };
        let people: BTreeMap<u64, Contributor> = (0..30).map(|person| (person, one(mean(person)))).collect();
        let made = make(Rules::all(10, None), (stress(), 0), &people, &both, &[], &mut || 0.5);
        made.iter().filter(|one| one.team != ORGANISATION && one.windows[0].is_ok()).count()
    };
    assert_eq!((of(0.3), of(0.5)), (2, 1));
}

#[test]
fn of_thirds_of_the_range_with_few_people_nothing_is_told_and_nothing_follows() {
    let bands = |counts: [u64; 3]| {
        let means = [0.2, 0.5, 0.8].into_iter().zip(counts).flat_map(|(mean, count)| (0..count).map(move |_| mean));
        let part = |mean: f64| Part { mean, weight: 1.0, is_new: true };
        let one = |mean: f64| Contributor { parts: [Some(part(mean)); WINDOWS], coverage: None, is_late: false };
        let people: BTreeMap<u64, Contributor> = (0..).zip(means.map(one)).collect();
        let group = Group { team: TEAM, people: people.keys().copied().collect(), left: None };
        make(Rules::all(10, None), (stress(), 0), &people, &[group], &[], &mut || 0.5)[0].bands
    };
    assert_eq!(bands([6, 8, 0]), Some([Some(6), Some(8), Some(0)]));
    assert_eq!(bands([3, 6, 11]), Some([None, None, Some(11)]), "nine are in the two");
    assert_eq!(bands([2, 12, 0]), None, "the two would follow");
    assert_eq!(bands([1, 2, 17]), None, "three are in the two");
    assert_eq!(bands([0, 0, 14]), None, "everybody is in one");
}
