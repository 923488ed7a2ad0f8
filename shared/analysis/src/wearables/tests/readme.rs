//! The worked example of `firmware-config/README.md` is what comes out.

use std::sync::Arc;

use crate::tables::{Origin, Packets};
use crate::wearables::{Session, Wearable};

const README: &str = include_str!("../../../../../firmware-config/README.md");

/// The first block of code of a language.
fn block(language: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_example_of_the_readme_reads_and_decodes_as_it_says() {
    let wearable = Arc::new(Wearable::parse(block("toml")).unwrap());
    let origin = Origin::new(|| Ok(Box::new(std::io::Cursor::new(block("csv")))), || false);
    let mut packets = Packets::open(&origin).unwrap();
    let mut session = Session::new(wearable);
    let (mut shown, mut number) = (String::new(), 0);
    while let Some(row) = packets.read().unwrap() {
        let row = row.expect("every row is a packet");
        number += 1;
        let decoded = session.push(row.characteristic.unwrap(), &row.bytes, row.at);
        assert_eq!((decoded.told.len(), decoded.gaps.len()), (0, 0), "{decoded:?}");
        for (at, values) in decoded.blocks.iter().flat_map(|block| &block.rows) {
            let [x, y, z] = values[..] else { panic!("three axes") };
            let seconds = at.0 as f64 / 1e6;
            shown += &format!("{number:>5} {seconds:>14.3}  motion: acceleration x {x} y {y} z {z} g\n");
        }
    }
    assert_eq!(shown, block("text"));
}
