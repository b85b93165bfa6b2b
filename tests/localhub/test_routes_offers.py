"""What the Hub offers to Spaces, over HTTP."""

from .conftest import Caller


def test_hardware_and_templates_are_everybodys(nobody: Caller) -> None:
    """Nobody has to say who they are."""
    hardware = {flavor["name"]: flavor for flavor in nobody.get("/api/spaces/hardware").json()}
    assert (None, "gpu") == (hardware["cpu-basic"]["accelerator"], hardware["t4-medium"]["accelerator"]["type"])
    templates = nobody.get("/api/spaces/templates").json()["templates"]
    assert ["Greeter", "JupyterLab", "Page"] == [template["name"] for template in templates]


def test_a_quota_is_somebodys(me: Caller, nobody: Caller) -> None:
    """What is called ``current`` is what remains: all of it."""
    quota = me.get("/api/spaces/zero-gpu/quota").json()
    assert {"base": 300, "current": 300, "resetsAt": None, "overquotaUsed": 0} == {
        key: value for key, value in quota.items() if key != "runs"
    }
    assert quota["runs"]["remaining"] == quota["runs"]["limit"] - quota["runs"]["used"]
    refused = nobody.get("/api/spaces/zero-gpu/quota")
    assert (401, False) == (refused.status_code, "X-Error-Code" in refused.headers)
