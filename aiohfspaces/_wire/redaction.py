"""Blotting secrets out of what a server echoes."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

BLOT = "[secret]"


def blotted(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret, however the server has escaped it, also where white space has become one space."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    forms |= {" ".join(form.split()) for form in forms} - {""}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, BLOT)
    return text


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield repr(secret)[1:-1]
