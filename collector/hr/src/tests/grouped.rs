use attune_people::access::By;
use attune_people::teams::{self as places, Period, TeamId, Whom};
use attune_protocol::ids::PersonId;
use jiff::civil::{Date, date};

use super::Here;
use crate::figures::{Board, Grid, Span, Subject, Told, View};
use crate::{grouped, holdings};

const TODAY: Date = date(2026, 12, 31);
/// The first instant of 2026, UTC.
const SINCE: i64 = 1_767_225_600_000;
const DAY: i64 = 24 * 3_600_000;

/// So many employees with a day each.
fn crowd(count: usize) -> String {
    let row = |of: usize| format!("E{of},2026-03-02,1,1,1,{}.5\n", of % 9);
    "Employee_ID,Date,Teams_Messages_Sent,Emails_Sent,Meetings_Attended,Work_Hours\n".to_owned()
        + &(0..count).map(row).collect::<String>()
}

/// Puts employees into a team; gives which it is, and the places.
async fn team(here: &Here, name: &str, members: std::ops::Range<usize>) -> (TeamId, Vec<PersonId>) {
    let store = &here.database.store;
    let team = places::make_since(store, name, SINCE, &By::COMMAND).await.expect("made").expect("a name");
    let mut all = Vec::new();
    for of in members {
        let member = Whom::Member(here.know(&format!("E{of}")).await);
        let period = Period { since: SINCE, until: None };
        all.push(places::add(store, team, member, period, &By::COMMAND).await.expect("added").expect("a place"));
    }
    (team, all)
}

/// Of how many people working hours are told in the first week of March: of everybody, of each team, and of who is in none.
fn told(board: &Board) -> Vec<Option<u32>> {
    told_of(board, date(2026, 3, 2))
}

/// The same of the week of a day.
fn told_of(board: &Board, day: Date) -> Vec<Option<u32>> {
    let week = Grid::Week.of(day);
    let span = Span { grid: Grid::Week, first: week, last: week };
    let view = View::of(board, Subject::Hours, span, TODAY, 10);
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

#[tokio::test]
async fn who_leaves_a_team_or_comes_into_one_stays_where_they_were_in_figures_of_before_on_each_database() {
    let later = date(2026, 3, 30);
    for here in Here::each().await {
        let march = crowd(40);
        let rows = march.lines().skip(1).map(|row| row.replace("2026-03-02", "2026-03-30") + "\n");
        here.take(&(march.clone() + &rows.collect::<String>())).await;
        let (left, of_left) = team(&here, "Left", 0..12).await;
        let (come, _) = team(&here, "Come", 12..25).await;
        let board = async || grouped::board(&here.state, TODAY).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        let wanted = [Some(40), Some(13), Some(12), Some(15)];
        assert_eq!((told(&*board().await), told_of(&*board().await, later)), (wanted.to_vec(), wanted.to_vec()));

        let (store, moved) = (&here.database.store, SINCE + 80 * DAY);
        let (person, period) = (here.know("E0").await, Period { since: moved, until: None });
        places::end(store, left, of_left[0], Some(moved), &By::COMMAND).await.expect("ended").expect("a place");
        places::add(store, come, Whom::Member(person), period, &By::COMMAND).await.expect("added").expect("a place");
        assert_eq!(told(&*board().await), wanted, "nothing is to be had from the difference");
        assert_eq!(told_of(&*board().await, later), [Some(40), Some(14), Some(11), Some(15)]);
        places::close(store, left, &By::COMMAND).await.expect("closed").expect("was open");
        assert_eq!(told(&*board().await), wanted);
        let names: Vec<String> = board().await.groups.teams.iter().map(|(_, name)| name.clone()).collect();
        assert_eq!(names, ["Come", "Left"], "a team of before is told of, too");
    }
}
