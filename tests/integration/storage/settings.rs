//! The settings of the storage: what is read, and what is refused.

use std::path::PathBuf;

use resourceful::Settings;
use resourceful::storage::StorageProviderSettings;

fn read(given: &[(&str, &str)]) -> Result<Settings, String> {
    let own = |name: &str| match name {
        "ENVIRONMENT" => Some("development".to_owned()),
        "DATABASE_URL" => Some("sqlite::memory:".to_owned()),
        _ => None,
    };
    let lookup = |name: &str| {
        given.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned()).or_else(|| own(name))
    };
    Settings::from_lookup(lookup).map_err(|error| error.to_string())
}

const S3: [(&str, &str); 2] = [("STORAGE_PROVIDER", "s3"), ("S3_BUCKET", "files")];

#[test]
fn defaults() {
    let settings = read(&[]).expect("valid").storage;
    assert_eq!(settings.provider, StorageProviderSettings::Local(PathBuf::from("./data/files")));
    let settings = read(&[("DATA_FOLDER", "/srv/app")]).expect("valid").storage;
    assert_eq!(settings.provider, StorageProviderSettings::Local(PathBuf::from("/srv/app/files")));
    let given =
        [&S3[..], &[("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]];
    let settings = read(&given.concat()).expect("valid").storage;
    let StorageProviderSettings::S3(s3) = settings.provider else { panic!("it is S3") };
    assert_eq!((s3.bucket.as_str(), s3.region.as_str(), s3.path_style), ("files", "eu-central-1", false));
    assert_eq!(s3.credentials.len(), 2);
    assert!(!format!("{s3:?}").contains("\"b\""), "secrets are not printed");
}

#[test]
fn refusals() {
    let production = ("ENVIRONMENT", "production");
    for (given, expected) in [
        (&[("STORAGE_PROVIDER", "ftp")][..], "STORAGE_PROVIDER is `ftp`; it can be local or s3"),
        (&[("STORAGE_PROVIDER", "s3")], "S3_BUCKET is missing"),
        (&[S3[0], S3[1], ("S3_ENDPOINT", "http://s3.example.com")], "S3_ENDPOINT is `http://s3.example.com`"),
        (&[S3[0], S3[1], ("S3_ENDPOINT", "ftp://s3.example.com")], "it must begin with https://"),
        (&[S3[0], S3[1], ("S3_ENDPOINT", "s3.example.com")], "it must be a URL"),
        (&[S3[0], S3[1], ("S3_ENDPOINT", "https://me:secret@s3.example.com")], "contains credentials"),
        (&[S3[0], S3[1], ("S3_PATH_STYLE", "maybe")], "S3_PATH_STYLE is `maybe`"),
        (&[S3[0], S3[1], ("S3_TIMEOUT", "0")], "S3_TIMEOUT is 0"),
        (&[S3[0], S3[1], ("AWS_ACCESS_KEY_ID", "a")], "belong together"),
        (&[("STORAGE_PUBLIC_URL", "files.example.com")], "STORAGE_PUBLIC_URL is"),
        (&[("STORAGE_PUBLIC_URL", "https://files.example.com/?a=b")], "STORAGE_PUBLIC_URL is"),
        (&[production, ("STORAGE_PUBLIC_URL", "http://files.example.com")], "https in production"),
        (&[production, ("STORAGE_LOCAL_PATH", "/srv/app/public/files")], "inside a folder `public`"),
        (&[production, ("UPLOAD_LIMIT", "0")], "UPLOAD_LIMIT has no limit"),
    ] {
        let problem = read(given).expect_err(expected);
        assert!(problem.contains(expected), "{given:?}: {problem}");
        assert!(!problem.contains("secret@"), "{problem}");
    }
    for fine in [
        &[S3[0], S3[1], ("S3_ENDPOINT", "http://127.0.0.1:9000")][..],
        &[S3[0], S3[1], ("S3_ENDPOINT", "http://localhost:9000")],
        &[S3[0], S3[1], ("S3_ENDPOINT", "http://[::1]:9000")],
        &[S3[0], S3[1], ("S3_ENDPOINT", "https://s3.example.com")],
        &[("STORAGE_PUBLIC_URL", "http://localhost:8000")],
    ] {
        read(fine).unwrap_or_else(|problem| panic!("{fine:?}: {problem}"));
    }
}
