use super::*;
use crate::form::{ButtonLink, Weight};
use crate::markup::{Link, Markup};
use crate::testing::nothing_inline;

const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&";

#[test]
fn hostile_text_stays_text_in_every_part() {
    let step = ButtonLink::new("/me", HOSTILE, Weight::Quiet);
    let parts = Markup::none()
        .with(&Facts::new().fact(HOSTILE, HOSTILE).with(HOSTILE, &Link::new("/", HOSTILE)))
        .with(&Fold::new(HOSTILE, &Markup::text(HOSTILE)))
        .with(&Notice::new(Tone::Failure, HOSTILE, HOSTILE).step(step))
        .with(&Tabs::new(HOSTILE).tab(HOSTILE, "/me", true))
        .with(&Qr::new(HOSTILE, HOSTILE, HOSTILE))
        .with(&Written::new(HOSTILE, HOSTILE).note(HOSTILE));
    assert!(!parts.as_str().contains("<img") && parts.as_str().matches("&#60;img").count() >= 17, "{parts}");
    nothing_inline(parts.as_str());
}

#[test]
fn a_code_has_quiet_modules_around_it_and_its_text_beside_it() {
    let html = Markup::of(&Qr::new("Enrol a device", "attune:enrol:ABCD", "")).into_string();
    // Version 2 with level M holds up to 26 bytes: 25 modules and twice four quiet ones.
    assert!(html.contains("viewBox=\"0 0 33 33\"") && html.contains("d=\"M4 4h7v1h-7z"), "{html}");
    assert!(html.contains("<code>attune:enrol:ABCD</code>"), "{html}");
    let long = Markup::of(&Qr::new("Too long", "x".repeat(5000), ""));
    assert!(!long.as_str().contains("<svg"), "what no code holds stands there as text");
}

#[test]
fn what_came_of_what_was_done_is_read_aloud_and_what_always_stands_there_is_not() {
    for (tone, news) in [(Tone::Plain, false), (Tone::Done, true), (Tone::Warning, false), (Tone::Failure, true)] {
        let html = Markup::of(&Notice::new(tone, "a", "")).into_string();
        assert_eq!(html.contains("role=\"status\""), news, "{html}");
    }
}
