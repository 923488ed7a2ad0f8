use std::collections::BTreeSet;

use super::*;

mod same_trees;

/// Numbers that look drawn, from -2 to 2 and mostly near 0; the second column has ties, the third is constant.
fn table(rows: usize, width: usize, seed: u32) -> Vec<f64> {
    let mut state = seed;
    let mut drawn = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24) - 0.5
    };
    let value = |place: usize| {
        let sum: f64 = (0..4).map(|_| drawn()).sum();
        match place % width {
            1 => (sum * 2.0).round(),
            2 => 1.5,
            _ => sum,
        }
    };
    (0..rows * width).map(value).collect()
}

fn settings(trees: usize) -> Settings {
    Settings { trees, samples: 64, ..Settings::default() }
}

fn contributions(forest: &Forest, rows: Matrix<'_>, threads: usize) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    let take = |place: usize, row: &[f64]| {
        assert_eq!(place, all.len());
        all.push(row.to_vec());
    };
    forest.shap(rows, threads, take).expect("rows of the forest's width");
    all
}

#[test]
fn a_forest_is_the_same_whatever_the_number_of_threads() {
    let values = table(700, 6, 1);
    let rows = Matrix::new(&values, 6).expect("a table");
    let one = Forest::fit(rows, &settings(25), 1).expect("a forest");
    let (scores, explained) = (one.score_samples(rows, 1).expect("scores"), contributions(&one, rows, 1));
    for threads in [0, 2, 3, 7, usize::MAX] {
        assert_eq!(Forest::fit(rows, &settings(25), threads).expect("a forest"), one);
        assert_eq!(one.score_samples(rows, threads).expect("scores"), scores);
        assert_eq!(contributions(&one, rows, threads), explained);
    }
}

#[test]
fn another_seed_gives_another_forest_and_the_same_seed_the_same() {
    let values = table(200, 5, 2);
    let rows = Matrix::new(&values, 5).expect("a table");
    let of = |seed| Forest::fit(rows, &Settings { seed, ..settings(5) }, 1).expect("a forest");
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn who_is_far_out_scores_lower_the_farther_and_lower_than_all() {
    let mut values = table(300, 4, 3);
    values.extend([0.0, 0.0, 1.5, 2.5, 0.0, 0.0, 1.5, 9.0]);
    let rows = Matrix::new(&values, 4).expect("a table");
    let forest = Forest::fit(rows, &Settings { samples: 302, ..settings(100) }, 2).expect("a forest");
    let scores = forest.score_samples(rows, 2).expect("scores");
    assert!(scores[301] < scores[300], "{scores:?}");
    assert!(scores[..301].iter().all(|score| *score > scores[301]));
    let explained = contributions(&forest, rows, 2);
    let least = explained[301].iter().copied().reduce(f64::min);
    assert_eq!(least, Some(explained[301][3]));
    assert!(scores.iter().all(|score| (-1.0..0.0).contains(score)));
}

#[test]
fn contributions_add_up_to_the_score_and_a_constant_column_adds_nothing() {
    let values = table(200, 7, 4);
    let rows = Matrix::new(&values, 7).expect("a table");
    for features in [1.0, 0.5] {
        let forest = Forest::fit(rows, &Settings { features, ..settings(30) }, 2).expect("a forest");
        let scores = forest.score_samples(rows, 2).expect("scores");
        for (row, score) in contributions(&forest, rows, 2).iter().zip(scores) {
            let of_sum = forest.score_of(forest.base() + row.iter().sum::<f64>());
            assert!((of_sum - score).abs() < 1e-13, "{of_sum} {score}");
            assert_eq!(row[2], 0.0);
        }
    }
}

#[test]
fn a_row_is_judged_and_explained_alike_wherever_it_stands() {
    let values = table(600, 5, 5);
    let rows = Matrix::new(&values, 5).expect("a table");
    let forest = Forest::fit(rows, &settings(10), 2).expect("a forest");
    let turned: Vec<f64> = (0..600).rev().flat_map(|row| rows.row(row)).copied().collect();
    let turned = Matrix::new(&turned, 5).expect("a table");
    let mut scores = forest.score_samples(turned, 2).expect("scores");
    scores.reverse();
    assert_eq!(scores, forest.score_samples(rows, 2).expect("scores"));
    let mut explained = contributions(&forest, turned, 2);
    explained.reverse();
    assert_eq!(explained, contributions(&forest, rows, 2));
}

#[test]
fn about_the_share_that_was_asked_for_lies_beyond_the_line() {
    let values = table(1000, 5, 6);
    let rows = Matrix::new(&values, 5).expect("a table");
    let forest = Forest::fit(rows, &settings(40), 2).expect("a forest");
    let beyond = |line: f64| forest.grown_from.iter().filter(|score| **score < line).count();
    assert_eq!(beyond(forest.offset()), 50);
    assert_eq!([0.01, 0.1, 0.5].map(|share| beyond(forest.offset_at(share))), [10, 100, 500]);
}

#[test]
fn one_row_or_rows_that_are_all_the_same_are_nothing_unusual() {
    for count in [1, 2, 100] {
        let values = vec![0.25; count * 3];
        let rows = Matrix::new(&values, 3).expect("a table");
        let forest = Forest::fit(rows, &settings(10), 2).expect("a forest");
        assert!(forest.decision(rows, 2).expect("decisions").iter().all(|decision| *decision == 0.0));
        let scores = forest.score_samples(rows, 1).expect("scores");
        assert!(scores.iter().all(|score| (score + 0.5).abs() < 1e-12), "{scores:?}");
        assert!(contributions(&forest, rows, 1).iter().flatten().all(|value| *value == 0.0));
    }
}

#[test]
fn what_is_no_table_of_numbers_is_refused() {
    let refused = |values: &[f64], width| Matrix::new(values, width).expect_err("no table");
    assert_eq!(refused(&[1.0, 2.0, 3.0], 2), Error::Shape { values: 3, width: 2 });
    assert_eq!(refused(&[1.0], 0), Error::Shape { values: 1, width: 0 });
    for value in [f64::NAN, f64::INFINITY, 1e39] {
        assert_eq!(refused(&[1.0, 2.0, value, 4.0], 2), Error::NoNumber { row: 1, column: 0 });
        let blanks = Medians::fit(&[Some(1.0), None, Some(value)], 3);
        assert_eq!(blanks, Err(Error::NoNumber { row: 0, column: 2 }));
    }
    let none = Matrix::new(&[], 2).expect("a table without rows");
    assert_eq!(Forest::fit(none, &settings(5), 1), Err(Error::NoRows));
    let rows = Matrix::new(&[1.0, 2.0], 1).expect("a table");
    let forest = Forest::fit(rows, &settings(5), 1).expect("a forest");
    assert_eq!(forest.score_samples(none, 1), Err(Error::Width { wanted: 1, found: 2 }));
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let rows = Matrix::new(&[1.0, 2.0], 1).expect("a table");
    let usual = settings(5);
    let cases = [
        (Settings { trees: 0, ..usual }, "trees"),
        (Settings { trees: 1_000_000, ..usual }, "trees"),
        (Settings { samples: 0, ..usual }, "samples"),
        (Settings { features: 1.5, ..usual }, "features"),
        (Settings { contamination: 0.0, ..usual }, "contamination"),
        (Settings { contamination: f64::NAN, ..usual }, "contamination"),
    ];
    for (settings, name) in cases {
        assert_eq!(Forest::fit(rows, &settings, 1), Err(Error::Setting(name)));
    }
}

/// Two hundred rows, the first far out in the columns 0 and 3, with blanks in the last.
fn with_blanks() -> Vec<Option<f64>> {
    let mut values: Vec<Option<f64>> = table(200, 5, 7).into_iter().map(Some).collect();
    (values[0], values[3], values[4]) = (Some(12.0), Some(-10.0), None);
    for row in (1..200).step_by(9) {
        values[row * 5 + 4] = None;
    }
    values
}

fn detection() -> Detection {
    Detection::of(&with_blanks(), 5, &settings(60), 2).expect("a table")
}

fn of_row(detection: &Detection, row: usize) -> Vec<f64> {
    let mut found = Vec::new();
    let take = |place: usize, contributions: &[f64]| {
        assert_eq!(place, row);
        found = contributions.to_vec();
    };
    detection.contributions(&[row], 1, take).expect("a row");
    found
}

#[test]
fn who_is_flagged_is_told_first_why() {
    let detection = detection();
    let (flagged, decisions) = (detection.flagged(), detection.decisions());
    assert!(flagged.contains(&0) && flagged.len() == 10);
    assert!(flagged.is_sorted_by(|left, right| decisions[*left] <= decisions[*right]));
    assert!(flagged.iter().all(|row| decisions[*row] < 0.0));
    let explanation = detection.explain(0, &of_row(&detection, 0));
    let first: BTreeSet<usize> = explanation.problems[..2].iter().map(|problem| problem.feature).collect();
    assert_eq!(first, BTreeSet::from([0, 3]));
    assert!(explanation.problems[..2].iter().all(|problem| problem.severity == Some(Severity::High)));
}

#[test]
fn of_a_problem_is_said_that_its_value_is_not_known() {
    let problems = detection().explain(0, &[-0.2, 0.1, 0.0, 0.0, -0.4]).problems;
    let said: Vec<(usize, bool)> = problems.iter().map(|problem| (problem.feature, problem.blank)).collect();
    assert_eq!(said, [(4, true), (0, false)]);
}

#[test]
fn another_sensitivity_is_previewed_as_a_new_forest_would_have_it() {
    let detection = detection();
    assert_eq!(detection.flagged_with(0.05), detection.flagged());
    let more = detection.flagged_with(0.2);
    assert_eq!((more.len(), &more[..10]), (40, &detection.flagged()[..]));
}

#[test]
fn a_flag_goes_with_the_changes_that_are_said() {
    let detection = detection();
    let contributions = of_row(&detection, 0);
    let answer = |mutable: &[bool]| detection.counterfactual(0, &contributions, mutable);
    let mut row =
        Medians::fit(&with_blanks(), 5).and_then(|medians| medians.fill(&with_blanks())).expect("a table").values;
    let scale = Scale::fit(Matrix::new(&row, 5).expect("a table")).expect("rows");
    row.truncate(5);
    let decision = |row: &[f64]| {
        let scaled = scale.apply(Matrix::new(row, 5).expect("a row")).expect("the same columns");
        detection.forest().decision(Matrix::new(&scaled, 5).expect("a row"), 1).expect("the same columns")[0]
    };
    assert_eq!(decision(&row), detection.decisions()[0]);
    for mutable in [[true; 5], [true, true, true, false, true], [false, true, true, true, true]] {
        let found = answer(&mutable).expect("five columns").expect("a way");
        let mut changed = row.clone();
        for change in &found.changes {
            assert!(mutable[change.feature] && [0, 3].contains(&change.feature), "{change:?}");
            assert_eq!(change.from, row[change.feature]);
            changed[change.feature] = change.to;
        }
        assert!(found.decision >= 0.0 && decision(&changed) == found.decision);
    }
    // What is not known nobody can change.
    assert_eq!(answer(&[false, true, true, false, true]), Ok(None));
    assert_eq!(answer(&[true]), Err(Error::Width { wanted: 5, found: 1 }));
}

#[test]
fn the_nearest_ordinary_rows_are_told_as_spans() {
    let detection = detection();
    let spans = detection.nearest(0);
    let [first, _, constant, fourth, _] = spans[..] else { panic!("five columns") };
    assert!(first.is_some_and(|span| span.least < span.greatest && span.greatest < 12.0));
    assert!(fourth.is_some_and(|span| span.least > -10.0));
    assert_eq!(constant, Some(Span { least: 1.5, greatest: 1.5 }));
}

#[test]
fn what_changes_with_the_seed_is_uncertain() {
    let detection = detection();
    let flagged = detection.flagged();
    let stability = detection.stability(&flagged, 10, 2).expect("forests");
    assert!(!stability.is_uncertain(0) && stability.flags[0] == 10);
    let asked = flagged.iter().position(|row| *row == 0).expect("flagged");
    assert!(stability.stays(asked, 0) && stability.stays(asked, 3) && !stability.stays(asked, 2));
    let sometimes: Vec<usize> = (0..200).filter(|row| stability.is_uncertain(*row)).collect();
    assert!(!sometimes.is_empty(), "no line lies the same for ten seeds");
    // The detection's own seed is among the ten.
    assert!(flagged.iter().all(|row| stability.flags[*row] >= 1));
    assert_eq!(stability.flags.iter().sum::<u32>(), 100);
}
