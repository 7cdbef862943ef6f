"""Overrides hold for the code inside of them, and for nobody else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Annotated, Any

import pytest

from spikard import DependencyError, Provide, Spikard

from .describing import collected


class Database: ...


class Users:
    def __init__(self, database: Database) -> None:
        self.database = database


def shop() -> Spikard:
    app = Spikard()
    app.provide("name", "real")
    app.provide(Database, Provide(Database, singleton=True))
    app.provide(Users, Provide(Users, singleton=True))
    return app


async def get(app: Spikard, key: Any) -> Any:
    async with app.scope() as scope:
        return await scope.get(key)


def got(app: Spikard, key: Any = "name") -> Any:
    return asyncio.run(get(app, key))


def values(app: Spikard) -> list[Any]:
    return [b.target for b in collected(app).callables]


def test_of_a_value() -> None:
    app = shop()
    with app.override("name", "fake"):
        assert got(app) == "fake"
    assert got(app) == "real"


def test_by_a_factory_with_dependencies_of_its_own() -> None:
    app = shop()

    def fake(name: str) -> Iterator[str]:
        yield f"fake {name}"

    with app.override(Database, Provide(fake, depends_on=["name"], singleton=True)):
        assert got(app, Users).database == "fake real"


def test_of_what_nobody_provides() -> None:
    app = shop()
    replica = Annotated[Database, "replica"]
    with app.override(replica, 1):
        assert got(app, replica) == 1
    with pytest.raises(DependencyError, match="no provider"):
        got(app, replica)


def test_by_the_class_itself() -> None:
    app = Spikard()
    with app.override(Users, Provide(Users)), app.override(Database, Provide(Database)):
        assert type(got(app, Users).database) is Database


class Connections:
    def open(self) -> str:
        return "a real connection"


connections = Connections()


def open_database() -> str:
    return "the real database"


def open_session(database: str = Provide(open_database, singleton=True)) -> str:
    return f"session of {database}"


def handler(session: str = Provide(open_session), link: str = Provide(connections.open)) -> Any:
    return session, link


def test_of_factories_that_parameters_name_themselves() -> None:
    app = Spikard()

    async def called() -> Any:
        async with app.scope() as scope:
            return await scope.call(handler)

    def fake() -> Iterator[str]:
        yield "a fake database"

    assert asyncio.run(called()) == ("session of the real database", "a real connection")
    with app.override(open_database, Provide(fake)), app.override(connections.open, None):
        assert asyncio.run(called()) == ("session of a fake database", None)
        with app.override(open_session, "a fake session"):
            assert asyncio.run(called())[0] == "a fake session"
    assert asyncio.run(called()) == ("session of the real database", "a real connection")


def test_of_factories_that_a_handler_names_itself() -> None:
    app = Spikard()
    app.get("/")(handler)
    with app.override(open_session, "a fake session"):
        found = collected(app)
    assert "faults" not in found.manifest
    targets = [found.callables[p["callable"]].target for p in found.manifest["providers"]]
    assert targets == ["a fake session", connections.open]


def test_a_class_is_also_the_factory_of_parameters() -> None:
    def use(database: Any = Provide(Database)) -> Any:
        return database

    app = shop()

    async def called() -> Any:
        async with app.scope() as scope:
            return await scope.call(use)

    with app.override(Database, None):
        assert asyncio.run(called()) is None


def test_the_inner_one_holds() -> None:
    app = shop()
    with app.override("name", 1):
        with app.override("name", 2), app.override("other", 3):
            assert (got(app), got(app, "other")) == (2, 3)
        assert got(app) == 1


def test_the_key_may_be_written_in_another_way() -> None:
    app = shop()
    fake = Database()
    with app.override(Database | None, fake):
        assert got(app, Database) is fake


def test_it_ends_with_an_exception() -> None:
    app = shop()
    with pytest.raises(ValueError, match="of the test"), app.override("name", "fake"):
        raise ValueError("of the test")
    assert got(app) == "real"


def test_it_may_end_in_another_context() -> None:
    """As fixtures of asynchronous tests do."""
    app = shop()
    override = app.override("name", "fake")
    context = copy_context()
    context.run(override.__enter__)
    override.__exit__(None, None, None)
    assert got(app) == "real"
    assert context.run(got, app) == "fake"
    context.run(override.__exit__, None, None, None)
    assert context.run(got, app) == "real"


def test_of_one_app_is_none_of_another() -> None:
    app, other = shop(), shop()
    with app.override("name", "fake"):
        assert got(other) == "real"


def test_a_scope_keeps_those_it_was_opened_with() -> None:
    app = shop()

    async def test() -> None:
        async with app.scope() as before:
            with app.override("name", "fake"):
                assert await before.get("name") == "real"
                during = app.scope()
                await during.__aenter__()
                assert await during.get("name") == "fake"
            assert await during.get("name") == "fake"
            await during.__aexit__(None, None, None)

    asyncio.run(test())


def test_singletons_are_not_shared_across_it() -> None:
    app = shop()
    fake = Database()

    async def test() -> None:
        async with app.scope() as real:
            users = await real.get(Users)
            with app.override(Database, fake):
                async with app.scope() as one, app.scope() as two:
                    faked = await one.get(Users)
                    assert faked.database is fake
                    assert await two.get(Users) is faked
            assert await real.get(Users) is users
            assert users.database is not fake

    asyncio.run(test())
    assert app._opened == {}


def test_tasks_have_their_own() -> None:
    app = shop()

    async def one(n: int, all_in: asyncio.Event, inside: list[int]) -> Any:
        with app.override("name", n):
            inside.append(n)
            if len(inside) == 10:
                all_in.set()
            await all_in.wait()  # now each has its own
            return await get(app, "name")

    async def test() -> None:
        all_in, inside = asyncio.Event(), list[int]()
        tasks = [one(n, all_in, inside) for n in range(10)]
        assert await asyncio.gather(*tasks) == list(range(10))
        assert await get(app, "name") == "real"

    asyncio.run(test())


def test_tasks_that_it_starts_know_it() -> None:
    app = shop()

    async def test() -> None:
        with app.override("name", "fake"):
            task = asyncio.create_task(get(app, "name"))
            thread = asyncio.to_thread(got, app)
        assert await task == "fake"
        assert await thread == "real"  # it has begun behind the end

    asyncio.run(test())


def test_threads_have_their_own() -> None:
    app = shop()
    all_in = threading.Barrier(4)

    def one(n: int) -> Any:
        with app.override("name", n):
            all_in.wait(10)
            found = got(app), values_of_name()
            all_in.wait(10)
        return found, got(app)

    def values_of_name() -> Any:
        found = collected(app)
        [index] = [p["callable"] for p in found.manifest["providers"] if p["key"] == "name"]
        return found.callables[index].target

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [((n, n), "real") for n in range(4)]


def test_it_holds_for_loading() -> None:
    app = shop()
    with app.override("name", "fake"):
        assert values(app) == [Database, Users, "fake"]
    assert values(app) == ["real", Database, Users]


def test_on_an_app_that_is_loaded() -> None:
    app = shop()
    collected(app)
    with app.override("name", "fake"):
        assert got(app) == "fake"
    assert got(app) == "real"


def test_a_graph_with_overrides_is_not_kept() -> None:
    app = shop()
    with app.override("name", "fake"):
        collected(app)
    assert got(app) == "real"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (3, 4, "3 is neither a type nor a name"),
        (Database, Provide(Database, lazy=True), "lazy=True is for singletons"),
        (Users, Provide(lambda x: x), "parameter x: has no annotation"),
    ],
)
def test_a_faulty_one_is_told_with_its_place(key: Any, value: Any, message: str) -> None:
    app = shop()
    with (
        app.override(key, value),
        pytest.raises(DependencyError, match=message) as raised,
    ):
        got(app)
    assert f"({__file__}:" in str(raised.value)
