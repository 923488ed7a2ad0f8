//! A forgotten password, by mail: the real collector, and a server that takes mail.

use attune_tests::collector::Collector;
use attune_tests::database::new_on_postgres;
use attune_tests::place::Place;
use attune_tests::postbox::Postbox;
use attune_tests::visitor::{Visitor, join};

const BEFORE: &str = "correct horse battery";
const AFTER: &str = "staple of another kind";
/// What everybody is told who asks.
const TOLD: &str = "If there is such an account";

#[test]
fn who_forgot_their_password_chooses_another_one_by_mail_on_sqlite() {
    let place = Place::new();
    let postbox = Postbox::start(place.path());
    forgotten(&Collector::start_set(&place, &postbox.settings()), &postbox);
}

#[test]
fn who_forgot_their_password_chooses_another_one_by_mail_on_postgres() {
    let place = Place::new();
    let Some(url) = new_on_postgres("a forgotten password on Postgres") else { return };
    let postbox = Postbox::start(place.path());
    let settings = format!("{}[database]\nurl = {url:?}\n", postbox.settings());
    forgotten(&Collector::start_set(&place, &settings), &postbox);
}

fn account(collector: &Collector, name: &str, mail: &str) -> String {
    collector.command(&["account", "create", "--name", name, "--role", "employee", "--mail", mail])
}

fn ask(collector: &Collector, name: &str) -> (u16, String) {
    let shown = Visitor::new(collector.api()).send("/sign-in/forgotten", &[("name", name)]);
    (shown.status, shown.text)
}

/// The path of the link in a mail.
fn link(mail: &str) -> String {
    let (_, rest) = mail.split_once("/join/").expect("a link");
    format!("/join/{}", rest.split_whitespace().next().expect("it goes on"))
}

fn forgotten(collector: &Collector, postbox: &Postbox) {
    let base = collector.api();
    let mut alice = Visitor::new(base);
    join(&mut alice, &account(collector, "alice", "alice@example.org"), "alice", BEFORE);
    let invited = account(collector, "bob", "bob@example.org");
    let told = postbox.wait_for(1);
    assert!(told.contains("To: alice@example.org") && told.contains("is another one since"), "{told}");

    // Whoever is named, the answer is the same; a link goes only to who has a password and an address.
    let answers = ["nobody", "bob", "ALICE@example.org"].map(|name| ask(collector, name));
    assert!(answers.iter().all(|(status, text)| *status == 200 && text.contains(TOLD)), "{answers:?}");
    let first = postbox.wait_for(2);
    assert!(first.contains("To: alice@example.org") && first.contains("Auto-Submitted: auto-generated"), "{first}");
    assert!(first.contains(&format!("{base}/join/")) && !first.to_lowercase().contains("stress"), "{first}");

    // A server that has no time is asked again, and one that never takes it is not.
    postbox.refuse("451 later <alice@example.org>");
    assert_eq!(ask(collector, "alice").0, 200);
    let second = postbox.wait_for(3);
    assert_ne!(link(&first), link(&second));
    let log = collector.log();
    assert!(log.contains("it is tried again") && !log.contains("alice"), "{log}");

    // Of those that hold the first that is used counts; it works once, and what was signed in ends.
    assert_eq!(alice.open("/account").status, 200);
    let mut elsewhere = Visitor::new(base);
    assert_eq!(elsewhere.open(&link(&second)).status, 200);
    let chosen = elsewhere.send(&link(&first), &[("password", AFTER), ("again", AFTER)]);
    assert_eq!(chosen.status, 303, "{}", chosen.text);
    assert_eq!([&first, &second].map(|mail| elsewhere.open(&link(mail)).status), [404, 404]);
    assert_ne!(alice.open("/account").status, 200, "signed out");
    let sign_in = |password| Visitor::new(base).send("/sign-in", &[("name", "alice"), ("password", password)]).status;
    assert_eq!((sign_in(BEFORE), sign_in(AFTER)), (401, 303));
    assert!(postbox.wait_for(4).contains("is another one since"));

    // Nor does a link hold that lies in the box when the owner changes the password.
    assert_eq!(ask(collector, "alice@example.org").0, 200);
    let third = postbox.wait_for(5);
    let mut owner = Visitor::new(base);
    assert_eq!(
        owner.send("/sign-in", &[("name", "alice@example.org "), ("password", AFTER)]).status,
        303,
        "with a space"
    );
    let changed = owner.fill("/account", "/account/password", &[("current", AFTER), ("password", BEFORE)]);
    assert_eq!(changed.status, 303, "{}", changed.text);
    assert_eq!(elsewhere.open(&link(&third)).status, 404);

    // An administrator's link is nobody's to take away by asking.
    assert_eq!(
        Visitor::new(base).open(&format!("/join/{}", invited.trim().rsplit_once('/').expect("a link").1)).status,
        200
    );
    assert!(postbox.logins().iter().all(|login| login == "\0attune\0of the postbox"), "{:?}", postbox.logins());
    assert!(postbox.mails().iter().all(|mail| mail.contains("To: alice@example.org")), "nobody else had any");
}

#[test]
fn what_was_asked_for_when_the_collector_stops_and_the_server_says_nothing_is_mailed_when_both_are_back() {
    let place = Place::new();
    let postbox = Postbox::start(place.path());
    let mut collector = Collector::start_set(&place, &postbox.settings());
    let base = collector.api().to_owned();
    for name in ["alice", "bob", "carol"] {
        let link = account(&collector, name, &format!("{name}@example.org"));
        join(&mut Visitor::new(&base), &link, name, BEFORE);
    }
    let before = postbox.wait_for(3);
    assert!(before.contains("is another one since"), "{before}");
    postbox.be_silent(true);
    for name in ["alice", "bob", "carol"] {
        assert_eq!(ask(&collector, name).0, 200);
    }
    let stopped = collector.process().signal("TERM");
    assert!(stopped.success(), "{stopped}");
    postbox.be_silent(false);
    collector.restart();
    let _ = postbox.wait_for(6);
    let asked = postbox.mails().split_off(3);
    for name in ["alice", "bob", "carol"] {
        assert!(asked.iter().any(|mail| mail.contains(&format!("To: {name}@example.org")) && mail.contains("/join/")));
    }
}

#[test]
fn a_collector_that_sends_no_mail_says_who_helps_and_one_that_is_asked_too_often_says_when() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let (status, text) = ask(&collector, "alice");
    assert_eq!(status, 200);
    assert!(text.contains("Ask an administrator") && !text.contains(TOLD), "{text}");

    let place = Place::new();
    let postbox = Postbox::start(place.path());
    let collector = Collector::start_set(&place, &postbox.settings());
    let answers: Vec<u16> = (0..8).map(|_| ask(&collector, "nobody").0).collect();
    assert!(answers.contains(&429) && answers[..3] == [200; 3], "{answers:?}");
    assert_eq!(ask(&collector, "somebody else").0, 200);
}
