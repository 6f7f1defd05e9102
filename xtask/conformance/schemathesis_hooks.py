"""Checks of our own for schemathesis."""

import schemathesis


@schemathesis.check
def nothing_opens(ctx, response, case):
    """A caller who holds no permission gets nothing from a guarded operation."""
    raw = case.operation.definition.raw
    security = raw.get("security", case.operation.schema.raw_schema.get("security", []))
    needs_permission = any(key.startswith("x-permissions") for key in raw)
    if (security or needs_permission) and 200 <= response.status_code < 300:
        raise AssertionError(f"{case.method} {case.path} answered {response.status_code} to a caller without permissions")
