"""What to do next: facts in, verdict out. Pure."""

from typing import TYPE_CHECKING

from aiohfspaces._loading import modules_of

if not TYPE_CHECKING:
    __getattr__ = modules_of(__name__)
