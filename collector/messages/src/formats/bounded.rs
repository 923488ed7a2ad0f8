//! Readers that hold only so much at a time, whatever a file says.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};
use std::rc::Rc;

/// Bytes of one piece: a message with all that hangs on it, or a row.
const MOST: usize = 16 << 20;

/// How much of a piece may still come.
#[derive(Clone, Debug)]
pub(super) struct Piece(Rc<Cell<usize>>);

impl Piece {
    /// The piece is done, and another begins.
    pub(super) fn next(&self) {
        self.0.set(MOST);
    }
}

/// A reader that fails where one piece is too long.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    inner: BufReader<R>,
    left: Piece,
}

impl<R: Read> Bounded<R> {
    /// One that begins behind the mark of UTF-8, where there is one.
    ///
    /// # Errors
    /// When it does not read.
    pub(super) fn new(reader: R) -> std::io::Result<(Self, Piece)> {
        let mut inner = BufReader::new(reader);
        if inner.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            inner.consume(3);
        }
        let left = Piece(Rc::new(Cell::new(MOST)));
        Ok((Self { inner, left: left.clone() }, left))
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.left.0.get();
        if left == 0 && !buffer.is_empty() {
            return Err(Error::new(ErrorKind::FileTooLarge, "one message of it is longer than 16 MiB"));
        }
        let most = buffer.len().min(left);
        let read = self.inner.read(&mut buffer[..most])?;
        self.left.0.set(left - read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_never_ends_is_given_up_and_many_short_ones_are_read() {
        let (mut reader, piece) = Bounded::new(std::io::repeat(b'x')).expect("reads");
        let mut block = vec![0; 1 << 20];
        for _ in 0..40 {
            reader.read_exact(&mut block).expect("short pieces");
            piece.next();
        }
        let mut read = 0;
        while let Ok(more) = reader.read(&mut block) {
            read += more;
        }
        assert_eq!(read, MOST);
    }

    #[test]
    fn the_mark_of_utf_8_is_passed_over() {
        let (mut reader, _) = Bounded::new(b"\xef\xbb\xbf{}".as_slice()).expect("reads");
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("reads");
        assert_eq!(text, "{}");
    }
}
