"""Making repositories: new ones, and copies of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from attrs import evolve, field, frozen

from aiohfspaces.localhub.accounts import Account, new_id
from aiohfspaces.localhub.cards import plain_readme, space_readme
from aiohfspaces.localhub.commits import check_shape
from aiohfspaces.localhub.discussions import PULL_REQUESTS
from aiohfspaces.localhub.git import GitRepository
from aiohfspaces.localhub.git_reading import MAIN
from aiohfspaces.localhub.hardware import FREE_FLAVOR, ZERO_GPU, Flavor, find_flavor
from aiohfspaces.localhub.life import Life, commit
from aiohfspaces.localhub.refusals import Refusal, bad_request, not_yours, payment_required
from aiohfspaces.localhub.repositories import REGIONS, Repository, check_repo_id, read_tip, sdk_of
from aiohfspaces.localhub.spaces import Setting, Space, check_sleep_time, check_tier, no_machine
from aiohfspaces.localhub.upload_modes import default_gitattributes
from aiohfspaces.localhub.world import World

_MAIN_REF = f"refs/heads/{MAIN}"


@frozen
class SpaceWish:
    """What a Space is to begin with."""

    flavor: str = FREE_FLAVOR
    storage: str | None = None
    sleep_time: int | None = None
    is_dev_mode: bool = False
    secrets: Mapping[str, Setting] = field(factory=dict)
    variables: Mapping[str, Setting] = field(factory=dict)
    volumes: list[dict[str, object]] = field(factory=list)


@frozen
class Wish:
    """A repository as somebody asks for it.

    Attributes:
        card: Keys of the card that its README.md begins with.
        files: By path the files that it begins with, besides.
        sdk: A Space's.
        region: Where it is to be kept; ``None`` for where the original is, or the Hub keeps most.
        resource_group: The id of a group of the organization.
    """

    type: str
    repo_id: str
    visibility: str = "public"
    sdk: str | None = None
    card: Mapping[str, str | None] = field(factory=dict)
    files: Mapping[str, bytes] = field(factory=dict)
    space: SpaceWish = field(factory=SpaceWish)
    region: str | None = None
    resource_group: str | None = None


def create(world: World, caller: Account, wish: Wish) -> Repository:
    """Make a new repository with a first commit.

    Raises:
        Refusal: There is one already, or another is being made: 409. Not the caller's namespace: 403.
            The wish makes no sense: 400. Somebody has to pay: 402.
    """
    with _turn_to_create(world, caller, wish.type, wish.repo_id):
        if wish.sdk is not None:
            check_space_wish(world, wish, wish.sdk)
        now = world.clock.now()
        files = _first_files(wish)
        check_shape(files, {})
        git = GitRepository.create(world.repositories.path(wish.type, wish.repo_id))
        with _deleted_unless_done(git):
            git.set_ref(_MAIN_REF, git.commit(None, files, author=caller.name, message="initial commit", at=now))
            return _settle(world, wish, git, now, sdk=wish.sdk)


def duplicate(world: World, caller: Account, source: Repository, wish: Wish) -> Repository:
    """Make a copy of a repository: its history, its files and its public variables, not its secrets.

    Raises:
        Refusal: As `create`.
    """
    with _turn_to_create(world, caller, wish.type, wish.repo_id):
        sdk = source.space.life.sdk if source.space else None
        if sdk is not None:
            check_space_wish(world, wish, sdk)
            with source.lock:
                variables = {**source.required_space.variables, **wish.space.variables}
            wish = evolve(wish, space=evolve(wish.space, variables=variables))
        wish = evolve(wish, region=wish.region or source.region)
        git = source.git.copy(world.repositories.path(wish.type, wish.repo_id))
        with _deleted_unless_done(git):
            for name in git.refs(PULL_REQUESTS):
                git.delete_ref(PULL_REQUESTS + name)  # what is discussed there is not discussed here
            return _settle(world, wish, git, world.clock.now(), sdk=sdk, origin=source.repo_id)


@contextmanager
def _deleted_unless_done(git: GitRepository) -> Iterator[None]:
    try:
        yield
    except BaseException:
        git.delete()  # what is left would keep the name from being used
        raise


@contextmanager
def _turn_to_create(world: World, caller: Account, repo_type: str, repo_id: str) -> Iterator[None]:
    namespace = check_repo_id(repo_id).partition("/")[0]
    if not world.accounts.may_write(caller, namespace):
        raise not_yours(f'create a {repo_type} under the namespace "{namespace}"')
    _check_absent(world, repo_type, repo_id)
    if not world.accounts.begin_creating(caller):
        raise _conflict()
    try:
        _check_absent(world, repo_type, repo_id)
        yield
    except FileExistsError as exc:
        raise _conflict() from exc
    finally:
        world.accounts.end_creating(caller)


def _conflict() -> Refusal:
    return Refusal(409, "Cannot create repo: another conflicting operation is in progress")


def _check_absent(world: World, repo_type: str, repo_id: str) -> None:
    existing = world.repositories.find(repo_type, repo_id)
    if existing is not None:
        url = f"{world.url}/{existing.url_path}"
        raise Refusal(409, f"You already created this {repo_type} repo", extra={"url": url})


def _settle(
    world: World, wish: Wish, git: GitRepository, now: float, *, sdk: str | None, origin: str | None = None
) -> Repository:
    tip = read_tip(git, sdk)
    space = None
    if sdk is not None:
        life = Life(sdk, world.stage_seconds, wish.space.flavor, wish.space.sleep_time, visited_at=now)
        space = Space(
            commit(life, now, sha=tip.sha, sdk=sdk_of(tip.card, sdk), has_app=tip.has_app),
            dict(wish.space.secrets),
            dict(wish.space.variables),
            wish.space.storage,
            wish.space.is_dev_mode,
            volumes=wish.space.volumes,
        )
    repository = Repository(
        new_id(),
        wish.type,
        wish.repo_id,
        now,
        wish.visibility,
        git,
        tip,
        space=space,
        origin=origin,
        region=wish.region or REGIONS[0],
        resource_group=wish.resource_group,
    )
    world.repositories.add(repository)
    return repository


def _first_files(wish: Wish) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {".gitattributes": default_gitattributes()}
    if wish.sdk is not None:
        files["README.md"] = space_readme(wish.repo_id.partition("/")[2], wish.sdk, **wish.card).encode()
    elif any(wish.card.values()):
        files["README.md"] = plain_readme(**wish.card).encode()
    return {**files, **wish.files}


def check_space_wish(world: World, wish: Wish, sdk: str) -> None:
    """Check what a Space is to begin with.

    Raises:
        Refusal: It makes no sense (400), or its owner has to pay and cannot (402).
    """
    check_flavor(world, wish.space.flavor, sdk, wish.repo_id)
    if sdk == "static":
        _check_needs_no_machine(wish.space)
    if wish.space.sleep_time is not None:
        check_sleep_time(wish.space.sleep_time)
    if wish.space.storage is not None:
        check_storage_is_offered(world)
        check_tier(wish.space.storage, None)


def _check_needs_no_machine(wish: SpaceWish) -> None:
    # The free flavor stands for not having asked: forms and clients fill it in.
    asked = {
        "request hardware": wish.flavor != FREE_FLAVOR,
        "set a sleep time": wish.sleep_time is not None,
        "set dev mode": wish.is_dev_mode,
        "add storage": wish.storage is not None,
        "attach volumes": bool(wish.volumes),
    }
    for doing, is_asked in asked.items():
        if is_asked:
            raise no_machine(doing)


def check_flavor(world: World, name: str, sdk: str, repo_id: str) -> Flavor:
    """Return the flavor that a Space is to run on. Whoever asks, the owner of the namespace pays.

    Raises:
        Refusal: There is none of that name, or not for this SDK: 400. The owner cannot pay for it: 402.
    """
    flavor = find_flavor(name)
    if flavor is None:
        raise bad_request(f"Unknown hardware flavor: {name!r}")
    if flavor.name == ZERO_GPU and sdk != "gradio":
        raise bad_request(f"{ZERO_GPU} is for Gradio Spaces only")
    owner = world.accounts.find(repo_id.partition("/")[0])
    if flavor.is_paid and not (owner and owner.can_pay):
        raise payment_required(flavor.name)
    return flavor


def check_storage_is_offered(world: World) -> None:
    """Let storage tiers through where this hub still offers them.

    Raises:
        Refusal: It does not: 400.
    """
    if not world.has_persistent_storage:
        raise bad_request("Persistent storage is no longer available. Attach volumes to the Space instead")
