use attune_ground::{Carried, Sample, SealedAt};
use attune_people::consent::ItemKey;
use attune_protocol::ids::{DeviceId, Epoch, Seq};

use crate::ingest::record_context;

/// What becomes of this subject behind a restore, and under another master key: nothing, and by what a copy is tried.
pub(crate) const CARRIED: Carried = Carried {
    rekey: |_, _| Box::pin(async { Ok(0) }),
    put_back: |_, _| Box::pin(async { Ok(()) }),
    samples: &[Sample {
        table: "records",
        bytes: &["person", "device"],
        numbers: &["epoch", "seq"],
        context,
        sealed: "sealed",
    }],
};

fn context(SealedAt { person, bytes, numbers }: &SealedAt) -> Vec<u8> {
    let device = bytes.first().and_then(|device| <[u8; 16]>::try_from(device.as_slice()).ok()).unwrap_or_default();
    let number = |place: usize| numbers.get(place).map_or(0, |number| number.cast_unsigned());
    record_context(*person, &ItemKey { device: DeviceId(device), epoch: Epoch(number(0)), seq: Seq(number(1)) })
}
