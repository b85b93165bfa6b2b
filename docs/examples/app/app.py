"""A small app: greets whoever it is told about."""

import os

import gradio


def greet(name: str) -> str:
    """Greet in the language that the Space's variable says."""
    return f"{os.environ.get('GREETING', 'Hello')}, {name}!"


gradio.Interface(fn=greet, inputs="text", outputs="text").launch()
