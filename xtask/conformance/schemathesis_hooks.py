"""An additional check for schemathesis, and the exceptions to its checks, each with its reason."""

import schemathesis

# Words that are operations in a path at the place of a string id. The server refuses to create rows with these ids.
FIXED_WORDS = {"self", "count", "search", "bulk"}


@schemathesis.check
def nothing_opens(ctx, response, case):
    """A caller without permissions must be refused by every operation that requires one."""
    security = case.operation.definition.raw.get("security", [])
    # `{}` in the list of security requirements means: public
    if security and {} not in security and 200 <= response.status_code < 300:
        raise AssertionError(f"the response to {case.method} {case.path} is {response.status_code} for a caller without permissions")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps a failure unless it is one of the exceptions."""
    return not (
        is_another_address(case)
        or is_beyond_schema(failure, case, response)
        or is_no_request(response)
        or is_gone_by_another_address(failure)
        or is_a_chosen_part(failure, case)
        or is_another_state(failure, response)
        or is_an_empty_condition(failure, response)
    )


def is_another_address(case):
    """`/users/{id}` with the id `self` is the operation `/users/self`, which has other responses."""
    return str((case.path_parameters or {}).get("id")) in FIXED_WORDS


def is_beyond_schema(failure, case, response):
    """A request that is valid by its schema, and violates only rules that a schema cannot express."""
    errors = problem(response).get("errors") or []
    return type(failure).__name__ == "RejectedPositiveData" and bool(errors) and all(no_schema_says(error, case) for error in errors)


def no_schema_says(error, case):
    code, message = error.get("code"), error["message"]
    parameter = error.get("parameter")
    value = (case.query or {}).get(parameter) if parameter else value_at(case.body, error)
    # A row that does not exist, and the character U+0000 in a JSON field
    if code in ("reference", "invalid-character"):
        return True
    # The range of a decimal, which is a string in JSON
    if code == "range" and isinstance(value, str):
        return True
    # Which cursors the server has issued, and that `page` and `cursor` exclude each other
    if code == "invalid-cursor" or "must not be combined" in message:
        return True
    # The number of relations that a filter follows: the schemas of filters refer to each other in cycles
    if "follows too many relations" in message:
        return True
    # More filters or words than a query may have: each is valid alone, and a schema cannot count them
    if "exceeds the limit" in message or "must have at most 10 words" in message:
        return True
    if code not in ("type", "invalid-pagination", "invalid-filter"):
        return False
    # In JSON Schema 4.0 is an integer (2020-12, validation, section 6.1.1). The server accepts integers without a
    # fraction only, so that each has one representation
    values = value if isinstance(value, list) else [value]
    if any(isinstance(each, float) and each.is_integer() for each in values):
        return True
    # A decimal has at most 28 digits before and after its point together, but a pattern can only count each side alone
    return any(isinstance(each, str) and len(each) > 28 and each.strip("-0123456789.") == "" for each in values)


def is_gone_by_another_address(failure):
    """A row has two addresses, `/projects/{id}` and `/projects/self/{id}`: one deleted by the first is missing at the
    second, which the check takes for a row that was never there."""
    return type(failure).__name__ == "EnsureResourceAvailability"


def is_a_chosen_part(failure, case):
    """`fields` omits members that the schema of a whole row requires."""
    asked = case.query or {}
    in_body = isinstance(case.body, dict) and "fields" in case.body
    return type(failure).__name__ == "JsonSchemaError" and ("fields" in asked or in_body)


def is_another_state(failure, response):
    """A well-formed tag in If-Match that the row does not have: which tags rows have, no schema can say."""
    return type(failure).__name__ == "RejectedPositiveData" and problem(response).get("type") == "/problems/precondition-failed"


def is_an_empty_condition(failure, response):
    """Schemathesis sends `If-Match:` and `If-None-Match:` without a value as valid data. The pattern of their schema allows
    no empty text."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 400:
        return False
    sent = {str(name).lower(): value for name, value in response.request.headers.items()}
    return any(name in sent and sent[name] in ("", b"", [""], None) for name in ("if-match", "if-none-match"))


def is_no_request(response):
    """A URL of 64 KiB or more: actix stops reading and responds 400 without a body before our code is called."""
    return response.status_code == 400 and not response.content and len(response.request.url) >= 65_000


def problem(response):
    if "problem+json" not in "".join(response.headers.get("content-type", [])):
        return {}
    return response.json()


def value_at(body, error):
    """The value at the JSON pointer of an error, or None."""
    for word in error.get("pointer", "").split("/")[1:]:
        word = word.replace("~1", "/").replace("~0", "~")
        if isinstance(body, list) and word.isdigit() and int(word) < len(body):
            body = body[int(word)]
        elif isinstance(body, dict):
            body = body.get(word)
        else:
            return None
    return body
