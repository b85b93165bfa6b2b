"""Which files there are below a folder: it is walked by its real folders, and no file is opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from aiohfspaces._plan.filtering import NEVER_UPLOADED, Selection
from aiohfspaces.errors import UploadError

MAX_LINKED_PATHS = 100_000
"""Paths that links to folders may lead to, all together.

Source: https://huggingface.co/docs/hub/repositories-recommendations, which wants fewer files in a whole repository.
"""

_EVER_UPLOADED = Selection(ignore=NEVER_UPLOADED)


class Found(NamedTuple):
    """Something to upload.

    Attributes:
        path: Its path below the folder that is walked, ``/`` between the parts; ``"."`` for that itself.
        place: Where it is, links resolved.
        refusal: Why it cannot be uploaded, or what is in it cannot be seen; ``None`` for a file to look at.
    """

    path: str
    place: str
    refusal: str | None = None


class _Entry(NamedTuple):
    """What stands in a real folder; of a link, what it leads to."""

    name: str
    place: str
    is_folder: bool = False
    is_link: bool = False
    refusal: str | None = None


class _Folder(NamedTuple):
    """One way to a real folder.

    Attributes:
        path: Its path below the folder that is walked, with a slash at the end; ``""`` for that itself.
        place: Where it really is.
        link: The path of the first link on the way; ``None`` if there is none.
        left: The real folders that the links on the way stand in.
    """

    path: str
    place: str
    link: str | None = None
    left: tuple[str, ...] = ()

    def is_in(self, place: str) -> bool:
        """Tell whether it, or a folder that a link on the way stands in, is below a place or is that itself."""
        beginning = _below(place)
        return any(_below(folder).startswith(beginning) for folder in (self.place, *self.left))

    def entered(self, entry: _Entry) -> _Folder:
        """Go on to a folder in this one."""
        path = self.path + entry.name
        if not entry.is_link:
            return _Folder(f"{path}/", entry.place, self.link, self.left)
        return _Folder(f"{path}/", entry.place, self.link or path, (*self.left, self.place))


def walk(root: str, selection: Selection, is_given_up: Callable[[], bool]) -> Iterator[Found]:
    """Find what is selected below a folder, in no order.

    Each real folder is listed once, however many links lead to it, and not at all if nothing below it can be
    selected. What is wrong with anything that is not selected is not told.

    Args:
        root: The folder, links resolved.
        selection: What is wanted.
        is_given_up: Says whether nobody waits any more.

    Raises:
        UploadError: Links lead to more than `MAX_LINKED_PATHS` paths; it names one of the links.
    """
    listed, linked, waiting = cache(partial(_listed, root)), 0, [_Folder("", root)]
    while waiting and not is_given_up():
        folder = waiting.pop()
        try:
            entries = listed(folder.place)
        except OSError as exc:
            path = folder.path.rstrip("/") or "."
            if not selection.ignores(path):
                yield Found(path, folder.place, exc.strerror or str(exc))
            continue
        if folder.link:
            linked += len(entries)
            _raise_if_too_many(linked, folder.link)
        for entry in entries:
            step = _step(folder, entry, selection)
            if isinstance(step, _Folder):
                waiting.append(step)
            elif step:
                yield step


def _raise_if_too_many(linked: int, link: str) -> None:
    if linked > MAX_LINKED_PATHS:
        why = f"one of the links to folders that lead to more than {MAX_LINKED_PATHS:,} paths"
        raise UploadError("A link cannot be followed:", failures={link: why})


def _step(folder: _Folder, entry: _Entry, selection: Selection) -> _Folder | Found | None:
    """Tell where an entry leads: further down, to something found, or nowhere."""
    path = folder.path + entry.name
    if not entry.is_folder:
        return Found(path, entry.place, entry.refusal) if selection.includes(path) else None
    if not selection.may_include_below(f"{path}/"):
        return None
    if entry.refusal:
        return None if selection.ignores(path) else Found(path, entry.place, entry.refusal)
    if entry.is_link and folder.is_in(entry.place):
        return Found(path, entry.place, "a link to a folder that it is in") if selection.includes(path) else None
    return folder.entered(entry)


def _listed(root: str, place: str) -> list[_Entry]:
    with os.scandir(place) as children:
        return sorted(_entry(root, child) for child in children)


def _entry(root: str, child: os.DirEntry[str]) -> _Entry:
    try:
        if child.is_file(follow_symlinks=False):  # most are, and the folder has said so already
            return _Entry(child.name, child.path)
        if child.is_symlink():
            return _link(root, child.name, os.path.realpath(child.path))
        if child.is_dir(follow_symlinks=False):
            return _Entry(child.name, child.path, is_folder=True)
        return _Entry(child.name, child.path, refusal="neither a file nor a folder")
    except OSError as exc:
        return _Entry(child.name, child.path, refusal=exc.strerror or str(exc))


def _link(root: str, name: str, place: str) -> _Entry:
    target, refusal = Path(place), None
    is_folder = target.is_dir()
    if not _below(place).startswith(_below(root)):
        refusal = "a link out of the folder"
    elif not _EVER_UPLOADED.includes(_below(place).removeprefix(_below(root))):
        refusal = "a link to what is never uploaded"
    elif not is_folder and not target.is_file():
        refusal = "neither a file nor a folder" if target.exists() else "a link to nothing"
    return _Entry(name, place, is_folder, is_link=True, refusal=refusal)


def _below(folder: str) -> str:
    """Make what all paths below a folder begin with."""
    return folder.rstrip(os.sep) + os.sep
