"""As much of Gradio as the examples call, without a browser: whoever writes a line to it is its visitor."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from collections.abc import Callable
from typing import Any


class Interface:
    """A form, whose function is called with what a visitor has entered."""

    def __init__(self, fn: Callable[..., Any], inputs: str | list[str], outputs: str) -> None:
        self.fn = fn

    def launch(self) -> None:
        """Wait for visitors: each line is a JSON list of what one has entered."""
        print("* Running on local URL:  http://0.0.0.0:7860")
        for line in sys.stdin:
            answer = self.fn(*json.loads(line))
            print(asyncio.run(answer) if inspect.iscoroutine(answer) else answer)
