use attune_people::access::By;
use attune_people::teams::{self as places, Period, Whom};
use jiff::civil::{Date, date};

use super::Here;
use crate::figures::{Board, Grid, Span, Subject, Told, View};
use crate::{grouped, holdings};

const TODAY: Date = date(2026, 12, 31);
const DAY: i64 = 24 * 3_600_000;

/// So many employees with a day each.
fn crowd(count: usize) -> String {
    let row = |of: usize| format!("E{of},2026-03-02,1,1,1,{}.5\n", of % 9);
    "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\n".to_owned()
        + &(0..count).map(row).collect::<String>()
}

/// Puts employees into a team.
async fn team(here: &Here, name: &str, members: std::ops::Range<usize>) {
    let (store, since) = (&here.database.store, attune_ground::time::now_millis() - DAY);
    let team = places::make_since(store, name, since, &By::COMMAND).await.expect("made").expect("a name");
    for of in members {
        let member = Whom::Member(here.know(&format!("E{of}")).await);
        let period = Period { since, until: None };
        places::add(store, team, member, period, &By::COMMAND).await.expect("added").expect("a place");
    }
}

/// Of how many people working hours are told: of everybody, of each team, and of who is in none.
fn told(board: &Board) -> Vec<Option<u32>> {
    let week = Grid::Week.of(date(2026, 3, 2));
    let view = View::of(board, Subject::Hours, Span { grid: Grid::Week, first: week, last: week }, 10);
    let people = |told: &Told| told.figure().map(|figure| figure.people);
    view.measures[0].groups.iter().map(|group| people(&group.whole)).collect()
}

#[tokio::test]
async fn figures_are_made_once_and_anew_where_teams_tables_or_people_change_on_each_database() {
    for here in Here::each().await {
        here.take(&crowd(30)).await;
        let board = async || grouped::board(&here.state, TODAY).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let first = board().await;
        assert_eq!(told(&first), [Some(30)], "nobody is in a team");
        assert!(std::sync::Arc::ptr_eq(&first, &board().await), "nothing is otherwise");

        team(&here, "Few", 0..3).await;
        team(&here, "Many", 3..18).await;
        assert_eq!(told(&*board().await), [Some(30), None, Some(15), None], "with few, who is in none is withheld");

        let person = here.know("E20").await;
        here.database.destroy_key(person).await;
        (holdings::HOLDINGS.erase)(&here.database.store, person).await.expect("erased");
        assert_eq!(told(&*board().await)[0], Some(29), "who is erased is in no figure any more");

        here.take(&crowd(12)).await;
        assert_eq!(told(&*board().await), [Some(12), None, None, None]);
    }
}
