//! What a person does on the page, in a real browser with made-up devices.

use attune_tests::browser::Browser;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use serde_json::Value;

/// Remembers every track that is opened, and has what the tests do.
const WATCH: &str = "
    window.tracks = [];
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await real(wanted);
      window.tracks.push(...stream.getTracks());
      return stream;
    };
    window.live = () => window.tracks.filter((track) => track.readyState === 'live').length;
    window.card = (kind) => document.querySelector(`[data-kind=${kind}]`);
    window.press = (kind, text) => [...card(kind).querySelectorAll('button')].find((b) => b.textContent === text).click();
    window.give = async (kind, name, file) => {
      const bytes = file.startsWith('/') ? await (await fetch(file)).blob() : file;
      const carrier = new DataTransfer();
      carrier.items.add(new File([bytes], name));
      const input = card(kind).querySelector('input[type=file]');
      input.files = carrier.files;
      input.dispatchEvent(new Event('change'));
    };
    window.said = (kind) => card(kind).querySelector('.status').textContent;";

/// A page of a collector, ready.
fn page(test: &str) -> Option<(Place, Collector, Browser)> {
    let place = Place::new();
    let browser = Browser::start(test, &place)?;
    let collector = Collector::start(&place);
    browser.open(&format!("{}/", collector.api()));
    browser.wait("document.getElementById('inputs') && !document.getElementById('inputs').hidden");
    let _ = browser.run(WATCH);
    Some((place, collector, browser))
}

#[test]
fn every_way_out_of_the_camera_ends_it() {
    let Some((_place, _collector, browser)) = page("every_way_out_of_the_camera_ends_it") else { return };
    for (way, done) in [
        ("press('face', 'Close the camera')", "card('face').querySelector('.preview').hidden"),
        ("press('face', 'Take the picture')", "said('face').startsWith('From the camera')"),
        ("give('face', 'mine.jpg', '/assets/face.jpg')", "said('face').startsWith('mine.jpg')"),
        ("document.getElementById('example').click()", "said('face').startsWith('face.jpg')"),
        ("dispatchEvent(new Event('pagehide'))", "live() === 0"),
    ] {
        let _ = browser.run("press('face', 'Use the camera');");
        browser.wait("card('face').classList.contains('live') && live() === 1");
        let _ = browser.run(&format!("{way};"));
        browser.wait(done);
        browser.wait("live() === 0");
        let _ = browser
            .run("[...card('face').querySelectorAll('button')].find((b) => b.textContent === 'Remove')?.click();");
    }
    // Pressed twice while it is being opened: one camera is on, and closing ends it.
    let _ = browser.run(
        "tracks.length = 0; card('face').classList.remove('live'); \
        press('face', 'Use the camera'); press('face', 'Use the camera');",
    );
    browser.wait("tracks.length === 2 && card('face').classList.contains('live') && live() === 1");
    let _ = browser.run("press('face', 'Close the camera');");
    browser.wait("live() === 0");
}

#[test]
fn a_recording_that_was_overtaken_ends_and_overwrites_nothing() {
    let Some((_place, _collector, browser)) = page("a_recording_that_was_overtaken_ends_and_overwrites_nothing") else {
        return;
    };
    let _ = browser.run("press('voice', 'Record 5 s');");
    browser.wait("said('voice').startsWith('Recording')");
    let _ = browser.run("give('voice', 'mine.ogg', '/assets/voice.ogg');");
    browser.wait("said('voice').startsWith('mine.ogg') && live() === 0");
    // Longer than what was left of the recording.
    let _ = browser.run("window.later = false; setTimeout(() => { window.later = true; }, 6000);");
    browser.wait("later");
    assert_eq!(browser.run("return said('voice').startsWith('mine.ogg');"), true);
    let _ = browser.run("press('voice', 'Remove'); press('voice', 'Record 5 s');");
    browser.wait("said('voice').startsWith('Recording')");
    let _ = browser.run("press('voice', 'Stop');");
    browser.wait("said('voice').startsWith('From the microphone') && live() === 0");
}

#[test]
fn a_device_that_gives_nothing_can_be_closed_and_one_that_fails_is_off() {
    let test = "a_device_that_gives_nothing_can_be_closed_and_one_that_fails_is_off";
    let Some((_place, _collector, browser)) = page(test) else { return };
    let _ = browser.run(
        "window.silent = class extends AudioContext { constructor() { super(); this.suspend(); } };
        window.failing = class { constructor() { throw new Error('no sound here'); } };
        HTMLMediaElement.prototype.play = () => new Promise(() => {});",
    );
    for (kind, before, opener, closer) in [
        ("face", "", "Use the camera", "Close the camera"),
        ("voice", "window.AudioContext = silent;", "Record 5 s", "Close the microphone"),
    ] {
        let _ = browser.run(&format!("{before} press('{kind}', '{opener}');"));
        browser.wait(&format!("live() === 1 && said('{kind}').startsWith('Opening')"));
        let _ = browser.run(&format!("press('{kind}', '{closer}');"));
        browser
            .wait(&format!("live() === 0 && said('{kind}') === '' && card('{kind}').querySelector('.preview').hidden"));
        // What goes wrong beside it ends it, too.
        let _ = browser.run(&format!("press('{kind}', '{opener}');"));
        browser.wait(&format!("live() === 1 && said('{kind}').startsWith('Opening')"));
        let _ = browser.run(&format!("give('{kind}', 'notes.txt', 'just a text');"));
        browser.wait(&format!("live() === 0 && said('{kind}').startsWith('notes.txt is a text')"));
    }
    let _ = browser.run("window.AudioContext = failing; press('voice', 'Record 5 s');");
    browser.wait("said('voice').includes('no sound here') && said('voice').includes('Choose a file')");
    browser.wait("live() === 0");
}

#[test]
fn a_page_that_is_left_with_the_camera_on_does_not_say_so_when_it_comes_back() {
    let test = "a_page_that_is_left_with_the_camera_on_does_not_say_so_when_it_comes_back";
    let Some((_place, _collector, browser)) = page(test) else { return };
    let _ = browser.run("press('face', 'Use the camera');");
    browser.wait("said('face') === 'The camera is on.'");
    let _ = browser.run("press('voice', 'Record 5 s');");
    browser.wait("said('voice').startsWith('Recording') && live() === 2");
    // As a browser does that keeps the page for the way back.
    let _ = browser.run("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));");
    browser.wait("live() === 0");
    for kind in ["face", "voice"] {
        browser.wait(&format!("said('{kind}') === '' && !card('{kind}').classList.contains('live')"));
    }
}

#[test]
fn a_file_of_the_wrong_kind_is_named_and_takes_nobodys_place() {
    let Some((_place, _collector, browser)) = page("a_file_of_the_wrong_kind_is_named_and_takes_nobodys_place") else {
        return;
    };
    let _ = browser.run("document.getElementById('example').click();");
    browser.wait("['face', 'voice', 'motion', 'heart'].every((kind) => card(kind).classList.contains('filled'))");
    for (kind, file, name, sentence) in [
        ("face", "'just a text'", "notes.txt", "notes.txt is a text. Here goes a picture: PNG, JPEG or WebP."),
        ("face", "'/assets/voice.ogg'", "face.jpg", "face.jpg is an OGG sound."),
        ("voice", "'/assets/face.jpg'", "voice.wav", "voice.wav is a JPEG picture."),
        (
            "motion",
            "'a,b\\n1,2\\n'",
            "m.csv",
            "m.csv names no columns that are read here. Here goes a table that names timestamp,x,y,z",
        ),
        ("heart", "'t;ax;ay;az\\n0;0;0;9,8\\n'", "h.csv", "h.csv is a table of motion."),
        ("heart", "'rr_ms\\n'", "h.csv", "nothing below its first line"),
        ("face", "'\\0\\0\\0 ftypheic'", "new.heic", "HEIC"),
    ] {
        let _ = browser.run(&format!("give('{kind}', '{name}', {file});"));
        browser.wait(&format!("said('{kind}').includes({sentence:?}) && said('{kind}').includes('is kept')"));
        let kept = browser.run(&format!(
            "return card('{kind}').classList.contains('filled') && !card('{kind}').querySelector('.preview').hidden;"
        ));
        assert_eq!(kept, true, "{name} in {kind}");
    }
}

#[test]
fn an_answer_is_shown_deleted_and_a_collector_that_is_gone_is_said() {
    let Some((_place, mut collector, browser)) =
        page("an_answer_is_shown_deleted_and_a_collector_that_is_gone_is_said")
    else {
        return;
    };
    let _ = browser.run("document.getElementById('example').click();");
    browser.wait("card('heart').classList.contains('filled')");
    let _ = browser.run("const send = document.querySelector('#inputs [type=submit]'); send.focus(); send.click();");
    browser.wait("document.querySelector('#result .picture img')?.src.startsWith('blob:')");
    assert_eq!(browser.run("return document.activeElement.textContent;"), "Analyse", "focus stays where it was");
    let _ = browser.run("[...document.querySelectorAll('#result button')].at(-1).click();");
    browser.wait("document.getElementById('result').textContent.includes('The session was deleted')");
    collector.kill();
    let _ = browser.run("document.getElementById('example').click();");
    browser.wait("document.getElementById('said').textContent.includes('the collector does not answer')");
    let _ = browser.run("document.querySelector('#inputs [type=submit]').click();");
    browser.wait("document.getElementById('result').textContent.includes('The collector does not answer')");
}

#[test]
fn the_picture_of_a_session_fits_a_telephone_and_nothing_scrolls_sideways() {
    let test = "the_picture_of_a_session_fits_a_telephone_and_nothing_scrolls_sideways";
    let Some((_place, collector, browser)) = page(test) else { return };
    let _ = browser.run("document.getElementById('example').click();");
    browser.wait("card('heart').classList.contains('filled')");
    let _ = browser.run("document.querySelector('#inputs [type=submit]').click();");
    browser.wait("document.querySelector('#result .picture img')?.naturalWidth === 960");
    let fits = "return [document.documentElement, ...document.querySelectorAll('.picture, .session')]
        .every((part) => part.scrollWidth <= part.clientWidth);";
    browser.widen(390);
    browser.wait("document.querySelector('#result .picture img').naturalWidth === 330");
    assert_eq!(browser.run(fits), true);
    browser.open(&format!("{}/", collector.api()));
    let graph = "document.querySelector('.session .graph')";
    browser.wait(&format!("{graph}?.naturalWidth === 330"));
    assert_eq!(browser.run(fits), true);
    // A pixel of the drawing is about one of the screen: its letters of 12 pixels can be read.
    let width = browser.run(&format!("return {graph}.getBoundingClientRect().width;")).as_f64();
    assert!(width.is_some_and(|width| (300.0..=390.0).contains(&width)), "{width:?}");
    browser.widen(1200);
    browser.wait(&format!("{graph}.naturalWidth === 960"));
}

/// Labels and links of the page whose contrast is under 4.5 to 1, by WCAG 2.2, 1.4.3.
const PALE: &str = "
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
    const ground = (element) => {
      const layers = [];
      for (let at = element; at && layers[0]?.[3] !== 1; at = at.parentElement) {
        const [r, g, b, opacity = 1] = numbers(getComputedStyle(at).backgroundColor);
        layers.unshift([r, g, b, opacity]);
      }
      return layers.reduce((under, [r, g, b, opacity]) =>
        [r, g, b].map((value, n) => opacity * value + (1 - opacity) * under[n]), [255, 255, 255]);
    };
    const contrast = (element) => {
      const [one, other] = [numbers(getComputedStyle(element).color), ground(element)].map(light);
      return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    };
    const looked = [...document.querySelectorAll('.opblock-summary-method, .info .title small pre, .info a, .info .url, \
       .json-schema-2020-12__constraint, .json-schema-2020-12-keyword__value, .json-schema-2020-12-keyword--description, \
       .json-schema-2020-12-keyword__name--secondary')];
    return looked.length < 10 ? ['only ' + looked.length] : looked.filter((element) => contrast(element) < 4.5)
      .map((element) => element.textContent + ' ' + contrast(element).toFixed(2));";

#[test]
fn the_page_of_the_api_can_be_read_by_everybody_and_reached_by_keys_and_by_name() {
    let place = Place::new();
    let test = "the_page_of_the_api_can_be_read_by_everybody_and_reached_by_keys_and_by_name";
    let Some(browser) = Browser::start(test, &place) else { return };
    let collector = Collector::start(&place);
    browser.open(&format!("{}/docs/", collector.api()));
    browser.wait("document.querySelectorAll('.opblock-summary-control').length > 5");
    assert_eq!(browser.run(PALE), Value::Array(Vec::new()), "too pale");
    let within = "return document.querySelectorAll('button a[href], button [tabindex]').length;";
    assert_eq!(browser.run(within), 0, "nothing to reach within a button");
    let _ = browser.run("document.querySelector('.opblock-post .opblock-summary-control').click();");
    browser.wait("document.querySelector('.opblock-body select, .opblock-body textarea')");
    browser.wait(
        "[...document.querySelectorAll('.opblock-body select, .opblock-body textarea, .opblock-body input')]
           .every((field) => field.labels?.length || field.getAttribute('aria-label'))",
    );
    browser.wait("[...document.querySelectorAll('.microlight')].every((example) => example.tabIndex === 0)");
    // The schemas, opened a few at a time until some say what their values can be: all at once keep the browser busy for minutes.
    browser.wait(
        "[...document.querySelectorAll('section.models h4 button, section.models .json-schema-2020-12-accordion')]
           .filter((button) => !button.dataset.opened)
           .slice(0, 8)
           .forEach((button) => { button.dataset.opened = 'yes'; button.click(); })
         || document.querySelectorAll('.json-schema-2020-12__constraint--string').length > 5",
    );
    assert_eq!(browser.run(PALE), Value::Array(Vec::new()), "too pale in the schemas");
}
