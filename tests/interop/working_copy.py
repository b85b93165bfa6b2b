"""Git as it is installed, kept apart from the machine's settings and from any terminal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import attrs


class GitError(Exception):
    """Git failed; the text is what it printed."""


@attrs.frozen
class Git:
    """Runs git; nothing of it leaves ``home``."""

    home: Path

    def run(self, *arguments: str, folder: Path | None = None) -> str:
        """Run a command and return what it printed, errors and remarks included.

        Raises:
            GitError: It failed.
        """
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            **{f"GIT_{who}_{what}": "me@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        ran = subprocess.run(
            ["git", *arguments],
            cwd=folder or self.home,
            env=settings,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if ran.returncode:
            raise GitError(ran.stdout)
        return ran.stdout

    def clone(self, url: str, *options: str, name: str = "copy") -> WorkingCopy:
        """Clone a repository."""
        self.run("clone", "--quiet", *options, url, name)
        return WorkingCopy(self, self.home / name)


@attrs.frozen
class WorkingCopy:
    """A cloned repository."""

    git: Git
    folder: Path

    def run(self, *arguments: str) -> str:
        """Run a command in it."""
        return self.git.run(*arguments, folder=self.folder)

    def commit(self, files: dict[str, bytes], message: str = "by git") -> str:
        """Write files, commit them, and return the id of the commit."""
        for path, data in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(data)
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "--message", message)
        return self.run("rev-parse", "HEAD").strip()

    def push(self, *arguments: str) -> str:
        """Push to where it came from."""
        return self.run("push", "origin", *arguments)
