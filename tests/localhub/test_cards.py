"""Cards of repositories."""

import pytest

from aiohfspaces.localhub.cards import app_files, check_card, listed_in, read_card, space_readme, tags_of


def test_a_card_is_the_yaml_before_the_text() -> None:
    """Dates stay text, so that JSON can carry them."""
    assert {
        "sdk": "gradio",
        "released": "2025-01-02",
    } == read_card("---\nsdk: gradio\nreleased: 2025-01-02\n---\n# Hi\n---\n")


UNTOLD = [
    f"---\na: {value}\n---\n"
    for value in (".inf", ".nan", "!!timestamp 2025-01-02", "!!binary AAAA", "!!set {b}", "&b [*b]", "[" * 9999)
]


@pytest.mark.parametrize("readme", ["", "# Hi\n", "---\n: [\n---\n", "---\n- a\n---\n", "---\n---\n", *UNTOLD])
def test_what_is_no_card_is_an_empty_one(readme: str) -> None:
    """Nobody is refused for a bad card after the fact."""
    assert {} == read_card(readme)


def test_check_names_what_is_wrong() -> None:
    """Each error is a sentence."""
    errors, warnings = check_card("---\nsdk: cobol\ncolorFrom: mauve\n---\n", "space")
    assert ["sdk", "colorFrom"] == [error.split('"')[1] for error in errors]
    assert [] == warnings
    assert check_card("---\na: [\n---\n", "space")[0][0].startswith("YAML Error")
    assert ([], ["empty or missing yaml metadata in repo card"]) == check_card("# Hi", "space")
    assert ([], []) == check_card("---\nsdk: cobol\n---\n", "model")
    assert "short_description" in check_card(f"---\nshort_description: {'x' * 61}\n---\n", "space")[0][0]


def test_a_new_space_has_a_good_card() -> None:
    """What the hub writes passes its own check."""
    readme = space_readme("my-app", "gradio", short_description="It's: fine", license=None)
    assert ([], []) == check_card(readme, "space")
    assert "It's: fine" == read_card(readme)["short_description"]
    assert "My App" == read_card(readme)["title"]
    assert "license" not in read_card(readme)


def test_each_sdk_wants_its_file() -> None:
    """And a card may name another."""
    assert app_files("gradio", {}) == app_files("streamlit", {}) == ("app.py",)
    assert ("src/main.py",) == app_files("gradio", {"app_file": "src/main.py"})
    assert ("Dockerfile",) == app_files("docker", {})
    assert () == app_files("static", {})


def test_tags_are_those_of_the_card() -> None:
    """Anything but a list is none."""
    assert ["a", "1"] == tags_of({"tags": ["a", 1]})
    assert tags_of({"tags": "a"}) == tags_of({}) == []
    assert ["me/net"] == listed_in({"models": ["me/net"]}, "models")
