"""All that a repository can begin with, on a living Hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from anyio import to_thread
from huggingface_hub import HfApi

from aiohfspaces import AsyncSpacesClient, UsageError
from aiohfspaces.localhub import LocalHub

pytestmark = pytest.mark.anyio


async def test_a_space_begins_as_a_template(client: AsyncSpacesClient, official: HfApi) -> None:
    """By name in whatever case, or by id: with its files, its SDK, and private where it is meant to be."""
    templates = {template.name: template for template in await client.list_space_templates()}
    theirs = await to_thread.run_sync(official.list_space_templates)
    assert [(each.name, each.repo_id, each.sdk, each.preferred_private) for each in theirs] == [
        (each.name, each.repo_id, each.sdk, each.preferred_private) for each in templates.values()
    ]
    await client.create_repo("me/lab", space_template="jupyterLAB")
    await client.create_repo("me/open", space_template="JupyterLab", space_sdk="docker", private=False)
    await client.create_repo("me/page", space_template=templates["Page"].repo_id)
    infos = {name: await client.space_info(f"me/{name}") for name in ("lab", "open", "page")}
    assert {"lab": ("docker", True), "open": ("docker", False), "page": ("static", False)} == {
        name: (info.sdk, info.private) for name, info in infos.items()
    }
    assert "Dockerfile" in await client.list_repo_files("me/lab")
    url = await to_thread.run_sync(
        lambda: official.create_repo("me/theirs", repo_type="space", space_template="greeter")
    )
    assert "me/theirs" == url.repo_id
    assert {"app.py", "requirements.txt"} < set(await client.list_repo_files("me/theirs"))


@pytest.mark.parametrize(
    ("template", "sdk", "words"),
    [
        ("Notebook", None, "space_template: expected one of Greeter, JupyterLab, Page,"),
        ("me/app", None, "space_template: expected one of Greeter, JupyterLab, Page,"),
        ("page", "docker", "space_sdk: expected 'static', which Page has"),
    ],
)
async def test_what_is_no_template_creates_nothing(
    client: AsyncSpacesClient, hub: LocalHub, template: str, sdk: str | None, words: str
) -> None:
    """The catalogue was read, and that was all."""
    with pytest.raises(UsageError) as caught:
        await client.create_repo("me/app", space_template=template, space_sdk=sdk)
    assert str(caught.value).startswith(words)
    assert [("GET", "/api/spaces/templates")] == [(request.method, request.path) for request in hub.requests]


async def test_a_space_begins_with_files_and_words(client: AsyncSpacesClient, tmp_path: Path) -> None:
    """In one call, and one commit: text and bytes, the card's words, dev mode."""
    url = await client.create_repo(
        "app",
        space_sdk="gradio",
        space_dev_mode=True,
        short_description="Does \N{GRINNING FACE} things",
        license="mit",
        files={"./app.py": "print('ü')\n", "data/ünï code.bin": b"\x00\xff"},
    )
    assert "me/app" == url.repo_id
    info = await client.space_info("me/app")
    assert info.card_data is not None
    assert ("mit", "Does \N{GRINNING FACE} things") == (info.card_data["license"], info.card_data["short_description"])
    assert (await client.get_space_runtime("me/app")).dev_mode
    assert 1 == len(await client.list_repo_commits("me/app"))
    paths = [
        await client.hf_hub_download("me/app", name, local_dir=tmp_path) for name in ("app.py", "data/ünï code.bin")
    ]
    assert ["print('ü')\n".encode(), b"\x00\xff"] == [Path(path).read_bytes() for path in paths]


async def test_a_dataset_begins_with_files_too(client: AsyncSpacesClient) -> None:
    """And with a license."""
    await client.create_repo("me/rows", repo_type="dataset", license="cc0-1.0", files={"rows.csv": "1,2\n"})
    assert "rows.csv" in await client.list_repo_files("me/rows", repo_type="dataset")
    info = await client.repo_info("me/rows", repo_type="dataset")
    assert {"license": "cc0-1.0"} == info.card_data


async def test_a_new_space_tells_its_words_at_once(client: AsyncSpacesClient) -> None:
    """Its title, its emoji and its short description need no look at the card."""
    await client.create_repo("me/my-app", space_sdk="gradio", short_description="hey")
    info = await client.space_info("me/my-app")
    assert ("My App", "\N{ROCKET}", "hey") == (info.title, info.emoji, info.short_description)


async def test_a_new_space_is_kept_where_it_was_wished(client: AsyncSpacesClient) -> None:
    """In its region and its group, which are told when asked for."""
    group = "0123456789abcdef01234567"
    await client.create_repo("me/app", space_sdk="gradio", region="eu", resource_group_id=group)
    info = await client.space_info("me/app", expand=["region", "resourceGroup"])
    assert info.resource_group is not None
    assert ("eu", group) == (info.region, info.resource_group["id"])
