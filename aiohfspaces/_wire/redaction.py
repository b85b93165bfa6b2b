"""Blotting secrets out of what a server echoes."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

BLOT = "[secret]"

_MARK = "\udfff"
"""Stands for a blot meanwhile: half a character is in no secret, so that no blot is blotted again."""

_LEFT_BY_JAVASCRIPT = "!'()*~"
"""What ``encodeURIComponent``, which the Hub's server has, does not encode."""


def blotted(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret, however the server has escaped it."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _MARK)
    return text.replace(_MARK, BLOT)


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield html.escape(secret).replace("&#x27;", "&#39;")
    yield html.escape(secret, quote=False)
    yield quote(secret)
    yield quote(secret, safe=_LEFT_BY_JAVASCRIPT)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield repr(secret)[1:-1]
    if len(words := secret.split()) > 1:  # a header is one line
        yield " ".join(words)
        yield secret.replace("\r", " ").replace("\n", " ")
