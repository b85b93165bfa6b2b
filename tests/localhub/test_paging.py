"""Long lists in pages."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiohfspaces.localhub.paging import cut_page, next_link
from aiohfspaces.localhub.refusals import Refusal


@given(st.lists(st.integers()), st.integers(1, 10))
def test_the_pages_are_the_list(items: list[int], limit: int) -> None:
    """Nothing is lost or doubled, and no page is longer than asked."""
    pages: list[Sequence[int]] = []
    cursor: str | None = None
    while not pages or cursor:
        page, cursor = cut_page(items, cursor, limit)
        assert len(page) <= limit
        pages.append(page)
    assert [item for page in pages for item in page] == items


@pytest.mark.parametrize("cursor", ["x", "nonsense!", "\u00fc"])
def test_only_our_own_cursors_are_taken(cursor: str) -> None:
    """Others are 400."""
    with pytest.raises(Refusal, match="Invalid cursor"):
        cut_page([1], cursor, 1)


def test_a_link_keeps_the_query() -> None:
    """But for what changes."""
    assert {"Link": '<http://x/y?a=1&a=2&cursor=new%3D>; rel="next"'} == next_link(
        "http://x/y", [("a", "1"), ("a", "2"), ("cursor", "old")], {"cursor": "new="}
    )
