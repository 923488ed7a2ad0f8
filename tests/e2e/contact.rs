//! Somebody chooses to be reminded, and they and HR write each other, in a browser.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::visitor::{Visitor, join};

const PASSWORD: &str = "correct horse battery";
const FIRST: &str = "0b6f9c2e51a44d0e8a37d2c4f7e90b16";
const SECOND: &str = "4c1d2f9a8b7e4d0c9f1e2a3b4c5d6e7f";

fn signed_in(collector: &Collector, name: &str, role: &str) -> Visitor {
    let link = match role {
        "admin" => collector.command(&["admin", "create", "--name", name]),
        role => collector.command(&["account", "create", "--name", name, "--role", role]),
    };
    let mut visitor = Visitor::new(collector.api());
    join(&mut visitor, &link, name, PASSWORD);
    visitor
}

#[test]
fn reminders_are_off_until_somebody_chooses_them_and_end_when_they_end_them() {
    let place = Place::new();
    let collector = Collector::start(&place);
    signed_in(&collector, "olga", "admin");
    let mut alice = signed_in(&collector, "alice", "employee");
    assert!(alice.open("/notifications").text.contains("Nothing waits for you."));
    let page = alice.open("/me/reminders").text;
    assert!(
        page.contains("You are not reminded of anything.") && page.contains("HR is told of three in a row"),
        "{page}"
    );
    let wish = |time| [("kind", "check_in"), ("days", "mon"), ("time", time), ("hours", "4"), ("do", "save")];
    let unaware = alice.fill("/me/reminders", "/me/reminders", &wish("09:00"));
    assert_eq!(unaware.status, 409, "who was not shown that HR is told: {}", unaware.text);
    let known = |time| [&wish(time)[..], &[("told", "yes")]].concat();
    let wrong = alice.fill("/me/reminders", "/me/reminders", &known("25:00"));
    assert!(wrong.status == 400 && wrong.text.contains("Time is a time of the day"), "{}", wrong.text);
    let chosen = alice.fill("/me/reminders", "/me/reminders", &known("09:00"));
    assert_eq!(chosen.location, "/me/reminders?done=saved", "{}", chosen.text);
    assert!(alice.open("/me/reminders").text.contains("You are reminded of 1 thing."));
    let talk = [("kind", "talk"), ("days", "tue"), ("time", "10:00"), ("hours", "4"), ("do", "save"), ("told", "yes")];
    let chosen = alice.fill("/me/reminders", "/me/reminders", &talk);
    assert_eq!(chosen.location, "/me/reminders?done=saved", "to talk, of which talks know: {}", chosen.text);
    let ended = alice.fill("/me/reminders", "/me/reminders", &[("kind", "talk"), ("do", "stop")]);
    assert_eq!(ended.location, "/me/reminders?done=stopped", "{}", ended.text);
    let ended = alice.fill("/me/reminders", "/me/reminders", &[("kind", "check_in"), ("do", "stop")]);
    assert_eq!(ended.location, "/me/reminders?done=stopped", "{}", ended.text);
    assert!(alice.open("/me/reminders").text.contains("You are not reminded of anything."));
    let list = alice.open("/api/v1/me/notifications");
    assert!(list.status == 200 && list.text.contains("\"notifications\""), "{}", list.text);
}

#[test]
fn a_letter_reaches_the_other_side_alone_and_who_of_hr_reads_or_writes_is_on_record() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let mut olga = signed_in(&collector, "olga", "admin");
    let mut hanna = signed_in(&collector, "hanna", "hr");
    let mut alice = signed_in(&collector, "alice", "employee");
    let mut bob = signed_in(&collector, "bob", "employee");
    for path in ["/hr/letters", "/api/v1/hr/threads"] {
        assert_eq!((olga.open(path).status, alice.open(path).status), (403, 403), "{path}");
    }
    let letter = |to| [("nonce", FIRST), ("to", to), ("subject", "Welcome"), ("text", "Hello <b>Alice</b>.")];
    let nobody = hanna.fill("/hr/letters", "/hr/letters", &letter("nobody at all"));
    assert!(nobody.status == 400 && nobody.text.contains("Nobody here has this user id"), "{}", nobody.text);
    let mut written = || hanna.fill("/hr/letters", "/hr/letters", &letter("alice")).location;
    let of_hr = written();
    assert_eq!(written(), of_hr, "what is sent twice is one");
    let id = of_hr.strip_prefix("/hr/letters/").expect("leads to the thread");

    let waits = alice.open("/notifications").text;
    assert!(
        waits.contains("1 notice waits for you.") && waits.contains("1 of them stands with your letters."),
        "{waits}"
    );
    assert!(alice.open("/me/letters").text.contains("Welcome"));
    let thread = format!("/me/letters/{id}");
    let read = alice.open(&thread).text;
    assert!(read.contains("Hello &#60;b&#62;Alice") && read.contains("hanna, HR"), "{read}");
    assert!(alice.open("/notifications").text.contains("Nothing waits for you."));
    assert_eq!(bob.open(&thread).status, 404);
    assert!(!bob.open("/me/letters").text.contains("Welcome"));

    let answer = alice.fill(&thread, &thread, &[("nonce", SECOND), ("text", "Thank you.")]);
    assert_eq!(answer.location, thread, "{}", answer.text);
    assert!(hanna.open("/notifications").text.contains("1 notice waits for you."));
    let answered = hanna.open(&of_hr).text;
    assert!(answered.contains("Thank you.") && answered.contains("alice"), "{answered}");
    let seen = alice.open(&thread).text;
    assert!(seen.contains("Read by the other side"), "{seen}");
    let looked = alice.open("/me/access").text;
    for part in ["the personnel department wrote you a letter", "the letters between you and the personnel department"]
    {
        assert!(looked.contains(part), "{part}: {looked}");
    }
}
