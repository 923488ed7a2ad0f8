//! Against pandas, on made-up tables (`tests/parity/hr_master.py`).

use serde::Deserialize;
use serde_json::Value as Json;

use super::*;

#[derive(Deserialize)]
struct Fixture {
    features: Vec<String>,
    input_names: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    rates: Rates,
    references: References,
    tables: Rows,
    master: Vec<Vec<Json>>,
    inputs: Vec<Vec<Json>>,
}

#[derive(Deserialize)]
struct Rates {
    leave: f64,
    onboarding: f64,
    rewards: f64,
    vibe: f64,
}

#[derive(Deserialize)]
struct Rows {
    activity: Vec<Activity>,
    leave: Vec<Leave>,
    onboarding: Vec<Onboarding>,
    performance: Vec<Review>,
    rewards: Vec<Reward>,
    vibe: Vec<Vibe>,
}

impl Case {
    fn decay(&self) -> Decay {
        let Rates { leave, onboarding, rewards, vibe } = self.rates;
        Decay { leave, onboarding, rewards, vibe, references: self.references }
    }

    fn tables(&self) -> Tables {
        let Rows { activity, leave, onboarding, performance, rewards, vibe } = &self.tables;
        Tables {
            activity: activity.clone(),
            leave: leave.clone(),
            onboarding: onboarding.clone(),
            performance: performance.clone(),
            rewards: rewards.clone(),
            vibe: vibe.clone(),
        }
    }
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("made_up.json")).expect("the fixture reads")
}

fn is_close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0)
}

fn is_same(ours: Option<&Value>, theirs: &Json) -> bool {
    match (ours, theirs) {
        (None, Json::Null) => true,
        (Some(Value::Number(ours)), Json::Number(theirs)) => is_close(*ours, theirs.as_f64().expect("a number")),
        (Some(Value::Count(ours)), Json::Number(theirs)) => Some(*ours) == theirs.as_i64(),
        (Some(Value::Truth(ours)), Json::Bool(theirs)) => ours == theirs,
        (Some(ours @ (Value::Day(_) | Value::Word(_))), Json::String(theirs)) => ours.to_string() == *theirs,
        _ => false,
    }
}

#[test]
fn the_master_table_of_made_up_tables_is_that_of_pandas() {
    let Fixture { features, cases, .. } = fixture();
    assert_eq!(features, FEATURES.map(|feature| feature.name));
    for case in cases {
        let rows = master(&case.tables(), &case.decay());
        let everybody = |row: &Vec<Json>| row[0].as_str().expect("an employee").to_owned();
        let ours: Vec<String> = rows.iter().map(|row| row.employee.0.clone()).collect();
        assert_eq!(ours, case.master.iter().map(everybody).collect::<Vec<_>>());
        for (row, theirs) in rows.iter().zip(&case.master) {
            for (feature, theirs) in FEATURES.iter().zip(&theirs[1..]) {
                let ours = feature.value(row);
                let of = (&row.employee.0, feature.name);
                assert!(is_same(ours.as_ref(), theirs), "{of:?}: {ours:?}, and pandas says {theirs}");
            }
        }
    }
}

#[test]
fn the_inputs_of_made_up_tables_are_those_of_pandas() {
    let Fixture { input_names, cases, .. } = fixture();
    assert_eq!(input_names, INPUTS.map(|input| input.name));
    for case in cases {
        let rows = master(&case.tables(), &case.decay());
        assert_eq!(rows.len(), case.inputs.len());
        for (row, theirs) in rows.iter().zip(&case.inputs) {
            for ((input, ours), theirs) in INPUTS.iter().zip(inputs(row)).zip(&theirs[1..]) {
                let of = (&row.employee.0, input.name);
                let ours = ours.map(Value::Number);
                assert!(is_same(ours.as_ref(), theirs), "{of:?}: {ours:?}, and pandas says {theirs}");
            }
        }
    }
}

#[test]
fn an_employee_at_a_time_gives_the_same_rows_as_all_at_once() {
    for case in fixture().cases {
        let tables = case.tables();
        let gather = Gather::new(&case.decay(), &References::of(&tables));
        let rows = master(&tables, &case.decay());
        assert!(!rows.is_empty());
        for row in rows {
            assert_eq!(gather.of_employee(&row.employee, &tables), row);
        }
    }
}
