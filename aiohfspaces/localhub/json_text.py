"""JSON as it arrives, and no more than can be written again."""

from __future__ import annotations

import json
import math
import re

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def load_json(text: bytes) -> object:
    """Read JSON text.

    Raises:
        ValueError: It is not JSON, or holds what neither UTF-8 nor JSON can: half a surrogate pair, a number that
            is none or is infinite, more levels than can be read.
    """
    try:
        loaded: object = json.loads(text.decode(), parse_constant=_read_number, parse_float=_read_number)
    except RecursionError as exc:
        raise ValueError("there are too many levels") from exc
    if _ESCAPED_SURROGATE.search(text):
        json.dumps(loaded, ensure_ascii=False).encode()
    return loaded


def _read_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number that JSON has")
    return number
