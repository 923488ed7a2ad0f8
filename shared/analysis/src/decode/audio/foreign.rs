//! Sounds that are not read, by their first bytes: what they are, and what to do.

use super::super::kind::Kind;

/// Bytes that are looked at.
pub(super) const LOOKED_AT: usize = 40;

/// What to save a sound as that is of a kind which is not read.
pub(super) const INSTEAD: &str = "save it as WAV, FLAC, MP3, OGG or M4A";

/// A sentence on a file that is no sound of a kind that is read; `None` where it may be one.
pub(super) fn told(begin: &[u8]) -> Option<String> {
    let at = |place: usize, letters: &[u8]| begin.get(place..place + letters.len()) == Some(letters);
    let name = match begin {
        [] => return Some("it is empty".to_owned()),
        [b'F', b'O', b'R', b'M', ..] => "AIFF",
        [b'.', b's', b'n', b'd', ..] => "AU",
        [b'c', b'a', b'f', b'f', ..] => "CAF",
        [b'R', b'I', b'F', b'X', ..] => "a WAV with its bytes the other way round",
        [b'r', b'i', b'f', b'f', 0x2e, 0x91, ..] => "Wave64",
        [0x30, 0x26, 0xb2, 0x75, ..] => "WMA",
        [b'#', b'!', b'A', b'M', b'R', ..] => "AMR",
        [b'M', b'T', b'h', b'd', ..] => "MIDI",
        _ if at(0, b"OggS") && at(28, b"Speex") => "Speex",
        _ => {
            let kind = Kind::of(begin);
            let other = kind.is_picture() || matches!(kind, Kind::Zip | Kind::Pdf);
            return other.then(|| format!("it is {kind}"));
        }
    };
    Some(format!("it is {name}, which is not read: {INSTEAD}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_named_with_what_to_do() {
        for (begin, name) in [
            (&b"FORM\0\0\0\0AIFFCOMM"[..], "AIFF"),
            (b".snd\0\0\0\x18", "AU"),
            (b"caff\0\x01\0\0desc", "CAF"),
            (b"RIFX\0\0\0\0WAVEfmt ", "WAV"),
            (b"riff\x2e\x91\xcf\x11", "Wave64"),
            (b"\x30\x26\xb2\x75\x8e\x66", "WMA"),
            (b"#!AMR\n", "AMR"),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x50Speex   1.2", "Speex"),
        ] {
            let said = told(begin).expect(name);
            assert!(said.contains(name) && said.contains("save it as WAV"), "{said}");
        }
        assert_eq!(told(b"").as_deref(), Some("it is empty"));
        assert_eq!(told(b"%PDF-1.7").as_deref(), Some("it is a PDF"));
        for begin in
            [&b"RIFF\0\0\0\0WAVEfmt "[..], b"OggS\0\x02", b"fLaC", b"\xff\xfb\x90", b"ID3\x03", b"\0\0\0\x18ftypM4A "]
        {
            assert_eq!(told(begin), None);
        }
    }
}
