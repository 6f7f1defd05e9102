//! The credentials of Amazon Web Services, which file storage and mail can need.

use super::{Reader, SecretText, Setting};

/// The variables of the AWS tools with credentials or with ways to get them. The first way for which there is a setting is
/// used; without one it is the role of the machine (the instance metadata service).
const CREDENTIALS: [&str; 11] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_ENDPOINT_URL_STS",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_METADATA_ENDPOINT",
];

/// Reads the credentials, by the names of their variables.
pub(crate) fn aws_credentials(reader: &mut Reader<'_>) -> Vec<(String, SecretText)> {
    let mut all = Vec::new();
    for name in CREDENTIALS {
        let value = if name == "AWS_SECRET_ACCESS_KEY" { reader.secret(name) } else { reader.text(name) };
        all.extend(value.map(|value| (name.to_owned(), SecretText(value))));
    }
    let is_set = |name: &str| all.iter().any(|(known, _)| known == name);
    if is_set("AWS_ACCESS_KEY_ID") != is_set("AWS_SECRET_ACCESS_KEY") {
        reader.problem("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; set both, or neither");
    }
    all
}

/// The credentials that most people set, as their users read about them. The others are in the documentation of AWS.
pub(crate) fn aws_variables() -> Vec<Setting> {
    vec![
        Setting::new("AWS_REGION", "The region of Amazon Web Services, where S3_REGION and SES_REGION name no other."),
        Setting::new(
            "AWS_ACCESS_KEY_ID",
            "The access key for Amazon S3 and Amazon SES. Without it the role of the machine or of the container is used; the \
             other variables of the AWS tools about credentials work too.",
        ),
        Setting::new("AWS_SECRET_ACCESS_KEY", "The secret of that key.").secret(),
    ]
}
