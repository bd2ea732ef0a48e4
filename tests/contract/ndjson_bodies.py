"""ndjson_bodies - tells Schemathesis, which loads this, that a body of lines goes out as the text that it is."""

from __future__ import annotations

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def text_of(_: object, value: object) -> bytes:
    """The lines, or whatever else was generated in their place."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
