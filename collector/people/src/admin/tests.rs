use attune_ground::testing::Database;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
use attune_protocol::ids::{DeviceId, Epoch, PersonId};
use attune_protocol::sign::KeyPair;

use super::testing::{set_disabled, set_roles};
use super::{accounts, folk, groups, import, machines};
use crate::People;
use crate::access::{self, By};
use crate::accounts::{find_person, redeem_code};
use crate::rights::{Asker, LoginId, Means, Permit, Role, Scope};
use crate::sign_in::{self, NewLogin};
use crate::teams::{self, Period};

async fn databases() -> Vec<Database> {
    Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
}

fn new<'a>(name: &'a str, roles: &'a [Role]) -> NewLogin<'a> {
    NewLogin { name, user_id: None, mail: None, roles, password: Some("a hash".into()), may_exist: true }
}

/// Whoever runs it, as the table of rights lets them pass.
fn admin(login: LoginId) -> Asker {
    let means = Means::Login { login, person: None, roles: vec![Role::Admin], session: None };
    Asker::new(means, Scope::All).at("POST", "/admin")
}

/// What a person sees of what others did, the oldest first.
async fn seen(people: &People, person: PersonId) -> Vec<String> {
    let notes = access::of_person(&people.store, person, i64::MAX, 100).await.expect("reads");
    notes.into_iter().rev().map(|note| note.what).collect()
}

#[tokio::test]
async fn who_is_disabled_while_their_request_is_on_its_way_does_nothing_with_it_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let store = &people.store;
        let (olga, _) = accounts::make(people, new("olga", &[Role::Admin]), &By::COMMAND).await.expect("made");
        let (ada, _) = accounts::make(people, new("ada", &[Role::Admin]), &By::COMMAND).await.expect("made");
        let by = &By::asker(&admin(olga)).expect("somebody");
        set_disabled(people, olga, true, &By::COMMAND).await.expect("disabled");
        assert!(set_disabled(people, olga, false, by).await.is_err(), "lets herself in again");
        assert!(accounts::make(people, new("evil", &[Role::Admin]), by).await.is_err());
        assert!(sign_in::make_link(store, ada, true, by).await.is_err());
        assert!(teams::make(store, "Sales", by).await.is_err());
        assert!(folk::code(people, "ada", 15, by).await.is_err());
        let olga = found(people, olga).await;
        assert!(olga.disabled_at.is_some(), "nothing was done");
        assert!(sign_in::find_by_name(store, &people.keys, &people.own, "evil").await.expect("reads").is_none());

        // Nor does who has lost the role; and who takes it from themselves is let.
        let by = &By::asker(&admin(ada)).expect("somebody");
        set_disabled(people, olga.id, false, &By::COMMAND).await.expect("enabled");
        set_roles(people, ada, (&[Role::Hr], None), by).await.expect("of her own");
        assert!(teams::make(store, "Sales", by).await.is_err());
        assert!(set_roles(people, ada, (&[Role::Admin], None), by).await.is_err(), "gives it back to herself");
    }
}

#[tokio::test]
async fn an_account_is_changed_whole_or_not_at_all_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let (olga, _) = accounts::make(people, new("olga", &[Role::Admin]), &By::COMMAND).await.expect("made");
        let with_mail = NewLogin { mail: Some("ada@example.org"), ..new("ada", &[Role::Admin]) };
        let (ada, _) = accounts::make(people, with_mail, &By::COMMAND).await.expect("made");
        let roles = (&[Role::Hr][..], None);
        let change = |mail| accounts::Change { roles: Some(roles), mail: Some(mail), disabled: Some(true) };
        let refused = accounts::change(people, &admin(ada), olga, change("ADA@example.org")).await.expect_err("taken");
        assert_eq!((refused.status, refused.field.as_deref()), (409, Some("email")));
        let own = accounts::change(people, &admin(ada), ada, change("new@example.org")).await.expect_err("her own");
        assert_eq!((own.status, own.field.as_deref()), (409, Some("email")));
        let before = found(people, olga).await;
        assert!(before.roles == [Role::Admin] && before.disabled_at.is_none() && before.mail.is_none(), "{before:?}");
        accounts::change(people, &admin(ada), olga, change("olga@example.org")).await.expect("changed");
        let after = found(people, olga).await;
        assert!(after.roles == [Role::Hr] && after.disabled_at.is_some(), "{after:?}");
        assert_eq!(after.mail.as_deref(), Some("olga@example.org"));
    }
}

async fn found(people: &People, id: LoginId) -> sign_in::Login {
    sign_in::find(&people.store, &people.keys, id).await.expect("reads").expect("is there")
}

#[tokio::test]
async fn every_deed_of_an_administrator_is_on_record_and_seen_by_whom_it_concerns_on_each_database() {
    const FOR_EVER: Period = Period { since: 0, until: None };
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let store = &people.store;
        let (olga, _) = accounts::make(people, new("olga", &[Role::Admin]), &By::COMMAND).await.expect("made");
        let asker = admin(olga);
        let by = &By::asker(&asker).expect("somebody");
        let (alice, _) = accounts::make(people, new("alice", &[Role::Employee]), by).await.expect("made");
        let roles = [Role::Employee, Role::Manager];
        set_roles(people, alice, (&roles, None), by).await.expect("set");
        set_disabled(people, alice, true, by).await.expect("disabled");
        set_disabled(people, alice, false, by).await.expect("enabled");
        let code = folk::code(people, "alice", 15, by).await.expect("made").code;
        let device = DeviceId([1; 16]);
        let request = EnrolRequest::new(device, KeyPair::generate().public(), 1, Epoch(1), &Code::of(&code));
        let enrolled = redeem_code(store, &people.keys, &request, &[0; 32]).await.expect("answers").0;
        assert_eq!(enrolled, EnrolOutcome::Accepted);
        folk::revoke(store, &device.to_string(), by).await.expect("revoked");
        let team = teams::make(store, "Sales", by).await.expect("made").expect("is new");
        groups::add_member(people, team, "alice", FOR_EVER, by).await.expect("added");
        groups::add_manager(people, team, "alice", FOR_EVER, by).await.expect("added");
        let places = teams::held(store, team).await.expect("reads");
        groups::end(store, team, &places[0].id.to_string(), Some("2099-01-01"), by).await.expect("ended");
        groups::take_back(store, team, &places[1].id.to_string(), by).await.expect("taken back");
        teams::rename(store, team, "Berlin", by).await.expect("renamed").expect("is free");
        teams::close(store, team, by).await.expect("closed").expect("is open");

        let person = find_person(store, &people.keys, "alice").await.expect("reads").expect("is there");
        let expected = [
            "make account",
            "make link",
            "set roles",
            "disable",
            "enable",
            "make code",
            "revoke device",
            "change place",
            "change place",
            "change place",
            "change place",
            "close team",
        ];
        assert_eq!(seen(people, person).await, expected);

        let token = machines::make(people, (olga, by), "monitor", &[Permit::Metrics], None).await.expect("made");
        assert!(!token.is_empty());
        let id = sign_in::list_services(store).await.expect("reads")[0].id;
        machines::revoke(people, &id.to_string(), by).await.expect("revoked");
        let table = b"user_id,account,roles,team,since\nbob,,,Paris,2026-03-01\n,carl,employee,,\n";
        let before = access::newest(store, i64::MAX, 1).await.expect("reads")[0].place;
        let tried = import::run(people, table, None, by).await.expect("tried");
        assert_eq!(access::newest(store, i64::MAX, 1).await.expect("reads")[0].place, before, "a try is no deed");
        assert!(import::run(people, table, Some(&tried.hash), by).await.expect("taken in").done);
        for (user, expected) in [("bob", ["import", "change place"].as_slice()), ("carl", &["make account"])] {
            let person = find_person(store, &people.keys, user).await.expect("reads").expect("is there");
            assert_eq!(seen(people, person).await, expected, "{user}");
        }
        let all = access::newest(store, i64::MAX, 100).await.expect("reads");
        for act in ["make team", "rename team", "close team", "make token", "revoke token", "import"] {
            let own = |note: &&access::Note| note.what == act && note.of == access::Of::Nobody;
            let note = all.iter().find(own).unwrap_or_else(|| panic!("{act} is not on record"));
            assert_eq!((note.login, note.role.as_str()), (Some(olga.0), "admin"), "{act}");
        }
    }
}

#[tokio::test]
async fn nobody_makes_a_link_for_their_own_account_by_whichever_way_on_each_database() {
    for database in databases().await {
        let people = &People::on(&database, &[]);
        let (olga, _) = accounts::make(people, new("olga", &[Role::Admin]), &By::COMMAND).await.expect("made");
        let (omar, _) = accounts::make(people, new("omar", &[Role::Admin]), &By::COMMAND).await.expect("made");
        for anew in [false, true] {
            let own = accounts::find(people, &olga.to_string()).await.expect("there");
            let refused = accounts::link(people, &admin(olga), &own, anew).await.expect_err("her own");
            assert_eq!((refused.status, refused.field.as_deref()), (409, Some("account")));
            assert!(own.password.is_some(), "nothing was taken away");
            let other = accounts::find(people, &omar.to_string()).await.expect("there");
            accounts::link(people, &admin(olga), &other, anew).await.expect("another's");
        }
    }
}
