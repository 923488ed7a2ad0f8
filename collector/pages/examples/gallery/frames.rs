use attune_pages::form::{ButtonLink, Weight};
use attune_pages::frame::{Sensed, SignedIn};
use attune_pages::part::{Facts, Notice, Qr, Tabs, Tone};
use attune_pages::state::{State, Work};
use attune_pages::words::Calendar;
use attune_pages::{Frame, Link, Markup};
use attune_protocol::policy::Profile;
use jiff::tz::TimeZone;

use super::{Made, page};

/// Tue 3 March 2026, 14:05 in Berlin.
pub(crate) const NOW: i64 = 1_772_543_100_000;

pub(crate) fn calendar() -> Calendar {
    Calendar::new(TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC), NOW)
}

pub(crate) fn places(frame: Frame) -> Frame {
    let places =
        [("My day", "/me"), ("Devices", "/me/devices"), ("Consent", "/me/consent"), ("Who looked", "/me/access")];
    let all = places.into_iter().chain([("My data", "/me/data")]);
    all.fold(frame, |frame, (label, href)| frame.place(label, href, href == "/me"))
}

pub(crate) fn person() -> SignedIn {
    let sensed = Sensed {
        is_on: true,
        detail: "by 2 devices".into(),
        action: "/me/pause".into(),
        button: "Pause for an hour".into(),
    };
    SignedIn::new("Ada Brunner", "employee", "token").or_as("hr", "HR").alerts(3, "/alerts").sensed(sensed)
}

pub(crate) fn pages() -> Vec<Made> {
    vec![
        ("signed-out", signed_out()),
        ("long-names", long_names()),
        page("states", "States", "Each says what it is and what to do.", &states()),
        page("parts", "Parts", "Facts, notices, tabs and a code to photograph.", &parts()),
    ]
}

fn signed_out() -> String {
    let step = ButtonLink::new("/sign-in", "Sign in", Weight::Primary);
    let body = Markup::paragraph("Attune senses how work goes, on people's own devices, and shows it to them first.")
        .with(&step);
    Frame::new("What a day was like, and what was seen of it", "", Profile::Research).render(&body).0
}

fn long_names() -> String {
    let name = "Maximiliane-Friederike von Hohenlohe-Waldenburg-Schillingsfürst";
    let sensed = Sensed {
        is_on: false,
        detail: "paused until 15:00".into(),
        action: "/me/pause".into(),
        button: "Go on".into(),
    };
    let who = SignedIn::new(name, "privacy officer", "token").alerts(0, "/alerts").sensed(sensed);
    let frame = Frame::new("Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel and more", "", Profile::Us);
    let body = Markup::paragraph("x".repeat(300));
    places(frame.signed_in(who).back("/records", "Records")).render(&body).0
}

fn states() -> Markup {
    let stop = attune_pages::form::Form::post("stop", "/stop", "token")
        .button(attune_pages::form::Button::quiet("Stop reading"));
    let work = Work {
        what: "Reading the upload of March".into(),
        done: 1200,
        all: Some(12_480),
        rate: "400 rows a second".into(),
        left: "28 s left".into(),
        stop: Some(stop),
        leave: Some(Link::new("/hr/data", "Its outcome will stand at Data")),
    };
    let begun = Work {
        what: "Counting rows".into(),
        all: None,
        rate: String::new(),
        left: String::new(),
        stop: None,
        ..work.clone()
    };
    Markup::none()
        .with(&State::Empty {
            what: "Your day stands here as soon as a device of yours senses it.".into(),
            step: Some(ButtonLink::new("/me/devices/new", "Add a device", Weight::Primary)),
        })
        .with(&State::TooLittle { has: 3, needs: 10, of: "working days with enough seen, since Mon 2 March".into() })
        .with(&State::Withheld { rule: "A team is shown from 10 people on; this one has fewer.".into() })
        .with(&State::Refused { who_may: "privacy officer".into(), ask: "who runs this collector".into() })
        .with(&State::Failed {
            kept: "Your answers are kept.".into(),
            to_do: "Try again in a minute. If it fails again, tell who runs this collector the id below.".into(),
            id: "01J8Z2-6QK7".into(),
        })
        .with(&State::Stale {
            since: calendar().moment(NOW - 7_200_000),
            device: "Laptop in the office".into(),
            why: "It said before that its battery was low.".into(),
        })
        .with(&State::Work(work))
        .with(&State::Work(begun))
}

fn parts() -> Markup {
    let facts = Facts::new()
        .fact("Device", "Laptop in the office")
        .with("Enrolled", &calendar().when(NOW - 90 * 86_400_000))
        .with("Heard from", &calendar().ago(NOW - 300_000))
        .fact("Sent", attune_pages::words::bytes(1_234_567));
    let step = ButtonLink::new("/me/access", "See who looked", Weight::Quiet);
    Markup::none()
        .with(&Tabs::new("Views of this device").tab("State", "/parts", true).tab("History", "?view=history", false))
        .with(&facts)
        .with(&Notice::new(Tone::Plain, "Somebody looked", "A privacy officer saw what is stored of you.").step(step))
        .with(&Notice::new(Tone::Done, "The device was renamed", "It is called Laptop in the office now."))
        .with(&Notice::new(Tone::Warning, "A camera does not open", "Another program holds it."))
        .with(&Notice::new(Tone::Failure, "The code is used up", "Make another one."))
        .with(&Qr::new(
            "Add a device",
            "attune:enrol:K7QF-92XM-PL4D",
            "Photograph it with the device, or type it there. It holds for 10 min.",
        ))
}
