//! People sign in with passkeys: a real browser, with an authenticator of its own that is made up.

use attune_tests::browser::Browser;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::postbox::Postbox;
use attune_tests::visitor::{Visitor, join};

const PASSWORD: &str = "correct horse battery";

/// Types into fields of a form and presses its button.
fn fill(browser: &Browser, form: &str, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        let _ = browser.run(&format!("document.querySelector('#{form} [name={name}]').value = {value:?};"));
    }
    let _ = browser.run(&format!("document.querySelector('#{form} button').click();"));
}

#[test]
fn a_passkey_is_added_in_a_browser_and_stands_for_password_and_second_factor() {
    let place = Place::new();
    let test = "a_passkey_is_added_in_a_browser_and_stands_for_password_and_second_factor";
    let Some(browser) = Browser::start(test, &place) else { return };
    let postbox = Postbox::start(place.path());
    let collector = Collector::start_set(&place, &postbox.settings());
    let roles = ["--role", "employee", "--role", "privacy_officer"];
    let link = collector
        .command(&[&["account", "create", "--name", "olga", "--mail", "olga@example.org"], roles.as_slice()].concat());
    let mut visitor = Visitor::new(collector.api());
    let _ = join(&mut visitor, &link, "olga", PASSWORD).expect("a second factor");

    // By an address there are none, and the page says so.
    let by_address = visitor.open("/account/passkeys").text;
    assert!(by_address.contains("belongs to a name") && !by_address.contains("Add a passkey"), "{by_address}");
    assert_eq!(Visitor::new(collector.api()).open("/sign-in").link("Sign in with a passkey"), None);

    // The browser of hers, signed in already, asks for the collector by its name.
    let base = collector.api().replace("127.0.0.1", "localhost");
    let cookie = visitor.cookie("attune").expect("signed in").to_owned();
    let authenticator = browser.hold_passkeys();
    browser.open(&format!("{base}/sign-in"));
    let _ = browser.run(&format!("document.cookie = 'attune={cookie}; path=/';"));
    browser.open(&format!("{base}/account/passkeys"));
    browser.wait("document.querySelector('#passkey-name')");
    fill(&browser, "passkey-name", &[("key_name", "my stick"), ("password", "another long one")]);
    browser.wait("document.body.textContent.includes('not your password')");
    fill(&browser, "passkey-name", &[("key_name", "my stick"), ("password", PASSWORD)]);
    browser.wait("document.querySelector('#passkey-new [role=status]')");
    fill(&browser, "passkey-new", &[]);
    browser.wait("location.pathname === '/account/passkeys' && document.body.textContent.includes('my stick')");
    assert_eq!(browser.passkeys(&authenticator), 1);
    assert!(postbox.wait_for(2).contains("A passkey was added"), "{:?}", postbox.mails());

    // Signed out, she comes back with it alone: no name, no password, no code.
    let _ = browser.run("document.cookie = 'attune=; path=/; max-age=0';");
    browser.open(&format!("{base}/account"));
    browser.wait("location.pathname === '/sign-in'");
    let _ = browser
        .run("[...document.querySelectorAll('a')].find((a) => a.textContent === 'Sign in with a passkey').click();");
    browser.wait("document.querySelector('#passkey-sign-in [role=status]')");
    fill(&browser, "passkey-sign-in", &[]);
    browser.wait("location.pathname === '/account' && document.body.textContent.includes('olga')");
    let complaints = browser.complaints();
    assert!(!complaints.iter().any(|one| one.contains("Content Security Policy")), "{complaints:?}");

    // Whoever does not show that it is they is not let in, and one that was removed lets nobody in.
    browser.verifies(&authenticator, false);
    let _ = browser.run("document.querySelector('form[action=\"/sign-out\"] button').click();");
    browser.wait("location.pathname !== '/account'");
    browser.open(&format!("{base}/sign-in/passkey"));
    browser.wait("document.querySelector('#passkey-sign-in [role=status]')");
    fill(&browser, "passkey-sign-in", &[]);
    browser.wait("document.body.textContent.includes('No passkey was given')");
    browser.verifies(&authenticator, true);
    let taken = collector.command(&["account", "link", "--name", "olga", "--new-second-factor"]);
    assert!(taken.contains("/join/"), "{taken}");
    fill(&browser, "passkey-sign-in", &[]);
    browser.wait("document.body.textContent.includes('is not known here')");
    assert!(!collector.log().contains("olga"), "{}", collector.log());
}
