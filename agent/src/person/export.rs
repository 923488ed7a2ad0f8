//! `export`: one JSON file with everything about the person on this device.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::audit::{each_kept, each_sent, hex, look};
use super::shown::{Shown, instant, of_sent};
use super::waiting;
use crate::config::Config;
use crate::control::{self, ConsentBook};
use crate::identity::{Identity, Standing};
use crate::keeping::Status;
use crate::own::Between;
use crate::{AgentError, files};

/// Format version of the file.
const VERSION: u32 = 1;

/// Writes everything into a new file that only its owner reads, and says how many records that were.
///
/// # Errors
/// When the file is there already, or something cannot be read or written.
pub fn export(config: &Config, path: &Path) -> Result<u64, AgentError> {
    let identity = Identity::load(&config.state)?.ok_or_else(|| AgentError::NotEnrolled(config.state.clone()))?;
    let failed = |e| AgentError::file("write", path, e);
    let mut out = Array { file: BufWriter::new(files::new_private(path)?), path, count: 0 };
    let done = out.fill(config, identity);
    let done = done
        .and_then(|()| out.file.flush().map_err(failed))
        .and_then(|()| out.file.get_ref().sync_all().map_err(failed));
    match done {
        Ok(()) => Ok(out.count),
        Err(problem) => {
            // A part of it would be taken for the whole.
            let _ = files::destroy(path);
            Err(problem)
        }
    }
}

/// The file, and how many elements were written.
struct Array<'a> {
    file: BufWriter<File>,
    path: &'a Path,
    count: u64,
}

impl Array<'_> {
    fn text(&mut self, text: &str) -> Result<(), AgentError> {
        self.file.write_all(text.as_bytes()).map_err(|e| AgentError::file("write", self.path, e))
    }

    fn element(&mut self, is_first: &mut bool, value: &impl Serialize) -> Result<(), AgentError> {
        self.text(if std::mem::take(is_first) { "\n" } else { ",\n" })?;
        self.count += 1;
        serde_json::to_writer(&mut self.file, value).map_err(|e| AgentError::file("write", self.path, e.into()))
    }

    fn fill(&mut self, config: &Config, identity: Identity) -> Result<(), AgentError> {
        let state = &config.state;
        let enrolment = match identity.standing {
            Standing::Enrolled(enrolment) => json!({
                "number": enrolment.number, "collector_key": hex(&enrolment.collector), "profile": enrolment.profile.name(),
            }),
            Standing::New | Standing::Outdated => Value::Null,
        };
        let head = json!({
            "what": "Everything about you on this device: see 'attune-agent export --help'.",
            "version": VERSION,
            "written": Timestamp::now(),
            "device": identity.device.to_string(),
            "broker": identity.broker,
            "enrolment": enrolment,
            "profile": config.profile.name(),
            "is_paused": control::is_paused(state),
            "consent": ConsentBook::load(state)?.since(0).collect::<Vec<_>>(),
            "status": Status::load(state).ok().flatten(),
            "usual": usual(config)?,
        });
        let head = serde_json::to_string_pretty(&head).expect("names, numbers and text");
        self.text(head.strip_suffix("\n}").unwrap_or(&head))?;
        self.text(",\n  \"waiting\": [")?;
        let mut is_first = true;
        waiting::all(config, |item| {
            let value = json!({
                "seq": item.seq, "kept_at": instant(item.kept_at), "bytes": item.bytes, "holds": Shown::of(&item.envelope()),
            });
            self.element(&mut is_first, &value)
        })?;
        let public = identity.key.public();
        let own = look(config, identity)?;
        self.text("],\n  \"kept\": [")?;
        let mut is_first = true;
        each_kept(&own, Between::ALL, |shown| self.element(&mut is_first, &shown))?;
        self.text("],\n  \"sent\": [")?;
        let mut is_first = true;
        each_sent(&own, Between::ALL, |sent| {
            let value = json!({
                "at": instant(sent.at_millis), "len": sent.len, "bytes": hex(&sent.bytes), "holds": of_sent(&sent, &public),
            });
            self.element(&mut is_first, &value)
        })?;
        self.text("]\n}\n")
    }
}

/// What was learnt of the person.
fn usual(config: &Config) -> Result<Vec<Value>, AgentError> {
    let baseline = waiting::learnt(config)?;
    let usual = baseline.usual().map(|usual| {
        json!({
            "modality": usual.modality, "name": usual.spec.name, "unit": usual.spec.unit, "first_quartile": usual.low,
            "median": usual.median, "third_quartile": usual.high, "is_old_enough": usual.is_old_enough,
        })
    });
    Ok(usual.collect())
}
