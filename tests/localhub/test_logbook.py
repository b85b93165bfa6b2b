"""The logs of a Space, computed from its life."""

from aiohfspaces.localhub import life
from aiohfspaces.localhub.life import Failure, Life
from aiohfspaces.localhub.logbook import Line, build_log, is_app_over, is_build_over, run_log


def doomed(stage: str) -> Life:
    """A Space whose first start, at time 0, fails."""
    return life.commit(
        life.doom(Life("gradio", 10), Failure(stage, "one\ntwo")), 0, sha="abc", sdk="gradio", has_app=True
    )


def test_a_build_log_grows_as_the_build_goes_on() -> None:
    """Nothing is told before it happened."""
    subject = life.commit(Life("gradio", 10), 0, sha="abc", sdk="gradio", has_app=True)
    assert 2 == len(build_log(subject, 0))
    assert "DONE" == build_log(subject, 10)[-1].text
    assert [False, True] == [is_build_over(subject, 9), is_build_over(subject, 10)]


def test_a_build_failure_is_the_end_of_the_build_log() -> None:
    """Line by line."""
    assert ["one", "two"] == [line.text for line in build_log(doomed("BUILD_ERROR"), 10)][-2:]
    assert [] == run_log(doomed("BUILD_ERROR"), 99)


def test_a_crash_is_the_end_of_the_run_log() -> None:
    """The build before it went well."""
    assert ["one", "two"] == [line.text for line in run_log(doomed("RUNTIME_ERROR"), 20)][-2:]
    assert is_app_over(doomed("RUNTIME_ERROR"), 20)
    assert not is_app_over(doomed("RUNTIME_ERROR"), 19)


def test_an_empty_space_has_no_logs() -> None:
    """Nothing was ever started."""
    assert build_log(Life("gradio", 10), 0) == run_log(Life("gradio", 10), 0) == []


def test_a_line_is_told_with_its_end_and_time() -> None:
    """As the Hub's stream does."""
    line = run_log(life.commit(Life("gradio", 10), 0, sha="a", sdk="gradio", has_app=True), 20)[-1]
    assert {
        "data": "* Running on local URL:  http://0.0.0.0:7860\n",
        "timestamp": "1970-01-01T00:00:20.000Z",
    } == line.describe()


def test_what_an_app_prints_stands_where_it_was_printed() -> None:
    """Among the lines of its own start; what an earlier start printed is gone."""
    subject = life.commit(Life("gradio", 10), 5, sha="a", sdk="gradio", has_app=True)
    output = [Line(1, "old"), Line(18, "early"), Line(30, "late"), Line(31, "not yet")]
    texts = [line.text for line in run_log(subject, 30, output)]
    assert ["early", "late"] == [text for text in texts if text.isalpha()]
    assert ["early", "late"] == [texts[1], texts[3]]
    assert [] == run_log(Life("gradio", 10), 30, output)
