"""JSON as it arrives."""

import pytest

from aiohfspaces.localhub.json_text import load_json


def test_what_can_be_written_again_is_read() -> None:
    """Pairs of surrogates are one character, and an escaped backslash begins none."""
    assert {"a": ["\U0001f600", "\\ud800", 1.5]} == load_json(rb'{"a": ["\ud83d\ude00", "\\ud800", 1.5]}')


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"",
        b"\xff",
        b"NaN",
        b"-Infinity",
        b"1e999",
        rb'"\ud800"',
        rb'{"\uDC00": 1}',
        b"\xed\xa0\x80",
        b"[" * 99_999,
    ],
)
def test_anything_else_is_a_value_error(text: bytes) -> None:
    """Among it what Python's own reader lets through."""
    with pytest.raises(ValueError):  # noqa: PT011
        load_json(text)
