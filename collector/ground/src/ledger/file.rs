//! A copy of logs in a file: a line of JSON for each entry, signed by the collector. Whoever has it checks it without the
//! database, and an earlier one tells whether the log was written anew since.

use std::io::BufRead;

use attune_protocol::sign::{KeyPair, PublicKey, SIGNATURE_LEN, verify};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Entry, Head, Ledger, Walk};

/// What is signed begins with this, so that it passes for nothing else that a collector signs.
const SIGNED: &[u8] = b"attune ledgers 1";

/// Bytes of a line: an entry holds identifiers, names of routes and some sealed bytes.
const LONGEST_LINE: usize = 64 << 10;

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// What the file is.
    Ledgers { version: u32, at: i64, public_key: String },
    /// Begins a log, and says how it ends.
    Ledger { name: String, entries: i64, hash: String },
    /// An entry of the log that was begun last.
    Entry { place: i64, bytes: Vec<String>, texts: Vec<String>, numbers: Vec<i64>, hash: String },
    /// The signature over all lines before.
    Signed { signature: String },
}

/// A copy that is being written.
#[derive(Debug)]
pub struct Copy {
    text: String,
}

impl Copy {
    /// A copy made at an instant, Unix milliseconds, by the collector with this key.
    #[must_use]
    pub fn new(at: i64, key: &KeyPair) -> Self {
        let mut copy = Self { text: String::new() };
        copy.line(&Line::Ledgers { version: 1, at, public_key: HEXLOWER.encode(&key.public()) });
        copy
    }

    /// Begins a log.
    pub fn begin(&mut self, ledger: &Ledger, head: &Head) {
        let Head { entries, hash } = head;
        self.line(&Line::Ledger { name: ledger.name.into(), entries: *entries, hash: HEXLOWER.encode(hash) });
    }

    /// Adds an entry of it.
    pub fn entry(&mut self, Entry { place, bytes, texts, numbers }: Entry, hash: &[u8]) {
        let bytes = bytes.iter().map(|part| HEXLOWER.encode(part)).collect();
        self.line(&Line::Entry { place, bytes, texts, numbers, hash: HEXLOWER.encode(hash) });
    }

    fn line(&mut self, line: &Line) {
        self.text += &serde_json::to_string(line).expect("a line of texts and numbers");
        self.text.push('\n');
    }
}

/// Signs a copy; gives the whole file.
#[must_use]
pub fn sign_copy(mut copy: Copy, key: &KeyPair) -> String {
    let signed = key.sign(statement(copy.text.as_bytes()));
    let signature = HEXLOWER.encode(&signed[signed.len() - SIGNATURE_LEN..]);
    copy.line(&Line::Signed { signature });
    copy.text
}

fn statement(lines: &[u8]) -> Vec<u8> {
    [SIGNED, &Sha256::digest(lines)].concat()
}

/// What a copy was found to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// When it was made, Unix milliseconds.
    pub at: i64,
    /// The key that has signed it.
    pub public_key: PublicKey,
    /// Its logs, each with its head.
    pub ledgers: Vec<(String, Head)>,
}

/// Why a copy does not hold. Its text follows the words "failed to".
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WrongCopy {
    /// It cannot be read at all.
    #[error("read line {0} of the copy: it is none of a copy of ledgers")]
    Line(usize),
    /// An entry does not follow.
    #[error("follow the ledger of {ledger}: entry {place} is not what was written there, or is missing")]
    Broken {
        /// Of which log.
        ledger: String,
        /// The first place that does not hold.
        place: i64,
    },
    /// Every entry follows, and the collector has not signed it so.
    #[error("believe the copy: its signature is missing or is not of what stands in it")]
    Signature,
}

/// Checks a copy of these logs: every link of each, then the signature.
///
/// # Errors
/// With the first entry that does not hold.
pub fn check(file: impl BufRead, known: &[Ledger]) -> Result<Checked, WrongCopy> {
    let mut read = Reading { known, checked: None, under_way: None, signature: None };
    let mut lines: Vec<u8> = Vec::new();
    for (number, line) in file.split(b'\n').enumerate() {
        let wrong = || WrongCopy::Line(number + 1);
        let line = line.map_err(|_| wrong())?;
        if read.signature.is_some() || line.len() > LONGEST_LINE {
            return Err(wrong());
        }
        let parsed: Line = serde_json::from_slice(&line).map_err(|_| wrong())?;
        if !matches!(parsed, Line::Signed { .. }) {
            lines.extend_from_slice(&line);
            lines.push(b'\n');
        }
        read.line(parsed)?.ok_or_else(wrong)?;
    }
    read.end_ledger()?;
    let (checked, signature) = read.checked.zip(read.signature).ok_or(WrongCopy::Signature)?;
    let signed = [statement(&lines), signature].concat();
    verify(&signed, &checked.public_key).map_err(|_| WrongCopy::Signature)?;
    Ok(checked)
}

struct Reading<'a> {
    known: &'a [Ledger],
    checked: Option<Checked>,
    under_way: Option<(&'a Ledger, Head, Walk<'a>)>,
    signature: Option<Vec<u8>>,
}

impl Reading<'_> {
    /// Takes a line; none for one that has no place there.
    fn line(&mut self, line: Line) -> Result<Option<()>, WrongCopy> {
        match line {
            Line::Ledgers { version: 1, at, public_key } if self.checked.is_none() => {
                let Some(public_key) = bytes(&public_key).and_then(|key| key.try_into().ok()) else { return Ok(None) };
                self.checked = Some(Checked { at, public_key, ledgers: Vec::new() });
            }
            Line::Ledger { name, entries, hash } if self.checked.is_some() => {
                self.end_ledger()?;
                let known = self.known.iter().find(|ledger| ledger.name == name);
                let Some((ledger, hash)) = known.zip(bytes(&hash)) else { return Ok(None) };
                let walk = Walk::new(ledger.prefix, ledger.begins_weaker);
                self.under_way = Some((ledger, Head { entries, hash }, walk));
            }
            Line::Entry { place, bytes: parts, texts, numbers, hash } => {
                let Some((ledger, _, walk)) = &mut self.under_way else { return Ok(None) };
                let parts: Option<Vec<_>> = parts.iter().map(|part| bytes(part)).collect();
                let follows = parts
                    .zip(bytes(&hash))
                    .is_some_and(|(bytes, hash)| walk.follows(&Entry { place, bytes, texts, numbers }, &hash));
                if !follows {
                    return Err(WrongCopy::Broken { ledger: ledger.name.into(), place: walk.next() });
                }
            }
            Line::Signed { signature } => {
                self.end_ledger()?;
                let Some(signature) = bytes(&signature) else { return Ok(None) };
                self.signature = Some(signature);
            }
            Line::Ledgers { .. } | Line::Ledger { .. } => return Ok(None),
        }
        Ok(Some(()))
    }

    fn end_ledger(&mut self) -> Result<(), WrongCopy> {
        let Some((ledger, head, walk)) = self.under_way.take() else { return Ok(()) };
        if let Some(place) = walk.end(&head) {
            return Err(WrongCopy::Broken { ledger: ledger.name.into(), place });
        }
        self.checked.iter_mut().for_each(|checked| checked.ledgers.push((ledger.name.into(), head.clone())));
        Ok(())
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    HEXLOWER.decode(hex.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEDGER: Ledger = Ledger {
        name: "things",
        prefix: b"a test",
        log: "none",
        head: "none",
        bytes: &["who"],
        texts: &["what"],
        numbers: &["at"],
        begins_weaker: false,
    };

    fn copy(key: &KeyPair) -> Vec<String> {
        let (mut before, mut entries) = (Vec::new(), Vec::new());
        for place in 0..4 {
            let entry =
                Entry { place, bytes: vec![vec![7; 16]], texts: vec![format!("act {place}")], numbers: vec![place] };
            before = entry.link(LEDGER.prefix, &before);
            entries.push((entry, before.clone()));
        }
        let mut copy = Copy::new(5, key);
        copy.begin(&LEDGER, &Head { entries: 4, hash: before });
        entries.into_iter().for_each(|(entry, hash)| copy.entry(entry, &hash));
        sign_copy(copy, key).lines().map(str::to_owned).collect()
    }

    fn found(lines: &[String]) -> Result<Checked, WrongCopy> {
        check(format!("{}\n", lines.join("\n")).as_bytes(), &[LEDGER])
    }

    #[test]
    fn of_a_copy_the_first_entry_that_was_changed_taken_out_or_swapped_is_named_without_a_database() {
        let key = KeyPair::generate();
        let whole = copy(&key);
        let checked = found(&whole).expect("it holds");
        assert_eq!((checked.at, checked.public_key, checked.ledgers[0].1.entries), (5, key.public(), 4));
        let broken = |place| Err(WrongCopy::Broken { ledger: "things".into(), place });
        // Two lines come before the first entry.
        let mut changed = whole.clone();
        changed[3] = changed[3].replace("act 1", "act 9");
        assert_eq!(found(&changed), broken(1));
        let mut removed = whole.clone();
        removed.remove(4);
        assert_eq!(found(&removed), broken(2));
        let mut cut = whole.clone();
        cut.remove(5);
        assert_eq!(found(&cut), broken(3), "the last one");
        let mut swapped = whole.clone();
        swapped.swap(2, 5);
        assert_eq!(found(&swapped), broken(0));
    }

    #[test]
    fn a_copy_that_was_written_anew_by_somebody_else_is_not_believed() {
        let (key, other) = (KeyPair::generate(), KeyPair::generate());
        let (whole, anew) = (copy(&key), copy(&other));
        let mut under_our_name = anew.clone();
        under_our_name[0] = whole[0].clone();
        assert_eq!(found(&under_our_name), Err(WrongCopy::Signature));
        assert_ne!(found(&anew).expect("it holds").public_key, key.public(), "whose it is can be told");
        assert_eq!(found(&whole[..6]), Err(WrongCopy::Signature), "a signature is missing");
        assert_eq!(found(&["{}".into()]), Err(WrongCopy::Line(1)));
        let mut more = whole.clone();
        more.push(whole[2].clone());
        assert_eq!(found(&more), Err(WrongCopy::Line(8)));
    }
}
