//! The templates that every application has.

use serde_json::{Value, json};

/// The files, by their names.
pub(super) const FILES: &[(&str, &str)] = &[
    ("_layout.html", include_str!("default/_layout.html")),
    ("_parts.html", include_str!("default/_parts.html")),
    ("notification.html", include_str!("default/notification.html")),
    ("notification.subject.txt", include_str!("default/notification.subject.txt")),
    ("notification.txt", include_str!("default/notification.txt")),
    ("password_reset.html", include_str!("default/password_reset.html")),
    ("password_reset.subject.txt", include_str!("default/password_reset.subject.txt")),
    ("password_reset.txt", include_str!("default/password_reset.txt")),
    ("verification.html", include_str!("default/verification.html")),
    ("verification.subject.txt", include_str!("default/verification.subject.txt")),
    ("verification.txt", include_str!("default/verification.txt")),
    ("welcome.html", include_str!("default/welcome.html")),
    ("welcome.subject.txt", include_str!("default/welcome.subject.txt")),
    ("welcome.txt", include_str!("default/welcome.txt")),
];

/// Values to try each with. They have every value that the functions of `Templates` pass.
pub(super) fn samples() -> [(&'static str, Value); 4] {
    [
        (
            "notification",
            json!({
                "title": "A task was assigned to you",
                "text": "Ann Lee assigned the task “Write the report” to you.\nIt is due on Friday.",
                "link": "https://app.example.org/tasks/17",
                "link_text": "Open the task",
            }),
        ),
        (
            "password_reset",
            json!({"token": "d41f0a77", "link": "https://app.example.org/reset-password?token=d41f0a77"}),
        ),
        ("verification", json!({"code": "482913"})),
        ("welcome", json!({"name": "Ann Lee"})),
    ]
}
