use super::*;

const REWARDS: &str = "Employee_ID,Award_Type,Award_Date,Reward_Points\n\
    E1,Star Performer,2024-06-13,100\nE2,Star Performer,2024-06-13,50\nE3,Star Performer,2098-06-13,70\n";

#[tokio::test]
async fn a_mistyped_far_day_is_told_before_a_table_is_taken_in_and_takes_no_weight_from_others_on_each_database() {
    for here in Here::each().await {
        let upload = here.give(Some(Table::Rewards), REWARDS).await.expect("read");
        let report = upload.about.report.as_ref().expect("a report");
        let told: Vec<_> = report.problems.iter().map(|of| (of.row, of.column.as_deref(), of.kind.as_str())).collect();
        assert_eq!((told, report.rows), (vec![(4, Some("Award_Date"), "far_day")], 3), "it is told, and taken in");
        assert!(report.problems.iter().all(|of| !of.says.contains("2098")), "no value is told");
        here.decide(upload.id, Some(Strangers::TakeIn)).await.expect("taken in");
        let master = merged::rows(&here.state).await.expect("made");
        let points: Vec<Option<f64>> = master.rows.iter().map(|row| row.points).collect();
        assert_eq!(points, [Some(100.0), Some(50.0), Some(70.0)]);

        let clean = here.give(Some(Table::Rewards), &REWARDS.replace("2098", "2023")).await.expect("read");
        assert_eq!(clean.about.report.as_ref().map(|report| report.count()), Some(0));
    }
}
