use serde_json::json;

use crate::AgentError;
use crate::config::Config;
use crate::output::line;
use crate::sensors::devices::{self, Kind};

/// Says what devices there are, which are chosen and why.
pub(super) fn devices(config: &Config, as_json: bool) -> Result<(), AgentError> {
    let kinds = devices::list(config);
    if as_json {
        return line(json!({ "kinds": kinds }));
    }
    kinds.iter().flat_map(table).try_for_each(line)
}

fn table(kind: &Kind) -> Vec<String> {
    let senses: Vec<&str> = kind.modalities.iter().map(|modality| modality.name()).collect();
    let senses = if senses.is_empty() { String::new() } else { format!(" ({})", senses.join(", ")) };
    let mut lines = vec![format!("{}{senses}: {}", kind.kind, kind.choice)];
    let width = kind.devices.iter().map(|device| device.name.chars().count()).max().unwrap_or(0);
    for device in &kind.devices {
        let mark = if device.chosen { '*' } else { ' ' };
        let about = device.about.as_deref().unwrap_or_default();
        let number = device.number.map(|number| number.to_string()).unwrap_or_default();
        let row = format!("{mark} {number:>3}  {:width$}  {about}", device.name);
        lines.push(row.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use attune_protocol::registry::Modality;

    use super::*;
    use crate::sensors::devices::Listed;

    #[test]
    fn the_table_marks_what_is_chosen() {
        let listed = |number, name: &str, about: Option<&str>, chosen| Listed {
            number: Some(number),
            name: name.into(),
            about: about.map(str::to_owned),
            chosen,
        };
        let kind = Kind {
            kind: "camera",
            modalities: vec![Modality::Face],
            devices: vec![listed(0, "HD Webcam", None, true), listed(12, "OBS", Some("virtual"), false)],
            choice: "HD Webcam is chosen".into(),
        };
        assert_eq!(
            table(&kind),
            ["camera (face): HD Webcam is chosen", "*   0  HD Webcam", "   12  OBS        virtual"]
        );
    }
}
