//! The settings of mail, as their users read about them.

use crate::env::Setting;

/// The settings of mail and of all its providers.
pub(crate) fn variables() -> Vec<Setting> {
    #[allow(unused_mut, reason = "without the features `smtp` and `ses` nothing is added")]
    let mut all = common();
    #[cfg(feature = "smtp")]
    all.extend(smtp());
    #[cfg(feature = "ses")]
    all.extend(ses());
    all
}

fn common() -> Vec<Setting> {
    vec![
        Setting::new(
            "EMAIL_PROVIDER",
            "Who delivers mails: log (the log has them), file (files in EMAIL_FOLDER), smtp (a mail server; feature `smtp`) \
             or ses (the API of Amazon SES; feature `ses`).",
        )
        .otherwise("log; in production nobody: mails wait in the outbox until it is set")
        .example("smtp"),
        Setting::new(
            "EMAIL_FROM",
            "The sender of mails: an address, or `Name <address>`. Required in production with file, smtp and ses.",
        )
        .example("\"Shop <hello@mail.example.com>\""),
        Setting::new(
            "EMAIL_TIMEOUT",
            "How many seconds sending one mail may take; for each 32 KiB of it there is one more.",
        )
        .default("30"),
        Setting::new(
            "EMAIL_CONFIRM_TIMEOUT",
            "How many seconds the outbox waits for the mail server's answer to a mail that the server has whole. A mail whose \
             answer comes later is sent again.",
        )
        .default("300"),
        Setting::new("EMAIL_APP_NAME", "The name of the application in mails.").otherwise("the title of the application"),
        Setting::new("EMAIL_APP_URL", "The address of the application's pages, for links in mails.")
            .example("https://app.example.com"),
        Setting::new("EMAIL_RESET_URL", "The page on which a new password is chosen.")
            .otherwise("/reset-password below EMAIL_APP_URL"),
        Setting::new("EMAIL_TEMPLATES", "A folder with templates that replace the default ones, or add to them.")
            .example("./templates"),
        Setting::new("EMAIL_FOLDER", "With EMAIL_PROVIDER=file: the folder of the mails.").default("./data/mail"),
    ]
}

#[cfg(feature = "smtp")]
fn smtp() -> Vec<Setting> {
    vec![
        Setting::new("SMTP_HOST", "With EMAIL_PROVIDER=smtp: the mail server. Its certificate must have this name.")
            .otherwise("that of Amazon SES, if SES_REGION is set")
            .example("smtp.example.com"),
        Setting::new("SMTP_PORT", "The port of the mail server.").otherwise("587; 465 with SMTP_TLS=implicit, 25 without TLS"),
        Setting::new(
            "SMTP_TLS",
            "How the connection is encrypted: starttls, implicit or none. none is allowed for a server on this machine only.",
        )
        .otherwise("starttls; implicit on port 465; none for a server on this machine"),
        Setting::new("SMTP_USERNAME", "The user name at the mail server; without it there is no authentication."),
        Setting::new("SMTP_PASSWORD", "The password at the mail server.").secret(),
        Setting::new(
            "SMTP_CA_FILE",
            "A PEM file with the certificates that may sign the server's, instead of those that the system knows.",
        ),
        Setting::new("SMTP_MAX_CONNECTIONS", "The most connections to the mail server at the same time.").default("4"),
    ]
}

#[cfg(feature = "ses")]
fn ses() -> Vec<Setting> {
    vec![
        Setting::new("SES_REGION", "With EMAIL_PROVIDER=ses: the region of Amazon SES.")
            .otherwise("the value of AWS_REGION")
            .example("eu-west-1"),
        Setting::new("SES_ENDPOINT", "The address of the API, if it is not that of the region."),
        Setting::new("SES_CONFIGURATION_SET", "The configuration set that SES applies."),
    ]
}
