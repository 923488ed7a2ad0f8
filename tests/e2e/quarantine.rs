//! What a collector could not read it keeps aside, and takes in once it reads it.

use attune_protocol::ack::Answer;
use attune_protocol::batch::Item;
use attune_protocol::ids::Seq;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::wire::{Device, motion_item};
use attune_tests::{api, wait};

#[test]
fn what_an_earlier_version_kept_aside_becomes_a_session_by_a_replay_on_sqlite() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    replay(&collector, &database);
}

#[test]
fn what_an_earlier_version_kept_aside_becomes_a_session_by_a_replay_on_postgres() {
    let place = Place::new();
    let Some((collector, database)) = Database::postgres(&place, "quarantine on Postgres") else { return };
    replay(&collector, &database);
}

fn replay(collector: &Collector, database: &Database) {
    assert_eq!(collector.command(&["quarantine", "list"]), "Nothing is kept aside.\n");
    let mut device = Device::enrolled(collector, "alice");
    let unknown = |seq| Item { seq: Seq(seq), bytes: b"of a later version".to_vec() };
    device.send(vec![unknown(1), unknown(2)]);
    assert!(device.acknowledgement().settled.iter().all(|run| run.answer == Answer::Quarantined));

    let id = device.id.to_string();
    let list = collector.command(&["quarantine", "list"]);
    assert!(list.contains(&id) && list.contains("2 items") && list.contains("does not read them"), "{list}");
    let said = collector.command(&["quarantine", "replay"]);
    assert_eq!(said, "0 items taken in\n2 items not read by this version; they stay aside\n");

    // As the version before would have kept what this one reads.
    let person = database.blobs("SELECT person FROM quarantine").remove(0);
    let wrapped = database.keys().blobs("SELECT wrapped FROM person_keys").remove(0);
    let key = collector.key_of(&person, &wrapped);
    let (epoch, seq) = (device.epoch.0.to_be_bytes(), 2_u64.to_be_bytes());
    let context = [b"quarantine".as_slice(), &person, &device.id.0, &epoch, &seq].concat();
    let sealed = data_encoding::HEXLOWER.encode(&key.seal(&context, &motion_item(2).bytes));
    let blob = if database.is_postgres() { format!("'\\x{sealed}'::bytea") } else { format!("X'{sealed}'") };
    assert_eq!(database.run(&format!("UPDATE quarantine SET sealed = {blob} WHERE seq = 2")), 1);

    let list = collector.command(&["quarantine", "list"]);
    assert!(list.contains("1 items") && list.contains("takes them in"), "{list}");
    let other = "0".repeat(32);
    assert_eq!(collector.command(&["quarantine", "replay", "--device", &other]), "0 items taken in\n");
    let said = collector.command(&["quarantine", "replay", "--device", &id]);
    assert_eq!(said, "1 items taken in\n1 items not read by this version; they stay aside\n");
    wait::until("the record to be in a session", || {
        let list = api::ok(collector.api(), "/api/v1/sessions?user_id=alice");
        (list["sessions"][0]["windows"] == 1).then_some(())
    });
    // The device never heard the answer and sends what it has: it is known, whatever it was kept as.
    device.send(vec![motion_item(2)]);
    let ack = device.acknowledgement();
    assert_eq!(ack.settled.iter().map(|run| run.answer).collect::<Vec<_>>(), [Answer::Stored]);
    assert_eq!(database.count("SELECT COUNT(*) FROM records"), 1);
}
