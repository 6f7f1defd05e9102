//! Addresses from which keys may not be fetched.

use std::net::IpAddr;

use url::Url;

use crate::auth::ip_filter::{is_public, literal};

#[test]
fn public_and_private_addresses() {
    // The first and the last address of each network, and the addresses next to them outside of it
    let inside = "
        0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255
        169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.1
        192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1
        239.255.255.255 240.0.0.1 255.255.255.255
        :: ::1 ::2 ::8.8.8.8 ::ffff:0.0.0.0 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:0:8.8.8.8
        64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b::192.168.1.1 64:ff9b:1::8.8.8.8 64:ff9b:0:1::8.8.8.8
        100::1 1fff:ffff::1 2001::1 2001:1::1 2001:2::1 2001:20::1 2001:1ff:ffff::1 2001:db8::1 2001:db8:ffff::1
        2002:a00:1::1 2002:808:808::1 3fff::1 3fff:fff::1 4000::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1
        ff02::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let outside = "
        1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
        169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0
        192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0
        223.255.255.255
        ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1
        2606:4700::1111 3ffe::1 3fff:1000::1";
    for (list, public) in [(inside, false), (outside, true)] {
        for text in list.split_whitespace() {
            assert_eq!(is_public(text.parse::<IpAddr>().unwrap()), public, "{text}");
        }
    }
}

#[test]
fn urls_with_an_address_as_host() {
    for (url, address) in [
        ("https://127.0.0.1/", Some("127.0.0.1")),
        ("https://127.1/", Some("127.0.0.1")),
        ("https://0x7f000001:8443/", Some("127.0.0.1")),
        ("https://0177.0.0.1/", Some("127.0.0.1")),
        ("https://2130706433/", Some("127.0.0.1")),
        ("https://127.0.0.1./", Some("127.0.0.1")),
        ("https://\u{ff11}27.0.0.1/", Some("127.0.0.1")),
        ("https://[::1]/", Some("::1")),
        ("https://[::ffff:7f00:1]/", Some("::ffff:127.0.0.1")),
        ("https://localhost/", None),
        ("https://127.0.0.1.evil.test/", None),
    ] {
        let literal = literal(&Url::parse(url).unwrap());
        assert_eq!(literal, address.map(|text| text.parse().unwrap()), "{url}");
    }
}

#[cfg(feature = "jwks-http")]
mod over_http {
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::future::BoxFuture;
    use reqwest::dns::Resolve as _;

    use serde_json::json;

    use super::super::keys::{keys, settings};
    use super::super::server::{Answer, Server};
    use super::super::{AUDIENCE, TestClock, claims_with, trusted};
    use crate::auth::fetch::http::{Checked, Lookup, proxies};
    use crate::auth::{AuthSettings, FetchError, FetchKeys as _, HttpFetch, IssuerSettings, Reach, Verifier};

    /// Every name has these addresses.
    struct Names(Vec<&'static str>);

    impl Lookup for Names {
        fn lookup(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
            let addresses = self.0.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect();
            Box::pin(async move { Ok(addresses) })
        }
    }

    #[tokio::test]
    async fn the_resolved_address_is_checked() {
        let server = Server::start(keys()).await;
        let port = server.url.rsplit_once(':').unwrap().1;
        let named = format!("http://keys.tenant.test:{port}");
        let fetch = async |private, addresses: &[&'static str], url: &str| {
            let reach = Reach { http: true, private };
            let fetch = HttpFetch::with_lookup(Duration::from_secs(5), reach, Names(addresses.to_vec())).unwrap();
            fetch.fetch(url).await
        };
        for addresses in [&["127.0.0.1"][..], &["::ffff:127.0.0.1"], &["10.0.0.1", "127.0.0.1"]] {
            let outcome = fetch(false, addresses, &named).await;
            let Err(FetchError::Private(what)) = outcome else { panic!("{addresses:?}: {outcome:?}") };
            assert_eq!(what, format!("keys.tenant.test ({})", addresses[0]));
        }
        for url in [server.url.clone(), format!("http://2130706433:{port}"), format!("http://[::ffff:7f00:1]:{port}")] {
            let outcome = fetch(false, &[], &url).await;
            assert!(matches!(outcome, Err(FetchError::Private(_))), "{url}: {outcome:?}");
        }
        assert_eq!(server.hits(), 0);
        assert!(fetch(true, &["127.0.0.1"], &named).await.is_ok());
        assert!(fetch(true, &[], &server.url).await.is_ok());
        assert_eq!(server.hits(), 2);
        // A name without addresses is an error
        assert!(matches!(fetch(false, &[], &named).await, Err(FetchError::Connection(_))));
    }

    #[tokio::test]
    async fn of_several_addresses_only_the_public_ones_are_used() {
        let checked = |private, proxies| Checked {
            lookup: Arc::new(Names(vec!["10.0.0.1", "198.41.0.4", "::1", "2606:4700::1111"])),
            reach: Reach { http: false, private },
            proxies,
        };
        let resolved = async |checked: Checked| -> Vec<String> {
            let addresses = checked.resolve("keys.test".parse().unwrap()).await.unwrap();
            addresses.map(|address| address.ip().to_string()).collect()
        };
        assert_eq!(resolved(checked(false, vec![])).await, ["198.41.0.4", "2606:4700::1111"]);
        assert_eq!(resolved(checked(true, vec![])).await.len(), 4);
        assert_eq!(resolved(checked(false, vec!["other.test".into()])).await.len(), 2);
        // The proxy of the environment, which makes the connection
        assert_eq!(resolved(checked(false, vec!["keys.test".into()])).await.len(), 4);
    }

    #[test]
    fn which_hosts_are_proxies() {
        let variable = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://user:secret@proxy.test:3128".to_owned()),
            "http_proxy" => Some("inside.test:8080".to_owned()),
            "ALL_PROXY" => Some("plain.test".to_owned()),
            "all_proxy" => Some("://".to_owned()),
            _ => None,
        };
        assert_eq!(proxies(variable), ["proxy.test", "inside.test", "plain.test"]);
    }

    /// The complete verification, with the resolver of the system, for a fixed URL and for metadata.
    #[tokio::test]
    async fn a_verifier_sends_no_request_to_private_addresses() {
        for discovery in [false, true] {
            for allow_private in [false, true] {
                let server = Server::start(keys()).await;
                let url = server.url.replace("127.0.0.1", "localhost");
                let issuer = url.replace("jwks.json", "");
                let metadata = json!({"issuer": issuer, "jwks_uri": url}).to_string();
                let metadata = Answer::Body(metadata, "");
                server.answer(Answer::Split("openid-configuration", Box::new(metadata), Box::new(keys())));
                let mut settings = AuthSettings { allow_private, ..settings(&[(&issuer, &url)]) };
                if discovery {
                    settings.issuers = vec![IssuerSettings::discovered(&issuer, AUDIENCE)];
                }
                let verifier = Verifier::builder(settings).clock(TestClock::new()).build().unwrap();
                let token = trusted().sign_claims(&claims_with(json!({ "iss": issuer }))).unwrap();
                let slug = verifier.verify(&token).await.err().map(|error| error.slug().to_owned());
                assert_eq!(slug.as_deref(), (!allow_private).then_some("auth-keys-unavailable"), "{discovery}");
                assert_eq!(server.hits(), usize::from(allow_private) * (1 + usize::from(discovery)), "{discovery}");
            }
        }
    }
}
