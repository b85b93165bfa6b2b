"""Doing it: the only code that waits."""
