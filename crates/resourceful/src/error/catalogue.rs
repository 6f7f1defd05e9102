//! Every problem that the framework itself answers with: the one list that the HTTP layer, the OpenAPI document and
//! the pages at `/problems/{slug}` read.

/// A kind of problem (RFC 9457 section 3.1).
#[derive(Debug, Clone, Copy)]
pub struct Problem {
    /// The last segment of `type`.
    pub slug: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// A short name, the same for each occurrence.
    pub title: &'static str,
    /// What it means and what to do, for the page that explains it.
    pub explanation: &'static str,
}

macro_rules! catalogue {
    ($($name:ident, $slug:literal, $status:literal, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = concat!("`", $slug, "`, ", stringify!($status), ". ", $explanation)]
            pub const $name: Problem = Problem { slug: $slug, status: $status, title: $title, explanation: $explanation };
        )*
        /// All of them.
        pub const ALL: &[Problem] = &[$($name),*];
    };
}

catalogue! {
    // The request as such
    INVALID_REQUEST, "invalid-request", 400, "Invalid request",
        "The request contradicts itself, for example by two Authorization headers. Send each header once, in its documented form.";
    INVALID_ENCODING, "invalid-encoding", 400, "Invalid encoding",
        "The path or the query holds bytes that are not percent-encoded UTF-8, or the character U+0000. Encode values as UTF-8 and then by percent signs.";
    NOT_FOUND, "not-found", 404, "Not found",
        "There is nothing at this address, or nothing that you may see. A row that belongs to somebody else answers just like one that does not exist.";
    METHOD_NOT_ALLOWED, "method-not-allowed", 405, "Method not allowed",
        "The address exists and does not know this method. The Allow header lists those it knows.";
    REQUEST_TIMEOUT, "request-timeout", 408, "Request timeout",
        "The request took too long to arrive. Send it again over a better connection, or in smaller parts.";
    URI_TOO_LONG, "uri-too-long", 414, "URI too long",
        "The address is longer than the server reads. Long filters can be sent in the body of POST /search.";

    // The caller
    UNAUTHENTICATED, "unauthenticated", 401, "Authentication required",
        "The endpoint needs a bearer token and the request has none. Send Authorization: Bearer followed by an access token.";
    INVALID_TOKEN, "invalid-token", 401, "Invalid token",
        "The access token is expired, malformed, signed by an unknown key, or meant for another API. Get a new one.";
    INVALID_DPOP_PROOF, "invalid-dpop-proof", 401, "Invalid DPoP proof",
        "The access token is bound to a key (RFC 9449), and the DPoP header does not prove that the caller has it. Make a new proof for each request, with its method, its address and the hash of the token.";
    INSUFFICIENT_SCOPE, "insufficient-scope", 403, "Permission missing",
        "The token is good and does not carry the permission that the endpoint needs. The answer names it; ask an administrator for it and get a new token.";
    USER_REQUIRED, "user-required", 403, "User required",
        "The row would belong to the caller, and the token belongs to an application (client credentials), which cannot own rows. Use a token of a user.";
    FORBIDDEN, "forbidden", 403, "Forbidden",
        "You may not do this.";
    OUTSIDE_POLICY, "outside-policy", 403, "Outside of your rows",
        "The row, as it would be after this write, is not one that you may write: a policy of the application says which are. Nothing was changed.";
    AUTH_KEYS_UNAVAILABLE, "auth-keys-unavailable", 503, "Signing keys unavailable",
        "The token's signing key could not be fetched, so nobody can say whether the token is good. It may well be: keep it and try again.";

    // The query
    INVALID_PAGINATION, "invalid-pagination", 400, "Invalid pagination",
        "page counts from 1 and size from 1 to the resource's maximum, both in plain digits.";
    DUPLICATE_PARAMETER, "duplicate-parameter", 400, "Duplicate parameter",
        "A query parameter may appear only once.";
    UNKNOWN_PARAMETER, "unknown-parameter", 400, "Unknown parameter",
        "No query parameter is ever ignored: this one is not known here. The answer lists those that are.";
    UNKNOWN_FILTER, "unknown-filter", 400, "Unknown filter",
        "The field does not exist or is not open to filters. The answer lists those that are.";
    INVALID_FILTER, "invalid-filter", 400, "Invalid filter",
        "The operator does not fit the field, the value cannot be read as the field's type, or there are too many filters.";
    UNKNOWN_SORT, "unknown-sort", 400, "Unknown sort key",
        "The field does not exist or is not open to sorting. The answer lists those that are.";
    INVALID_SORT, "invalid-sort", 400, "Invalid sort",
        "A key is empty or named twice, or there are too many.";
    INVALID_SEARCH, "invalid-search", 400, "Invalid search",
        "The resource has no searchable fields, or the words are empty, too long or too many.";
    INVALID_CURSOR, "invalid-cursor", 400, "Invalid cursor",
        "The cursor was cut, changed, or made for another list: it is valid only for the same caller, order, filters and words. Begin again at the first page.";
    UNKNOWN_INCLUDE, "unknown-include", 400, "Unknown relation",
        "The resource has no relation of this name. The answer lists those that it has.";
    INCLUDE_TOO_DEEP, "include-too-deep", 400, "Include too deep",
        "include follows at most two relations in a row. Ask for the rest with a request of its own.";
    UNKNOWN_FIELD, "unknown-field", 400, "Unknown field",
        "fields names something that the resource does not show. The answer lists what it shows.";
    INVALID_SELECTION, "invalid-selection", 400, "Invalid selection",
        "fields or include is empty, names something twice, or names too much.";
    ANSWER_TOO_LARGE, "answer-too-large", 400, "Answer too large",
        "The answer would have more bytes than the server makes. Ask for fewer rows (size), fewer fields, or fewer relations (include); pages and cursors lead to the rest.";
    INVALID_COUNT, "invalid-count", 400, "Invalid count",
        "count is one of the values that the answer lists.";

    // The body
    MALFORMED_JSON, "malformed-json", 400, "Malformed JSON",
        "The body is not one JSON text in UTF-8 (RFC 8259), repeats a key, or is nested too deep.";
    PAYLOAD_TOO_LARGE, "payload-too-large", 413, "Payload too large",
        "The body is larger than the server reads, or holds more values: each name, string, number, true, false and null is one part, an array is three, an object nine. Send it in several requests.";
    UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", 415, "Unsupported media type",
        "The body must be JSON in UTF-8 without a content encoding. Send Content-Type: application/json.";
    VALIDATION_ERROR, "validation-error", 422, "Validation failed",
        "Values of the body do not obey their rules. errors has one entry for each, with a JSON pointer to it. Where there is no entry, a rule of the database refused the write; nothing was changed.";
    INVALID_CHARACTER, "invalid-character", 422, "Invalid character",
        "Text holds the character U+0000, which the database cannot store.";
    BULK_LIMIT, "bulk-limit", 422, "Bulk limit",
        "A bulk request holds 1 to 100 items.";
    INVALID_REFERENCE, "invalid-reference", 422, "Invalid reference",
        "A value refers to a row that does not exist.";
    CONFLICT, "conflict", 409, "Conflict",
        "The write contradicts what is stored: a value that must be unique is taken, or the row is still referred to.";

    // The server
    INTERNAL, "internal-error", 500, "Internal error",
        "Something failed on the server. The request id leads to the details in its log.";
    UNAVAILABLE, "unavailable", 503, "Temporarily unavailable",
        "The database cannot be reached or is too busy. Try again after the time in Retry-After.";
    COMMIT_UNKNOWN, "commit-unknown", 503, "Outcome unknown",
        "The connection to the database broke while the write was being committed: it may or may not have happened. Look before you repeat it.";
    TIMEOUT, "timeout", 503, "Timeout",
        "The database took longer than allowed. Narrow the request or try again later.";
}

/// The problem with this slug.
pub fn by_slug(slug: &str) -> Option<&'static Problem> {
    ALL.iter().find(|problem| problem.slug == slug)
}
