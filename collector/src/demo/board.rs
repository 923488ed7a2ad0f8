use std::collections::BTreeMap;
use std::sync::Arc;

use attune_analysis::indicators::Assessment;
use attune_protocol::ids::SessionId;
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use attune_sensing::sessions::FusedWindow;

use super::table;

/// What was heard of what is fused, and which windows have been shown. One that came while the terminal was slow is missing.
///
/// A window is fused anew with each record that comes; it is shown once, when all modalities are in it or the stream has
/// gone on.
#[derive(Default)]
pub(super) struct Board {
    windows: BTreeMap<Window, Arc<Assessment>>,
    session: Option<SessionId>,
    shown: Option<Window>,
}

impl Board {
    /// Takes a fused window in and gives the lines that can be shown now.
    pub(super) fn update(&mut self, fused: FusedWindow) -> Vec<String> {
        self.session = Some(fused.session);
        self.windows.insert(fused.window, fused.assessment);
        let newest = self.windows.last_key_value().map(|(&window, _)| window);
        self.show(|window, assessment| {
            assessment.modalities.len() == Modality::SENSED.len() || newest.is_some_and(|newest| newest > window.next())
        })
    }

    /// The lines that have not been shown.
    pub(super) fn rest(&mut self) -> Vec<String> {
        self.show(|_, _| true)
    }

    /// How many windows have been fused.
    pub(super) fn len(&self) -> usize {
        self.windows.len()
    }

    /// The session of the latest window.
    pub(super) fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// Lines from the first window that was not shown, in order, as long as they are ready.
    fn show(&mut self, ready: impl Fn(Window, &Assessment) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (&window, assessment) in &self.windows {
            if self.shown.is_some_and(|shown| window <= shown) {
                continue;
            }
            if !ready(window, assessment) {
                break;
            }
            lines.push(table::row(window, assessment));
            self.shown = Some(window);
        }
        lines
    }
}
