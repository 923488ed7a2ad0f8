use attune_ground::testing::Database;
use data_encoding::BASE64URL_NOPAD;
use rcgen::{KeyPair, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::access::LEDGER;
use crate::rights::Role;
use crate::sign_in::{NewLogin, create, find};

const HERE: &str = "attune.example";

/// A stick with one key, that does as it is told.
struct Stick {
    keys: KeyPair,
    count: u32,
    /// The origin that its browser stands at.
    origin: &'static str,
    /// Whether it looks who uses it.
    looks: bool,
}

impl Stick {
    fn new() -> Self {
        let keys = KeyPair::generate().expect("P-256");
        Self { keys, count: 1, origin: "https://attune.example", looks: true }
    }

    fn said(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let said = json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false});
        said.to_string().into_bytes()
    }

    /// What it says of itself: hash of the site's name, flags, count.
    fn head(&self, made: u8) -> Vec<u8> {
        let flags = 1 | (u8::from(self.looks) << 2) | made;
        [Sha256::digest(HERE.as_bytes()).as_slice(), &[flags], &self.count.to_be_bytes()].concat()
    }

    /// Its answer to who asks for a new key.
    fn makes(&self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["publicKey"]["authenticatorSelection"]["userVerification"], "required");
        let point = self.keys.public_key_raw();
        assert_eq!((point.len(), point[0]), (65, 4), "uncompressed");
        // As CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
        let key =
            [[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32].as_slice(), &point[1..33], &[0x22, 0x58, 32], &point[33..]]
                .concat();
        let made = [&self.head(0x40)[..], &[0; 16], &[0, 4], b"key1", &key].concat();
        let length = u8::try_from(made.len()).expect("short");
        let object = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[length], &made].concat();
        let id = BASE64URL_NOPAD.encode(b"key1");
        let said = BASE64URL_NOPAD.encode(&self.said("webauthn.create", &options["publicKey"]["challenge"]));
        let object = BASE64URL_NOPAD.encode(&object);
        json!({"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {"attestationObject": object, "clientDataJSON": said}})
        .to_string()
    }

    /// Its answer to who asks for any key, as that of a login.
    fn answers(&self, options: &str, of: LoginId) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        assert_eq!(options["publicKey"]["allowCredentials"], json!([]), "nobody is asked for by name");
        let (head, said) = (self.head(0), self.said("webauthn.get", &options["publicKey"]["challenge"]));
        let signed = [&head[..], Sha256::digest(&said).as_slice()].concat();
        let signature = self.keys.sign(&signed).expect("signed");
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({"id": text(b"key1"), "rawId": text(b"key1"), "type": "public-key", "clientExtensionResults": {},
            "response": {"authenticatorData": text(&head), "clientDataJSON": text(&said),
                "signature": text(&signature), "userHandle": text(&of.0)}})
        .to_string()
    }
}

async fn somebody(people: &People, name: &str) -> Login {
    let roles = &[Role::Employee];
    let new = NewLogin { name, user_id: None, mail: None, roles, password: None, may_exist: true };
    let mut transaction = people.store.begin().await.expect("begins");
    let id =
        create(&mut transaction, &people.keys, &people.own, new).await.expect("made").expect("nobody has the name");
    transaction.commit().await.expect("commits");
    find(&people.store, &people.keys, id).await.expect("reads").expect("is there")
}

async fn each() -> Vec<(Database, People, Site, Login)> {
    let mut all = Vec::new();
    for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
        let people = People::on(&database, &[]);
        let alice = somebody(&people, "alice").await;
        all.push((database, people, Site::of(HERE, true).expect("a name"), alice));
    }
    all
}

async fn add_with(people: &People, site: &Site, login: &Login, stick: &Stick) -> Result<(), Problem> {
    let asked = ask_for_new(people, site, login, " my stick ").await.expect("asked");
    add(people, site, login, &asked.step, &stick.makes(&asked.options)).await
}

/// The status with which an answer that was made for a question is refused.
async fn refused(people: &People, site: &Site, stick: &Stick, of: LoginId) -> u16 {
    let asked = ask(people, site).await.expect("asked");
    who(people, site, &asked.step, &stick.answers(&asked.options, of)).await.expect_err("refused").status
}

#[tokio::test]
async fn a_passkey_signs_its_owner_in_once_a_question_and_is_gone_when_it_is_removed_on_each_database() {
    for (_database, people, site, alice) in each().await {
        let mut stick = Stick::new();
        add_with(&people, &site, &alice, &stick).await.expect("added");
        let (kept, _) = list(&people.store, &people.keys, alice.id).await.expect("reads");
        assert_eq!(
            kept.iter().map(|key| (key.name(), key.host(), key.used_at)).collect::<Vec<_>>(),
            [("my stick", HERE, None)]
        );

        stick.count = 2;
        let asked = ask(&people, &site).await.expect("asked");
        let answer = stick.answers(&asked.options, alice.id);
        let signed = who(&people, &site, &asked.step, &answer).await.expect("signed in");
        assert_eq!(signed.id, alice.id);
        let again = who(&people, &site, &asked.step, &answer).await.expect_err("a question is answered once");
        assert_eq!(again.status, 401);
        assert_eq!(refused(&people, &site, &stick, alice.id).await, 401, "its count did not rise");
        stick.count = 3;
        let asked = ask(&people, &site).await.expect("asked");
        who(&people, &site, &asked.step, &stick.answers(&asked.options, alice.id)).await.expect("signed in");

        // Nobody takes it for theirs, and it is told in the log who changed how she signs in.
        let bob = somebody(&people, "bob").await;
        assert_eq!(add_with(&people, &site, &bob, &stick).await.expect_err("is hers").status, 409);
        let key = kept.first().expect("one").id();
        assert!(!remove(&people, &bob, &key).await.expect("looked"), "is not his");
        stick.count = 4;
        assert_eq!(refused(&people, &site, &stick, bob.id).await, 401);
        // Whoever signs in with it at the same moment is not let in by it.
        let asked = ask(&people, &site).await.expect("asked");
        let signing = who(&people, &site, &asked.step, &stick.answers(&asked.options, alice.id)).await.expect("hers");
        assert!(remove(&people, &alice, &key).await.expect("removed"));
        let mut transaction = people.store.begin().await.expect("begins");
        assert!(!logins::stands(&mut transaction, &signing).await.expect("reads"), "her key is gone");
        transaction.rollback().await.expect("nothing was done");
        assert_eq!(refused(&people, &site, &stick, alice.id).await, 401);
        let mut connection = people.store.pool().acquire().await.expect("connects");
        assert_eq!(LEDGER.head(&mut connection).await.expect("reads").entries, 2, "added, and removed");
    }
}

#[tokio::test]
async fn no_answer_of_another_origin_question_or_key_or_without_its_owner_counts_on_each_database() {
    for (_database, people, site, alice) in each().await {
        let elsewhere = Stick { origin: "https://attune.example.evil", ..Stick::new() };
        assert_eq!(add_with(&people, &site, &alice, &elsewhere).await.expect_err("elsewhere").status, 400);
        let blind = Stick { looks: false, ..Stick::new() };
        assert_eq!(add_with(&people, &site, &alice, &blind).await.expect_err("blind").status, 400);
        let mut stick = Stick::new();
        let [first, second] = [0, 1].map(|_| ask_for_new(&people, &site, &alice, "x"));
        let (first, second) = (first.await.expect("asked"), second.await.expect("asked"));
        let crossed = add(&people, &site, &alice, &first.step, &stick.makes(&second.options)).await;
        assert_eq!(crossed.expect_err("another question").status, 400);
        let bob = somebody(&people, "bob").await;
        let his = add(&people, &site, &bob, &second.step, &stick.makes(&second.options)).await;
        assert_eq!(his.expect_err("she was asked").status, 400);
        add_with(&people, &site, &alice, &stick).await.expect("added");

        stick.count = 9;
        let [first, second] = [ask(&people, &site).await.expect("asked"), ask(&people, &site).await.expect("asked")];
        let crossed = who(&people, &site, &first.step, &stick.answers(&second.options, alice.id)).await;
        assert_eq!(crossed.expect_err("another question").status, 401);
        stick.origin = "https://attune.example.evil";
        assert_eq!(refused(&people, &site, &stick, alice.id).await, 401, "another origin");
        (stick.origin, stick.looks) = ("https://attune.example", false);
        assert_eq!(refused(&people, &site, &stick, alice.id).await, 401, "nobody looked who uses it");
        stick.looks = true;
        let forged = Stick { count: 9, ..Stick::new() };
        assert_eq!(refused(&people, &site, &forged, alice.id).await, 401, "another key of the same name");
        assert_eq!(refused(&people, &site, &stick, LoginId([7; 16])).await, 401, "somebody who is not there");
        let asked = ask(&people, &site).await.expect("asked");
        for answer in ["", "{}", "[]", "\u{0}"] {
            assert_eq!(
                who(&people, &site, &asked.step, answer).await.expect_err("no answer").status,
                401,
                "{answer:?}"
            );
        }

        let by = By::login(alice.id, &alice.roles);
        assert!(logins::disable(&people.store, alice.id, &by).await.expect("disabled"));
        assert_eq!(refused(&people, &site, &stick, alice.id).await, 403, "may not sign in");
        let mut transaction = people.store.begin().await.expect("begins");
        logins::remove(&mut transaction, alice.id).await.expect("removed");
        transaction.commit().await.expect("commits");
        assert_eq!(refused(&people, &site, &stick, alice.id).await, 401, "erased with the account");
    }
}

#[tokio::test]
async fn a_passkey_that_does_not_open_signs_nobody_in_and_is_listed_so_that_it_can_be_removed_on_each_database() {
    for (_database, people, site, alice) in each().await {
        let stick = Stick::new();
        add_with(&people, &site, &alice, &stick).await.expect("added");
        let mut transaction = people.store.begin().await.expect("begins");
        let broken = sqlx::query("UPDATE passkeys SET sealed = $1").bind(vec![7_u8; 40]);
        broken.execute(&mut **transaction).await.expect("damaged");
        transaction.commit().await.expect("commits");
        let (kept, damaged) = list(&people.store, &people.keys, alice.id).await.expect("reads");
        assert_eq!((kept.len(), damaged.len()), (0, 1));
        assert!(remove(&people, &alice, &damaged[0].id).await.expect("removed"));
        let (kept, damaged) = list(&people.store, &people.keys, alice.id).await.expect("reads");
        assert_eq!((kept.len(), damaged.len()), (0, 0));
    }
}
