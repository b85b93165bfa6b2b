"""The page on parity says what the code says."""

from __future__ import annotations

import pytest

from aiohfspaces import AsyncSpacesClient
from tests.parity.cases import all_cases, method_of
from tests.parity.page import PAGE, calling, proofs, section, text
from tests.parity.reasons import BEYOND
from tests.parity.signatures import public_names

SENDING = [name for name in public_names(AsyncSpacesClient) if section(name, "Wire")]


def test_the_page_is_as_it_would_be_made() -> None:
    """``python -m tests.parity.page`` makes it anew."""
    assert text() == PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", SENDING)
def test_each_operation_has_its_proof(name: str) -> None:
    """A case that compares it with the official client, or where that has none, a test that calls it."""
    compared = {method_of(case) for case in all_cases()}
    assert name in compared or (name in BEYOND and calling(name) != "")
    assert "](../../tests/" in proofs(name)
