from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from aiohfspaces import AsyncSpacesClient, UsageError
from aiohfspaces._io.credentials import TokenSource, checked_token
from tests.support.scripted import TOKEN, client_of, reply, serving

pytestmark = pytest.mark.anyio

NO_TOKENS = ["", " ", "hf two words", "hf_\N{LATIN SMALL LETTER E WITH ACUTE}", "hf_line\nbreak", "hf_nul\0"]


class Asked:
    """A source of tokens that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def plain(self) -> str:
        """Give the next one."""
        self.times += 1
        return f"hf_{self.times}"

    async def later(self) -> str:
        """Give the next one, as a coroutine function."""
        return self.plain()

    def awaitable(self) -> Awaitable[str]:
        """Give the next one, as a function that returns an awaitable."""
        return self.later()


def write_token(path: Path, text: str) -> Path:
    """Write what a login writes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("way", ["plain", "later", "awaitable"])
async def test_a_function_is_asked_at_each_call(way: str) -> None:
    """Plain or async, so that a token can be renewed."""
    asked = Asked()
    given: Callable[[], Any] = getattr(asked, way)
    async with serving() as hub, client_of(hub, given) as client:
        await client.request("GET", "/")
        await client.request("GET", "/")
        assert ["Bearer hf_1", "Bearer hf_2"] == [request.authorization for request in hub.received]


@pytest.mark.parametrize("way", ["plain", "later"])
async def test_a_function_is_asked_once_more_after_a_401(way: str) -> None:
    """And then no more."""
    asked = Asked()
    async with serving(reply(status=401)) as hub, client_of(hub, getattr(asked, way)) as client:
        await client.request("GET", "/")
        assert 2 == asked.times
        assert ["Bearer hf_1", "Bearer hf_2"] == [request.authorization for request in hub.received]


async def test_a_fixed_token_is_not_tried_again() -> None:
    """It would be the same one."""
    async with serving(reply(status=401), reply(status=401)) as hub, client_of(hub) as client:
        with pytest.raises(Exception, match="401"):
            await client.request("GET", "/")
        assert 1 == len(hub.received)


async def test_a_function_that_fails_is_told_as_it_fails() -> None:
    """What a caller's own function raises is the caller's own."""

    def broken() -> str:
        raise LookupError("no session")

    async with serving() as hub, client_of(hub, broken) as client:
        with pytest.raises(LookupError, match="no session"):
            await client.request("GET", "/")
        assert [] == hub.received


@pytest.mark.parametrize("answer", [*NO_TOKENS, None, False, b"hf_bytes"])
async def test_a_function_has_to_return_a_token(answer: Any) -> None:
    """Anything else is a mistake, told without showing it."""
    with pytest.raises(UsageError, match="token") as caught:
        await TokenSource(lambda: answer).get()
    assert not answer or str(answer).strip() not in str(caught.value) or not str(answer).strip()


async def test_false_is_anonymous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked for then."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    async with serving() as hub, client_of(hub, False) as client:
        await client.request("GET", "/")
        assert None is hub.received[0].authorization


@pytest.mark.parametrize("place", ["HF_TOKEN_PATH", "HF_HOME", "XDG_CACHE_HOME", "home"])
async def test_the_login_is_found(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ``hf auth login`` has written it, by the rules of the official client."""
    monkeypatch.delenv("HF_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "elsewhere"
    match place:
        case "HF_TOKEN_PATH":
            monkeypatch.setenv(place, str(write_token(folder / "my-token", f"{TOKEN}\n")))
        case "HF_HOME":
            monkeypatch.setenv(place, str(write_token(folder / "token", f"{TOKEN}\n").parent))
        case "XDG_CACHE_HOME":
            monkeypatch.setenv(place, str(write_token(folder / "huggingface" / "token", TOKEN).parents[1]))
        case _:
            write_token(tmp_path / "home" / ".cache" / "huggingface" / "token", TOKEN)
    async with serving() as hub, client_of(hub, None) as client:
        await client.request("GET", "/")
        assert f"Bearer {TOKEN}" == hub.received[0].authorization


async def test_the_environment_wins_over_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``HF_TOKEN`` is the more deliberate of the two."""
    monkeypatch.setenv("HF_TOKEN_PATH", str(write_token(tmp_path / "token", "hf_login")))
    monkeypatch.setenv("HF_TOKEN", f" {TOKEN}\n")
    assert TOKEN == await TokenSource(None).get()


@pytest.mark.parametrize("text", [None, "", " \n"])
async def test_without_a_login_the_caller_is_anonymous(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty variable and an empty file count as none."""
    monkeypatch.setenv("HF_TOKEN", "")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    if text is not None:
        write_token(tmp_path / "token", text)
    assert None is await TokenSource(None).get()


async def test_a_login_after_the_first_call_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was found is remembered."""
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    source = TokenSource(None)
    assert None is await source.get()
    write_token(tmp_path / "token", TOKEN)
    assert TOKEN == await source.get()


@pytest.mark.parametrize("content", [b"\xff\xfehf_scripted", b"hf_two\nhf_lines", b"hf_\xc3\xa9"])
async def test_a_file_that_holds_no_token_is_named_a_mistake(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in it, it is not sent and not shown."""
    (tmp_path / "token").write_bytes(content)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(UsageError, match="token") as caught:
        await TokenSource(None).get()
    assert "hf_scripted" not in str(caught.value)
    assert "hf_lines" not in str(caught.value)


@pytest.mark.parametrize("token", [*NO_TOKENS, True, 5, b"hf_bytes"])
def test_what_is_no_token_is_refused_and_not_shown(token: Any) -> None:
    """The message says what was expected, and nothing of what was given."""
    with pytest.raises(UsageError, match="token: expected") as caught:
        AsyncSpacesClient(token)
    assert "two words" not in str(caught.value)
    assert None is caught.value.__cause__


@pytest.mark.parametrize("token", [TOKEN, f" {TOKEN}\n"])
def test_white_space_around_a_token_is_dropped(token: str) -> None:
    """As it comes from files and from the clipboard."""
    assert TOKEN == checked_token(token, "token")


@pytest.mark.parametrize(
    ("given", "kind"),
    [(None, "found"), (False, "anonymous"), (TOKEN, "given"), (lambda: TOKEN, "asked for")],
    ids=["None", "False", "str", "function"],
)
async def test_no_repr_shows_the_token(
    given: Any, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither that of the client, nor of anything in it, before or after a call."""
    caplog.set_level(logging.DEBUG, "aiohfspaces")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    async with serving() as hub, client_of(hub, given) as client:
        await client.request("GET", "/")
        shown = [repr(client), repr(client._transport), repr(client._transport.token), str(vars(client)), caplog.text]
        assert [] == [text for text in shown if TOKEN in text]
        assert kind in repr(client)
