"""Finding the token, and keeping it where nothing shows it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from pathlib import Path
from typing import Literal, TypeAlias

from aiohfspaces._io import files
from aiohfspaces._plan import caching
from aiohfspaces.errors import UsageError

Token: TypeAlias = str | Literal[False] | Callable[[], str | Awaitable[str]] | None

_TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


class TokenSource:
    """Knows where the token comes from; neither its ``repr`` nor its state in words shows it."""

    __slots__ = ("_asked", "_found", "_given", "_was_looked_for")

    def __init__(self, given: Token) -> None:
        if given is None or given is False or callable(given):
            self._given: Token = given
        else:
            self._given = checked_token(given, "token")
        self._found: tuple[str, str] | None = None
        self._asked: str | None = None
        self._was_looked_for = isinstance(given, str | bool)

    def __repr__(self) -> str:
        return f"TokenSource({self.kind})"

    @property
    def kind(self) -> str:
        """How the token is come by, in a word."""
        if self._given is None:
            return "found"
        if self._given is False:
            return "anonymous"
        return "asked for" if callable(self._given) else "given"

    @property
    def origin(self) -> str:
        """Where the last token came from: what follows the words "the token"."""
        if self._found is not None:
            return self._found[1]
        return "that the function returned" if callable(self._given) else "that was given"

    @property
    def renewable(self) -> bool:
        """Whether asking again may bring another one."""
        return callable(self._given)

    @property
    def is_known(self) -> bool:
        """Whether `last` is what calls are made with: before the first one nobody has looked for it, or asked."""
        return self._was_looked_for

    @property
    def last(self) -> str | None:
        """The token as far as it is known without asking; ``None`` for an anonymous caller, or if it is not."""
        if isinstance(self._given, str):
            return self._given
        return self._found[0] if self._found else self._asked

    async def get(self) -> str | None:
        """Give the token; ``None`` for an anonymous caller.

        Raises:
            UsageError: What was found or asked for is no token.
        """
        given = self._given
        if isinstance(given, str):
            return given
        if isinstance(given, bool):
            return None
        if given is None:
            self._found = self._found or await _find_token()
            self._was_looked_for = True
            return self._found[0] if self._found else None
        answer = given()
        asked = await answer if isawaitable(answer) else answer
        self._asked = checked_token(asked, "token: what the function returned")
        self._was_looked_for = True
        return self._asked


def checked_token(token: object, origin: str) -> str:
    """Accept what can stand in a header; it is not shown.

    Raises:
        UsageError: It is no string, empty, or holds spaces or other characters that no token has.
    """
    text = token.strip() if isinstance(token, str) else ""
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError(f"{origin}: expected a token such as 'hf_...', without spaces or other such characters")
    return text


async def _find_token() -> tuple[str, str] | None:
    """Look where the official client looks; give the token and where it was.

    Source: huggingface_hub 2.4.0, ``get_token``: the environment, then the file of ``hf auth login``.
    """
    for name in _TOKEN_VARIABLES:
        if token := os.environ.get(name, "").strip():
            return checked_token(token, name), f"of {name}"
    path = caching.token_file(os.environ, Path.home())
    text = await files.read_text(path)
    return (checked_token(text, str(path)), f"of {path}") if text and text.strip() else None
