//! What one device sends around the end of a month: Postgres keeps each month in a part of its own, and has no key over all of them.

use super::*;

/// The first window of March 2026.
const MARCH: u32 = 177_232_320;
/// In a month for which there is no part: in 2011.
const LONG_AGO: u32 = 130_000_000;

#[tokio::test]
async fn an_item_is_known_again_and_another_at_its_place_refused_whichever_months_they_are_of_on_each_database() {
    for fixture in Fixture::each().await {
        let device = fixture.device("alice").await;
        let at =
            |windows: [u32; 3]| (4..).zip(windows).map(|(seq, window)| (seq, heart_record(window, 60.0))).collect();
        for _ in 0..2 {
            let answers = fixture.take_in(vec![device.batch(at([MARCH - 1, MARCH, LONG_AGO]))]).await;
            assert_eq!(told(&fixture, &answers), [4, 5, 6].map(|seq| (seq, Answer::Stored)));
        }
        assert_eq!(fixture.count("records").await, 3, "what is sent again is stored once");
        let answers = fixture.take_in(vec![device.batch(at([MARCH, LONG_AGO, MARCH - 1]))]).await;
        let ack = acks(&fixture, &answers).remove(0);
        assert_eq!((ack.settled, ack.taken), (Vec::new(), vec![(Seq(4), Seq(6))]), "something else stands there");
        // Both in one transaction: nothing of the first is in the database yet.
        let at_once = [MARCH - 1, MARCH].map(|window| device.batch(vec![(9, heart_record(window, 61.0))]));
        let answers = fixture.take_in(at_once.to_vec()).await;
        let acks = acks(&fixture, &answers);
        assert_eq!((acks[0].settled.len(), acks[1].settled.len()), (1, 0));
        assert_eq!(acks[1].taken, [(Seq(9), Seq(9))]);
        assert_eq!((fixture.count("records").await, fixture.context.counters.read().taken), (4, 4));
    }
}
