//! The address of the client, also behind proxies.
//!
//! Any client can send `X-Forwarded-For`. So the header counts only as far as proxies have written it whose addresses are
//! in `TRUSTED_PROXIES`: each adds the address that it was called from at the end, so that the last address that is no
//! proxy's is the client's.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};

use crate::env::{Reader, Setting};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The most entries of the header that are read.
const MOST: usize = 32;

/// The bits of an IPv6 address that name a network of one customer: they can use any address in it.
const NETWORK_V6: u32 = 64;

/// `TRUSTED_PROXIES`: the networks of the proxies whose `X-Forwarded-For` is believed. A context has it as an extension;
/// without one, no proxy is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<Network>);

/// An address and the length of its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    length: u32,
}

impl TrustedProxies {
    pub(crate) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "TRUSTED_PROXIES",
                "The addresses or networks of the reverse proxies in front of the server, comma-separated. Their \
                 X-Forwarded-For says which client sent a request; that of anybody else is ignored.",
            )
            .example("10.0.0.0/8,192.0.2.7"),
        ]
    }

    /// Reads `TRUSTED_PROXIES`.
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Self {
        Self(reader.parsed_list("TRUSTED_PROXIES"))
    }

    /// The address of the client of this request, or the network of an IPv6 address; `None` for a connection without
    /// addresses, such as a Unix socket.
    pub(crate) fn client(&self, req: &HttpRequest) -> Option<IpAddr> {
        Some(network(self.walk(req.peer_addr()?.ip(), req.headers())))
    }

    /// The way back from the address of the connection to the last one that is no proxy's.
    fn walk(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut address = peer.to_canonical();
        let lines: Vec<&str> =
            headers.get_all(&FORWARDED_FOR).map(|value| value.to_str().unwrap_or_default()).collect();
        let mut entries = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MOST);
        while self.trusts(address) {
            // What is no address hides where it came from, so the proxy that wrote it counts.
            let Some(next) = entries.next().and_then(read) else { break };
            address = next;
        }
        address
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// An entry of the header: an address, with or without a port.
fn read(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let plain = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = plain.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(address.to_canonical())
}

/// An IPv4 address, or the network of an IPv6 address.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - NETWORK_V6))).into(),
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()) >> (32 - self.length) == 0,
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()) >> (128 - self.length) == 0,
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "neither an address nor a network; write 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32";
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| FORM)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        match length.map(str::parse).transpose().map_err(|_| FORM)? {
            None => Ok(Self { address, length: bits }),
            Some(0) => {
                Err("every address, so that any client could choose the one that it counts for; name the proxies")
            }
            Some(length) if length <= bits => Ok(Self { address, length }),
            Some(_) => Err(FORM),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn proxies(text: &str) -> Result<TrustedProxies, Vec<String>> {
        let lookup = |name: &str| (name == "TRUSTED_PROXIES").then(|| text.to_owned());
        let mut reader = Reader::new(&lookup);
        let proxies = TrustedProxies::from_env(&mut reader);
        let problems = reader.finish();
        if problems.is_empty() { Ok(proxies) } else { Err(problems) }
    }

    fn client(trusted: &str, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).expect("a header"));
        }
        let proxies = proxies(trusted).unwrap_or_else(|problems| panic!("{problems:?}"));
        network(proxies.walk(peer.parse().expect("an address"), &headers)).to_string()
    }

    #[test]
    fn the_client_is_the_last_address_that_is_no_proxys() {
        let (proxy, own) = ("10.0.0.1", "10.0.0.0/8,fd00::/8,127.0.0.1");
        for (trusted, peer, lines, expected) in [
            // Nobody is trusted
            ("", "203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            (own, "203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            // One proxy, and what a client claims
            (own, proxy, &["203.0.113.9"], "203.0.113.9"),
            (own, proxy, &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (own, proxy, &["10.0.0.7, 203.0.113.9"], "203.0.113.9"),
            (own, proxy, &["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            // Several proxies
            (own, proxy, &["1.1.1.1, 203.0.113.9, 10.3.3.3,fd00::5"], "203.0.113.9"),
            (own, proxy, &["1.1.1.1,203.0.113.9", "10.3.3.3"], "203.0.113.9"),
            // A proxy calls on its own
            (own, proxy, &[], proxy),
            (own, proxy, &["10.3.3.3"], "10.3.3.3"),
            // What is no address
            (own, proxy, &["203.0.113.9, unknown"], proxy),
            (own, proxy, &["203.0.113.9, "], proxy),
            (own, proxy, &["203.0.113.9, \u{e9}"], proxy),
            (own, proxy, &["203.0.113.9, 10.0.0.300, 10.3.3.3"], "10.3.3.3"),
            // Ports, brackets, an IPv4 address in IPv6 form
            (own, proxy, &["203.0.113.9:4711"], "203.0.113.9"),
            (own, "::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            // All addresses of a network of IPv6 are one client
            (own, proxy, &["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
            (own, proxy, &["[2001:db8:1:2:ffff::1]:443"], "2001:db8:1:2::"),
            (own, proxy, &["[2001:db8:1:3::1]"], "2001:db8:1:3::"),
            ("2001:db8::/32", "2001:db8::1", &["203.0.113.9"], "203.0.113.9"),
        ] {
            assert_eq!(client(trusted, peer, lines), expected, "{peer} {lines:?}, trusted: {trusted}");
        }
        let long = ["10.0.0.2"; 1000].join(",");
        assert_eq!(client(own, proxy, &[&format!("203.0.113.9,{long}")]), "10.0.0.2", "a long way ends");
    }

    #[test]
    fn settings_that_are_no_networks_are_refused() {
        for (text, problem) in [
            ("nginx", "TRUSTED_PROXIES names `nginx`, which is neither an address nor a network"),
            ("10.0.0.1,10.0.0.0/33", "`10.0.0.0/33`"),
            ("10.0.0.0/", "`10.0.0.0/`"),
            ("10.0.0.0/8/8", "`10.0.0.0/8/8`"),
            ("10.0.0/8", "`10.0.0/8`"),
            ("::1/129", "`::1/129`"),
            ("0.0.0.0/0", "which is every address"),
            ("::/0", "which is every address"),
        ] {
            let problems = proxies(text).expect_err(text);
            assert!(problems[0].contains(problem), "{text}: {problems:?}");
        }
        assert_eq!(proxies("").map(|proxies| proxies.0.len()), Ok(0));
        assert_eq!(proxies(" 192.0.2.7 , fd00::/8").map(|proxies| proxies.0.len()), Ok(2));
    }
}
