"""The report on what the official client changed."""

from __future__ import annotations

import json
from pathlib import Path

import huggingface_hub
import pytest
from attrs import evolve
from huggingface_hub import HfApi

from tests.parity.upstream import Release, compare, look_at, main, read_release


def test_what_is_new_gone_and_changed_is_named() -> None:
    """With the parameters, and a mark where it concerns us."""
    before = Release("1", {"kept": {}, "gone": {}, "moved": {"a": ("keyword-only", "1"), "b": ("keyword-only", "2")}})
    after = Release(
        "2",
        {"kept": {}, "new": {}, "new_job": {}, "moved": {"a": ("keyword-only", "3"), "c": ("keyword-only", "None")}},
    )
    assert [
        "huggingface_hub 1 -> 2",
        "(*: also a method of AsyncSpacesClient; ?: no reason is known why it is not)",
        "New methods: 2",
        "  ? new",
        "    new_job",
        "Gone methods: 1",
        "  ? gone",
        "Changed methods: 1",
        "  * moved: a: keyword-only 1 -> keyword-only 3, -b, +c=None",
    ] == list(compare(before, after, ["moved", "kept"]))


def test_a_release_comes_back_from_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it was noted down; and it does not differ from itself."""
    file = tmp_path / "before.json"
    main("write", str(file))
    assert look_at(HfApi, huggingface_hub.__version__) == read_release(file)
    main("compare", str(file))
    assert ["New methods: none", "Gone methods: none", "Changed methods: none"] == capsys.readouterr().out.split("\n")[
        2:5
    ]


def test_parameters_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A default that moved is told."""
    now = look_at(HfApi, "old")
    methods = {**now.methods, "pause_space": {"repo_id": ("positional or keyword", "'x'")}}
    file = tmp_path / "before.json"
    old = evolve(now, methods=methods)
    file.write_text(json.dumps({"version": old.version, "methods": old.methods}))
    main("compare", str(file))
    assert "  * pause_space: repo_id: " in capsys.readouterr().out
