//! What a file is, by its first bytes: its name says little.

use std::fmt;

/// What a file begins as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A JPEG picture, or several one behind the other.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A WebP picture.
    WebP,
    /// A picture that is not read: HEIC or AVIF.
    Heif,
    /// A GIF picture, which is not read.
    Gif,
    /// A picture of another kind, by its name, which is not read.
    Foreign(&'static str),
    /// A sound of a kind that is read.
    Sound,
    /// A film, or a sound in the container of one (MP4, WebM).
    Film,
    /// An archive.
    Zip,
    /// A document.
    Pdf,
    /// None of these; a table is one of them.
    Other,
}

/// Brands of pictures in a container of ISO 14496-12.
const HEIF: [&[u8; 4]; 8] = [b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"];

impl Kind {
    /// How many bytes are looked at.
    pub const LOOKED_AT: usize = 16;

    /// Tells it from a file's first bytes.
    #[must_use]
    pub fn of(begin: &[u8]) -> Self {
        let at = |place: usize, letters: &[u8]| begin.get(place..place + letters.len()) == Some(letters);
        match begin {
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', ..] => Self::Png,
            [b'G', b'I', b'F', b'8', ..] => Self::Gif,
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Self::Foreign("TIFF or raw"),
            [0xff, 0x0a, ..] => Self::Foreign("JPEG XL"),
            [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Self::Foreign("JPEG XL"),
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] => Self::Foreign("JPEG 2000"),
            // Text may begin with BM, too; behind it a BMP has its size and zeros.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Foreign("BMP"),
            [b'P', b'K', 3, 4, ..] => Self::Zip,
            [b'%', b'P', b'D', b'F', ..] => Self::Pdf,
            [b'f', b'L', b'a', b'C', ..] | [b'O', b'g', b'g', b'S', ..] | [b'I', b'D', b'3', ..] => Self::Sound,
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Self::Film,
            _ if at(0, b"RIFF") && at(8, b"WEBP") => Self::WebP,
            _ if at(0, b"RIFF") && at(8, b"WAVE") => Self::Sound,
            _ if at(0, b"RIFF") => Self::Film,
            _ if at(4, b"ftyp") && HEIF.iter().any(|brand| at(8, brand.as_slice())) => Self::Heif,
            _ if at(4, b"ftypM4A") => Self::Sound,
            _ if at(4, b"ftyp") => Self::Film,
            _ => Self::Other,
        }
    }

    /// Whether it is a picture, read or not.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::WebP | Self::Heif | Self::Gif | Self::Foreign(_))
    }
}

/// As people call it, and what to do where it is not read.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign(name) => return write!(f, "a {name} picture, which is not read: save it as PNG or JPEG"),
            Self::Jpeg => "a JPEG picture",
            Self::Png => "a PNG picture",
            Self::WebP => "a WebP picture",
            Self::Heif => {
                "HEIC or AVIF, which is not read: save it as JPEG, or let the phone take JPEG (on an iPhone: Settings, Camera, \
                 Formats, Most Compatible)"
            }
            Self::Gif => "a GIF picture, which is not read: save it as PNG or JPEG",
            Self::Sound => "a sound",
            Self::Film => "a film: take one picture of it, or let attune-agent play it",
            Self::Zip => "a ZIP archive: unpack it first",
            Self::Pdf => "a PDF",
            Self::Other => "nothing that is known here",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        for (begin, kind) in [
            (&b"\xff\xd8\xff\xe0"[..], Kind::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Kind::Png),
            (b"RIFF\0\0\0\0WEBPVP8 ", Kind::WebP),
            (b"RIFF\0\0\0\0WAVEfmt ", Kind::Sound),
            (b"RIFF\0\0\0\0AVI LIST", Kind::Film),
            (b"\0\0\0\x18ftypheic", Kind::Heif),
            (b"\0\0\0\x18ftypavif", Kind::Heif),
            (b"\0\0\0\x18ftypM4A ", Kind::Sound),
            (b"\0\0\0\x18ftypisom", Kind::Film),
            (b"\x1aE\xdf\xa3", Kind::Film),
            (b"GIF89a", Kind::Gif),
            (b"BM\x36\x10\0\0\0\0\0\0\x36", Kind::Foreign("BMP")),
            (b"BMI,hr\n22,70\n", Kind::Other),
            (b"II*\0\x08\0\0\0", Kind::Foreign("TIFF or raw")),
            (b"\0\0\0\x0cJXL \r\n", Kind::Foreign("JPEG XL")),
            (b"\0\0\0\x0cjP  \r\n", Kind::Foreign("JPEG 2000")),
            (b"PK\x03\x04", Kind::Zip),
            (b"time_s,ax", Kind::Other),
            (b"", Kind::Other),
        ] {
            assert_eq!(Kind::of(begin), kind, "{begin:?}");
        }
    }
}
