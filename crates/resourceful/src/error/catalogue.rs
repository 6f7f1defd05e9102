//! Every problem that a response of the framework can contain. The HTTP layer, the OpenAPI document and the pages at
//! `/problems/{slug}` use this list.

use super::class::Class;
use super::code::Code;

/// A kind of problem (RFC 9457 section 3.1).
#[derive(Debug, Clone, Copy)]
pub struct Problem {
    /// The last segment of `type`.
    pub slug: &'static str,
    /// Whether the caller or the server caused the problem, and of which kind it is.
    pub class: Class,
    /// A short name, the same for each occurrence.
    pub title: &'static str,
    /// What it means and what to do, for the page that explains it.
    pub explanation: &'static str,
}

impl Problem {
    /// The code of an entry of `errors` that is about this problem: its slug. Only problems of a query have entries.
    pub(crate) fn code(&self) -> Code {
        debug_assert!(OF_QUERIES.iter().any(|known| known.slug == self.slug), "{} is not listed as a code", self.slug);
        Code::new(self.slug)
    }
}

macro_rules! problems {
    ($list:ident $list_doc:literal; $($name:ident, $slug:literal, $class:ident, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = concat!("`", $slug, "`: ", $explanation)]
            pub const $name: Problem =
                Problem { slug: $slug, class: Class::$class, title: $title, explanation: $explanation };
        )*
        #[doc = $list_doc]
        pub const $list: &[Problem] = &[$($name),*];
    };
}

problems! {
    OF_REQUESTS "Problems of the request as such.";
    INVALID_REQUEST, "invalid-request", Malformed, "Invalid request",
        "The request is malformed or contradicts itself, for example with two Authorization headers. Send each header once and in its documented form.";
    NOT_FOUND, "not-found", NotFound, "Not found",
        "Nothing exists at this path, or nothing that the caller may see. A row that belongs to another user is answered like a row that does not exist.";
    METHOD_NOT_ALLOWED, "method-not-allowed", Malformed, "Method not allowed",
        "The path exists, but does not support this method. The Allow header lists the supported methods.";
    RATE_LIMITED, "rate-limited", TooMany, "Too many requests",
        "The caller has sent more requests than a limit allows. RateLimit-Policy says what the limits are, and RateLimit how many requests are left of each. Try again after the time in Retry-After; requests before that are refused too, and do not prolong it.";
    REQUEST_TIMEOUT, "request-timeout", Malformed, "Request timeout",
        "The request took too long to arrive. Send it again over a better connection, or in smaller parts.";
    URI_TOO_LONG, "uri-too-long", TooLarge, "URI too long",
        "The URI is longer than the server accepts. Long filters can be sent in the body of POST /search.";
}

problems! {
    OF_CONDITIONS "Problems of what the request says about the state of the row.";
    PRECONDITION_FAILED, "precondition-failed", Conflict, "Precondition failed",
        "The row is not in the state that If-Match or If-None-Match requires: it has been changed since the caller read it, or the tag is weak. Nothing was changed. Read the row again, decide what to do about the other change, and send the new ETag.";
    PRECONDITION_REQUIRED, "precondition-required", Conflict, "Precondition required",
        "Writes of this resource must say which state of the row they are based on, so that no change of another caller is lost. Send the row's ETag as If-Match.";
}

problems! {
    OF_CALLERS "Problems of the caller.";
    UNAUTHENTICATED, "unauthenticated", Unauthenticated, "Authentication required",
        "The endpoint requires an access token, and the request has none. Send `Authorization: Bearer` followed by an access token.";
    INVALID_TOKEN, "invalid-token", Unauthenticated, "Invalid token",
        "The access token is expired, malformed, signed by an unknown key, or issued for another API. Get a new one.";
    INVALID_DPOP_PROOF, "invalid-dpop-proof", Unauthenticated, "Invalid DPoP proof",
        "The access token is bound to a key (RFC 9449), and the DPoP header does not prove that the caller has it. Make a new proof for each request, with its method, its URI and the hash of the token.";
    INSUFFICIENT_SCOPE, "insufficient-scope", Forbidden, "Permission missing",
        "The token is valid, but lacks a permission, role or scope that the endpoint requires. The response names it. Ask an administrator for it, and get a new token.";
    USER_REQUIRED, "user-required", Forbidden, "User required",
        "The row would belong to the caller, but the token belongs to an application (client credentials), which cannot own rows. Use the token of a user.";
    FORBIDDEN, "forbidden", Forbidden, "Forbidden",
        "The caller is not allowed to do this.";
    OUTSIDE_POLICY, "outside-policy", Forbidden, "Not permitted by policy",
        "A policy of the application decides which rows the caller may write, and the row as it would be after this write is not one of them. Nothing was changed.";
    AUTH_KEYS_UNAVAILABLE, "auth-keys-unavailable", Unavailable, "Signing keys unavailable",
        "The signing key of the token could not be fetched, so the token could not be verified. It may be valid: keep it and try again.";
}

problems! {
    OF_QUERIES "Problems of a query. An entry of `errors` about a part of a query has the slug of its problem as its code.";
    INVALID_ENCODING, "invalid-encoding", Malformed, "Invalid encoding",
        "The path or the query contains bytes that are not percent-encoded UTF-8, or the character U+0000. Encode values as UTF-8, and then percent-encode them.";
    INVALID_PAGINATION, "invalid-pagination", Malformed, "Invalid pagination",
        "`page` starts at 1, and `size` is between 1 and the maximum of the resource; both are plain digits.";
    DUPLICATE_PARAMETER, "duplicate-parameter", Malformed, "Duplicate parameter",
        "A query parameter may appear only once.";
    UNKNOWN_PARAMETER, "unknown-parameter", Malformed, "Unknown parameter",
        "The endpoint does not have this query parameter. Unknown parameters are refused and never ignored. The response lists the known ones.";
    UNKNOWN_FILTER, "unknown-filter", Malformed, "Unknown filter",
        "The field does not exist, or cannot be used in filters. The response lists the fields that can.";
    INVALID_FILTER, "invalid-filter", Malformed, "Invalid filter",
        "The operator does not fit the field, the value does not have the type of the field, or there are too many filters.";
    UNKNOWN_SORT, "unknown-sort", Malformed, "Unknown sort key",
        "The field does not exist, or cannot be sorted by. The response lists the fields that can.";
    INVALID_SORT, "invalid-sort", Malformed, "Invalid sort",
        "A sort key is empty or appears twice, or there are too many.";
    INVALID_SEARCH, "invalid-search", Malformed, "Invalid search",
        "The resource has no searchable fields, or the search words are empty, too long or too many.";
    INVALID_CURSOR, "invalid-cursor", Malformed, "Invalid cursor",
        "The cursor was truncated, changed, or made for another list. A cursor is valid only for the same caller, sort order, filters and search words. Start again at the first page.";
    UNKNOWN_INCLUDE, "unknown-include", Malformed, "Unknown relation",
        "The resource has no relation of this name. The response lists its relations.";
    INCLUDE_TOO_DEEP, "include-too-deep", Malformed, "Include too deep",
        "`include` follows at most two relations in a row. Send another request for the rest.";
    UNKNOWN_FIELD, "unknown-field", Malformed, "Unknown field",
        "`fields` contains a field that the resource does not have, or does not show. The response lists the fields.";
    INVALID_SELECTION, "invalid-selection", Malformed, "Invalid selection",
        "`fields` or `include` is empty, contains a name twice, or contains too many names.";
    INVALID_COUNT, "invalid-count", Malformed, "Invalid count",
        "`count` must be one of the values that the response lists.";
}

problems! {
    OF_ANSWERS "Problems of what a query would return.";
    ANSWER_TOO_LARGE, "answer-too-large", Malformed, "Response too large",
        "The response would be larger than the server's limit. Request fewer rows (`size`), fewer fields (`fields`) or fewer relations (`include`), and use pages and cursors for the rest.";
}

problems! {
    OF_BODIES "Problems of the body.";
    MALFORMED_JSON, "malformed-json", Malformed, "Malformed JSON",
        "The body is not one JSON text in UTF-8 (RFC 8259), contains a key twice, or is nested too deeply.";
    PAYLOAD_TOO_LARGE, "payload-too-large", TooLarge, "Payload too large",
        "The body is larger than the server accepts, or contains too many values: each name, string, number, true, false and null counts as one, an array as three, an object as nine. Send it in several requests.";
    RANGE_NOT_SATISFIABLE, "range-not-satisfiable", Malformed, "Range not satisfiable",
        "The file has none of the bytes that Range asks for. Content-Range says how many bytes it has; request a range within them, or the whole file without Range.";
    UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", Malformed, "Unsupported media type",
        "The body must be JSON in UTF-8 without a content encoding. Send `Content-Type: application/json`.";
    VALIDATION_ERROR, "validation-error", Invalid, "Validation failed",
        "Values of the body do not follow the rules. `errors` has one entry for each, with a JSON pointer to the value. If there is no entry, a rule of the database refused the write. Nothing was changed.";
    INVALID_CHARACTER, "invalid-character", Invalid, "Invalid character",
        "Text contains the character U+0000, which the database cannot store.";
    INVALID_FILE_NAME, "invalid-file-name", Invalid, "Invalid file name",
        "The name of a file must have 1 to 255 characters, and no slash, backslash or control character. Send the name without the folders before it.";
    UNEXPECTED_FILE, "unexpected-file", Invalid, "Unexpected file",
        "The file that was stored is not the one that was announced. It was removed; announce and send it again.";
    BULK_LIMIT, "bulk-limit", Invalid, "Bulk limit",
        "A bulk request must contain 1 to 100 items.";
    INVALID_REFERENCE, "invalid-reference", Invalid, "Invalid reference",
        "A value refers to a row that does not exist.";
    CONFLICT, "conflict", Conflict, "Conflict",
        "The write contradicts stored data: a value that must be unique is taken, or other rows still refer to the row.";
}

problems! {
    OF_MAIL "Problems of mail.";
    INVALID_EMAIL, "invalid-email", Invalid, "Invalid e-mail",
        "A mail that the request would have caused cannot be sent: an address, the subject or another field is invalid. `errors` has one entry for each, with a JSON pointer to the field of the mail. Nothing was sent.";
    EMAIL_REFUSED, "email-refused", Invalid, "E-mail refused",
        "The mail server refused the mail for good, for example because the recipient's mailbox does not exist. Check the address.";
    EMAIL_UNAVAILABLE, "email-unavailable", Unavailable, "E-mail unavailable",
        "The mail server could not be reached, or did not take the mail in time. Try again later.";
}

problems! {
    OF_THE_SERVER "Problems of the server.";
    INTERNAL, "internal-error", Internal, "Internal error",
        "Something failed on the server. Its log has the details under the request id.";
    UNAVAILABLE, "unavailable", Unavailable, "Temporarily unavailable",
        "The server or its database cannot be reached or is overloaded. Try again after the time in Retry-After.";
    OVERLOADED, "overloaded", Unavailable, "Overloaded",
        "The server has more requests at the same time than it accepts, and has not begun with this one. Try again after the time in Retry-After.";
    COMMIT_UNKNOWN, "commit-unknown", Unavailable, "Outcome unknown",
        "The connection to the database was lost while the write was being committed, so it may or may not have happened. Check before you repeat it.";
    STORAGE_UNAVAILABLE, "storage-unavailable", Unavailable, "Storage unavailable",
        "The storage of files cannot be reached or is too slow. Try again after the time in Retry-After.";
    STORAGE_FULL, "storage-full", Unavailable, "Storage full",
        "The storage of files has no space left. Nothing was stored. The operators of the server must make space before it works again.";
    TIMEOUT, "timeout", Unavailable, "Timeout",
        "The database took longer than allowed. Narrow the request, or try again later.";
}

/// All problems, by section.
pub fn all() -> impl Iterator<Item = &'static Problem> {
    let of_mail: &[Problem] = if cfg!(feature = "mail") { OF_MAIL } else { &[] };
    of_operations().chain(of_mail)
}

/// The problems that generated endpoints can have, without those of what an application calls itself.
pub(crate) fn of_operations() -> impl Iterator<Item = &'static Problem> {
    [OF_REQUESTS, OF_CONDITIONS, OF_CALLERS, OF_QUERIES, OF_ANSWERS, OF_BODIES, OF_THE_SERVER].into_iter().flatten()
}

/// The problem with this slug.
pub fn by_slug(slug: &str) -> Option<&'static Problem> {
    all().find(|problem| problem.slug == slug)
}
