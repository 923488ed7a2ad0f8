//! What of a JPEG its decoder does not look at: whether it is whole, and tables that are left out.

use std::borrow::Cow;

/// Marker behind the last line.
const END: [u8; 2] = [0xff, 0xd9];
/// The segment by which an AVI says that its pictures use the standard Huffman tables (ITU-T T.81, K.3) without holding them.
const STANDARD_TABLES: [u8; 10] = [0xff, 0xe0, 0x00, 0x08, b'A', b'V', b'I', b'1', 0, 0];

/// The picture as its decoder reads it; `None` when it breaks off, which the decoder would fill with gray.
///
/// Webcams leave the standard tables out, in MJPEG and in single pictures.
pub(super) fn whole(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut tables = false;
    // Behind the start of the picture.
    let mut at = 2;
    loop {
        while bytes.get(at)? != &0xff || bytes.get(at + 1)? == &0xff {
            at += 1;
        }
        let marker = bytes[at + 1];
        match marker {
            // The picture itself begins. A thumbnail, with an end of its own, lies before.
            0xda => break,
            0x00 | 0x01 | 0xd0..=0xd9 => at += 2,
            _ => {
                tables |= marker == 0xc4;
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length).max(2);
            }
        }
    }
    if !bytes[at..].windows(2).any(|pair| pair == END) {
        return None;
    }
    Some(if tables { bytes.into() } else { [&bytes[..2], &STANDARD_TABLES[..], &bytes[2..]].concat().into() })
}
