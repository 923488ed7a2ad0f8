//! Alerts of a running collector: one about a team reaches HR on the page, by mail and by a signed message to a program; who supports whom is
//! chosen and taken back.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::postbox::Postbox;
use attune_tests::visitor::{Shown, Visitor, join};
use attune_tests::wait;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

const PASSWORD: &str = "correct horse battery";

fn signed_in(collector: &Collector, name: &str, role: &str) -> Visitor {
    let mail = format!("{name}@example.org");
    let link = match role {
        "admin" => collector.command(&["admin", "create", "--name", name]),
        role => collector.command(&["account", "create", "--name", name, "--role", role, "--mail", &mail]),
    };
    let mut visitor = Visitor::new(collector.api());
    join(&mut visitor, &link, name, PASSWORD);
    visitor
}

/// Takes messages, answers each 200, and gives its head and body.
fn program() -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/attune", listener.local_addr().expect("bound"));
    let (out, came) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
            let (head, body) = loop {
                let read = stream.read(&mut piece).expect("reads");
                bytes.extend_from_slice(&piece[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let head = head.to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
                if body.len() >= length.trim().parse::<usize>().expect("a number") {
                    break (head, body.to_owned());
                }
            };
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("writes");
            // The test may have ended.
            let _ = out.send((head, body));
        }
    });
    (url, came)
}

/// A page that listens for changes, and has heard how it stands.
fn listening(collector: &Collector, who: &Visitor) -> TcpStream {
    let address = collector.api().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let cookie = who.cookie("attune").expect("signed in");
    let asked = format!("GET /api/v1/alerts/events HTTP/1.1\r\nhost: {address}\r\ncookie: attune={cookie}\r\n\r\n");
    stream.write_all(asked.as_bytes()).expect("sent");
    let (mut heard, mut piece) = (String::new(), [0; 1024]);
    while !heard.contains("event: alerts") {
        let read = stream.read(&mut piece).expect("answered");
        assert!(read > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    assert!(heard.contains("content-type: text/event-stream") && heard.contains("private, no-store"), "{heard}");
    stream
}

/// Gives a week of a team a stress load of twelve people, as from the job that makes figures.
fn give(database: &Database, team: &str, week: Date, value: f64) {
    let mut bytes = vec![2];
    [value, value - 0.05, value + 0.05].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend([12, 0, 0, 0, 10]);
    let start = (week - date(1970, 1, 1)).get_days();
    let team = data_encoding::HEXLOWER.decode(team.as_bytes()).expect("an id");
    let (team, figure) = (database.literal(&team), database.literal(&bytes));
    let columns = "team, measure, span, start, why, figure";
    database.run(&format!("INSERT INTO team_figures ({columns}) VALUES ({team}, 1, 3, {start}, 0, {figure})"));
}

/// The id within the action of a form of a page.
fn id_in(shown: &Shown, before: &str, after: &str) -> String {
    let (_, rest) = shown.text.split_once(before).unwrap_or_else(|| panic!("{before}: {}", shown.text));
    rest.split_once(after).unwrap_or_else(|| panic!("{after}: {}", shown.text)).0.to_owned()
}

#[test]
fn an_alert_of_a_team_reaches_hr_by_page_mail_and_signed_message_and_nobody_else() {
    let place = Place::new();
    let (postbox, (url, came)) = (Postbox::start(place.path()), program());
    let secret = place.join("hook-secret");
    std::fs::write(&secret, "0123456789abcdef0123456789abcdef\n").expect("the test's folder can be written");
    let hook = format!("[alerts]\nwebhook = {url:?}\nwebhook_secret_file = {secret:?}\nlocal = true\n");
    let mut collector = Collector::start_set(&place, &format!("{}{hook}", postbox.settings()));
    let database = Database::of(&collector, None);
    let mut olga = signed_in(&collector, "olga", "admin");
    let made = olga.fill("/admin/teams", "/admin/teams", &[("name", "Harbour")]);
    let team = made.location.strip_prefix("/admin/teams/").unwrap_or_else(|| panic!("{}", made.text)).to_owned();
    let (mut hanna, mut alice) = (signed_in(&collector, "hanna", "hr"), signed_in(&collector, "alice", "employee"));

    let page = hanna.open("/alerts");
    assert!(page.status == 200 && page.text.contains("No alert is open"), "{}", page.text);
    assert!(page.text.contains("No notice waits for you"), "the bell: {}", page.text);
    let wrong =
        hanna.fill("/alerts/settings", "/alerts/settings", &[("mail", "at_once"), ("from", "8"), ("until", "")]);
    assert!(wrong.status == 400 && wrong.text.contains("as 20:00"), "{}", wrong.text);
    let chosen =
        hanna.fill("/alerts/settings", "/alerts/settings", &[("mail", "at_once"), ("from", ""), ("until", "")]);
    assert_eq!((chosen.status, chosen.location.as_str()), (303, "/alerts/settings"), "{}", chosen.text);

    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let back = 7 + i64::from(today.weekday().to_monday_zero_offset());
    for (weeks, value) in [(7, 0.85), (0, 0.9)] {
        give(&database, &team, today.checked_sub((back + weeks).days()).expect("a day"), value);
    }
    // It is looked for alerts at each start.
    collector.kill();
    collector.restart();
    let is_of_alert = |mail: &String| mail.contains("Subject: Something waits for you");
    let mail = wait::until("a mail", || postbox.mails().into_iter().find(is_of_alert));
    assert!(mail.contains("To: hanna@example.org") && mail.contains("/alerts"), "{mail}");
    assert!(
        !mail.to_lowercase().contains("stress") && !mail.contains("Harbour"),
        "a mail says nothing of what: {mail}"
    );
    let (head, body) = wait::until("a message", || came.try_recv().ok());
    assert!(head.contains("attune-signature: t=") && head.contains("attune-delivery: "), "{head}");
    let told: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&told["event"], &told["alert"]["team"]["name"]), (&"alert.opened".into(), &"Harbour".into()), "{told}");

    let page = hanna.open("/alerts");
    for part in ["Elevated stress, about Harbour", "was above 0.50 in 2 weeks", "nobody yet", "1 notice waits for you"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let id = id_in(&page, "action=\"/alerts/", "/acknowledge\"");
    assert_eq!(hanna.fill("/alerts", &format!("/alerts/{id}/acknowledge"), &[]).status, 303);
    let one = format!("/alerts/{id}");
    assert_eq!(hanna.fill(&one, &format!("{one}/notes"), &[("note", "<b>talked</b> with them")]).status, 303);
    let shown = hanna.open(&one);
    assert!(shown.text.contains("&#60;b&#62;talked") && shown.text.contains("acknowledged, by you"), "{}", shown.text);
    assert!(hanna.open("/alerts/history").text.contains("Elevated stress"));
    assert_eq!(alice.open(&one).status, 404, "it is for who answers for the team");
    assert_eq!(olga.open("/alerts").status, 403, "who runs it sees nothing of it");

    let mut page = listening(&collector, &hanna);
    assert!(collector.process().signal("TERM").success(), "a page that listens holds up no stop");
    let log = collector.log();
    assert!(!log.contains("they are given up") && !log.contains("did not close in time"), "{log}");
    // Cut off, or ended: it goes on no more.
    let _ = page.read_to_end(&mut Vec::new());
}

#[test]
fn a_person_chooses_who_supports_them_and_takes_it_back_at_once() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let (mut alice, mut sue) = (signed_in(&collector, "alice", "employee"), signed_in(&collector, "sue", "employee"));
    for name in ["sue", "nobody of this name"] {
        let asked = alice.fill("/alerts/settings", "/alerts/supporters", &[("name", name)]);
        assert_eq!((asked.status, asked.location.as_str()), (303, "/alerts/settings"), "{}", asked.text);
    }
    let listed = alice.open("/alerts/settings");
    assert_eq!(listed.text.matches("they have not said yes").count(), 2, "nobody learns who there is: {}", listed.text);
    let asked = sue.open("/alerts/settings");
    assert!(asked.text.contains("alice asks you to support them"), "{}", asked.text);
    let before = sue.open("/alerts").text;
    assert!(
        before.contains("alice asks you to support them") && !before.contains("alice: no alert is open"),
        "{before}"
    );
    let id = id_in(&asked, "action=\"/alerts/supported/", "/yes\"");
    assert_eq!(sue.fill("/alerts/settings", &format!("/alerts/supported/{id}/yes"), &[]).status, 303);
    assert!(sue.open("/alerts").text.contains("alice: no alert is open"));
    let listed = alice.open("/alerts/settings");
    assert!(listed.text.contains("they said yes"), "{}", listed.text);
    assert!(
        alice.open("/me/access").text.contains("that there is an alert about you"),
        "and that she looked is on record"
    );
    let own = id_in(&listed, "action=\"/alerts/supporters/", "/remove\"");
    assert_eq!(alice.fill("/alerts/settings", &format!("/alerts/supporters/{own}/remove"), &[]).status, 303);
    assert!(!sue.open("/alerts").text.contains("alice") && !sue.open("/alerts/settings").text.contains("alice"));

    // How she is told, and what she keeps of pages, goes with her.
    let database = Database::of(&collector, None);
    let told = alice.fill("/alerts/settings", "/alerts/settings", &[("mail", "daily"), ("from", ""), ("until", "")]);
    assert_eq!(told.status, 303, "{}", told.text);
    database.run(
        "INSERT INTO saved_views (login, id, name, asked, made_at) \
         SELECT login, login, 'mine', 'weeks=4', 1 FROM logins WHERE person IS NOT NULL",
    );
    let kept =
        || ["alert_choices", "saved_views"].map(|table| database.count(&format!("SELECT COUNT(*) FROM {table}")));
    assert_eq!(kept(), [1, 2]);
    let erased = alice.fill("/me/erase", "/me/erase", &[("word", "erase"), ("password", PASSWORD)]);
    assert!(erased.location.starts_with("/receipts/"), "{}", erased.text);
    assert_eq!(kept(), [0, 1], "and what sue keeps stays");
}
