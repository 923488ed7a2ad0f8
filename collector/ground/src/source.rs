use std::net::IpAddr;

/// What counts as one address of clients.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// Any loopback address.
    Machine,
    /// An IPv4 address.
    V4([u8; 4]),
    /// The 64 bits of an IPv6 address that name a network: its hosts choose the rest as they like.
    V6([u8; 8]),
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::Machine,
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn an_address_is_a_host_a_network_of_ipv6_or_this_machine() {
        let v4 = |last| Source::from(IpAddr::from(Ipv4Addr::new(192, 0, 2, last)));
        let v6 = |last| Source::from(IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last)));
        assert_eq!(v6(1), v6(2));
        assert_ne!(v4(1), v4(2));
        assert_eq!(Source::from(IpAddr::from(Ipv4Addr::new(127, 8, 9, 1))), Source::Machine);
        assert_eq!(Source::from(IpAddr::from(Ipv6Addr::LOCALHOST)), Source::Machine);
        assert_eq!(Source::from(IpAddr::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped())), Source::Machine);
    }
}
