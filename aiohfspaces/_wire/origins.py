"""Whose address is it: the endpoint's, which may see the token, or somebody else's."""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from aiohfspaces.errors import UsageError

DEFAULT_ENDPOINT = "https://huggingface.co"

Origin: TypeAlias = tuple[str, str, int]

_BEYOND_ENDPOINT = re.compile(r"[@?#\s\x00-\x1f\x7f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> Origin:
    """Take scheme, host and port off an absolute URL.

    Raises:
        ValueError: It is not one that HTTP can reach.
    """
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an http or https URL: {url!r}")
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]


def same_origin(one: str, other: str) -> bool:
    """Tell whether two URLs lead to one server: same scheme, host and port."""
    return origin(one) == origin(other)


def checked_endpoint(url: str) -> str:
    """Bring an endpoint into the form that paths are appended to.

    Raises:
        UsageError: It is not an http or https address, or carries a user, a query, a fragment or blanks.
    """
    if not isinstance(url, str) or _BEYOND_ENDPOINT.search(url):
        raise UsageError("endpoint: expected an address without user, query, fragment or blanks")
    try:
        origin(url)
    except ValueError:
        raise UsageError(f"endpoint: expected an address such as {DEFAULT_ENDPOINT}, got {url!r}") from None
    return url.rstrip("/")


def at_endpoint(url: str, endpoint: str) -> str:
    """Move an address of the default endpoint to `endpoint`; leave any other.

    Source: huggingface_hub 2.4.0, ``fix_hf_endpoint_in_url``.
    """
    if url == DEFAULT_ENDPOINT or url.startswith(f"{DEFAULT_ENDPOINT}/"):
        return endpoint + url.removeprefix(DEFAULT_ENDPOINT)
    return url


def resolved(location: str, base: str, endpoint: str) -> str:
    """Turn an address that a reply gives into an absolute URL, at this endpoint.

    Args:
        location: What the reply says; may be relative.
        base: Where the reply came from.
        endpoint: The Hub that was asked.

    Raises:
        ValueError: HTTP cannot reach it, or it leads from https down to http.
    """
    target = at_endpoint(urljoin(base, location), endpoint)
    if origin(target)[0] != "https" and origin(base)[0] == "https":
        raise ValueError(f"leads from https down to http: {target!r}")
    return target


def shown(url: str, endpoint: str, *, is_own: bool) -> str:
    """Drop the query of an address elsewhere, or that a reply gave: there it is a signature, as good as a password.

    Args:
        url: The address.
        endpoint: The Hub.
        is_own: Whether it was made here.
    """
    return url if is_own and same_origin(url, endpoint) else url.partition("?")[0]
