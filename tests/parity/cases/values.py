"""Arguments that several families of cases use."""

from __future__ import annotations

from huggingface_hub import SpaceHardware

SETTINGS = [{"key": "A", "value": "1"}, {"key": "B", "value": "ü", "description": "why"}]
T4 = SpaceHardware.T4_MEDIUM
VOLUME = {"type": "bucket", "source": "me/b", "mount_path": "/data", "read_only": True, "path": "sub"}
