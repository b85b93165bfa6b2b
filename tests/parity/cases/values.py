"""Arguments that several families of cases use."""

from __future__ import annotations

from huggingface_hub import SpaceHardware

SETTINGS = [{"key": "A", "value": "1"}, {"key": "B", "value": "ü", "description": "why"}]
T4 = SpaceHardware.T4_MEDIUM
VOLUME = {"type": "bucket", "source": "me/b", "mount_path": "/data", "read_only": True, "path": "sub"}
HEAD = "5e1f" * 10
REVISIONS = [None, "dev", "refs/pr/1", "feature/ü x"]
PATHS = ["app.py", "data/ünï code.txt", "a b/c#d?e%f.txt", "plus+sign/ampers&and.txt"]
