"""Arguments that several families of cases use."""

from __future__ import annotations

import json
from hashlib import sha1
from typing import Any

from huggingface_hub import SpaceHardware

SETTINGS = [{"key": "A", "value": "1"}, {"key": "B", "value": "ü", "description": "why"}]
T4 = SpaceHardware.T4_MEDIUM
VOLUME = {"type": "bucket", "source": "me/b", "mount_path": "/data", "read_only": True, "path": "sub"}
HEAD = "5e1f" * 10
REVISIONS = [None, "dev", "refs/pr/1", "feature/ü x"]
PATHS = ["app.py", "data/ünï code.txt", "a b/c#d?e%f.txt", "plus+sign/ampers&and.txt"]


def file(path: str, content: str) -> dict[str, Any]:
    """Describe a file that holds a JSON string."""
    text = json.dumps(content).encode()
    oid = sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()
    return {"type": "file", "path": path, "oid": oid, "size": len(text)}
