"""What collect() says of the ways to provide a dependency."""

from __future__ import annotations

import abc
import functools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

import pytest

from spikard import Provide, Spikard
from spikard._missing import MISSING

from .describing import collected, faults, only_fault

T = TypeVar("T")
HERE = f"__type__{__name__}."


class User: ...


class Pool:
    def __init__(self, url: str = "", size: int = 1) -> None:
        self.url = url
        self.size = size


class Store(Generic[T]): ...


class Repo(Generic[T]):
    def __init__(self, store: Store[T], backup: Annotated[Store[T] | None, "backup"]) -> None:
        self.store = store
        self.backup = backup


class UserRepo(Repo[User]): ...


@dataclass
class Pair(Generic[T]):
    first: Store[T]
    second: list[T] | None = None


class Clock(Protocol):
    def now(self) -> float: ...


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> float: ...


class Square(Shape):
    def __init__(self, clock: Clock) -> None: ...

    def area(self) -> float:
        return 1


class SystemClock:
    def now(self) -> float:
        return 0


def provided(key: Any, value: Any = MISSING) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """The provider, its function and what is called, of an app with nothing else."""
    app = Spikard()
    app.provide(key, value)
    found = collected(app)
    assert "faults" not in found.manifest, found.manifest["faults"]
    [provider] = found.manifest["providers"]
    index = provider["callable"]
    return provider, found.manifest["callables"][index], found.callables[index]


def needs(function: dict[str, Any]) -> dict[str, str]:
    return {p["name"]: p["key"].removeprefix(HERE) for p in function["params"]}


def qualified(arguments: str) -> str:
    return arguments.replace("User", f"{__name__}.User")


@pytest.mark.parametrize("value", [MISSING, Provide(Repo[User])], ids=["key alone", "factory"])
def test_a_generic_class_is_built_with_its_arguments(value: Any) -> None:
    provider, function, bound = provided(Repo[User], value)
    assert provider["key"] == HERE + qualified("Repo[User]")
    assert function["kind"] == bound.kind == "class"
    assert function["name"] == f"{__name__}.Repo"
    store = qualified("Store[User]")
    assert needs(function) == {"store": store, "backup": f"{store}#backup"}
    built: Repo[User] = bound.target(Store(), None)
    assert type(built) is Repo


def test_two_of_a_generic_class_are_two_dependencies() -> None:
    app = Spikard()
    app.provide(Repo[User])
    app.provide(Repo[int])
    found = collected(app).manifest
    assert [needs(f)["store"] for f in found["callables"]] == [
        qualified("Store[User]"),
        "Store[builtins.int]",
    ]


def test_arguments_of_a_generic_base_class_are_known() -> None:
    assert needs(provided(UserRepo)[1])["store"] == qualified("Store[User]")


def test_a_generic_dataclass() -> None:
    _, function, _ = provided(Pair[User])
    keys = [qualified("Store[User]"), f"__type__builtins.list[{__name__}.User]"]
    assert list(needs(function).values()) == keys
    assert [p["required"] for p in function["params"]] == [True, False]


def test_a_partial_of_a_generic_class() -> None:
    _, function, _ = provided(Repo[User], Provide(functools.partial(Repo[User], backup=None)))
    assert needs(function) == {"store": qualified("Store[User]")}


def test_a_generic_class_without_arguments_can_not_be_built() -> None:
    app = Spikard()
    app.provide(Repo)
    found = faults(app)
    assert [f.partition(", ")[2].partition(":")[0] for f in found] == [
        "parameter store",
        "parameter backup",
    ]
    assert "has the type variable ~T: provide the class with arguments" in found[0]


@pytest.mark.parametrize(("key", "cls"), [(Clock, SystemClock), (Shape, Square)])
def test_a_protocol_or_an_abstract_class_is_a_key(key: Any, cls: Any) -> None:
    provider, _, bound = provided(key, Provide(cls))
    assert provider["key"] == HERE + key.__name__
    assert bound.target is cls


def test_a_protocol_is_injected_by_its_key() -> None:
    assert needs(provided(Square)[1]) == {"clock": "Clock"}


@pytest.mark.parametrize("key", [Clock, Shape])
def test_a_protocol_or_an_abstract_class_is_not_built_itself(key: Any) -> None:
    app = Spikard()
    app.provide(key)
    name = key.__name__
    assert only_fault(app) == (
        f"provider of {__name__}.{name}: an abstract class or a protocol can't be built: "
        "give a factory"
    )


def test_a_class_is_no_instance_of_itself() -> None:
    app = Spikard()
    app.provide(Shape, Square)
    assert "a class isn't such a value; to have it called, write Provide(Square)" in only_fault(app)


@pytest.mark.parametrize("key", [Callable[[], int], Annotated[Callable[[], int], "x"]])
def test_a_function_is_a_value_of_a_callable_type(key: Any) -> None:
    def seven() -> int:
        return 7

    _, function, bound = provided(key, seven)
    assert (function["kind"], bound.target) == ("value", seven)


class Maker:
    def __call__(self, user: User) -> Pool:
        return Pool()

    def generate(self, user: User) -> Iterator[Pool]:
        yield Pool()

    @classmethod
    def of_class(cls, user: User) -> Pool:
        return Pool(repr(user))

    @staticmethod
    def static(user: User) -> Pool:
        return Pool(repr(user))


class AsyncMaker:
    async def __call__(self, user: User) -> Pool:
        return Pool()


def make(user: User, url: str, size: int = 3) -> Pool:
    return Pool(url, size)


@functools.lru_cache
def cached(user: User) -> Pool:
    return Pool()


FACTORIES: list[tuple[Any, str, list[str]]] = [
    (lambda: Pool(), "function", []),
    (lambda n=3: Pool(size=n), "function", ["n"]),
    (functools.partial(make, url="x"), "function", ["User", "size"]),
    (functools.partial(make, url="x", size=4), "function", ["User"]),
    (functools.partial(functools.partial(make, url="x"), size=4), "function", ["User"]),
    (functools.partial(Pool, "x"), "function", ["size"]),
    (functools.partial(Maker().generate), "generator", ["User"]),
    (Maker(), "function", ["User"]),
    (AsyncMaker(), "coroutine", ["User"]),
    (functools.partial(AsyncMaker()), "coroutine", ["User"]),
    (Maker().generate, "generator", ["User"]),
    (Maker.of_class, "function", ["User"]),
    (Maker.static, "function", ["User"]),
    (cached, "function", ["User"]),
]


@pytest.mark.parametrize(("factory", "kind", "wanted"), FACTORIES)
def test_factories_of_all_kinds(factory: Any, kind: str, wanted: list[str]) -> None:
    _, function, bound = provided(Pool, Provide(factory))
    found = [
        p["name"] if not p["required"] else needs(function)[p["name"]] for p in function["params"]
    ]
    assert (function["kind"], found) == (kind, wanted)
    assert bound.target is factory


def test_a_lambda_asks_by_name() -> None:
    app = Spikard()
    app.provide("user", User())
    app.provide(Pool, Provide(lambda user: Pool(user)))
    [function] = [f for f in collected(app).manifest["callables"] if f["kind"] == "function"]
    assert needs(function) == {"user": "user"}


def test_a_lambda_that_asks_for_what_is_not_there_is_a_fault() -> None:
    app = Spikard()
    app.provide(Pool, Provide(lambda user: Pool(user)))
    message = only_fault(app)
    assert f"of {__name__}.Pool, parameter user: has no annotation" in message
    assert "app.provide('user', ...)" in message


def test_a_builtin_without_a_signature_is_a_fault() -> None:
    app = Spikard()
    app.provide("x", Provide(dict))
    assert only_fault(app).startswith("provider builtins.dict of 'x': its parameters can't be read")


def test_defaults_are_optional_dependencies() -> None:
    def factory(a: User, b: User | None, c: Pool | None = None, d: int = 3) -> Pool:
        return Pool()

    _, function, bound = provided(Pool, Provide(factory))
    assert [p["required"] for p in function["params"]] == [True, False, False, False]
    assert all(p["in"] == "inject" for p in function["params"])
    assert bound.defaults == (MISSING, None, None, 3)


def test_what_a_partial_settles_is_not_injected() -> None:
    app = Spikard()
    app.provide("url", "from the app")
    app.provide(Pool, Provide(functools.partial(make, User(), url="settled")))
    found = collected(app)
    [n] = [n for n, f in enumerate(found.manifest["callables"]) if f["kind"] == "function"]
    assert needs(found.manifest["callables"][n]) == {"size": "__type__builtins.int"}
    bound = found.callables[n]
    assert (bound.positional, bound.keywords) == (0, ("size",))
    assert bound.target(size=5).url == "settled"


def test_a_lazy_singleton_says_so() -> None:
    assert provided(Pool, Provide(Pool, singleton=True, lazy=True))[0]["lazy"] is True
    assert "lazy" not in provided(Pool, Provide(Pool, singleton=True))[0]


@pytest.mark.parametrize("scope", ["request", "transient"])
def test_only_singletons_are_lazy(scope: Any) -> None:
    app = Spikard()
    app.provide(Pool, Provide(Pool, scope=scope, lazy=True))
    message = only_fault(app)
    assert message.startswith(f"provider of {__name__}.Pool: lazy=True is for singletons")
    assert repr(scope) in message


def test_lazy_tells_two_private_providers_apart() -> None:
    app = Spikard()

    @app.get("/")
    def handler(
        a: Annotated[Pool, Provide(Pool, singleton=True)],
        b: Annotated[Pool, Provide(Pool, singleton=True, lazy=True)],
        c: Annotated[Pool, Provide(Pool, singleton=True)],
    ) -> None: ...

    found = collected(app).manifest
    assert [p.get("lazy", False) for p in found["providers"]] == [False, True]


class TestLogger:
    KEY = "__type__logging.Logger"

    def test_it_is_there_for_those_who_ask(self) -> None:
        app = Spikard()
        app.provide(Pool, Provide(self.factory))

        @app.get("/")
        def handler(log: logging.Logger, pool: Pool) -> None: ...

        @app.pre_handler
        def hook(request: Any, log: logging.Logger) -> None: ...

        found = collected(app)
        assert "faults" not in found.manifest
        [provider] = [p for p in found.manifest["providers"] if p["key"] == self.KEY]
        bound = found.callables[provider["callable"]]
        assert (provider["scope"], bound.kind) == ("singleton", "value")
        assert bound.target is logging.getLogger("spikard.request")
        places = {
            p["in"]
            for f in found.manifest["callables"]
            for p in f["params"]
            if p.get("key") == self.KEY
        }
        assert places == {"auto", "inject"}

    def factory(self, log: logging.Logger) -> Pool:
        return Pool()

    def test_it_is_not_there_for_others(self) -> None:
        app = Spikard()
        app.provide(Pool)
        assert all(p["key"] != self.KEY for p in collected(app).manifest["providers"])

    def test_an_app_may_have_one_of_its_own(self) -> None:
        app = Spikard()
        own = logging.getLogger("own")
        app.provide(logging.Logger, own)

        @app.get("/")
        def handler(log: logging.Logger) -> None: ...

        found = collected(app)
        [provider] = found.manifest["providers"]
        assert found.callables[provider["callable"]].target is own

    def test_collecting_again_gives_the_same(self) -> None:
        app = Spikard()

        @app.get("/")
        def handler(log: logging.Logger) -> None: ...

        assert collected(app).manifest == collected(app).manifest
