use super::*;
use crate::networks::labels::ACTIVITIES;
use crate::networks::testing::{self, StandIn};

fn activity() -> (&'static str, Vec<u8>, String) {
    let output = StandIn {
        name: "activity",
        shape: &[1, 6],
        slope: vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        bias: vec![0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    };
    let entry = "task = \"activity\"\n\
         input = { name = \"motion\", shape = [1, 6, 128], scale = 2.0, offset = 1.0 }\n\
         outputs = [{ name = \"activity\", shape = [1, 6] }]\nwindow_seconds = 2.56\n";
    ("activity.onnx", testing::onnx("motion", &[1, 6, 128], &[output]), entry.to_owned())
}

fn refusal(files: &[(&str, Vec<u8>, String)], spoil: impl Fn(&Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    testing::write(dir.path(), files);
    spoil(dir.path());
    let error = Networks::load(dir.path()).expect_err("loading is refused");
    error.to_string().replace(&*dir.path().to_string_lossy(), "DIR")
}

#[test]
fn a_network_runs_on_scaled_values_and_its_outputs_are_asked_for_by_name() {
    let networks = testing::load(&[activity()]);
    let network = networks.get(Task::Activity).unwrap();
    let outputs = network.run(&[3.0; 6 * 128]).unwrap();
    let values = outputs.get("activity").unwrap();
    assert!((values[3] - 7.0).abs() < 1e-4, "{values:?}");
    assert_eq!(values[1], 1.0);
    assert!(outputs.get("another").is_none());
    assert_eq!(network.entry().number("window_seconds"), Some(2.56));
    assert!(networks.get(Task::Detector).is_none());
    assert_eq!(networks.list()[0].file, Path::new("activity.onnx"));
}

#[test]
fn an_input_of_another_length_is_refused_with_both_lengths() {
    let networks = testing::load(&[activity()]);
    let error = networks.get(Task::Activity).unwrap().run(&[0.0; 5]).err().unwrap().to_string();
    assert!(error.contains("takes 768 values and got 5"), "{error}");
}

#[test]
fn a_missing_manifest_or_network_is_named() {
    let error = refusal(&[activity()], |dir| std::fs::remove_file(dir.join(MANIFEST)).unwrap());
    assert!(error.starts_with("read the model file DIR/manifest.toml: "), "{error}");
    let error = refusal(&[activity()], |dir| std::fs::remove_file(dir.join("activity.onnx")).unwrap());
    assert!(error.starts_with("read the model file DIR/activity.onnx: "), "{error}");
}

#[test]
fn a_file_that_is_not_the_one_released_is_named_with_both_checksums() {
    let error = refusal(&[activity()], |dir| testing::put(&dir.join("activity.onnx"), b"other"));
    let found = HEXLOWER.encode(&Sha256::digest(b"other"));
    assert!(error.starts_with("use the model file DIR/activity.onnx: its SHA-256 should be "), "{error}");
    assert!(error.contains(&found), "{error}");
}

#[test]
fn bytes_that_are_no_network_are_named() {
    let (name, bytes, entry) = activity();
    for broken in [b"no network".to_vec(), bytes[..bytes.len() / 2].to_vec(), Vec::new()] {
        let error = refusal(&[(name, broken, entry.clone())], |_| ());
        assert!(error.starts_with("use the model file DIR/activity.onnx: "), "{error}");
    }
}

#[test]
fn a_shape_that_does_not_fit_is_refused_with_what_was_expected_and_found() {
    let (name, bytes, entry) = activity();
    let error = refusal(&[(name, bytes.clone(), entry.replace("[1, 6] }", "[1, 7] }"))], |_| ());
    assert!(error.contains("output `activity` should have the shape [1, 6] (0 = any size) and has [1, 7]"), "{error}");
    let seven = StandIn { name: "activity", shape: &[1, 7], slope: vec![0.0; 7], bias: vec![0.0; 7] };
    let other = testing::onnx("motion", &[1, 6, 128], &[seven]);
    let error = refusal(&[(name, other, entry.clone())], |_| ());
    assert!(error.contains("output `activity` should be F32 [1, 6] and is F32 1,7"), "{error}");
    let error = refusal(&[(name, bytes.clone(), entry.replace("128", "64"))], |_| ());
    assert!(error.contains("the activity input the shape [1, 6, 64], where [1, 6, 128]"), "{error}");
    let other = testing::onnx("motion", &[1, 6, 64], &[]);
    let error = refusal(&[(name, other, entry.clone())], |_| ());
    assert!(error.contains("input `motion` should be 1,6,128,F32 and is 1,6,64,F32"), "{error}");
    let error = refusal(&[(name, bytes.clone(), entry.replace("motion", "sound"))], |_| ());
    assert!(error.contains("inputs should be [`sound`] and are [\"motion\"]"), "{error}");
    let error = refusal(&[(name, bytes, entry.replace("\"activity\", shape", "\"act\", shape"))], |_| ());
    assert!(error.contains("should have an output for `activity` and has [\"act\"]"), "{error}");
    let (name, bytes, entry) = activity();
    let act = entry.replace("\"activity\", shape", "\"act\", role = \"activity\", shape");
    let error = refusal(&[(name, bytes, act)], |_| ());
    assert!(error.contains("outputs should include `act` and are [\"activity\"]"), "{error}");
}

#[test]
fn classes_are_read_by_their_labels_whatever_the_order_and_activation() {
    let labels = "labels = [\"transition\", \"stairs\", \"walking\", \"standing\", \"sitting\", \"lying\"]";
    let (name, bytes, entry) = activity();
    let entry = entry.replace("[1, 6] }", &format!("[1, 6], {labels}, activation = \"softmax\" }}"));
    let networks = testing::load(&[(name, bytes.clone(), entry.clone())]);
    let outputs = networks.get(Task::Activity).unwrap().run(&[3.0; 6 * 128]).unwrap();
    let classes = outputs.classes("activity", &ACTIVITIES).unwrap();
    assert!((classes.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    // The fourth value is 7 and the second 1: standing and stairs, counted from the other end.
    assert!(classes[2] > 0.99, "{classes:?}");
    assert!((classes[4] / classes[0] - 1.0_f64.exp()).abs() < 1e-3, "{classes:?}");
    let error = refusal(&[(name, bytes, entry.replace("lying", "swimming"))], |_| ());
    assert!(error.contains("labels of its output `activity` should be [\"lying\", "), "{error}");
    assert!(error.contains("and are [\"transition\", "), "{error}");
}

#[test]
fn a_detector_of_an_unknown_layout_is_refused_with_those_that_are_known() {
    let entry = "task = \"detector\"\nlayout = \"ssd\"\ninput = { name = \"x\", shape = [1, 3, 32, 32] }\n\
         outputs = [{ name = \"y\", shape = [1, 2] }]\n";
    let error = refusal(&[("d.onnx", testing::onnx("x", &[1, 3, 32, 32], &[]), entry.to_owned())], |_| ());
    assert!(error.contains("layout should be one of rows, yunet and ultraface and is `ssd`"), "{error}");
}

#[test]
fn a_manifest_of_another_version_or_with_a_field_missing_is_refused() {
    let write = |text: &'static str| move |dir: &Path| testing::put(&dir.join(MANIFEST), text.as_bytes());
    assert!(refusal(&[activity()], write("version = 9")).contains("version should be 1 and is 9"));
    let error = refusal(&[activity()], write("version = 1\n[[network]]\ntask = \"activity\""));
    assert!(error.contains("network 1: missing field `file`"), "{error}");
    let error = refusal(&[activity(), activity()], |_| ());
    assert!(error.contains("two networks for activity"), "{error}");
}

#[test]
fn an_own_network_takes_the_place_of_the_manifest_s() {
    let dir = tempfile::tempdir().unwrap();
    testing::write(dir.path(), &[activity()]);
    let (_, bytes, entry) = activity();
    testing::put(&dir.path().join("own.onnx"), &bytes);
    let text = entry + "file = \"own.onnx\"";
    let table = text.parse::<toml::Table>().unwrap();
    let own = Entry::from_table(&table).unwrap();
    let networks = Networks::load_with(dir.path(), &[own]).unwrap();
    assert_eq!(networks.list().len(), 1);
    assert_eq!(networks.list()[0].file, Path::new("own.onnx"));
    assert_eq!(Networks::load(dir.path()).unwrap().list()[0].file, Path::new("activity.onnx"));
    testing::put(&dir.path().join(OWN), format!("version = 1\n[[network]]\n{text}").as_bytes());
    assert_eq!(Networks::load(dir.path()).unwrap().list()[0].file, Path::new("own.onnx"));
}

/// A voice network that gives features of the shape `given`, and one that takes `taken` of them; both give even emotions.
fn voices(given: &'static [usize], taken: usize) -> [(&'static str, Vec<u8>, String); 2] {
    let emotions = || StandIn { name: "affect", shape: &[1, 8], slope: vec![0.0; 8], bias: vec![0.125; 8] };
    let outputs = "{ name = \"affect\", shape = [1, 8] }";
    let features = StandIn { name: "features", shape: given, slope: vec![1.0; given[1]], bias: vec![0.0; given[1]] };
    let first = format!(
        "task = \"voice_affect\"\ninput = {{ name = \"samples\", shape = [1, 1, 100] }}\n\
        outputs = [{outputs}, {{ name = \"features\", shape = {given:?} }}]"
    );
    let second = format!(
        "task = \"voice_affect_own\"\ninput = {{ name = \"usual\", shape = [1, 3, {taken}] }}\noutputs = [{outputs}]"
    );
    [
        ("affect.onnx", testing::onnx("samples", &[1, 1, 100], &[emotions(), features]), first),
        ("own.onnx", testing::onnx("usual", &[1, 3, taken], &[emotions()]), second),
    ]
}

#[test]
fn a_voice_network_that_does_not_take_the_features_of_the_other_is_refused() {
    let error = refusal(&voices(&[1, 4], 5), |_| ());
    let wanted = "use the model file DIR/own.onnx: the voice_affect_own takes 5 features, \
                  and the voice_affect in use gives 4: name two that were trained together";
    assert_eq!(error, wanted);
    let [_, five] = voices(&[1, 4], 5);
    let error = refusal(&voices(&[1, 4], 4), |dir| {
        testing::put(&dir.join("five.onnx"), &five.1);
        testing::put(&dir.join(OWN), format!("version = 1\n[[network]]\nfile = \"five.onnx\"\n{}", five.2).as_bytes());
    });
    assert_eq!(error, wanted.replace("own.onnx", "five.onnx"));
}

#[test]
fn an_own_voice_network_with_other_features_leaves_the_manifest_s_second_one_out() {
    let dir = tempfile::tempdir().unwrap();
    testing::write(dir.path(), &voices(&[1, 4], 4));
    let [six, _] = voices(&[1, 6], 4);
    testing::put(&dir.path().join("six.onnx"), &six.1);
    let own = format!("version = 1\n[[network]]\nfile = \"six.onnx\"\n{}", six.2);
    testing::put(&dir.path().join(OWN), own.as_bytes());
    let networks = Networks::load(dir.path()).unwrap();
    assert!(networks.get(Task::VoiceAffect).is_some());
    assert!(networks.get(Task::VoiceAffectOwn).is_none());
}

#[test]
fn the_networks_inside_the_program_are_those_of_the_folder_with_their_cards() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let (inside, outside) = (Networks::of(Path::new("")).unwrap().list(), Networks::of(&folder).unwrap().list());
    assert_eq!(inside, outside);
    assert!(inside.len() >= 7 && inside.iter().all(|network| network.card.is_some()));
}

#[test]
fn every_network_inside_the_program_can_be_made() {
    let networks = Networks::of(Path::new("")).unwrap();
    for info in networks.list() {
        match networks.text().filter(|_| info.task == Task::Text) {
            Some(text) => text.plans().check(0).unwrap(),
            None => assert_eq!(networks.get(info.task).unwrap().entry().task, info.task),
        }
    }
}
