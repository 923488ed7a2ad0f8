//! What proxies say of whom they forward: `Forwarded` (RFC 7239), and the older `X-Forwarded-For` and `X-Forwarded-Proto`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, header};

/// What one proxy says of its client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hop {
    /// Its address. None where the proxy keeps it to itself, or what it says does not read.
    pub(super) from: Option<IpAddr>,
    /// Whether it came by TLS.
    pub(super) secure: bool,
}

const UNCLEAR: Hop = Hop { from: None, secure: false };

/// The hops of `Forwarded`, the nearest last. None where there is no such header.
pub(super) fn forwarded(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let lines = headers.get_all(header::FORWARDED);
    let mut hops = Vec::new();
    for line in lines {
        // What one line leaves open, as a quote, does not reach into the next.
        match line.to_str().ok().and_then(|line| parts(line, ',')) {
            Some(elements) => hops.extend(elements.into_iter().map(|element| hop(element).unwrap_or(UNCLEAR))),
            None => hops.push(UNCLEAR),
        }
    }
    (!hops.is_empty()).then_some(hops)
}

/// The hops of the older headers, the nearest last. None where there is neither.
pub(super) fn x_forwarded(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let listed = |name: &str| -> Option<Vec<&str>> {
        let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
        (!lines.is_empty()).then(|| lines.into_iter().flat_map(|line| line.split(',')).map(str::trim).collect())
    };
    let (from, by) = (listed("x-forwarded-for"), listed("x-forwarded-proto"));
    if from.is_none() && by.is_none() {
        return None;
    }
    // It is not told for each: what the nearest proxy says counts.
    let secure = by.and_then(|by| by.last().copied()).is_some_and(is_tls);
    let hops = from.unwrap_or_else(|| vec![""]);
    Some(hops.into_iter().map(|from| Hop { from: node(from), secure }).collect())
}

fn is_tls(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https")
}

/// One element, `for=192.0.2.7;proto=https`.
fn hop(element: &str) -> Option<Hop> {
    let mut hop = UNCLEAR;
    for pair in parts(element, ';')? {
        let (name, value) = pair.trim().split_once('=')?;
        let value = unquoted(value)?;
        match name {
            name if name.eq_ignore_ascii_case("for") => hop.from = node(&value),
            name if name.eq_ignore_ascii_case("proto") => hop.secure = is_tls(&value),
            _ => {}
        }
    }
    Some(hop)
}

/// What stands between separators outside quotes. None when a quote is not closed.
fn parts(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            letter if letter == separator && !quoted => {
                parts.push(&text[begin..at]);
                begin = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    (!quoted).then_some(parts)
}

fn unquoted(value: &str) -> Option<String> {
    let Some(inner) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let (mut text, mut escaped) = (String::new(), false);
    for letter in inner.strip_suffix('"')?.chars() {
        match letter {
            _ if escaped => (text.push(letter), escaped = false).1,
            '\\' => escaped = true,
            '"' => return None,
            letter => text.push(letter),
        }
    }
    (!escaped).then_some(text)
}

/// An address, with or without a port. None for `unknown` and for names that a proxy has made up.
fn node(text: &str) -> Option<IpAddr> {
    let is_port = |port: &str| {
        let of = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| of(port.strip_prefix('_').unwrap_or(port)))
    };
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        return is_port(port).then(|| IpAddr::V6(address).to_canonical());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let at = text.find(':')?;
    let address: Ipv4Addr = text[..at].parse().ok()?;
    is_port(&text[at..]).then_some(IpAddr::V4(address))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"))
        };
        lines.iter().map(line).collect()
    }

    fn told(hops: Option<Vec<Hop>>) -> Option<Vec<(Option<String>, bool)>> {
        let said = |hop: Hop| (hop.from.map(|from| from.to_string()), hop.secure);
        hops.map(|hops| hops.into_iter().map(said).collect())
    }

    #[test]
    fn elements_of_forwarded_are_read_as_the_standard_has_them() {
        for (line, hops) in [
            ("for=192.0.2.43", vec![(Some("192.0.2.43"), false)]),
            ("For=\"[2001:db8:cafe::17]:4711\";Proto=HTTPS", vec![(Some("2001:db8:cafe::17"), true)]),
            ("for=192.0.2.60;proto=https;by=203.0.113.43;host=\"a,b;c\"", vec![(Some("192.0.2.60"), true)]),
            (
                "for=192.0.2.43, for=\"198.51.100.17:80\"",
                vec![(Some("192.0.2.43"), false), (Some("198.51.100.17"), false)],
            ),
            ("for=unknown;proto=https", vec![(None, true)]),
            ("for=\"_gazonk\"", vec![(None, false)]),
            ("for=\"192.0.2.\\43\"", vec![(Some("192.0.2.43"), false)]),
            ("", vec![(None, false)]),
            ("for=192.0.2.43;proto", vec![(None, false)]),
            // A quote that a client has left open swallows what the proxy has written behind it, and tells nothing.
            ("for=\"192.0.2.43, for=198.51.100.17;proto=https", vec![(None, false)]),
            ("for=192.0.2.43\", for=\"198.51.100.17", vec![(None, false)]),
        ] {
            let hops: Vec<_> = hops.into_iter().map(|(from, secure)| (from.map(str::to_owned), secure)).collect();
            assert_eq!(told(forwarded(&headers(&[("forwarded", line)]))), Some(hops), "{line}");
        }
        assert_eq!(told(forwarded(&headers(&[]))), None);
        let two = headers(&[("forwarded", "for=\"open"), ("forwarded", "for=192.0.2.1;proto=https")]);
        assert_eq!(told(forwarded(&two)), Some(vec![(None, false), (Some("192.0.2.1".into()), true)]));
    }

    #[test]
    fn the_older_headers_list_addresses_and_the_scheme_of_the_nearest_proxy() {
        let lines = headers(&[
            ("x-forwarded-for", "evil, 192.0.2.1:80"),
            ("x-forwarded-for", "2001:db8::1"),
            ("x-forwarded-proto", "http, https"),
        ]);
        let hops = vec![(None, true), (Some("192.0.2.1".into()), true), (Some("2001:db8::1".into()), true)];
        assert_eq!(told(x_forwarded(&lines)), Some(hops));
        let by = headers(&[("x-forwarded-proto", "https")]);
        assert_eq!(told(x_forwarded(&by)), Some(vec![(None, true)]));
        assert_eq!(told(x_forwarded(&headers(&[("x-forwarded-host", "evil.example")]))), None);
    }
}
