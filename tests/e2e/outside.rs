//! People sign in with an identity provider of the organisation's, and one that lies gets nobody in.

use std::time::{Duration, Instant};

use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::identity::{CLIENT, Identity, Lie};
use attune_tests::place::Place;
use attune_tests::visitor::{Shown, Visitor, code, join};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

fn account(collector: &Collector, name: &str, role: &str, mail: Option<&str>) -> String {
    let arguments = ["account", "create", "--name", name, "--role", role];
    let mail = mail.map(|mail| ["--mail", mail]);
    collector.command(&[arguments.as_slice(), mail.as_ref().map_or(&[], |mail| mail.as_slice())].concat())
}

/// Goes to the provider and comes back.
fn sign_in(visitor: &mut Visitor, identity: &Identity, claims: Value) -> Shown {
    let led = visitor.open("/sign-in/oidc");
    assert_eq!(led.status, 303, "{}", led.text);
    let back = identity.sign_in(&led.location, claims);
    visitor.open(&back)
}

#[test]
fn people_sign_in_with_the_organisations_provider_and_no_right_comes_from_what_it_says() {
    let (place, identity) = (Place::new(), Identity::start());
    people_sign_in_with(&identity, &Collector::start_set(&place, &identity.settings()));
}

#[test]
fn people_sign_in_with_the_organisations_provider_on_postgres() {
    let (place, identity) = (Place::new(), Identity::start());
    let asked = "signing in with a provider on Postgres";
    let Some((collector, _)) = Database::postgres_set(&place, asked, &identity.settings()) else { return };
    people_sign_in_with(&identity, &collector);
}

fn people_sign_in_with(identity: &Identity, collector: &Collector) {
    let base = collector.api();
    account(collector, "alice", "employee", Some("alice@example.org"));
    account(collector, "bob", "employee", Some("bob@example.org"));
    account(collector, "olga", "privacy_officer", Some("olga@example.org"));
    let taken = account(collector, "dora", "employee", Some("dora@example.org"));
    join(&mut Visitor::new(base), &taken, "dora", PASSWORD);
    let page = Visitor::new(base).open("/sign-in");
    assert_eq!(page.link("Sign in with House ID").as_deref(), Some("/sign-in/oidc"), "{}", page.text);

    // By the address of mail that the provider has verified, once; then by what the provider calls her, whatever else it says.
    let claims = json!({"sub": "a1", "email": "alice@example.org", "email_verified": true, "roles": ["admin"]});
    let mut alice = Visitor::new(base);
    let signed = sign_in(&mut alice, identity, claims);
    assert_eq!((signed.status, signed.location.as_str()), (303, "/me"), "{}", signed.text);
    assert_eq!(alice.open("/api/v1/preferences/alice").status, 200);
    assert_eq!(alice.open("/admin").status, 403);
    assert_eq!(alice.cookie("attune-outside"), None);
    let renamed = json!({"sub": "a1", "preferred_username": "bob"});
    let mut again = Visitor::new(base);
    assert_eq!(sign_in(&mut again, identity, renamed).status, 303);
    assert_eq!(again.open("/api/v1/preferences/alice").status, 200);

    // Who followed a link comes to where it leads, of which the provider learns nothing; and sees since when it is signed in so.
    let mut late = Visitor::new(base);
    let asked = late.open("/me/access");
    assert_eq!(asked.location, "/sign-in?next=/me/access", "{}", asked.text);
    let way = late.open(&asked.location).link("Sign in with House ID").expect("a way");
    let led = late.open(&way);
    assert!(!led.location.contains("access"), "{}", led.location);
    let signed = late.open(&identity.sign_in(&led.location, json!({"sub": "a1"})));
    assert_eq!(signed.location, "/me/access", "{}", signed.text);
    let noted = late.open("/me/access").text;
    assert_eq!(noted.matches("first signed in to with the organisation").count(), 1, "{noted}");
    let mut astray = Visitor::new(base);
    let led = astray.open("/sign-in/oidc?next=%2F%2Felsewhere.example");
    assert_eq!(astray.open(&identity.sign_in(&led.location, json!({"sub": "a1"}))).location, "/me");

    // Whoever gets her address of mail later is not she; one that nobody verified is nobody's; and an account that is signed in to
    // with a password is its owner's.
    for (claims, status, says) in [
        (json!({"sub": "a2", "email": "alice@example.org", "email_verified": true}), 409, "somebody else"),
        (json!({"sub": "a3", "email": "olga@example.org", "email_verified": false}), 403, "ask an administrator"),
        (json!({"sub": "a3", "email": "olga@example.org"}), 403, "ask an administrator"),
        (json!({"sub": "a3", "preferred_username": "olga"}), 403, "ask an administrator"),
        (json!({"sub": "a3", "preferred_username": "bob@example.org"}), 403, "ask an administrator"),
        (json!({"sub": "a3", "preferred_username": "bob"}), 403, "ask an administrator"),
        (json!({"sub": "d1", "email": "dora@example.org", "email_verified": true}), 409, "with a password"),
        (json!({"sub": "n1", "preferred_username": "nobody"}), 403, "ask an administrator"),
        (json!({"sub": "n1"}), 403, "ask an administrator"),
    ] {
        let mut visitor = Visitor::new(base);
        let refused = sign_in(&mut visitor, identity, claims.clone());
        assert_eq!(refused.status, status, "{claims}: {}", refused.text);
        assert!(refused.text.contains(says), "{claims}: {}", refused.text);
        assert_eq!(visitor.cookie("attune"), None, "{claims}");
    }
    let mut bob = Visitor::new(base);
    let bobs = |sub: &str| json!({"sub": sub, "email": "Bob@example.org", "email_verified": true});
    assert_eq!(sign_in(&mut bob, identity, bobs("b1")).status, 303);
    assert_eq!(bob.open("/api/v1/preferences/bob").status, 200);

    // Two factors are asked for by the role, whoever asks for them.
    let olga = json!({"sub": "o1", "email": "olga@example.org", "email_verified": true});
    let mut visitor = Visitor::new(base);
    let signed = sign_in(&mut visitor, identity, olga);
    assert!(signed.location.starts_with("/sign-in/second"), "{}", signed.location);
    assert_eq!(visitor.open("/records").status, 303, "not signed in yet");
    let offered = visitor.open("/sign-in/second");
    let (key, csrf) = (offered.totp_key(), offered.hidden("csrf").expect("a form"));
    let set_up = visitor.send("/sign-in/second", &[("csrf", &csrf), ("code", &code(&key, 0))]);
    assert_eq!(set_up.status, 200, "{}", set_up.text);
    assert_eq!(visitor.open("/records").status, 200);
    let asked = sign_in(&mut Visitor::new(base), identity, json!({"sub": "o1", "amr": ["pwd"]}));
    assert!(asked.location.starts_with("/sign-in/code"), "{}", asked.location);
    let strong = sign_in(&mut Visitor::new(base), identity, json!({"sub": "o1", "amr": ["pwd", "mfa"]}));
    assert_eq!((strong.status, strong.location.as_str()), (303, "/records"), "{}", strong.text);

    // Set up anew, an account forgets whom the provider called its owner.
    let link = collector.command(&["account", "link", "--name", "bob", "--new-second-factor"]);
    assert_eq!(bob.open("/api/v1/preferences/bob").status, 303);
    assert_eq!(sign_in(&mut bob, identity, json!({"sub": "b1"})).status, 403);
    assert_eq!(sign_in(&mut bob, identity, bobs("b2")).status, 303);
    let path = link.trim().rsplit_once("/join/").map(|(_, link)| format!("/join/{link}")).expect("a link");
    assert_eq!(bob.open(&path).status, 404, "an account in use has no link any more");

    // Who may not sign in does not, whoever knows them; and who had all erased is nobody's any more.
    let _ = collector.command(&["account", "disable", "--name", "bob"]);
    let disabled = sign_in(&mut Visitor::new(base), identity, bobs("b2"));
    assert!(disabled.status == 403 && disabled.text.contains("may not sign in"), "{}", disabled.text);
    shows_that_it_is_she(&mut alice, identity);
    let erased = alice.fill("/me/erase", "/me/erase", &[("word", "erase")]);
    assert_eq!(erased.status, 303, "{}", erased.text);
    assert_eq!(sign_in(&mut Visitor::new(base), identity, json!({"sub": "a1"})).status, 403);
    assert!(!collector.log().contains(CLIENT.1) && !collector.log().contains("alice"), "{}", collector.log());
}

/// What cannot be undone is not for who has found her browser: she shows the provider once more that it is she, which says when.
fn shows_that_it_is_she(alice: &mut Visitor, identity: &Identity) {
    let found = alice.fill("/me/erase", "/me/erase", &[("word", "erase")]);
    assert!(found.status == 401 && found.text.contains("do so once more"), "{}", found.text);
    let way = alice.open("/account").link("Show once more that it is you").expect("a way");
    let way = alice.open(&way).link("Sign in with House ID").expect("a way");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    for (auth_time, word, status) in [(now - 3600, "erase", 401), (now, "no", 400)] {
        let led = alice.open(&way);
        assert!(led.location.contains("prompt=login") && led.location.contains("max_age=0"), "{}", led.location);
        let back = alice.open(&identity.sign_in(&led.location, json!({"sub": "a1", "auth_time": auth_time})));
        assert_eq!(back.location, "/account", "{}", back.text);
        let asked = alice.fill("/me/erase", "/me/erase", &[("word", word)]);
        assert_eq!(asked.status, status, "{}", asked.text);
    }
}

#[test]
fn whose_name_and_address_somebody_else_has_taken_signs_in_with_the_provider_all_the_same() {
    let (place, identity) = (Place::new(), Identity::start());
    let collector = Collector::start_set(&place, &format!("{}[accounts]\nregistration = true\n", identity.settings()));
    let base = collector.api();
    for name in ["carol", "carol@example.org"] {
        let body = json!({"username": name, "password": PASSWORD});
        assert_eq!(attune_tests::api::post(base, "/api/auth/register", &body).0, 201, "{name}");
    }
    let claims =
        json!({"sub": "c1", "email": "carol@example.org", "email_verified": true, "preferred_username": "carol"});
    let mut carol = Visitor::new(base);
    let signed = sign_in(&mut carol, &identity, claims);
    assert_eq!((signed.status, signed.location.as_str()), (303, "/me"), "{}", signed.text);
    assert_eq!(carol.open("/api/v1/preferences/carol").status, 403, "is another's");
    let account = carol.open("/account").text;
    assert!(account.contains("carol 2"), "{account}");
    assert_eq!(sign_in(&mut Visitor::new(base), &identity, json!({"sub": "c1"})).status, 303, "and comes back");
}

#[test]
fn a_provider_that_lies_or_is_silent_and_an_answer_of_another_browser_get_nobody_in() {
    let (place, identity) = (Place::new(), Identity::start());
    let collector = Collector::start_set(&place, &identity.settings());
    let base = collector.api();
    account(&collector, "alice", "employee", Some("alice@example.org"));
    let claims = json!({"sub": "a1", "email": "alice@example.org", "email_verified": true});

    // What it says of itself is asked before anybody is led there.
    identity.lie(Lie::Name);
    let refused = Visitor::new(base).open("/sign-in/oidc");
    assert!(refused.status == 403 && refused.text.contains("cannot be believed"), "{}", refused.text);
    identity.lie(Lie::None);
    for lie in [Lie::Forged, Lie::Unsigned, Lie::Nonce, Lie::Audience, Lie::Issuer, Lie::Ended] {
        let mut visitor = Visitor::new(base);
        let led = visitor.open("/sign-in/oidc");
        let back = identity.sign_in(&led.location, claims.clone());
        identity.lie(lie);
        let refused = visitor.open(&back);
        assert_eq!(refused.status, 403, "{lie:?}: {}", refused.text);
        assert!(refused.text.contains("cannot be believed") && visitor.cookie("attune").is_none(), "{lie:?}");
        identity.lie(Lie::None);
    }

    // Another browser, one that was never led away, and the same one twice.
    let mut visitor = Visitor::new(base);
    let led = visitor.open("/sign-in/oidc");
    let back = identity.sign_in(&led.location, claims.clone());
    let mut other = Visitor::new(base);
    assert_eq!(other.open(&back).status, 403, "no cookie");
    assert_eq!(other.open("/sign-in/oidc").status, 303);
    assert_eq!(other.open(&back).status, 403, "a cookie of its own");
    let cookie = visitor.cookie("attune-outside").expect("led away").to_owned();
    let signed = visitor.open(&back);
    assert_eq!((signed.status, signed.location.as_str()), (303, "/me"), "{}", signed.text);
    other.steal("attune-outside", &cookie);
    let replayed = other.open(&back);
    assert!(replayed.status == 403 && replayed.text.contains("begin anew"), "{}", replayed.text);
    let mut visitor = Visitor::new(base);
    let led = visitor.open("/sign-in/oidc");
    let back = identity.sign_in(&led.location, claims.clone());
    let denied = visitor.open(&format!("{back}&error=access_denied"));
    assert!(denied.status == 403 && denied.text.contains("did not let you in"), "{}", denied.text);

    for lie in [Lie::Endless, Lie::Silent] {
        let mut visitor = Visitor::new(base);
        let led = visitor.open("/sign-in/oidc");
        let back = identity.sign_in(&led.location, claims.clone());
        identity.lie(lie);
        let begun = Instant::now();
        let refused = visitor.open(&back);
        assert!(refused.status == 503 && refused.text.contains("does not answer"), "{lie:?}: {}", refused.text);
        assert!(begun.elapsed() < Duration::from_secs(12), "{lie:?}: {:?}", begun.elapsed());
        identity.lie(Lie::None);
    }
}
