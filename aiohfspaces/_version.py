"""The version of this library: read by the build, by ``__version__`` and by the user agent."""

__version__ = "0.1.0"
