"""The catalogue of templates."""

from aiohfspaces.localhub.cards import app_files
from aiohfspaces.localhub.templates import TEMPLATES


def test_each_template_can_be_started() -> None:
    """It brings what its SDK needs, under an id and a name of its own."""
    for repo_id, template in TEMPLATES.items():
        assert repo_id == template.repo_id
        assert template.files
        assert set(app_files(template.sdk, {})) <= set(template.files)
    assert len(TEMPLATES) == len({template.name for template in TEMPLATES.values()})


def test_a_template_is_described_as_the_document_of_the_hub_requires() -> None:
    """All four keys."""
    assert {
        "name": "JupyterLab",
        "repoId": "templates/jupyterlab",
        "sdk": "docker",
        "preferredPrivate": True,
    } == TEMPLATES["templates/jupyterlab"].describe()
