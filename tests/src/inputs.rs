//! Files as devices, phones and other programs write them, made up by computation: the rows of the table of inputs.

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat, RgbImage, imageops};

use crate::media;

/// A file, and what becomes of it at each place where it can be given.
pub struct Input {
    /// What is odd about it.
    pub about: &'static str,
    /// Whom it is given as: face, voice, motion or heart.
    pub modality: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
    /// `attune-agent features`.
    pub agent: Outcome,
    /// `POST /analyze`, as a form.
    pub api: Outcome,
    /// The card of the page, before it is sent.
    pub page: Outcome,
}

/// What becomes of a file.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Outcome {
    /// It is read: in so many windows something was seen, and so many samples were left out.
    Read {
        /// Windows of ten seconds with samples.
        windows: usize,
        /// Samples that were left out, and counted.
        left_out: u64,
    },
    /// It is not read, with a sentence that has this part.
    Refused(&'static str),
}

use Outcome::{Read, Refused};

const fn read(windows: usize) -> Outcome {
    Read { windows, left_out: 0 }
}

const fn without(windows: usize, left_out: u64) -> Outcome {
    Read { windows, left_out }
}

impl Input {
    /// One that comes out alike everywhere.
    fn alike(
        about: &'static str,
        modality: &'static str,
        name: &'static str,
        bytes: impl Into<Vec<u8>>,
        outcome: Outcome,
    ) -> Self {
        // The page takes what it can send; what is left out of it the API says.
        let page = if matches!(outcome, Read { .. }) { read(0) } else { outcome };
        Self { about, modality, name, bytes: bytes.into(), agent: outcome, api: outcome, page }
    }

    fn at_the_page(self, page: Outcome) -> Self {
        Self { page, ..self }
    }

    fn at_the_api(self, api: Outcome) -> Self {
        Self { api, ..self }
    }

    fn at_the_agent(self, agent: Outcome) -> Self {
        Self { agent, ..self }
    }
}

/// Every row of the table.
///
/// # Panics
/// When the shipped recording is broken.
#[must_use]
pub fn all() -> Vec<Input> {
    [pictures(), sounds(), motions(), hearts()].into_iter().flatten().collect()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("memory takes it");
    bytes.into_inner()
}

/// The shipped face on a canvas of this size, as today's phones have them.
///
/// # Panics
/// When the shipped recording is broken.
#[must_use]
pub fn photograph(width: u32, height: u32) -> DynamicImage {
    let face = image::load_from_memory(&media::face()).expect("the shipped face is a picture").into_rgb8();
    let scale = height / face.height();
    let large = imageops::resize(&face, face.width() * scale, face.height() * scale, imageops::FilterType::Triangle);
    let mut canvas = RgbImage::from_pixel(width, height, *face.get_pixel(0, 0));
    let place = |canvas: u32, picture: u32| i64::from(canvas.saturating_sub(picture) / 2);
    imageops::overlay(&mut canvas, &large, place(width, large.width()), place(height, large.height()));
    canvas.into()
}

/// A JPEG without its Huffman tables, as webcams leave them out.
fn without_huffman_tables(jpeg: &[u8]) -> Vec<u8> {
    let (mut bare, mut at) = (jpeg[..2].to_vec(), 2);
    while jpeg[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] != 0xc4 {
            bare.extend(&jpeg[at..end]);
        }
        at = end;
    }
    bare.extend(&jpeg[at..]);
    bare
}

/// A JPEG with another, whole, as its thumbnail.
fn with_thumbnail(jpeg: &[u8]) -> Vec<u8> {
    let small = image::load_from_memory(jpeg).expect("it is a picture").thumbnail(64, 64);
    let small = encoded(&small, ImageFormat::Jpeg);
    let length = (small.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &small, &jpeg[2..]].concat()
}

fn pictures() -> Vec<Input> {
    let face = image::load_from_memory(&media::face()).expect("the shipped face is a picture");
    let jpeg = encoded(&face, ImageFormat::Jpeg);
    let png = encoded(&face, ImageFormat::Png);
    let thumbnail = with_thumbnail(&jpeg);
    let phone = encoded(&photograph(4032, 3024), ImageFormat::Jpeg);
    let is = |about, name, bytes: Vec<u8>, outcome| Input::alike(about, "face", name, bytes, outcome);
    let one = read(1);
    vec![
        is("JPEG", "a.jpg", jpeg.clone(), one),
        is("PNG", "a.png", png.clone(), one),
        is("WebP", "a.webp", encoded(&face, ImageFormat::WebP), one),
        is("JPEG under another name", "a.bin", jpeg.clone(), one),
        is("JPEG without Huffman tables", "webcam.jpg", without_huffman_tables(&jpeg), one),
        is("JPEG with a thumbnail", "camera.jpg", thumbnail.clone(), one),
        is("JPEG of 12 megapixels", "phone.jpg", phone, one),
        is("PNG of 12 megapixels", "phone.png", encoded(&photograph(4032, 3024), ImageFormat::Png), one),
        is(
            "JPEG cut behind its thumbnail",
            "cut.jpg",
            thumbnail[..thumbnail.len() * 6 / 10].to_vec(),
            Refused("breaks off"),
        )
        .at_the_page(one),
        is("HEIC", "a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), Refused("JPEG")),
        is("GIF", "a.gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), Refused("save it as PNG or JPEG")),
        is("BMP", "a.bmp", b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec(), Refused("save it as PNG or JPEG")),
        is("TIFF", "a.tiff", b"II*\0\x08\0\0\0\0\0\0\0\0\0\0\0".to_vec(), Refused("save it as PNG or JPEG")),
        is("JPEG with a second picture behind it", "hdr.jpg", [&jpeg[..], &jpeg].concat(), one),
        is("PNG that is cut", "cut.png", png[..png.len() / 2].to_vec(), Refused("breaks off")).at_the_page(one),
    ]
}

fn sounds() -> Vec<Input> {
    let wav = media::speech(20.0);
    let changed = |place: usize, length: u32| {
        let mut file = wav.clone();
        file[place..place + 4].copy_from_slice(&length.to_le_bytes());
        file
    };
    let mut odd = wav[..36].to_vec();
    odd[16..20].copy_from_slice(&18_u32.to_le_bytes());
    odd.extend([0, 0]);
    odd.extend(&wav[36..]);
    let kept = |name: &str| {
        let path = format!("{}/../shared/analysis/tests/media/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let is = |about, name, bytes: Vec<u8>, outcome| Input::alike(about, "voice", name, bytes, outcome);
    vec![
        is("WAV", "a.wav", wav.clone(), read(2)),
        is("WAV of a stream: its length is not known", "pipe.wav", changed(40, u32::MAX), read(2)),
        is("WAV whose data has no length", "zero.wav", changed(40, 0), read(2)),
        is("WAV whose RIFF is a few bytes off", "riff.wav", changed(4, 9), read(2)),
        is("WAV with an odd format", "odd.wav", odd, read(2)),
        // Tones: they are read, and nobody speaks in them.
        is("AAC in M4A", "a.m4a", kept("aac.m4a"), read(0)),
        is("ALAC in M4A", "alac.m4a", kept("alac.m4a"), read(0)),
        is("Opus in Ogg", "a.ogg", kept("opus.ogg"), read(0)),
        is("Opus in WebM", "a.webm", kept("opus.webm"), read(0)),
        is("Opus in WebM, as a browser records it", "live.webm", kept("opus-stream.webm"), read(0)),
        is("AAC in MP4 in fragments, as a browser records it", "live.mp4", kept("aac-fragments.mp4"), read(0)),
        is("two recordings in an Ogg", "two.ogg", [kept("opus.ogg"), kept("opus.ogg")].concat(), read(0)),
        is("mu-law in WAV", "telephone.wav", mu_law(), read(0)),
        is("AIFF", "a.aiff", b"FORM\0\0\0\x20AIFFCOMM\0\0\0\x12\0\x01".to_vec(), Refused("save it as WAV")),
        is("AMR", "a.amr", b"#!AMR\n\x3c\x55\0\0".to_vec(), Refused("save it as WAV")),
        is("Opus under another name", "a.wav", kept("opus.ogg"), read(0)),
        is("WAV cut short", "cut.wav", wav[..wav.len() / 2].to_vec(), Refused("breaks off")).at_the_page(read(0)),
        is("no sound", "notes.wav", b"only a text".to_vec(), Refused("sound")),
    ]
}

/// Two seconds of a tone as telephones have it: 8 kHz, the loudest codes of mu-law up and down.
fn mu_law() -> Vec<u8> {
    let coded: Vec<u8> = (0..16_000).map(|n| if n / 8 % 2 == 0 { 0x9f } else { 0x1f }).collect();
    let length = coded.len() as u32;
    [
        b"RIFF",
        &(38 + length).to_le_bytes()[..],
        b"WAVEfmt \x12\0\0\0\x07\0\x01\0",
        &8_000_u32.to_le_bytes(),
        &8_000_u32.to_le_bytes(),
        b"\x01\0\x08\0\0\0data",
        &length.to_le_bytes(),
        &coded,
    ]
    .concat()
}

/// A minute at rest at 50 Hz: a header, and a row of a number and its seconds.
fn minute(header: &str, row: impl Fn(u32, f64) -> String) -> String {
    format!("{header}\n") + &(0..3000).map(|n| row(n, f64::from(n) / 50.0) + "\n").collect::<String>()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn packed(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).expect("memory takes it");
    packed.finish().expect("memory takes it")
}

fn motions() -> Vec<Input> {
    let plain = minute("timestamp,ax,ay,az", |_, t| format!("{t:.2},0.01,0.02,9.8"));
    let commas = minute("timestamp;x;y;z", |_, t| format!("{t:.2};0.01;0.02;9.8").replace('.', ","));
    let date = |t: f64| 1_700_000_000.0 + t;
    let is = |about, name, text: String, outcome| Input::alike(about, "motion", name, text, outcome);
    let bytes = |about, name, bytes: Vec<u8>, outcome| Input::alike(about, "motion", name, bytes, outcome);
    let empatica = "1700000000.0,1700000000.0,1700000000.0\n32.0,32.0,32.0\n".to_owned() + &"0,0,64\n".repeat(32 * 60);
    let shuffled = minute("t,ax,ay,az", |n, _| format!("{:.2},0,0,9.8", f64::from(n ^ 1) / 50.0));
    let back = minute("t,ax,ay,az", |n, t| format!("{:.2},0,0,9.8", date(t) - if n > 1500 { 3600.0 } else { 0.0 }));
    vec![
        is("a table with commas", "a.csv", plain.clone(), read(6)),
        is("semicolons and decimal commas", "b.csv", commas.clone(), read(6)),
        is("tabs", "c.tsv", plain.replace(',', "\t"), read(6)),
        bytes("UTF-16", "d.csv", utf16(&commas), read(6)),
        bytes("UTF-16 without its mark", "d2.csv", utf16(&commas)[2..].to_vec(), read(6)),
        bytes("UTF-8 with its mark", "e.csv", [&[0xef, 0xbb, 0xbf], plain.as_bytes()].concat(), read(6)),
        is("the line of a spreadsheet", "f.csv", format!("sep=;\n{commas}"), read(6)),
        is("timestamp,x,y,z", "g.csv", minute("timestamp,x,y,z", |_, t| format!("{t:.2},0,0,9.8")), read(6)),
        is(
            "names with units",
            "h.csv",
            minute("\"Time (ms)\",\"Acc X (g)\",\"Acc Y (g)\",\"Acc Z (g)\"", |n, _| format!("{},0,0,1", 20 * n)),
            read(6),
        ),
        is("dates", "i.csv", minute("time,ax,ay,az", |_, t| format!("2024-05-01 10:00:{t:05.2},0,0,9.8")), read(6)),
        is("Empatica E4", "ACC.csv", empatica, read(6)),
        bytes("packed", "a.csv.gz", packed(&plain), read(6)).at_the_page(Refused("unpack it first")),
        is(
            "whole seconds",
            "j.csv",
            minute("timestamp,ax,ay,az", |n, _| format!("{},0,0,9.8", 1_700_000_000 + n / 50)),
            read(6),
        ),
        is(
            "three rows with one time",
            "k.csv",
            minute("time_ms,ax,ay,az", |n, _| format!("{},0,0,9.8", n / 3 * 60)),
            read(6),
        ),
        is("rows out of order", "l.csv", shuffled, read(6)),
        is("a clock that is set back", "m.csv", back, read(6)),
        is(
            "a first time of 0",
            "n.csv",
            minute("timestamp,ax,ay,az", |n, t| format!("{:.2},0,0,9.8", if n == 0 { 0.0 } else { date(t) })),
            without(6, 1),
        ),
        is(
            "single rows that do not read",
            "o.csv",
            minute("t,ax,ay,az", |n, t| format!("{t:.2},0,0,{}", if n % 1000 == 7 { "?" } else { "9.8" })),
            without(6, 3),
        ),
        is(
            "a value that cannot be",
            "p.csv",
            minute("t,ax,ay,az", |n, t| format!("{t:.2},0,0,{}", if n == 7 { "32767" } else { "9.8" })),
            without(6, 1),
        ),
        is(
            "g under the name of m/s2",
            "q.csv",
            minute("t,ax,ay,az", |_, t| format!("{t:.2},0,0,1")),
            Refused("9.8 m/s2"),
        )
        .at_the_page(read(0)),
        is(
            "thousandths of g, and a column of nothing",
            "mg.csv",
            minute("Time (s);X [mg];Y [mg];Z [mg];", |_, t| format!("{t:.2};0;0;1000;")),
            read(6),
        ),
        is(
            "two columns of times, as Sensor Logger has them",
            "TotalAcceleration.csv",
            minute("time,seconds_elapsed,z,y,x", |_, t| format!("{:.0},{t:.2},9.8,0,0", date(t) * 1e9)),
            read(6),
        ),
        is(
            "zeros along all axes where nothing was measured",
            "zeros.csv",
            minute("t,ax,ay,az", |n, t| format!("{t:.2},0,0,{}", if (500..1000).contains(&n) { "0" } else { "9.8" })),
            without(5, 500),
        ),
        is(
            "days of a spreadsheet",
            "days.csv",
            minute("Time;x;y;z", |_, t| format!("{:.11};0;0;9.8", 46_094.375 + t / 86_400.0)),
            read(6),
        ),
        is(
            "AM and PM",
            "am.csv",
            minute("time,ax,ay,az", |_, t| format!("5/13/2024 11:59:{t:05.2} PM,0,0,9.8")),
            read(6),
        ),
        is(
            "an offset behind a space",
            "offset.csv",
            minute("time,ax,ay,az", |n, _| format!("2024-05-01 10:00:{:02} +0200,0,0,9.8", n / 50)),
            read(6),
        ),
        is(
            "times of day over midnight",
            "night.csv",
            minute("time,ax,ay,az", |_, t| match t {
                t if t < 30.0 => format!("23:59:{:05.2},0,0,9.8", t + 30.0),
                t => format!("00:00:{:05.2},0,0,9.8", t - 30.0),
            }),
            read(6),
        ),
        is(
            "minutes and seconds",
            "minutes.csv",
            minute("time,ax,ay,az", |_, t| format!("59:{t:05.2},0,0,9.8")),
            read(6),
        ),
        is(
            "dates that do not read",
            "dates.csv",
            minute("time,ax,ay,az", |_, t| format!("01.05.2024 10:00:{t:05.2},0,0,9.8")),
            Refused("times do not read"),
        )
        .at_the_page(read(0)),
        is("no acceleration", "r.csv", "a,b\n1,2\n".to_owned(), Refused("timestamp"))
            .at_the_agent(Refused("no acceleration"))
            .at_the_api(Refused("no acceleration")),
        bytes("a PDF", "s.csv", b"%PDF-1.7\n\0\0".to_vec(), Refused("text")).at_the_page(Refused("a PDF")),
    ]
}

fn hearts() -> Vec<Input> {
    let beats: Vec<f64> = (0..60).map(|n| 1000.0 + f64::from(n % 7)).collect();
    let column = |row: &dyn Fn(&f64) -> String| beats.iter().map(|beat| row(beat) + "\n").collect::<String>();
    let rates = |rate: &dyn Fn(u32) -> u32| {
        "time_s,hr\n".to_owned() + &(0..60).map(|n| format!("{},{}\n", 1_700_000_000 + n, rate(n))).collect::<String>()
    };
    let minutes = "timestamp,hr\n".to_owned()
        + &(0..60).map(|n| format!("{},{}\n", 1_700_000_000 + 60 * n, 70 + n % 5)).collect::<String>();
    let packets = |odd: &str| {
        let row = |n| format!("{},103c0004{}\n", 1000 * n, if n == 7 { odd } else { "" });
        "time_ms,packet\n".to_owned() + &(1..=60).map(row).collect::<String>()
    };
    let is = |about, name, text: String, outcome| Input::alike(about, "heart", name, text, outcome);
    let nothing = |n: u32| [70, 0, 255, 65_535][if (20..40).contains(&n) { 1 + n as usize % 3 } else { 0 }];
    vec![
        is("intervals", "a.csv", format!("rr_ms\n{}", column(&f64::to_string)), read(7)),
        is("intervals without a header", "b.txt", column(&f64::to_string), read(7)),
        is(
            "seconds with decimal commas",
            "c.csv",
            format!("rr_s\n{}", column(&|ms| (ms / 1000.0).to_string().replace('.', ","))),
            read(7),
        ),
        Input::alike("UTF-16", "heart", "d.csv", utf16(&format!("rr_ms\r\n{}", column(&f64::to_string))), read(7)),
        is("intervals of 0 and 65535", "e.csv", format!("rr_ms\n0\n{}65535\n", column(&f64::to_string)), without(7, 2)),
        is("rates once a second", "f.csv", rates(&|n| 70 + n % 3), read(6)),
        is("rates of 0, 255 and 65535", "g.csv", rates(&nothing), without(5, 20)),
        is("rates once a minute", "h.csv", minutes, read(60)).at_the_api(Refused("300 s")),
        is("packets of a strap", "i.ble.csv", packets(""), read(6)),
        is("a packet with an odd byte", "j.ble.csv", packets("7f"), without(6, 1)),
        is("packets as they are logged", "k.ble.csv", packets("").replace("103c", "0x10-3C-"), read(6)),
        is("a table of motion", "k.csv", "t,ax,ay,az\n0,0,0,9.8\n".to_owned(), Refused("motion"))
            .at_the_agent(Refused("neither intervals"))
            .at_the_api(Refused("neither intervals")),
    ]
}
