use attune_ground::erasing::{self, Erasing};
use attune_ground::holdings::Erased;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;

/// In this order: what refers to sessions before them, and those that were joined before those that they were joined to.
const ERASED: [Erasing; 10] = [
    Erasing::of("pending_fusion", "person, window_start"),
    Erasing::of("records", "device, epoch, seq"),
    Erasing::by(
        "fused_windows",
        "fused_windows.session, fused_windows.window_start",
        "FROM sessions JOIN fused_windows ON fused_windows.session = sessions.session \
         AND fused_windows.person = sessions.person WHERE sessions.person = $1",
    ),
    Erasing::by(
        "analysis_records",
        "analysis_records.session, analysis_records.window_start, analysis_records.place",
        "FROM sessions JOIN analysis_records ON analysis_records.session = sessions.session \
         AND analysis_records.person = sessions.person WHERE sessions.person = $1",
    ),
    Erasing::of("dropped", "device, epoch, seq"),
    Erasing::of("quarantine", "device, epoch, seq"),
    Erasing::of("deleted_spans", "person, begins"),
    Erasing::by("sessions", "session", "FROM sessions WHERE person = $1 AND merged_into IS NOT NULL"),
    Erasing::of("sessions", "session"),
    Erasing::of("analysis_ids", "session"),
];

/// Erases all that was sensed of a person.
pub(super) fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(erasing::erase(store, person, ERASED))
}
