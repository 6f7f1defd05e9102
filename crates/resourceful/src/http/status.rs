//! HTTP status numbers: those of errors by their class, and those of operations by their outcome.

use actix_web::http::StatusCode;

use crate::error::{Class, Error, Problem, catalogue};
use crate::spec::{Operation, Outcome};

/// Problems for which HTTP has a more precise status than that of their class.
const PRECISE: [(&Problem, u16); 8] = [
    (&catalogue::METHOD_NOT_ALLOWED, 405),
    (&catalogue::REQUEST_TIMEOUT, 408),
    (&catalogue::PRECONDITION_FAILED, 412),
    (&catalogue::URI_TOO_LONG, 414),
    (&catalogue::UNSUPPORTED_MEDIA_TYPE, 415),
    (&catalogue::RANGE_NOT_SATISFIABLE, 416),
    (&catalogue::PRECONDITION_REQUIRED, 428),
    (&catalogue::STORAGE_FULL, 507),
];

fn of_class(class: Class) -> u16 {
    match class {
        Class::Malformed => 400,
        Class::Unauthenticated => 401,
        Class::Forbidden => 403,
        Class::NotFound => 404,
        Class::Conflict => 409,
        Class::TooLarge => 413,
        Class::Invalid => 422,
        Class::TooMany => 429,
        Class::Internal => 500,
        Class::Unavailable => 503,
    }
}

fn of(slug: &str, class: Class) -> u16 {
    let precise = PRECISE.iter().find(|(problem, _)| problem.slug == slug && problem.class == class);
    precise.map_or_else(|| of_class(class), |(_, status)| *status)
}

impl Problem {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        of(self.slug, self.class)
    }
}

impl Error {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self.precise_status() {
            None => of(self.slug(), self.class()),
            Some(status @ 400..=599) => status,
            Some(_) => 500,
        }
    }
}

/// The status of an operation that succeeds.
pub(crate) fn of_success(operation: Operation) -> StatusCode {
    match operation.outcome() {
        Outcome::Created => StatusCode::CREATED,
        Outcome::Deleted => StatusCode::NO_CONTENT,
        Outcome::Found | Outcome::Counted | Outcome::Changed => StatusCode::OK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ProblemType;

    struct Own(Class, Option<u16>);

    impl ProblemType for Own {
        fn slug(&self) -> &'static str {
            "own"
        }
        fn class(&self) -> Class {
            self.0
        }
        fn status(&self) -> Option<u16> {
            self.1
        }
        fn title(&self) -> &'static str {
            "Own"
        }
        fn detail(&self) -> String {
            "Its own".to_owned()
        }
    }

    #[test]
    fn problems_of_an_application_have_the_status_of_their_class_or_their_own() {
        for (class, precise, status) in [
            (Class::Conflict, None, 409),
            (Class::Forbidden, Some(402), 402),
            (Class::NotFound, Some(410), 410),
            (Class::Unavailable, Some(599), 599),
            (Class::Conflict, Some(200), 500),
            (Class::Conflict, Some(600), 500),
        ] {
            assert_eq!(Error::from(Own(class, precise)).status(), status, "{class:?} {precise:?}");
        }
    }

    #[test]
    fn an_item_of_several_tells_what_is_wrong_unless_the_server_is_to_blame() {
        for (class, precise, is_told) in [
            (Class::Conflict, None, true),
            (Class::Conflict, Some(503), false),
            (Class::Internal, None, false),
            (Class::Internal, Some(409), true),
        ] {
            let error = Error::from(Own(class, precise));
            let detail = error.detail().to_owned();
            let message = error.of_item("/1").errors()[0].message.clone();
            assert_eq!(message == detail, is_told, "{class:?} {precise:?}: {message}");
        }
    }

    #[test]
    fn the_status_of_every_problem() {
        let status = |problem: &Problem| (problem.status(), problem.slug);
        let all: Vec<(u16, &str)> = catalogue::of_operations().map(status).collect();
        for (status, slugs) in [
            (405, &["method-not-allowed"][..]),
            (408, &["request-timeout"]),
            (412, &["precondition-failed"]),
            (414, &["uri-too-long"]),
            (415, &["unsupported-media-type"]),
            (416, &["range-not-satisfiable"]),
            (428, &["precondition-required"]),
            (507, &["storage-full"]),
            (413, &["payload-too-large"]),
            (429, &["rate-limited"]),
            (401, &["unauthenticated", "invalid-token", "invalid-dpop-proof"]),
            (403, &["insufficient-scope", "user-required", "forbidden", "outside-policy"]),
            (404, &["not-found"]),
            (409, &["conflict"]),
            (
                422,
                &[
                    "validation-error",
                    "invalid-character",
                    "invalid-file-name",
                    "unexpected-file",
                    "bulk-limit",
                    "invalid-reference",
                ],
            ),
            (500, &["internal-error"]),
            (
                503,
                &[
                    "auth-keys-unavailable",
                    "unavailable",
                    "overloaded",
                    "commit-unknown",
                    "storage-unavailable",
                    "timeout",
                ],
            ),
        ] {
            let found: Vec<&str> = all.iter().filter(|(of, _)| *of == status).map(|(_, slug)| *slug).collect();
            assert_eq!(found, slugs, "{status}");
        }
        let rest = all.iter().filter(|(status, _)| *status == 400).count();
        assert_eq!(rest, 18, "the others are 400");
        let of_mail: Vec<(u16, &str)> = catalogue::OF_MAIL.iter().map(status).collect();
        assert_eq!(of_mail, [(422, "invalid-email"), (422, "email-refused"), (503, "email-unavailable")]);
    }
}
