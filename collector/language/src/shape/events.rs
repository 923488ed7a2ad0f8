//! Server-sent events out of bytes, however they are cut. Bounded: a line without an end fills no memory.

use super::fault::Fault;

/// Bytes of one event.
const LARGEST: usize = 1 << 20;

/// One event.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Event {
    /// Its lines of data.
    pub(super) data: String,
    /// Of some servers (llama.cpp before 2025) an error is a field of its own.
    pub(super) is_error: bool,
}

/// Reads events.
#[derive(Default, Debug)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    /// The last byte was a return: a line feed behind it ends no line again.
    after_return: bool,
    has_begun: bool,
}

impl Events {
    /// Takes the next bytes and adds the events that they end.
    pub(super) fn feed(&mut self, bytes: &[u8], found: &mut Vec<Event>) -> Result<(), Fault> {
        for byte in bytes {
            match byte {
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    self.end_line(found);
                }
                _ => {
                    self.after_return = false;
                    if self.line.len() + self.event.data.len() >= LARGEST {
                        return Err(Fault::TooLarge);
                    }
                    self.line.push(*byte);
                }
            }
        }
        Ok(())
    }

    /// The stream has ended. An event whose lines are whole counts without the empty line behind it; a line that is cut does not.
    pub(super) fn end(&mut self, found: &mut Vec<Event>) {
        self.line.clear();
        self.dispatch(found);
    }

    fn end_line(&mut self, found: &mut Vec<Event>) {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let line = text.strip_prefix('\u{feff}').filter(|_| !self.has_begun).unwrap_or(&text);
        self.has_begun = true;
        if line.is_empty() {
            self.dispatch(found);
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" | "error" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.event.is_error |= field == "error";
                self.has_data = true;
            }
            // What kind of event it is, its data says, too.
            _ => {}
        }
    }

    fn dispatch(&mut self, found: &mut Vec<Event>) {
        let event = std::mem::take(&mut self.event);
        if std::mem::take(&mut self.has_data) {
            found.push(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[&[u8]]) -> Vec<Event> {
        let (mut events, mut found) = (Events::default(), Vec::new());
        for part in parts {
            events.feed(part, &mut found).expect("it is small");
        }
        events.end(&mut found);
        found
    }

    const STREAM: &str =
        "\u{feff}: hello\r\n\r\nevent: ping\ndata: {}\n\ndata: é1\ndata:2\nid: 7\n\nevent: none\n\nerror: {}\r\r";

    #[test]
    fn events_are_the_same_however_their_bytes_are_cut() {
        let whole = read(&[STREAM.as_bytes()]);
        let data: Vec<&str> = whole.iter().map(|event| event.data.as_str()).collect();
        assert_eq!(data, ["{}", "é1\n2", "{}"]);
        assert_eq!([0, 1, 2].map(|at: usize| whole[at].is_error), [false, false, true]);
        for cut in 0..STREAM.len() {
            assert_eq!(read(&[&STREAM.as_bytes()[..cut], &STREAM.as_bytes()[cut..]]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes), whole);
    }

    #[test]
    fn a_line_that_is_cut_is_no_event() {
        assert_eq!(read(&[b"data: 1\n\ndata: {\"a\""]).len(), 1);
        assert_eq!(read(&[b"data: 1\n\ndata: 2\n"]).len(), 2);
    }

    #[test]
    fn a_line_without_an_end_fills_no_memory() {
        let (mut events, mut found) = (Events::default(), Vec::new());
        let part = vec![b'a'; 1 << 16];
        let went = (0..64).find_map(|_| events.feed(&part, &mut found).err());
        assert_eq!(went, Some(Fault::TooLarge));
        let (mut events, mut found) = (Events::default(), Vec::new());
        let went = (0..1 << 20).find_map(|_| events.feed(b"data: abcdefgh\n", &mut found).err());
        assert_eq!(went, Some(Fault::TooLarge));
    }
}
