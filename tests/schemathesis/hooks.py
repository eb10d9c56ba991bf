"""How schemathesis writes a batch, and the requests that it skips, because it or the document knows
less than the server."""

import json
import unicodedata
from urllib.parse import unquote

import schemathesis

# schemathesis reads \p{L} as the letters of ASCII and of U+00C0 to U+024F, and \p{N} as ASCII's digits.
LATIN = range(0xC0, 0x250)
LETTERS = {"Lu", "Ll"}


def is_plain(text):
    return all(
        one.isascii() or (ord(one) in LATIN and unicodedata.category(one) in LETTERS) for one in text
    )


@schemathesis.serializer("application/x-ndjson")
def encode_line(context, value):
    """A batch of one line, which is what the schema describes."""
    return f"{json.dumps(value)}\n".encode()


@schemathesis.hook
def filter_case(context, case):
    # Path parameters are here as the request's line will have them.
    if not is_plain(unquote(str((case.path_parameters or {}).get("channel", "")))):
        return False
    if case.operation.definition.raw.get("operationId") != "postMessage":
        return True
    # The name is in the body, or in the query for plain text. With a token that has a name it is
    # optional.
    named = "username" in (case.query or {})
    if case.media_type == "text/plain":
        return named
    return not named and (not isinstance(case.body, dict) or "username" in case.body)
