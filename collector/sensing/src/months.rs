//! What of this subject Postgres keeps in parts of a month.

use attune_ground::store::Monthly;

/// Records of devices, by the time that was sensed: by that they are let go of. One whose window waits to be fused is awaited.
/// Windows of sessions lie whole: they go with the sessions that they are of.
pub(crate) const RECORDS: Monthly = Monthly {
    table: "records",
    by: "window_start",
    awaited: "SELECT window_start FROM pending_fusion WHERE window_start >= $1 AND window_start < $2 LIMIT 1",
};
