"""Every check that a person or CI runs is a session here."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests", "demo"]
nox.options.default_venv_backend = "virtualenv"

JAVASCRIPT_CLIENT = "@huggingface/hub@2.17.5"
BENCHMARKS: dict[str, list[str]] = {
    "calls": [],
    "latency": [],
    "watch": [],
    "budget": [],
    "upload": ["--rounds", "5", "--both"],
    "download": [],
    "waiting": [],
    "imports": [],
}
"""Each with the options that what is published was measured with."""

PYPROJECT = nox.project.load_toml("pyproject.toml")


def groups(*names: str) -> list[str]:
    """The packages of dependency groups of pyproject.toml."""
    return list(nox.project.dependency_groups(PYPROJECT, *names))


@nox.session
def tests(session: nox.Session) -> None:
    """Test the built wheel; arguments go to pytest."""
    session.install(".[localhub,httpx2,aiohttp]", *groups("tests"))
    session.run("pytest", *session.posargs)


@nox.session
def interop(session: nox.Session) -> None:
    """Let git and the official clients, for Python and JavaScript, use a local hub; arguments go to pytest."""
    missing = [tool for tool in ("git", "node", "npm") if shutil.which(tool) is None]
    if missing:
        session.error(f"The session interop needs {', '.join(missing)}, which this machine does not have.")
    session.install(".[localhub]", *groups("tests"))
    folder = str(Path(session.create_tmp()).resolve())
    session.run(
        "npm", "install", "--prefix", folder, "--silent", "--no-audit", "--no-fund", JAVASCRIPT_CLIENT, external=True
    )
    session.run("pytest", *(session.posargs or ["tests/interop"]), env={"HUB_JS": folder})


@nox.session
def upstream(session: nox.Session) -> None:
    """Report what the newest huggingface_hub changed since the release that is our reference; fails nothing."""
    session.install(".", *groups("tests"))
    before = f"{session.create_tmp()}/before.json"
    session.run("python", "-m", "tests.parity.upstream", "write", before)
    session.install("--upgrade", "huggingface_hub")
    session.run("python", "-m", "tests.parity.upstream", "compare", before)


@nox.session
def demo(session: nox.Session) -> None:
    """Show the whole life of a Space on a Hub on loopback; with `training`, one that has a GPU only to train."""
    session.install(".[localhub]")
    named = session.posargs[:1] == ["training"]
    script = "training_demo.py" if named else "deploy.py"
    session.run("python", f"docs/examples/{script}", *session.posargs[named:])


@nox.session
def docs(session: nox.Session) -> None:
    """Run the documentation's code and follow its links."""
    session.install(".[localhub]", *groups("tests"))
    session.run("pytest", "tests/test_docs.py", "tests/parity/test_page.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install(*groups("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types: all of the code by mypy, the public API also by pyright."""
    session.install(".[localhub,httpx2,aiohttp]", *groups("types", "tests"))
    session.run("mypy")
    session.run("pyright", "--pythonpath", f"{session.bin}/python")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure what is named, such as `upload`, or all of `BENCHMARKS`, and publish it in docs/benchmarks.md.

    With options of one's own, such as `-- upload --quick`, it is only printed.
    """
    session.install(".[localhub,aiohttp,httpx2]", *groups("bench"))
    named, options = session.posargs[:1], session.posargs[1:]
    for name in named or BENCHMARKS:
        if name not in BENCHMARKS:
            session.error(f"{name}: expected one of {', '.join(BENCHMARKS)} first, then its options")
        published = [*BENCHMARKS[name], "--json", f"docs/benchmarks/{name}.json"]
        session.run("python", f"benchmarks/{name}.py", *(options or published))
    if not options:
        session.run("python", "benchmarks/publish.py")


@nox.session
def package(session: nox.Session) -> None:
    """Build wheel and sdist, and check what is in them."""
    session.install("build", "twine")
    out = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", out, ".")
    session.run("twine", "check", "--strict", f"{out}/*.whl", f"{out}/*.tar.gz")
