"""Pictures and recordings for discussions.

Source: huggingface_hub 2.4.0, ``HfApi.upload_attachment``.
"""

from __future__ import annotations

from pathlib import Path

from aiohfspaces._wire.calls import Call, FileRange, StreamBody
from aiohfspaces._wire.replies import Reply
from aiohfspaces.errors import MalformedReplyError, UsageError

CONTENT_TYPES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
"""What the Hub takes, by the end of a file's name."""


def checked_content_type(path: Path) -> str:
    """Find the type of an attachment.

    Raises:
        UsageError: The Hub takes none of this kind.
    """
    kind = CONTENT_TYPES.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"path: expected a file that ends in one of {', '.join(CONTENT_TYPES)}, got {str(path)!r}")
    return kind


def upload_attachment(content: FileRange, content_type: str) -> Call[str]:
    """``POST /uploads``: the bytes as they are; each time they get another address."""
    body = StreamBody((content,), content_type)
    return Call(method="POST", path="/uploads", parse=attachment_reply, body=body, repeatable=False)


def attachment_reply(reply: Reply) -> str:
    """Read the address, a text."""
    url = reply.content.decode(errors="replace").strip()
    if not url.startswith(("https://", "http://")):
        raise MalformedReplyError("expected the address of what was uploaded", field="body")
    return url
