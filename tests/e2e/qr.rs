//! What `enrol` prints for a camera.

use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::qr;

#[test]
fn a_camera_reads_the_whole_line_for_the_device_from_what_enrol_prints() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let (code, said) = collector.enrol("alice");
    let line = format!("attune-agent enrol --broker {} --code {code}", collector.broker());
    assert!(said.contains(&line), "{said}");
    assert_eq!(qr::text(&said), line);
}
