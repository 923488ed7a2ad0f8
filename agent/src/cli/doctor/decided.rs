//! What the person decided.

use std::path::Path;

use attune_protocol::consent::Purpose;
use attune_protocol::registry::Modality;

use super::finding::Finding::{self, Fine, Note, Wrong};
use crate::control::{self, ConsentBook};

pub(super) fn look(state: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    match ConsentBook::load(state) {
        Err(problem) => found.push(Wrong(
            format!("what you decided does not read, so nothing is sensed: failed to {problem}"),
            "put consent.toml back from a copy, or remove it and consent anew".into(),
        )),
        Ok(book) => {
            let agreed = |purpose| {
                let all = Modality::ALL.into_iter().filter(|modality| book.allows(*modality, purpose));
                all.map(Modality::name).collect::<Vec<_>>().join(", ")
            };
            let (sensed, own) = (agreed(Purpose::Wellbeing), agreed(Purpose::OwnView));
            found.push(match sensed.as_str() {
                "" => Note(
                    "nothing is sensed, as you have agreed to it for no modality: 'attune-agent consent grant'".into(),
                ),
                sensed => Fine(format!("you have agreed to {sensed}")),
            });
            if own.is_empty() {
                found.push(Note(
                    "nothing is kept for your own view: 'attune-agent consent grant --purpose own-view'".into(),
                ));
            }
        }
    }
    if control::is_paused(state) {
        let until = control::paused_until(state).map(|until| format!(" until {until:.0}")).unwrap_or_default();
        found.push(Note(format!("sensing is paused{until}: 'attune-agent resume' ends that")));
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_does_not_read_is_wrong_and_what_was_decided_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        assert!(matches!(look(state)[..], [Note(_), Note(_)]));
        ConsentBook::change(state, |book| book.set(Modality::Heart, Purpose::Wellbeing, true, Timestamp::UNIX_EPOCH))
            .unwrap();
        control::pause(state, Timestamp::UNIX_EPOCH).unwrap();
        let found = look(state);
        assert!(
            matches!(&found[..], [Fine(agreed), Note(_), Note(paused)] if agreed.ends_with("heart") && paused.contains("resume"))
        );
        std::fs::write(state.join("consent.toml"), "version = ").unwrap();
        assert!(matches!(look(state)[0], Wrong(..)));
    }
}
