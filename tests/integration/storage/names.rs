//! Keys and the names of files: what is refused.

use resourceful::storage::{FileName, Key};

#[test]
fn keys() {
    let long = "a".repeat(200);
    for valid in ["a", "a/b", "a/b/c.png", "A-Z_0.9", "com", "console", "nullable.txt", "com10", "a..b", &long] {
        assert_eq!(Key::parse(valid).expect(valid).as_str(), valid);
    }
    let (too_long, too_deep) = ("a".repeat(201), "a/".repeat(300) + "a");
    for wrong in [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a/./b",
        "./a",
        ".hidden",
        "a/.b",
        "a.",
        "a./b",
        "a\\b",
        "..\\a",
        "C:\\x",
        "C:x",
        "a:b",
        "a\0b",
        "a\nb",
        "a b",
        "a%2e",
        "%2e%2e/a",
        "a#1",
        "x#1",
        "a?b",
        "a*b",
        "ä",
        "a~",
        "~tmp/a",
        "CON",
        "con",
        "a/NUL",
        "nul.txt",
        "Aux.tar.gz",
        "COM1",
        "lpt9.x",
        "com0",
        "a|b",
        "a\"b",
        "a\u{202e}b",
        &too_long,
        &too_deep,
    ] {
        let error = resourceful::Error::from(Key::parse(wrong).expect_err(wrong));
        assert_eq!(error.status(), 422, "{wrong:?}");
    }
    let made = Key::generate("tasks/attachment", Some("png")).expect("a key");
    let name = made.as_str().strip_prefix("tasks/attachment/").and_then(|rest| rest.strip_suffix(".png"));
    let id = resourceful::uuid::Uuid::parse_str(name.expect("the folder and the extension")).expect("a UUID");
    assert_eq!(id.get_version_num(), 7);
    assert_ne!(Key::generate("a", None).expect("a key"), Key::generate("a", None).expect("a key"));
    assert!(Key::generate("../a", None).is_err() && Key::generate("a", Some("p/../ng")).is_err());
}

/// Row 106 of the cases of uploads: names with paths, devices, control characters, and too long ones.
#[test]
fn file_names() {
    let longest = "ä".repeat(127);
    for valid in ["a", "Grüße aus Köln.pdf", "x#1", "100 %.txt", "a%2e%2e", ".gitignore", "名前.png", "😀", &longest]
    {
        assert_eq!(FileName::parse(valid).expect(valid).as_str(), valid);
    }
    let (too_long, too_long_in_bytes) = ("x".repeat(256), "ä".repeat(128));
    for wrong in [
        "",
        " ",
        ".",
        "..",
        "../../x",
        "..\\x",
        "/etc/passwd",
        "a/%2e%2e/b",
        "C:\\x",
        "CON",
        "con.txt",
        "LPT1",
        "a\0b",
        "a\nb",
        "a\r\nSet-Cookie: x",
        "\u{7f}",
        "a\u{85}",
        "gpj\u{202e}exe.",
        "photo\u{202e}gpj.exe",
        "\u{feff}a",
        "a.",
        "a ",
        "a\u{2028}b",
        "photo\u{61c}gpj.exe",
        &too_long,
        &too_long_in_bytes,
    ] {
        let error = FileName::parse(wrong).expect_err(wrong);
        assert_eq!((error.status(), error.slug()), (422, "invalid-file-name"), "{wrong:?}");
    }
}
