use super::*;
use crate::testing::nothing_inline;

const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&";

fn frame() -> Frame {
    let sensed = Sensed { is_on: true, detail: HOSTILE.into(), action: "/me/pause".into(), button: HOSTILE.into() };
    let who = SignedIn::new(HOSTILE, HOSTILE, HOSTILE).or_as(HOSTILE, HOSTILE).alerts(3, "/alerts").sensed(sensed);
    Frame::new(HOSTILE, HOSTILE, Profile::Eu).place(HOSTILE, "/me", true).back("/", HOSTILE).signed_in(who)
}

#[test]
fn hostile_text_stays_text_everywhere_in_the_frame() {
    let page = frame().render(&Markup::text(HOSTILE)).0;
    assert!(!page.contains("<img src=x") && page.matches("&#60;img").count() >= 10, "{page}");
    nothing_inline(&page);
}

#[test]
fn a_header_has_five_places_at_most_and_says_where_one_is() {
    let many = (0..8).fold(Frame::new("a", "", Profile::Eu), |frame, n| frame.place("x", format!("/{n}"), n == 2));
    let page = many.render(&Markup::none()).0;
    assert_eq!(page.matches("<li><a href=\"/").count(), MOST_PLACES, "{page}");
    assert!(page.contains("<a href=\"/2\" aria-current=\"page\">") && page.matches("aria-current").count() == 1);
}

#[test]
fn every_form_of_the_header_carries_the_token() {
    let page = frame().render(&Markup::none()).0;
    assert_eq!(page.matches("<form").count(), 3, "the switch, roles and signing out");
    assert_eq!(page.matches("name=\"csrf\"").count(), 3);
}

#[test]
fn the_footer_says_the_profile_in_force_and_what_it_means() {
    for profile in Profile::ALL {
        let page = Frame::new("a", "", profile).render(&Markup::none()).0;
        assert!(page.contains(&format!("Profile in force: {profile}")), "{page}");
    }
    let research = Frame::new("a", "", Profile::Research).render(&Markup::none()).0;
    assert!(research.contains("Everything that a person has agreed to leaves their device"), "{research}");
}

#[test]
fn a_refused_form_is_said_first_in_the_title() {
    let page = Frame::new("Sign in", "", Profile::Eu).refused(true).render(&Markup::none()).0;
    assert!(page.contains("<title>Error: Sign in · Attune</title>"), "{page}");
}

#[test]
fn nothing_keeps_an_answer_that_may_show_a_person() {
    let answer = frame().answer(&Markup::none());
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-store");
}
