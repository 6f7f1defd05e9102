use crate::auth::bearer;

/// The values of the header, and the token or the slug.
type Row<'a> = (&'a [&'a [u8]], Result<Option<&'a str>, &'a str>);

#[test]
fn the_authorization_header() {
    let long = format!("Bearer {}", "a".repeat(8 * 1024 + 1));
    let longest = format!("Bearer {}", "a".repeat(8 * 1024));
    let table: &[Row<'_>] = &[
        (&[], Ok(None)),
        (&[b""], Ok(None)),
        (&[b"Basic YTpi"], Ok(None)),
        (&[b"Digest username=\"Bearer\""], Ok(None)),
        (&[b"Bearerx a.b.c"], Ok(None)),
        (&[b"Bearer a.b.c"], Ok(Some("a.b.c"))),
        (&[b"bearer a.b.c"], Ok(Some("a.b.c"))),
        (&[b"BEARER a.b.c"], Ok(Some("a.b.c"))),
        (&[b"Bearer   a.b.c  "], Ok(Some("a.b.c"))),
        (&[b"Bearer aZ09-._~+/=="], Ok(Some("aZ09-._~+/=="))),
        (&[longest.as_bytes()], Ok(Some(&longest["Bearer ".len()..]))),
        (&[b"Bearer"], Err("invalid-request")),
        (&[b"Bearer "], Err("invalid-request")),
        (&[b"Bearer \t "], Err("invalid-request")),
        (&[b"Bearer\ta.b.c"], Err("invalid-request")),
        (&[b"Bearer,a.b.c"], Err("invalid-request")),
        (&[b"Bearer a b"], Err("invalid-request")),
        (&[b"Bearer a, Bearer b"], Err("invalid-request")),
        (&[b"Bearer a", b"Bearer a"], Err("invalid-request")),
        (&[b"Bearer a", b"Basic YTpi"], Err("invalid-request")),
        (&[b"Basic YTpi", b"Basic YTpi"], Err("invalid-request")),
        (&[long.as_bytes()], Err("invalid-token")),
        (&[b"Bearer a,b"], Err("invalid-token")),
        (&[b"Bearer a\tb"], Err("invalid-token")),
        (&[b"Bearer \"a\""], Err("invalid-token")),
        (&[b"Bearer a=b"], Err("invalid-token")),
        (&[b"Bearer ==="], Err("invalid-token")),
        (&[b"Bearer a\0b"], Err("invalid-token")),
        (&[b"Bearer \xff\xfe"], Err("invalid-token")),
        (&["Bearer \u{e9}".as_bytes()], Err("invalid-token")),
    ];
    for (values, expected) in table {
        let got = bearer(values.iter().copied());
        let shown: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(&value[..value.len().min(40)])).collect();
        match (&got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{shown:?}"),
            (Err(error), Err(slug)) => {
                assert_eq!(error.slug(), *slug, "{shown:?}");
                assert_eq!(error.status(), if *slug == "invalid-token" { 401 } else { 400 }, "{shown:?}");
            }
            _ => panic!("{shown:?}: {got:?}"),
        }
    }
}
