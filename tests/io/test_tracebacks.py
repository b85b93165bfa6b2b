"""What errors hold on to."""

from __future__ import annotations

from aiohfspaces._io.tracebacks import without_frames


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """Give an error that was raised."""
    try:
        raise error from cause
    except Exception as exc:
        return exc


def test_neither_an_error_nor_what_it_came_of_keeps_a_traceback() -> None:
    """Also where errors name each other in a circle."""
    first = raised(KeyError("first"))
    last = raised(LookupError("last"), raised(ValueError("second"), first))
    first.__context__ = last
    assert last is without_frames(last)
    assert [None] * 3 == [each and each.__traceback__ for each in (last, last.__cause__, first)]
