"""What a Space is told to show, scene by scene, whatever it would do of itself."""

from __future__ import annotations

from attrs import evolve, field, frozen


@frozen
class Scene:
    """What a Space shows for a while.

    Without a length it lasts one look, and the last one stays.

    Attributes:
        stage: The stage, also one that the Hub has not invented yet.
        looks: For how many looks at its runtime it lasts, those of listings included.
        seconds: For how long it lasts, by the hub's clock.
        hardware: The flavor that it shows to run on; ``None`` for what it would run on, if that stage runs at all.
        error_message: The Hub's words for a failure.
        requests: A flavor that somebody else requests when the scene begins.
        log: What is printed when the scene begins, in the log of the app, or of the build while that goes on.
    """

    stage: str
    looks: int | None = field(default=None, kw_only=True)
    seconds: float | None = field(default=None, kw_only=True)
    hardware: str | None = field(default=None, kw_only=True)
    error_message: str | None = field(default=None, kw_only=True)
    requests: str | None = field(default=None, kw_only=True)
    log: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse a length that is none.

        Raises:
            ValueError: It is negative, or there are two.
        """
        is_none = self.looks is not None and self.looks < 1
        if is_none or (self.seconds or 0) < 0 or None not in (self.looks, self.seconds):
            raise ValueError(f"a scene lasts for some looks or for some seconds, not {self.looks}, {self.seconds}")


@frozen
class Script:
    """The scenes that are left, the one that is on first.

    Attributes:
        scenes: All of them; never none.
        began: When the first of them did.
        looks: How often it was looked at.
    """

    scenes: tuple[Scene, ...]
    began: float
    looks: int = 0

    def next_at(self, now: float) -> float | None:
        """Tell when the next scene began; ``None`` while this one is on."""
        scene = self.scenes[0]
        if scene.seconds is not None:
            ends = self.began + scene.seconds
            return ends if now >= ends else None
        stays = scene.looks is None and len(self.scenes) == 1
        return now if not stays and self.looks >= (scene.looks or 1) else None

    def after(self, began: float) -> Script | None:
        """Go on to the next scene; ``None`` after the last."""
        return Script(self.scenes[1:], began) if len(self.scenes) > 1 else None

    def seen(self) -> Script:
        """Count a look."""
        return evolve(self, looks=self.looks + 1)
