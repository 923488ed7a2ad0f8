//! What HR and managers see of teams in a browser: figures, what is withheld and why, their own teams only, and views that they keep.

use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const PASSWORD: &str = "correct horse battery";

/// Numbers in the database: stress load, and figures of weeks; that there were too few people.
const STRESS: i64 = 1;
const WEEKS: i64 = 3;
const TOO_FEW: i64 = 1;

fn signed_in(collector: &Collector, name: &str, role: &str) -> Visitor {
    let link = match role {
        "admin" => collector.command(&["admin", "create", "--name", name]),
        role => collector.command(&["account", "create", "--name", name, "--role", role]),
    };
    let mut visitor = Visitor::new(collector.api());
    join(&mut visitor, &link, name, PASSWORD);
    visitor
}

/// Makes a team; gives its id.
fn team(olga: &mut Visitor, name: &str) -> String {
    let made = olga.fill("/admin/teams", "/admin/teams", &[("name", name)]);
    made.location.strip_prefix("/admin/teams/").unwrap_or_else(|| panic!("{}", made.text)).to_owned()
}

/// A figure of twelve people as it is stored: a version, a mean, between what it lies, people, what was seen; no noise and no
/// bands; as of how many it is told.
fn figure(value: f64) -> Vec<u8> {
    let mut bytes = vec![2];
    [value, value - 0.05, value + 0.05].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend([12, 1]);
    bytes.extend(0.5_f64.to_le_bytes());
    bytes.extend([0, 0, 10]);
    bytes
}

/// Gives a week of a team, as from the job that makes figures.
fn give(database: &Database, team: &str, week: Date, why: i64, figure: &[u8]) {
    let start = (week - date(1970, 1, 1)).get_days();
    let team = data_encoding::HEXLOWER.decode(team.as_bytes()).expect("an id");
    let (team, figure) = (database.literal(&team), database.literal(figure));
    let columns = "team, measure, span, start, why, figure";
    let values = format!("{team}, {STRESS}, {WEEKS}, {start}, {why}, {figure}");
    database.run(&format!("INSERT INTO team_figures ({columns}) VALUES ({values})"));
}

#[test]
fn hr_sees_figures_and_why_one_is_withheld_and_who_leads_a_team_sees_that_one_only() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "research");
    let database = Database::of(&collector, None);
    let mut olga = signed_in(&collector, "olga", "admin");
    let (harbour, workshop) = (team(&mut olga, "Harbour"), team(&mut olga, "Workshop"));
    let mut mira = signed_in(&collector, "mira", "manager");
    let places = format!("/admin/teams/{harbour}");
    let lead = [("username", "mira"), ("since", "2026-01-01"), ("until", "")];
    let led = olga.fill(&places, &format!("{places}/managers"), &lead);
    assert!(led.location.ends_with("?done=place"), "{}", led.text);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let back = 7 + i64::from(today.weekday().to_monday_zero_offset());
    let week = today.checked_sub(back.days()).expect("a day");
    give(&database, &harbour, week, 0, &figure(0.42));
    give(&database, &workshop, week, TOO_FEW, &[2]);

    let asked = "measure=stress_load&weeks=4";
    let mut hanna = signed_in(&collector, "hanna", "hr");
    let shown = hanna.open(&format!("/teams?{asked}"));
    assert_eq!(shown.status, 200, "{}", shown.text);
    for part in ["figure known", "<b>0.42</b>", "of 10 people or more", "figure withheld", "Too few people", "Workshop"]
    {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    let file = hanna.open(&format!("/api/v1/teams/figures.csv?{asked}"));
    assert!(file.status == 200 && file.text.contains("too_few: ") && file.text.contains(",0.42,"), "{}", file.text);
    let one = hanna.open(&format!("/teams/{workshop}?{asked}"));
    assert!(one.status == 200 && one.text.contains("figure withheld"), "{}", one.text);

    for path in ["/teams".to_owned(), format!("/teams/{workshop}")] {
        let wrong = hanna.open(&format!("{path}?measure=vibe&weeks=4&from=2999-01-01"));
        assert!(wrong.status == 400 && wrong.text.contains("this week is not over"), "{}", wrong.text);
        assert!(wrong.text.contains("value=\"2999-01-01\""), "what was typed stays: {}", wrong.text);
    }

    let shown = mira.open(&format!("/teams?{asked}"));
    assert!(shown.status == 200 && shown.text.contains("<b>0.42</b>"), "{}", shown.text);
    assert!(!shown.text.contains("Workshop") && !shown.text.contains("All teams"), "{}", shown.text);
    assert_eq!(mira.open(&format!("/teams/{harbour}")).status, 200);
    assert_eq!(mira.open(&format!("/teams/{workshop}")).status, 403);
    let noted = "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM refused_uses WHERE route = 'GET /teams/{id}'";
    assert_eq!(database.count(noted), 1, "who asks of a team that is another's asks for what they have no right to");
    assert_eq!(olga.open("/teams").status, 403, "who runs it sees nothing of it");

    let kept = [("name", "Stress of late"), ("measure", "stress_load"), ("weeks", "4"), ("from", ""), ("to", "")];
    let saved = hanna.fill(&format!("/teams?{asked}"), "/teams/views", &kept);
    assert_eq!((saved.status, saved.location.as_str()), (303, format!("/teams?{asked}").as_str()), "{}", saved.text);
    let again = hanna.fill("/teams", "/teams/views", &kept);
    assert!(again.status == 409 && again.text.contains("value=\"Stress of late\""), "{}", again.text);
    assert_eq!(hanna.open("/teams").link("Stress of late").as_deref(), Some(format!("/teams?{asked}").as_str()));
    assert_eq!(mira.open("/teams").link("Stress of late"), None, "another one's");
    let listed = hanna.open("/teams/views");
    let (before, _) = listed.text.split_once("\">Stress of late</option>").expect("it can be removed");
    let (_, id) = before.rsplit_once("value=\"").expect("an id");
    assert_eq!(hanna.fill("/teams/views", "/teams/views/remove", &[("view", id)]).location, "/teams/views");
    assert!(hanna.open("/teams/views").text.contains("Views that you keep"), "none is left");
}
