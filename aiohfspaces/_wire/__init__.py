"""What the bytes mean: requests as values, replies read into models. Pure."""

from typing import TYPE_CHECKING

from aiohfspaces._loading import modules_of

if not TYPE_CHECKING:
    __getattr__ = modules_of(__name__)
