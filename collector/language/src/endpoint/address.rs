//! Where an endpoint is: what the organisation wrote down, and nothing that an answer names.

use std::net::IpAddr;

use hyper::Uri;

/// An address that may be asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Address {
    /// For the header and the certificate.
    pub(crate) authority: String,
    /// Without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) is_tls: bool,
    /// Before the path of a request, without a slash behind it.
    pub(crate) path: String,
}

impl Address {
    /// Reads one. Without TLS it is on this machine, or the way to it is nobody else's.
    pub(crate) fn read(url: &str, private: bool) -> Result<Self, String> {
        let wrong = || "expected a url as https://models.example.org/v1".to_owned();
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let authority = uri.authority().ok_or_else(wrong)?;
        if uri.query().is_some() || url.contains(['#', '@']) || authority.host().is_empty() {
            return Err(wrong());
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if private || is_here(&host) => false,
            Some("http") => {
                return Err("expected https, for who is between would read along; on a way of your own say \
                            private = true"
                    .to_owned());
            }
            _ => return Err(wrong()),
        };
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { authority: authority.as_str().to_owned(), host, port, is_tls, path })
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether a name may lead to an address: none leads to where clouds keep the keys of machines, nor to no machine at all.
pub(crate) fn may_lead_to(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_link_local() && !v4.is_unspecified() && !v4.is_broadcast() && !v4.is_multicast(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => may_lead_to(IpAddr::V4(v4)),
            None => !v6.is_unicast_link_local() && !v6.is_unspecified() && !v6.is_multicast(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_on_this_machine_is_asked_by_tls_only() {
        for (url, private, good) in [
            ("https://api.mistral.ai/v1", false, true),
            ("http://127.0.0.1:8080/v1", false, true),
            ("http://[::1]:8080", false, true),
            ("http://localhost:11434/v1/", false, true),
            ("http://localhost.example/v1", false, false),
            ("http://ollama:11434/v1", false, false),
            ("http://ollama:11434/v1", true, true),
            ("https://user:word@models.example/v1", false, false),
            ("https://models.example/v1?key=1", false, false),
            ("https://models.example/v1#a", false, false),
            ("ftp://127.0.0.1/", false, false),
            ("/v1", false, false),
            ("https://", false, false),
            ("", false, false),
        ] {
            assert_eq!(Address::read(url, private).is_ok(), good, "{url}");
        }
        let read = Address::read("http://[::1]:8080/v1/", false).expect("good");
        assert_eq!((read.host.as_str(), read.port, read.path.as_str()), ("::1", 8080, "/v1"));
        assert_eq!(read.authority, "[::1]:8080");
    }

    #[test]
    fn no_name_leads_to_the_keys_of_a_cloud() {
        for (address, may) in [
            ("169.254.169.254", false),
            ("::ffff:169.254.169.254", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
            ("127.0.0.1", true),
            ("10.0.0.7", true),
            ("192.0.2.1", true),
            ("2001:db8::1", true),
        ] {
            assert_eq!(may_lead_to(address.parse().expect("an address")), may, "{address}");
        }
    }
}
