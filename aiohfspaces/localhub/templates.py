"""The templates that a new Space may begin as: a small catalogue, with their files.

Source: the Hub's OpenAPI document of 2026-08-22, ``/api/spaces/templates``, for the shape.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen
class Template:
    """A Space that others begin as; `is_private` says that they are meant to be private."""

    name: str
    repo_id: str
    sdk: str
    files: Mapping[str, bytes]
    is_private: bool = False

    def describe(self) -> dict[str, object]:
        """Say what it is, as ``GET /api/spaces/templates`` does."""
        return {
            "name": self.name,
            "repoId": self.repo_id,
            "sdk": self.sdk,
            "preferredPrivate": self.is_private,
        }


_GREETER = b"""import gradio as gr

gr.Interface(lambda name: f"Hello {name}!", inputs="text", outputs="text").launch()
"""
_NOTEBOOKS = b"""FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=7860", "--no-browser"]
"""
_PAGE = b"<!doctype html>\n<title>Hello</title>\n<link rel=stylesheet href=style.css>\n<h1>Hello</h1>\n"

TEMPLATES: dict[str, Template] = {
    template.repo_id: template
    for template in (
        Template("Greeter", "templates/greeter", "gradio", {"app.py": _GREETER, "requirements.txt": b"gradio\n"}),
        Template("JupyterLab", "templates/jupyterlab", "docker", {"Dockerfile": _NOTEBOOKS}, is_private=True),
        Template("Page", "templates/page", "static", {"index.html": _PAGE, "style.css": b"h1 { color: navy }\n"}),
    )
}
"""By the id that a creation names. They are no repositories: lists of Spaces begin empty."""
