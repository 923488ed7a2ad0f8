//! What a person says of themselves: under `eu` the one figure of how they are that leaves the device, as their own word.

use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, check_in};
use attune_tests::agent::Agent;
use attune_tests::bluez::Bus;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{api, models, stored, wait};

use crate::own::{FORM, ask, invited};

/// Senses nothing, whatever the machine has: it is only said something.
const NO_DEVICES: &str = "[camera]\ndevice = \"off\"\n[microphone]\ndevice = \"off\"\n[bluetooth]\ndevice = \"off\"\n\
                          [iio]\nroot = \"/nowhere\"\n";

/// An agent under the strict profile, with consent to everything.
fn agent(place: &Place, collector: &Collector) -> Agent {
    let agent = Agent::enrol_with(place, "device", collector, "person", &models::shipped(), "eu");
    agent.configure(NO_DEVICES);
    agent
}

fn says(agent: &Agent, arguments: &[&str]) -> String {
    process::output(agent.command().args(arguments))
}

/// What the collector's database holds of what was said: vibe, valence and arousal of each.
fn arrived(collector: &Collector) -> Vec<[Option<f64>; 3]> {
    let said = |record: &Record| record.modality() == Modality::CheckIn && record.coverage.received > 0;
    let of = |record: Record| {
        assert!(record.withheld.is_empty(), "{record:?}");
        let get = |ordinal| record.features.get(ordinal).map(|value| (value * 100.0).round() / 100.0);
        [check_in::VIBE, check_in::VALENCE, check_in::AROUSAL].map(get)
    };
    stored::records(collector).into_iter().filter(said).map(of).collect()
}

fn arrives(collector: &Collector, running: &mut Process, said: [Option<f64>; 3]) {
    wait::until(&format!("{said:?} to arrive"), || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        arrived(collector).contains(&said).then_some(())
    });
}

/// What a command says that fails.
fn refused(agent: &Agent, arguments: &[&str]) -> String {
    let done = agent.command().args(arguments).output().expect("it starts");
    assert!(!done.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&done.stderr).into_owned()
}

#[test]
fn said_by_command_and_on_the_page_it_arrives_under_eu_is_in_no_score_and_ends_with_its_consent() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let agent = agent(&place, &collector);
    // Where no agent runs it is kept, and the next run sends it.
    let said = says(&agent, &["check-in", "4"]);
    assert!(
        said.contains("kept: 4 of 6, rather good") && said.contains("the next 'attune-agent run' sends it"),
        "{said}"
    );
    assert!(arrived(&collector).is_empty());
    let mut running = agent.sense(&[], &[]);
    arrives(&collector, &mut running, [Some(4.0), None, None]);

    let said = says(&agent, &["check-in", "--valence", "0.5", "--arousal", "-0.5"]);
    assert!(said.contains("the agent that runs sends it"), "{said}");
    arrives(&collector, &mut running, [None, Some(0.5), Some(-0.5)]);

    // On the page, by a form that needs no script.
    let (host, home, token) = invited(&agent);
    let here = ("host", host.as_str());
    let (_, answer) = ask(&host, &format!("GET {token}"), &[here], "");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = ("cookie", cookie.split(';').next().expect("a name and a value"));
    let (status, page) = ask(&host, &format!("GET {home}check-in"), &[here, cookie], "");
    assert!(status == 200 && page.contains("How are you?") && page.contains("4 of 6, rather good"), "{page}");
    assert!(!page.contains("<script"));
    let form_token = page.split("name=\"form_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = |answer: &str| format!("form_token={}&{answer}", form_token.expect("a form"));
    let own = format!("http://{host}");
    let post = |body: &str| ask(&host, &format!("POST {home}check-in"), &[here, cookie, FORM, ("origin", &own)], body);
    for (body, status) in [
        ("form_token=0&vibe=6", 403),
        (&form("vibe=7"), 400),
        (&form("place=0.5"), 400),
        (&form("place=2,0"), 400),
        (&form(""), 400),
        (&form("vibe=6"), 303),
        (&form("place=-1,1"), 303),
    ] {
        let (answered, answer) = post(body);
        assert_eq!(answered, status, "{body}: {answer}");
    }
    arrives(&collector, &mut running, [Some(6.0), None, None]);
    arrives(&collector, &mut running, [None, Some(-1.0), Some(1.0)]);
    let (_, today) = ask(&host, &format!("GET {home}"), &[here, cookie], "");
    assert!(today.contains("What you said today") && today.contains("6 of 6, very good"), "{today}");

    // The collector shows it as the person's word, beside scores in which it has no part.
    let session = wait::until("the answers to be shown", || {
        let sessions = api::ok(collector.api(), "/api/v1/sessions?user_id=person");
        let id = sessions["sessions"][0]["session_id"].as_str()?.to_owned();
        let session = api::ok(collector.api(), &format!("/api/v1/sessions/{id}"));
        (session["check_ins"].as_array().map(Vec::len) == Some(4)).then_some(session)
    });
    assert_eq!(session["check_ins"][0]["vibe"], 4);
    for score in ["stress_level", "valence", "arousal", "overall_score", "emotion_analysis"] {
        assert!(session[score].is_null(), "{score}: {session:#}");
    }
    let front = api::fetch(collector.api(), "/", "text/html").text();
    assert!(front.contains("Said by the person") && front.contains("4 of 6, rather good"), "{front}");

    // Paused, nothing is kept; without consent neither, and what waits of it goes.
    says(&agent, &["pause"]);
    assert!(refused(&agent, &["check-in", "2"]).contains("attune-agent resume"));
    assert_eq!(post(&form("vibe=2")).0, 409);
    says(&agent, &["resume"]);
    says(&agent, &["consent", "withdraw", "--modality", "check-in"]);
    assert!(refused(&agent, &["check-in", "2"]).contains("consent grant --modality check-in"));
    assert_eq!(post(&form("vibe=2")).0, 409);
    assert!(running.signal("TERM").success(), "{}", running.log());
    assert!(refused(&agent, &["check-in", "2"]).contains("consent grant --modality check-in"));
    assert_eq!(arrived(&collector).len(), 4, "nothing came behind the withdrawal");
}

#[test]
fn what_waits_is_gone_once_its_consent_is_withdrawn_and_never_arrives() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let agent = agent(&place, &collector);
    says(&agent, &["check-in", "1"]);
    let said = says(&agent, &["consent", "withdraw", "--modality", "check-in"]);
    assert!(said.contains("removed 1 records that waited"), "{said}");
    says(&agent, &["consent", "grant", "--modality", "check-in"]);
    says(&agent, &["check-in", "5"]);
    let mut running = agent.sense(&[], &[]);
    arrives(&collector, &mut running, [Some(5.0), None, None]);
    assert_eq!(arrived(&collector).len(), 1);
    assert!(running.signal("TERM").success(), "{}", running.log());
}

#[test]
fn one_is_asked_at_ones_own_times_in_status_on_the_page_and_on_the_screen_until_one_answers() {
    const TEST: &str = "one_is_asked_at_ones_own_times_in_status_on_the_page_and_on_the_screen_until_one_answers";
    let place = Place::new();
    let Some(bus) = Bus::start(TEST, &place) else { return };
    let Some(overheard) = bus.overhear(TEST, &place, "org.freedesktop.Notifications") else { return };
    let collector = Collector::start_under(&place, "eu");
    let agent = agent(&place, &collector);
    // Since midnight, whatever day it is.
    agent.configure(
        "[check_in]\nremind = [\"00:00\"]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n",
    );
    let mut command = agent.command();
    bus.reach_as_session(&mut command);
    let mut running = Process::start(command.arg("run"), &place.join("device.log"));
    wait::until("the screen to be asked for a notice", || overheard.log().contains("How are you?").then_some(()));
    let asked = "you wanted to be asked at ";
    wait::until("status to say so", || says(&agent, &["status"]).contains(asked).then_some(()));
    let (host, home, token) = invited(&agent);
    let here = ("host", host.as_str());
    let (_, answer) = ask(&host, &format!("GET {token}"), &[here], "");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = ("cookie", cookie.split(';').next().expect("a name and a value"));
    let page = || ask(&host, &format!("GET {home}"), &[here, cookie], "").1;
    assert!(page().contains("You wanted to be asked at 00:00"), "{}", page());
    says(&agent, &["check-in", "3"]);
    assert!(!page().contains("You wanted to be asked"));
    wait::until("status to say it no more", || (!says(&agent, &["status"]).contains(asked)).then_some(()));
    assert!(says(&agent, &["status"]).contains("your last check-in was at "));
    assert_eq!(overheard.log().matches("How are you?").count(), 1, "once: {}", overheard.log());
    assert!(running.signal("TERM").success(), "{}", running.log());
}
