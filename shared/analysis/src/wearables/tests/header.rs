//! The C header: it compiles, and what is written by it is read as it was meant.

#![expect(clippy::disallowed_methods, reason = "programs in C are written, and no samples")]

use std::process::Command;
use std::sync::Arc;

use crate::sample::Timestamp;
use crate::wearables::{SHIPPED, Session, Wearable, header, hex};

fn compile(folder: &std::path::Path, program: &str) -> Option<Vec<u8>> {
    std::fs::write(folder.join("program.c"), program).unwrap();
    let flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-o", "program", "program.c"];
    let Ok(output) = Command::new("cc").args(flags).current_dir(folder).output() else {
        eprintln!("left out: there is no C compiler (cc)");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new(folder.join("program")).output().unwrap();
    assert!(output.status.success());
    Some(hex(&String::from_utf8(output.stdout).unwrap()).unwrap())
}

#[test]
fn what_firmware_writes_by_the_header_is_what_the_decoder_reads() {
    let (_, text) = SHIPPED.iter().find(|(name, _)| *name == "arduino-nano-33-ble").unwrap();
    let wearable = Arc::new(Wearable::parse(text).unwrap());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("attune.h"), header(&wearable)).unwrap();
    let program = r#"
        #include <stdio.h>
        #include "attune.h"
        int main(void) {
            motion_packet_t packet = {0};
            packet.stamp = 5000;
            for (int i = 0; i < MOTION_SAMPLES_MOST; i++) {
                packet.samples[i].acceleration_x = 0.25 * MOTION_SAMPLE_ACCELERATION_X_PER_UNIT;
                packet.samples[i].acceleration_z = -1.5 * MOTION_SAMPLE_ACCELERATION_Z_PER_UNIT;
                packet.samples[i].gyroscope_y = (i + 1) * MOTION_SAMPLE_GYROSCOPE_Y_PER_UNIT;
            }
            for (size_t i = 0; i < sizeof packet; i++) printf("%02x", ((uint8_t *)&packet)[i]);
            return 0;
        }"#;
    let Some(bytes) = compile(folder.path(), program) else { return };
    let mut session = Session::new(wearable.clone());
    let decoded = session.push(wearable.streams[0].characteristic, &bytes, Timestamp(1_000_000));
    assert_eq!((decoded.motion.len(), decoded.told.len()), (10, 0), "{decoded:?}");
    assert_eq!(decoded.blocks[0].device_nanos.unwrap().0, 5_000_000_000);
    for (number, (_, row)) in decoded.blocks[0].rows.iter().enumerate() {
        assert_eq!(row[..], [0.25, 0.0, -1.5, 0.0, (number + 1) as f64, 0.0]);
    }
}

#[test]
fn the_header_of_every_description_compiles() {
    for (name, text) in SHIPPED {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("attune.h"), header(&Wearable::parse(text).unwrap())).unwrap();
        let program = "#include <stdio.h>\n#include \"attune.h\"\nint main(void) { printf(\"00\"); return 0; }";
        if compile(folder.path(), program).is_none() {
            return;
        }
        assert!(folder.path().join("program").exists(), "{name}");
    }
}
