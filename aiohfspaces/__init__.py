"""Manage Hugging Face Spaces from async Python."""

from aiohfspaces import errors, models
from aiohfspaces._io.pages import Pages
from aiohfspaces._version import __version__
from aiohfspaces.client import AsyncSpacesClient
from aiohfspaces.errors import *
from aiohfspaces.models import *
from aiohfspaces.options import PollPolicy, RetryPolicy, Timeout

__all__ = ["AsyncSpacesClient", "Pages", "PollPolicy", "RetryPolicy", "Timeout", "__version__"]
__all__ += errors.__all__
__all__ += models.__all__
