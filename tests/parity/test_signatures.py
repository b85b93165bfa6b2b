"""Methods have the names and the parameters that they have in ``HfApi``."""

from __future__ import annotations

import re

import pytest
from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient
from tests.parity.reasons import ABSENT, BEYOND, DIFFERENT, reason_for_absence
from tests.parity.signatures import changed, parameters, public_names

SHARED = sorted(set(public_names(AsyncSpacesClient)) & set(dir(HfApi)))


def test_every_name_beyond_has_its_reason() -> None:
    """What the official client does not know is listed, and nothing is listed that it knows, or that is not there."""
    own = set(public_names(AsyncSpacesClient))
    assert set(BEYOND) == own - set(dir(HfApi)) | {"endpoint"}


@pytest.mark.parametrize("name", SHARED)
def test_a_method_takes_what_the_official_one_takes(name: str) -> None:
    """Same names, order, kinds and defaults, but for what is listed with its reason."""
    theirs, ours = parameters(getattr(HfApi, name)), parameters(getattr(AsyncSpacesClient, name))
    different = {other for method, other in DIFFERENT if method == name}
    assert [key for key in theirs if key not in different] == [key for key in ours if key not in different]
    assert different == changed(theirs, ours)


def test_every_name_that_is_absent_has_its_reason() -> None:
    """Whatever the official client can do is here, or is no business of this library's; no reason is given in vain."""
    absent = set(public_names(HfApi)) - set(public_names(AsyncSpacesClient))
    assert [] == sorted(name for name in absent if reason_for_absence(name) is None)
    assert [] == [pattern for pattern in ABSENT if not any(re.fullmatch(pattern, name) for name in absent)]
