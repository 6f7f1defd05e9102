"""A check of our own for schemathesis, and the exceptions to its checks, each with its reason."""

import schemathesis

# Where a string id could stand, but an operation of its own stands: the server refuses to create such an id.
FIXED_WORDS = {"self", "count", "search", "bulk"}


@schemathesis.check
def nothing_opens(ctx, response, case):
    """A caller who holds no permission gets nothing from a guarded operation."""
    security = case.operation.definition.raw.get("security", [])
    # `{}` among the ways in says: open to everybody
    if security and {} not in security and 200 <= response.status_code < 300:
        raise AssertionError(f"{case.method} {case.path} answered {response.status_code} to a caller without permissions")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps a failure unless it is one of the exceptions."""
    return not (
        is_another_address(case)
        or is_beyond_schema(failure, case, response)
        or is_too_large(failure, response)
        or is_no_request(response)
    )


def is_another_address(case):
    """`/users/{id}` with the id `self` is the operation `/users/self`, with answers of its own."""
    return str((case.path_parameters or {}).get("id")) in FIXED_WORDS


def is_beyond_schema(failure, case, response):
    """A body that obeys its schema and breaks only rules that no schema can say: a reference to a row that does not
    exist, the range of a decimal, which travels as a string, the character U+0000 somewhere in free JSON."""
    errors = problem(response).get("errors") or []
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 422 or not errors:
        return False
    return all(
        error.get("code") in ("reference", "invalid-character")
        or (error.get("code") == "range" and isinstance(value_at(case.body, error), str))
        for error in errors
    )


def is_too_large(failure, response):
    """A query of more filters or words than the server takes: each is right by itself, and a schema cannot count them."""
    errors = problem(response).get("errors") or []
    return (
        type(failure).__name__ == "RejectedPositiveData"
        and response.status_code == 400
        and bool(errors)
        and all("one too many" in error["message"] or "must have at most 10 words" in error["message"] for error in errors)
    )


def is_no_request(response):
    """An address of 64 KiB or more: actix gives up reading and answers a bare 400 before any of our code is called."""
    return response.status_code == 400 and not response.content and len(response.request.url) >= 65_000


def problem(response):
    if "problem+json" not in "".join(response.headers.get("content-type", [])):
        return {}
    return response.json()


def value_at(body, error):
    """What the JSON pointer of an error points to, or None."""
    for word in error.get("pointer", "").split("/")[1:]:
        word = word.replace("~1", "/").replace("~0", "~")
        if isinstance(body, list) and word.isdigit() and int(word) < len(body):
            body = body[int(word)]
        elif isinstance(body, dict):
            body = body.get(word)
        else:
            return None
    return body
