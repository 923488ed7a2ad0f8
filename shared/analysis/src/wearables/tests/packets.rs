//! All cases of `tests/packets`: what comes out, what is used, what is told, and that the next packet is read as ever.

use serde_json::Value;

use super::cases::{Case, all};
use super::compared::{beats, flag, intervals, is_used, list, near, outcome, same_list, samples, single};
use crate::sample::{HeartSample, Timestamp};
use crate::wearables::{Answered, Decoded, Reply, Session, Told, Uuid, signal};

/// What a case wants of one packet's single values, as JSON has it.
fn singles(decoded: &[Decoded], want: &Value, usable: &Value) -> Result<(), String> {
    for (key, value) in want.as_object().into_iter().flatten() {
        let value = usable.get(key).unwrap_or(value);
        let name = match key.as_str() {
            "bpm" => "heart_rate",
            "energy_kj" => "energy_expended",
            "speed_m_s" => "speed",
            "cadence_per_min" => "cadence",
            "stride_m" => "stride",
            "distance_m" => "distance",
            "celsius" => "temperature",
            "steps_today" => "steps_today",
            "battery_percent" => "battery",
            "contact" | "running" | "charging" | "rr_ms" | "ppi_ms" | "text" | "steps_added" => key,
            other => return Err(format!("{other} is not compared")),
        };
        let good = match name {
            "rr_ms" | "ppi_ms" => same_list(&intervals(decoded), &list(value)),
            "contact" => decoded.iter().find_map(|d| d.contact) == value.as_bool(),
            "running" => flag(decoded, "running") == value.as_bool(),
            "charging" => single(decoded, "charging").map(|v| v == 1.0) == value.as_bool(),
            "battery" => decoded.iter().find_map(|d| d.battery).map(u64::from) == value.as_u64(),
            "text" => decoded.iter().find_map(|d| d.information.as_ref()).map(|i| i.1.as_str()) == value.as_str(),
            "steps_added" if value.is_array() => {
                let added: Vec<f64> = decoded.iter().filter_map(|d| d.steps_added).map(|steps| steps as f64).collect();
                added == list(value)
            }
            name => match (single(decoded, name), value.as_f64()) {
                (Some(is), Some(want)) => near(is, want, if name == "temperature" { 0.01 } else { 1e-4 }),
                (None, None) => true,
                _ => false,
            },
        };
        if !good {
            return Err(format!("{key} is not {value}"));
        }
    }
    Ok(())
}

fn reply(case: &Case, decoded: &[Decoded], want: &Value) -> Result<(), String> {
    let found = decoded.iter().filter_map(|d| d.reply.as_ref()).next_back();
    let good = match found {
        Some(Reply::Features { streams, developer }) => {
            want["streams"] == serde_json::json!(streams) && want["sdk_mode"].as_bool().unwrap_or(false) == *developer
        }
        Some(Reply::Stopped(streams)) => want["stopped"] == serde_json::json!(streams),
        Some(Reply::Status { status, .. }) => want["status"] == *status,
        Some(Reply::Text(text)) => want["text"] == text.as_str(),
        Some(Reply::Answer(answer)) => want.as_object().unwrap().iter().all(|(key, want)| match key.as_str() {
            "op" => *want == answer.op,
            "error" => *want == answer.error,
            "more" => *want == answer.more,
            "stream" => want.as_str() == answer.stream(),
            "factor" => near(answer.factor.unwrap_or(1.0), want.as_f64().unwrap(), 1e-12),
            name => answer.settings.iter().any(|(key, all)| *key == name && *all == list(want)),
        }),
        None => want.is_null(),
    };
    if good { Ok(()) } else { Err(format!("{} answers {found:?}", case.id())) }
}

fn check(case: &Case) -> Result<(), String> {
    let (want, usable) = (&case.json["values"], &case.json["use"]);
    if case.text("how") == "write" {
        let session = case.session();
        let commands = if case.json["state"]["stop"] == true { session.stop() } else { session.start() };
        let good = commands.len() == 1 && commands[0].bytes == case.packets()[0].0;
        return if good { Ok(()) } else { Err(format!("{commands:?}")) };
    }
    if case.text("characteristic") == "rssi" {
        let found = signal(case.packets()[0].0[0] as i8);
        return if want["rssi_dbm"].as_i64() == found.map(i64::from) { Ok(()) } else { Err(format!("{found:?}")) };
    }
    if case.text("id") == "features-not-reply" {
        let command = Session::with(case.wearable(), &["acc"]).start().remove(0);
        let answered = command.answered(&case.wearable(), &case.packets()[0].0);
        return if answered == Answered::NotThis { Ok(()) } else { Err(format!("{answered:?}")) };
    }
    let mut session = case.session();
    let decoded = case.run(&mut session);
    let found = outcome(&decoded);
    let also = case.json["also_right"].as_array().into_iter().flatten();
    let is_also_right = also.filter_map(Value::as_str).any(|text| text.starts_with(found));
    let usable = if found == case.text("outcome") { usable } else { &Value::Null };
    if found != case.text("outcome") && !is_also_right {
        return Err(format!("{found}, not {}: {:?}", case.text("outcome"), told(&decoded)));
    }
    if case.file == "polar-control" || decoded.iter().any(|d| d.reply.is_some()) {
        return reply(case, &decoded, want);
    }
    let within = if case.text("id") == "delta-factor" { 0.01 } else { 1e-6 };
    match want {
        _ if case.file == "bangle" => lines(&decoded, want)?,
        _ if want["channels"].is_array() => samples(&decoded, want, 0, within)?,
        _ if want["acc"].is_object() => {
            samples(&decoded, &want["acc"], 0, within)?;
            samples(&decoded, &want["gyro"], 3, within)?;
        }
        _ if want["xyz"].is_array() => {
            motion(&decoded, if usable["xyz"].is_null() && usable.is_object() { &Value::Null } else { &want["xyz"] })?
        }
        Value::Array(each) => {
            for (decoded, want) in decoded.chunks(1).zip(each) {
                singles(decoded, want, usable)?;
            }
        }
        _ => singles(&decoded, want, usable)?,
    }
    if case.json["values_acc"].is_object() {
        samples(&decoded, &case.json["values_acc"], 0, within)?;
    }
    if let Some(want) = case.json["beats_ms"].as_array() {
        let want: Vec<f64> = want.iter().map(|beat| beat.as_f64().unwrap()).collect();
        if !same_list(&beats(&decoded), &want) {
            return Err(format!("beats {:?}", beats(&decoded)));
        }
    }
    times(case, &mut session, &decoded)
}

fn lines(decoded: &[Decoded], want: &Value) -> Result<(), String> {
    let readings: Vec<_> = decoded.iter().flat_map(|d| &d.readings).collect();
    let wants = want.as_array().unwrap();
    if readings.len() != wants.len() {
        return Err(format!("{readings:?}"));
    }
    for (reading, want) in readings.into_iter().zip(wants) {
        let block = reading.block_millis.map(|(from, to)| (from / 1000, to / 1000));
        if block != want["from_s"].as_i64().zip(want["to_s"].as_i64()) {
            return Err(format!("{block:?}"));
        }
        let value = |name: &str| reading.values.iter().find(|v| v.name == name).and_then(|v| v.value);
        for (key, name) in [("bpm", "heart_rate"), ("steps_added", "steps_added"), ("battery_percent", "battery")] {
            if value(name) != want[key].as_f64() {
                return Err(format!("{name} {:?}", value(name)));
            }
        }
    }
    let live = decoded.iter().flat_map(|d| &d.heart).count();
    let want_live =
        wants.iter().filter(|want| want["bpm"].is_number() && want["ts"].is_null() && want["from_s"].is_null());
    if live == want_live.count() { Ok(()) } else { Err(format!("{live} live rates")) }
}

fn motion(decoded: &[Decoded], want: &Value) -> Result<(), String> {
    let found: Vec<[f64; 3]> =
        decoded.iter().flat_map(|d| &d.motion).map(|m| m.acceleration.map(|a| a / 9.80665)).collect();
    let good = match want.as_array() {
        None => found.is_empty(),
        Some(_) => {
            !found.is_empty()
                && found.iter().all(|axes| axes.iter().zip(list(want)).all(|(is, want)| near(*is, want, 1e-6)))
        }
    };
    if good { Ok(()) } else { Err(format!("{found:?}")) }
}

/// Gaps, clocks and device's times.
fn times(case: &Case, session: &mut Session, decoded: &[Decoded]) -> Result<(), String> {
    let blocks: Vec<_> = decoded
        .iter()
        .flat_map(|d| &d.blocks)
        .filter(|block| block.stream != "acc" || case.file != "polar-ecg")
        .collect();
    let step = blocks.last().map_or(0.0, |block| block.step_nanos);
    let close =
        |is: i128, want: &Value| (is - i128::from(want.as_i64().unwrap())).abs() as f64 <= (step / 2.0).max(1.0);
    let gaps: Vec<_> = decoded.iter().flat_map(|d| &d.gaps).collect();
    if let Some(want) = case.json["gap_ns"].as_array() {
        let same = |(gap, want): (&&crate::wearables::Silence, &Value)| {
            gap.device_nanos.is_some_and(|(from, to)| close(from, &want[0]) && close(to, &want[1]))
        };
        if gaps.len() != want.len() || !gaps.iter().zip(want).all(same) {
            return Err(format!("gaps {gaps:?}"));
        }
    } else if case.json["gap_s"].is_null() && case.file.starts_with("polar") && !gaps.is_empty() {
        return Err(format!("gaps {gaps:?}"));
    }
    let missing: u64 = gaps.iter().filter_map(|gap| gap.missing).sum();
    if case.json["missing_samples"].as_u64().is_some_and(|want| want != missing) {
        return Err(format!("gaps {gaps:?}"));
    }
    for want in case.json["gap_s"].as_array().into_iter().flatten() {
        let begin = case.packets()[0].1;
        let from = want[0].as_f64().unwrap();
        let good = match want[1].as_f64() {
            Some(to) => gaps.iter().any(|g| g.from == begin.plus_seconds(from) && g.to == begin.plus_seconds(to)),
            None => {
                session.silent(begin.plus_seconds(20.0)).iter().any(|(_, since)| *since == begin.plus_seconds(from))
            }
        };
        if !good {
            return Err(format!("gaps {gaps:?}"));
        }
    }
    if let Some(clocks) = case.json["clocks"].as_u64() {
        let pieces = blocks.last().map_or(0, |block| block.piece);
        if u64::from(pieces) != clocks {
            return Err(format!("{pieces} clocks"));
        }
    }
    let first = blocks.first().and_then(|block| block.device_nanos);
    let last = blocks.last().and_then(|block| block.device_nanos);
    let checks = [
        (last.map(|(_, last)| last), &case.json["last_sample_ns"]),
        (first.map(|(first, _)| first), &case.json["first_sample_ns"]),
        (first.map(|(first, _)| first / 1_000_000), &case.json["first_sample_ms"]),
        (Some(step.round() as i128), &case.json["step_ns"]),
    ];
    for (is, want) in checks {
        if want.is_number() && !is.is_some_and(|is| close(is, want)) {
            return Err(format!("{is:?}, not {want}"));
        }
    }
    // Host's times never fall.
    let at: Vec<Timestamp> = blocks.iter().flat_map(|block| block.rows.iter().map(|(at, _)| *at)).collect();
    if at.windows(2).any(|pair| pair[1] < pair[0]) { Err("times fall".into()) } else { Ok(()) }
}

fn told(decoded: &[Decoded]) -> Vec<String> {
    decoded.iter().flat_map(|d| &d.told).map(Told::to_string).collect()
}

#[test]
fn every_case_gives_what_it_should() {
    let cases = all();
    assert!(cases.len() > 190, "{}", cases.len());
    let wrong: Vec<String> =
        cases.iter().filter_map(|case| check(case).err().map(|problem| format!("{}: {problem}", case.id()))).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A plain packet of each kind, later than any case: by its characteristic and streams.
fn plain(case: &Case) -> Option<Vec<u8>> {
    let stamp = 700_000_000_000_000_000_u64.to_le_bytes();
    let polar = |kind: u8, frame: u8, samples: &[u8]| [&[kind][..], &stamp, &[frame], samples].concat();
    Some(match case.file.as_str() {
        "heart-rate-flags" | "heart-rate-odd" => vec![0x16, 70, 0x16, 3],
        "polar-ecg" => polar(0, 0, &[1, 0, 0, 2, 0, 0]),
        "polar-acc" => polar(2, 1, &[1, 0, 2, 0, 232, 3]),
        "polar-ppg-ppi" if case.state("stream") == "ppg" => polar(1, 0, &[1; 12]),
        "polar-ppg-ppi" => polar(3, 0, &[72, 65, 3, 12, 0, 6]),
        "bangle" => b"\r\n{\"t\":\"act\",\"stp\":3,\"hrm\":72,\"rt\":1}\r\n".to_vec(),
        "movesense" if case.streams() == ["acc"] => [&[2, 99, 0, 0, 0, 70][..], &[0; 12]].concat(),
        _ => return None,
    })
}

#[test]
fn a_plain_packet_is_read_behind_every_case() {
    let mut tried = 0;
    for case in all() {
        let (Some(plain), Some(characteristic)) = (plain(&case), case.characteristic()) else { continue };
        let mut session = case.session();
        let end = case.packets().last().unwrap().1;
        case.run(&mut session);
        let decoded = [session.push(characteristic, &plain, end.plus_seconds(2.0))];
        assert!(is_used(&decoded), "{}: {:?}", case.id(), told(&decoded));
        tried += 1;
    }
    assert!(tried > 120, "{tried}");
}

#[test]
fn a_packet_that_is_cut_anywhere_gives_no_value_that_is_not_there() {
    let rows = |decoded: &[Decoded]| -> Vec<Vec<f64>> {
        decoded.iter().flat_map(|d| &d.blocks).flat_map(|b| b.rows.iter().map(|(_, row)| row.clone())).collect()
    };
    for case in all() {
        let (packets, Some(characteristic)) = (case.packets(), case.characteristic()) else { continue };
        let [(bytes, at)] = &packets[..] else { continue };
        if case.text("outcome") != "read" || case.text("how") == "write" {
            continue;
        }
        let whole = case.run(&mut case.session());
        for length in 0..bytes.len() {
            let mut session = case.session();
            let cut = [session.push(characteristic, &bytes[..length], *at)];
            assert!(rows(&whole).starts_with(&rows(&cut)), "{} cut to {length}", case.id());
            for value in cut.iter().flat_map(|d| &d.readings).flat_map(|r| &r.values) {
                let is_there = whole.iter().flat_map(|d| &d.readings).any(|reading| reading.values.contains(value));
                assert!(is_there, "{} cut to {length}: {value:?}", case.id());
            }
            if case.file == "bangle" {
                session.push(characteristic, b"\r\n", *at);
            }
            let next = [session.push(characteristic, bytes, at.plus_seconds(2.0))];
            assert_eq!(is_used(&next), is_used(&whole), "{} behind one cut to {length}: {:?}", case.id(), told(&next));
        }
    }
}

#[test]
fn bytes_of_chance_never_panic() {
    let mut random = fastrand::Rng::with_seed(17);
    for name in crate::wearables::SHIPPED.map(|(name, _)| name) {
        let wearable = super::cases::shipped(name);
        let names: Vec<String> = wearable.streams.iter().map(|stream| stream.name.clone()).collect();
        let mut session = Session::with(wearable.clone(), &names);
        let control = wearable.control.as_ref().map(|control| control.characteristic);
        let all: Vec<Uuid> = wearable.streams.iter().map(|stream| stream.characteristic).chain(control).collect();
        for number in 0..4000 {
            let characteristic = all[random.usize(..all.len())];
            let length = random.usize(..80);
            let mut bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
            if let Some(first) = bytes.first_mut() {
                *first %= 4;
            }
            if bytes.len() > 9 && random.bool() {
                bytes[9] = [0, 1, 2, 0x80, 0x81][random.usize(..5)];
            }
            session.push(characteristic, &bytes, Timestamp(number * 100_000));
        }
    }
}

#[test]
fn errors_are_told_with_what_helps_and_answers_to_others_are_waited_out() {
    let case = all().into_iter().find(|case| case.text("id") == "reply-to-other").unwrap();
    let wearable = case.wearable();
    let command = Session::with(wearable.clone(), &["ecg"]).start().remove(0);
    let [(settings, _), (started, _)] = &case.packets()[..] else { panic!("two packets") };
    assert_eq!(command.answered(&wearable, settings), Answered::NotThis);
    assert_eq!(command.answered(&wearable, started), Answered::Done);
    use crate::wearables::Next;
    for (bytes, helps) in [
        (&[0xf0, 0, 1, 10][..], Next::LargerMtu),
        (&[0xf0, 2, 0, 5, 0], Next::AskSettings),
        (&[0xf0, 2, 0, 6], Next::StopFirst),
        (&[0xf0, 2, 0, 13, 0], Next::Wait),
        (&[0xf0, 2, 0, 3], Next::Without),
        (&[0xf0, 2, 0, 42, 0], Next::Tell),
    ] {
        let answered = command.answered(&wearable, bytes);
        assert!(
            matches!(&answered, Answered::Failed { says, next } if *next == helps && !says.is_empty()),
            "{answered:?}"
        );
    }
}

#[test]
fn without_contact_no_rate_and_no_beat_reach_the_analyzer() {
    let case = all().into_iter().find(|case| case.text("id") == "flags-14").unwrap();
    let decoded = case.run(&mut case.session());
    assert!(matches!(decoded[0].heart[..], [HeartSample::Contact { touching: false, .. }]), "{decoded:?}");
    assert_eq!(decoded[0].told, [Told::NoContact]);
}

#[test]
fn what_is_the_same_behind_a_gap_as_before_it_did_not_rest_meanwhile() {
    let case = all().into_iter().find(|case| case.text("id") == "raw-16").unwrap();
    let mut session = case.session();
    let frame = |seconds: u64, axis: u8| {
        let stamp = (599_616_077_000_000_000 + seconds * 1_000_000_000).to_le_bytes();
        [&[2][..], &stamp, &[1], &[axis, 0, 2, 0, 232, 3, axis, 0, 2, 0, 232, 3]].concat()
    };
    let mut rows = Vec::new();
    for (seconds, axis) in [(0, 1), (1, 1), (60, 1), (61, 2)] {
        let at = Timestamp(1_767_261_600_000_000 + seconds as i64 * 1_000_000);
        let decoded = session.push(case.characteristic().unwrap(), &frame(seconds, axis), at);
        assert!(!decoded.told.contains(&Told::Frozen), "{:?}", decoded.told);
        rows.push(decoded.motion.len());
    }
    assert_eq!(rows, [2; 4]);
}
