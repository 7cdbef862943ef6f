"""Dependencies outside of requests."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Annotated, Any, Generic, Protocol, TypeVar

import pytest

from spikard import (
    DependencyError,
    DependencyScope,
    GoError,
    Header,
    Provide,
    Query,
    Request,
    Spikard,
)

from .describing import collected

T = TypeVar("T")

ADVICE_ON_CYCLES = (
    "let one of them do without the next, or move what they share into a provider of its own"
)
ADVICE_ON_LIFETIMES = (
    "a singleton outlives every request: make Database a singleton, or give Session the "
    "scope 'request'"
)


class Database: ...


class Session:
    def __init__(self, database: Database) -> None:
        self.database = database


class Mailer:
    def __init__(self, session: Session, sender: str = "shop") -> None:
        self.session = session
        self.sender = sender


class Clock(Protocol):
    def now(self) -> int: ...


class SystemClock:
    def now(self) -> int:
        return 1


class Repo(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


def run(test: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(test())


def line() -> int:
    """The line after the caller's."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno + 1


class Log:
    """Providers that log what happens to them."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def generator(self, name: str, *, fails: bool = False, swallows: bool = False) -> Any:
        def make() -> Iterator[str]:
            self.lines.append(f"open {name}")
            try:
                yield name
            except BaseException as exc:
                self.lines.append(f"{name} saw {type(exc).__name__}")
                if not swallows:
                    raise
            finally:
                self.lines.append(f"close {name}")
                if fails:
                    raise OSError(name)

        return make

    def async_generator(self, name: str, **options: bool) -> Any:
        async def make() -> AsyncIterator[str]:
            await asyncio.sleep(0)
            inner = self.generator(name, **options)()
            try:
                yield next(inner)
            except BaseException as exc:  # noqa: BLE001  # thrown on
                await asyncio.sleep(0)
                try:
                    inner.throw(exc)
                except StopIteration:
                    return
            else:
                await asyncio.sleep(0)
                next(inner, None)

        return make


@pytest.fixture
def log() -> Log:
    return Log()


def shop() -> Spikard:
    app = Spikard()
    app.provide(Database, Provide(Database, singleton=True))
    app.provide(Session)
    app.provide(Mailer)
    return app


def test_values_and_what_they_need() -> None:
    app = shop()
    app.provide(Clock, Provide(SystemClock))
    app.provide("greeting", "hello")
    app.provide(Annotated[Database, "replica"], Provide(Database))
    app.provide(int, 3)
    app.provide(Repo[int])

    async def test() -> None:
        async with app.scope() as scope:
            assert isinstance(scope, DependencyScope)
            mailer: Mailer = await scope.get(Mailer)
            assert mailer.sender == "shop"
            assert mailer.session is await scope.get(Session)
            assert mailer.session.database is await scope.get(Database)
            assert await scope.get("greeting") == "hello"
            replica = await scope.get(Annotated[Database, "replica"])
            assert isinstance(replica, Database)
            assert replica is not mailer.session.database
            assert isinstance(await scope.get(Clock), SystemClock)
            assert (await scope.get(Repo[int])).item == 3
            assert await scope.get(logging.Logger) is logging.getLogger("spikard.request")

    run(test)


def test_lifetimes() -> None:
    app = Spikard()
    app.provide("singleton", Provide(object, singleton=True))
    app.provide("lazy", Provide(object, singleton=True, lazy=True))
    app.provide("request", Provide(object))
    app.provide("transient", Provide(object, use_cache=False))

    async def test() -> None:
        async with app.scope() as one, app.scope() as two:
            for key, once, shared in (
                ("singleton", True, True),
                ("lazy", True, True),
                ("request", True, False),
                ("transient", False, False),
            ):
                first = await one.get(key)
                assert (await one.get(key) is first) == once, key
                assert (await two.get(key) is first) == shared, key

    run(test)


def test_singletons_live_as_long_as_a_scope_is_open(log: Log) -> None:
    app = Spikard()
    app.provide("pool", Provide(log.async_generator("pool"), singleton=True))
    app.provide("session", Provide(log.generator("session"), depends_on=[]))

    async def test() -> None:
        async with app.scope() as outer:
            async with app.scope() as inner:
                await inner.get("session")
                await inner.get("pool")
            log.lines.append("inner is over")
            await outer.get("pool")
        log.lines.append("outer is over")
        async with app.scope() as again:
            await again.get("pool")

    run(test)
    assert log.lines == [
        "open session",
        "open pool",
        "close session",
        "inner is over",
        "close pool",
        "outer is over",
        "open pool",
        "close pool",
    ]
    assert app._opened == {}


def test_clean_up_is_in_reverse(log: Log) -> None:
    app = Spikard()
    app.provide("a", Provide(log.generator("a")))
    app.provide("b", Provide(log.async_generator("b")))
    app.provide("c", Provide(log.generator("c"), use_cache=False))

    async def test() -> None:
        async with app.scope() as scope:
            for key in "abcca":
                await scope.get(key)

    run(test)
    closed = ["close c", "close c", "close b", "close a"]
    assert log.lines == ["open a", "open b", "open c", "open c", *closed]


def test_every_factory_can_be_one(log: Log) -> None:
    async def coroutine(database: Database, *, clock: Clock) -> tuple[Any, Any]:
        await asyncio.sleep(0)
        return database, clock

    app = Spikard()
    app.provide(Database)
    app.provide(Clock, Provide(lambda: SystemClock()))
    app.provide("coroutine", Provide(coroutine))

    async def test() -> None:
        async with app.scope() as scope:
            database, clock = await scope.get("coroutine")
            assert (database, clock) == (await scope.get(Database), await scope.get(Clock))

    run(test)


@pytest.mark.parametrize("kind", ["generator", "async_generator"])
class TestFailures:
    def test_the_failure_is_thrown_in(self, log: Log, kind: str) -> None:
        app = Spikard()
        app.provide("a", Provide(getattr(log, kind)("a")))
        app.provide("b", Provide(getattr(log, kind)("b", swallows=True)))
        failure = ValueError("of the body")

        async def test() -> None:
            async with app.scope() as scope:
                await scope.get("a")
                await scope.get("b")
                raise failure

        with pytest.raises(ValueError, match="of the body") as raised:
            run(test)
        assert raised.value is failure
        saw = ["b saw ValueError", "close b", "a saw ValueError", "close a"]
        assert log.lines == ["open a", "open b", *saw]

    def test_every_clean_up_runs(self, log: Log, kind: str) -> None:
        app = Spikard()
        for name in "abc":
            app.provide(name, Provide(getattr(log, kind)(name, fails=name == "b")))

        async def test() -> None:
            async with app.scope() as scope:
                for name in "abc":
                    await scope.get(name)

        with pytest.raises(OSError, match="b"):
            run(test)
        assert log.lines[3:] == ["close c", "close b", "a saw OSError", "close a"]

    def test_a_failing_clean_up_of_a_singleton_is_raised(self, log: Log, kind: str) -> None:
        app = Spikard()
        app.provide("a", Provide(getattr(log, kind)("a", fails=True), singleton=True))

        async def test() -> None:
            async with app.scope() as scope:
                await scope.get("a")
                raise ValueError

        with pytest.raises(OSError, match="a") as raised:
            run(test)
        assert isinstance(raised.value.__context__, ValueError)
        assert app._opened == {}

    def test_a_cancellation_is_thrown_in(self, log: Log, kind: str) -> None:
        app = Spikard()
        app.provide("a", Provide(getattr(log, kind)("a")))

        async def body(ready: asyncio.Event) -> None:
            async with app.scope() as scope:
                await scope.get("a")
                ready.set()
                await asyncio.Event().wait()

        async def test() -> None:
            ready = asyncio.Event()
            task = asyncio.create_task(body(ready))
            await ready.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(test)
        assert log.lines == ["open a", "a saw CancelledError", "close a"]

    def test_one_yield(self, kind: str) -> None:
        def never() -> Iterator[None]:
            yield from ()

        def twice() -> Iterator[None]:
            yield
            yield

        async def async_never() -> AsyncIterator[None]:
            for _ in range(0):
                yield

        async def async_twice() -> AsyncIterator[None]:
            yield
            yield

        app = Spikard()
        app.provide("never", Provide(never if kind == "generator" else async_never))
        app.provide("twice", Provide(twice if kind == "generator" else async_twice))

        async def test(key: str) -> None:
            async with app.scope() as scope:
                await scope.get(key)

        with pytest.raises(RuntimeError, match="never ended without a yield"):
            asyncio.run(test("never"))
        with pytest.raises(RuntimeError, match="twice yielded more than once"):
            asyncio.run(test("twice"))


def test_what_a_factory_raises_is_raised_and_the_next_try_is_a_new_one() -> None:
    tries = []

    def factory() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("not yet")
        return len(tries)

    app = Spikard()
    app.provide("x", Provide(factory))

    async def test() -> None:
        async with app.scope() as scope:
            with pytest.raises(OSError, match="not yet"):
                await scope.get("x")
            assert await scope.get("x") == 2

    run(test)


@pytest.mark.parametrize("scope_name", ["request", "singleton"])
def test_tasks_share_what_is_made_once(scope_name: Any) -> None:
    made: list[object] = []
    app = Spikard()

    async def test() -> None:
        asked = asyncio.Event()

        async def factory() -> object:
            await asked.wait()
            made.append(object())
            return made[-1]

        app.provide("x", Provide(factory, scope=scope_name))
        async with app.scope() as scope:
            tasks = [asyncio.create_task(scope.get("x")) for _ in range(5)]
            await asyncio.sleep(0)  # each has asked now
            asked.set()
            assert set(await asyncio.gather(*tasks)) == set(made)

    run(test)
    assert len(made) == 1


def test_a_task_that_is_cancelled_leaves_the_making_to_the_next() -> None:
    app = Spikard()

    async def test() -> None:
        begun, go = asyncio.Event(), asyncio.Event()

        async def factory() -> int:
            begun.set()
            await go.wait()
            return 1

        app.provide("x", Provide(factory))
        async with app.scope() as scope:
            first = asyncio.create_task(scope.get("x"))
            second = asyncio.create_task(scope.get("x"))
            await begun.wait()
            first.cancel()
            go.set()
            assert await second == 1
            with pytest.raises(asyncio.CancelledError):
                await first

    run(test)


def test_each_event_loop_has_its_own_singletons() -> None:
    app = shop()
    both_open = threading.Barrier(2)
    found = []

    async def test() -> None:
        async with app.scope() as scope:
            found.append(await scope.get(Database))
            both_open.wait(10)

    threads = [threading.Thread(target=run, args=(test,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 2
    assert app._opened == {}


def test_what_a_task_makes_behind_the_end_is_cleaned_up(log: Log) -> None:
    app = Spikard()

    async def test() -> None:
        begun, go = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[str]:
            begun.set()
            await go.wait()
            for value in log.generator("slow")():
                yield value

        app.provide("slow", Provide(slow))
        async with app.scope() as scope:
            task = asyncio.create_task(scope.get("slow"))
            await begun.wait()
        go.set()
        with pytest.raises(RuntimeError, match="the scope ended while a dependency was made"):
            await task

    run(test)
    assert log.lines == ["open slow", "close slow"]


def test_misuse() -> None:
    app = shop()

    async def test() -> None:
        with pytest.raises(TypeError, match="write `async with"), app.scope():
            pass
        scope = app.scope()
        with pytest.raises(RuntimeError, match="isn't open"):
            await scope.get(Database)
        async with scope:
            for key in (3, "", "__type__x", None):
                with pytest.raises(TypeError, match="is neither a type nor a name"):
                    await scope.get(key)

            def elsewhere() -> None:
                with pytest.raises(RuntimeError, match="another event loop"):
                    asyncio.run(scope.get(Database))

            await asyncio.to_thread(elsewhere)
            with pytest.raises(RuntimeError, match="entered once"):
                await scope.__aenter__()
        with pytest.raises(RuntimeError, match="has ended"):
            await scope.get(Database)

    run(test)


class TestErrors:
    def refused(self, app: Spikard, key: Any = Mailer) -> list[str]:
        """The lines of the error; numbers behind this file's name are left out."""

        async def test() -> str:
            async with app.scope() as scope:
                with pytest.raises(DependencyError) as raised:
                    await scope.get(key)
                return str(raised.value)

        return self.lines(run(test))

    def lines(self, text: str) -> list[str]:
        assert not re.search(r"\.py:0\b", text)
        text = re.sub(rf"{re.escape(__file__)}:\d+", "here", text)
        return [part.strip().replace(f"{__name__}.", "") for part in text.splitlines()]

    def test_missing(self) -> None:
        app = Spikard()
        app.provide(Session)
        app.provide(Mailer)
        assert self.refused(app) == [
            "no provider for Database",
            "scope.get (here) needs Mailer, from Mailer (here)",
            "Mailer (here) needs Session, from Session (here)",
            "Session (here) needs Database, which nothing here provides",
            "add app.provide() for it, or give the parameter a default",
            "if Go provides it where the app is served, let app.override() stand in for it here",
        ]

    def test_missing_says_what_may_be_meant(self) -> None:
        app = Spikard()
        app.provide("DATABASE", 1)
        app.provide(Annotated[Database, "main"], Provide(Database))
        assert self.refused(app, Database)[1:3] == [
            "scope.get (here) needs Database, which nothing here provides",
            "did you mean 'DATABASE', from DATABASE (here) or Database#main, from Database (here)?",
        ]

    def test_the_places_are_right(self) -> None:
        app = Spikard()
        provided = line()
        app.provide(Session)

        async def test() -> tuple[str, int]:
            async with app.scope() as scope:
                try:
                    asked = line()
                    await asyncio.gather(scope.get(Session), scope.get(Session))
                except DependencyError as exc:
                    return str(exc), asked
                raise AssertionError

        text, asked = run(test)
        assert f"scope.get ({__file__}:{asked}) needs" in text
        assert f"from {__name__}.Session ({__file__}:{provided})" in text
        first = inspect.getsourcelines(Session)[1]
        assert f"Session ({__file__}:{first}) needs {__name__}.Database" in text

    def test_cycle(self) -> None:
        def database(mailer: Mailer) -> Database:
            return Database()

        app = Spikard()
        app.provide(Database, Provide(database))
        app.provide(Session)
        app.provide(Mailer)
        name = "TestErrors.test_cycle.<locals>.database"
        assert self.refused(app, Session) == [
            "dependency cycle: Session -> Database -> Mailer -> Session",
            "Session (here) provides Session; Session (here) needs Database",
            f"{name} (here) provides Database; {name} (here) needs Mailer",
            "Mailer (here) provides Mailer; Mailer (here) needs Session",
            ADVICE_ON_CYCLES,
        ]

    def test_a_provider_of_itself(self) -> None:
        app = Spikard()
        app.provide("x", Provide(lambda x: x, depends_on=["x"]))
        assert self.refused(app, "x")[0] == "dependency cycle: 'x' -> 'x'"

    @pytest.mark.parametrize("scope", ["request", "transient"])
    def test_lifetime(self, scope: Any) -> None:
        app = Spikard()
        app.provide(Database, Provide(Database, scope=scope))
        app.provide(Session, Provide(Session, singleton=True))
        app.provide(Mailer)
        assert self.refused(app) == [
            f"singleton Session needs Database, which has the scope '{scope}'",
            "scope.get (here) needs Mailer, from Mailer (here)",
            "Mailer (here) needs Session, from Session (here)",
            "Session (here) needs Database, from Database (here)",
            ADVICE_ON_LIFETIMES,
        ]

    def test_a_cycle_of_singletons_and_requests_is_a_matter_of_lifetimes(self) -> None:
        app = Spikard()
        app.provide("a", Provide(lambda b: b, singleton=True, depends_on=["b"]))
        app.provide("b", Provide(lambda a: a, depends_on=["a"]))
        assert self.refused(app, "a")[0].startswith("singleton 'a' needs 'b'")
        assert self.refused(app, "b")[0].startswith("singleton 'a' needs 'b'")

    def test_what_was_given_before_is_still_too_short_lived(self) -> None:
        app = Spikard()
        app.provide(Database)
        app.provide(Session, Provide(Session, singleton=True))

        async def test() -> None:
            async with app.scope() as scope:
                await scope.get(Database)
                with pytest.raises(DependencyError, match="has the scope 'request'"):
                    await scope.get(Session)

        run(test)

    def test_the_request(self) -> None:
        def database(request: Request) -> Database:
            return Database()

        app = Spikard()
        app.provide(Database, Provide(database))
        app.provide(Session)
        name = "TestErrors.test_the_request.<locals>.database"
        assert self.refused(app, Session) == [
            f"{name} takes the request, and there is none outside of requests",
            "scope.get (here) needs Session, from Session (here)",
            f"Session (here) needs Database, from {name} (here)",
            f"{name} (here) takes the request",
            "let app.override() stand in for Database here",
        ]
        assert self.refused(app, Request)[0] == (
            "scope.get takes the request, and there is none outside of requests"
        )

    def test_nothing_is_made_when_something_is_missing(self, log: Log) -> None:
        def use(a: Any, gone: Any) -> None: ...

        app = Spikard()
        app.provide("a", Provide(log.generator("a")))
        app.provide("use", Provide(use, depends_on=["a", "gone"]))
        assert self.refused(app, "use")[0] == "no provider for 'gone'"
        assert log.lines == []

    def test_faulty_registrations_are_all_told(self) -> None:
        app = Spikard()
        app.provide(Database, Provide(Database, scope="singleton", use_cache=False))
        app.provide(Session)
        app.provide(Session)
        app.provide(Mailer, Provide(lambda x: x))

        async def test() -> None:
            async with app.scope():
                raise AssertionError

        with pytest.raises(DependencyError) as raised:
            run(test)
        lambda_ = "TestErrors.test_faulty_registrations_are_all_told.<locals>.<lambda>"
        assert [part.partition(":")[0] for part in self.lines(str(raised.value))] == [
            "provider of Database",
            f"provider {lambda_} of Mailer, parameter x",
            "Session is provided already",
        ]
        assert str(raised.value).count(__file__) == 4
        assert app._opened == {}

    def test_faults_of_routes_are_no_faults_here(self) -> None:
        app = shop()
        app.get("nowhere")(lambda: None)
        assert collected(app).manifest["faults"]

        async def test() -> Mailer:
            async with app.scope() as scope:
                return await scope.get(Mailer)

        assert isinstance(run(test), Mailer)


def test_defaults_stand_in_for_what_is_not_provided() -> None:
    def use(
        a: Database | None,
        b: str = "default",
        c: list[int] = [],  # noqa: B006  # it is only asked for
        *,
        d: Session | None = None,
    ) -> list[Any]:
        return [a, b, c, d]

    app = Spikard()
    app.provide("use", Provide(use, use_cache=False))

    async def test() -> None:
        async with app.scope() as scope:
            one, two = await scope.get("use"), await scope.get("use")
            assert one == [None, "default", [], None]
            assert one[2] is not two[2]

    run(test)


class TestCall:
    def called(self, function: Callable[..., Any], app: Spikard | None = None, **given: Any) -> Any:
        async def test() -> Any:
            async with (app or shop()).scope() as scope:
                return await scope.call(function, **given)

        return run(test)

    def test_functions_of_all_kinds(self) -> None:
        async def coroutine(session: Session, *, n: int = 1) -> tuple[object, int]:
            await asyncio.sleep(0)
            return session, n

        class Service:
            def __init__(self, session: Session) -> None:
                self.session = session

            def method(self, mailer: Mailer) -> str:
                return mailer.sender

        session, n = self.called(coroutine)
        assert (type(session), n) == (Session, 1)
        assert self.called(coroutine, n=2)[1] == 2
        assert isinstance(self.called(lambda session: session, session=3), int)
        service: Service = self.called(Service)
        assert isinstance(service.session, Session)
        assert self.called(service.method) == "shop"

    def test_what_is_given_comes_first(self) -> None:
        def use(session: Session, x: Annotated[int, Query()], request: Request) -> list[Any]:
            return [session, x, request]

        assert self.called(use, session=1, x=2, request=3) == [1, 2, 3]

    def test_defaults_of_markers(self) -> None:
        def handler(
            n: Annotated[int, Query(default=7)], agent: str = Header(default_factory=lambda: "x")
        ) -> tuple[int, str]:
            return n, agent

        assert self.called(handler) == (7, "x")

    def test_private_providers(self, log: Log) -> None:
        def use(x: str = Provide(log.generator("x"))) -> str:
            log.lines.append("called")
            return x

        assert self.called(use) == "x"
        assert log.lines == ["open x", "called", "close x"]

    def test_private_providers_are_shared(self) -> None:
        def use(
            a: Annotated[object, Provide(Database, singleton=True)],
            b: object = Provide(Database, singleton=True),
        ) -> bool:
            return a is b

        assert self.called(use) is True

    def test_refusals(self) -> None:
        def takes_request(request: Request) -> None: ...
        def takes_header(agent: str = Header()) -> None: ...
        def untold(x) -> None: ...  # type: ignore[no-untyped-def]  # that is the point
        def gone(n: int) -> None: ...
        def private(x: Any = Provide(untold)) -> None: ...

        def generator() -> Iterator[int]:
            yield 1

        for function, message in (
            (takes_request, "takes_request takes the request"),
            (takes_header, "parameter agent: Header() is of a request: give it, as call("),
            (untold, "untold, parameter x: has no annotation"),
            (gone, "no provider for builtins.int"),
            (private, "untold, parameter x: has no annotation"),
            (generator, "generator: it has a yield"),
        ):
            with pytest.raises(DependencyError, match=re.escape(message)) as raised:
                self.called(function)
            place = inspect.getsourcelines(function)[1]
            assert f"({__file__}:{place})" in str(raised.value)

    def test_a_refusal_is_no_fault_of_the_next(self) -> None:
        def untold(x) -> None: ...  # type: ignore[no-untyped-def]  # that is the point

        async def test() -> None:
            async with shop().scope() as scope:
                with pytest.raises(DependencyError):
                    await scope.call(untold)
                assert await scope.call(lambda: 3) == 3

        run(test)

    def test_arguments_that_no_parameter_takes(self) -> None:
        with pytest.raises(TypeError, match="unexpected keyword argument 'y'"):
            self.called(lambda: None, y=1)

    def test_the_scope_is_the_same(self, log: Log) -> None:
        app = shop()

        async def test() -> None:
            async with app.scope() as scope:
                session = await scope.call(lambda s: s, s=await scope.get(Session))
                assert (await scope.call(Mailer)).session is session

        run(test)


class Host:
    """What stands for Go."""

    def __init__(self, **values: Any) -> None:
        self.values = values
        self.log: list[Any] = []
        self.fails_at_end: Exception | None = None

    def open(self) -> int:
        self.log.append("open")
        return 7

    async def get(self, ticket: int, key: str) -> Any:
        await asyncio.sleep(0)
        assert ticket == 7
        name = key.rpartition(".")[2]
        self.log.append(name)
        if name not in self.values:
            shown = key.removeprefix("__type__") if key.startswith("__type__") else f'"{key}"'
            raise GoError(f"no provider for {shown}\n\t...")  # as di.MissingError
        value = self.values[name]
        if isinstance(value, Exception):
            raise value
        return value

    async def end(self, ticket: int, failure: BaseException | None) -> None:
        await asyncio.sleep(0)
        self.log.append(failure)
        if self.fails_at_end is not None:
            raise self.fails_at_end


class TestHost:
    def served(self, app: Spikard, **values: Any) -> Host:
        assert "faults" not in collected(app).manifest
        app._host = Host(**values)
        host: Host = app._host
        return host

    def test_singletons_and_what_is_not_provided_here_are_the_hosts(self) -> None:
        app = Spikard()
        app.provide(Session, Provide(Session, singleton=True))
        app.provide(Mailer)
        session = Session(Database())
        host = self.served(app, Session=session, greeting="hi")

        async def test() -> None:
            async with app.scope() as scope:
                assert host.log == []
                mailer = await scope.get(Mailer)
                assert mailer.session is session
                assert mailer is await scope.get(Mailer)
                assert await scope.get("greeting") == "hi"

        run(test)
        assert host.log == ["open", "Session", "str", "greeting", None]

    def test_what_the_host_has_not_either(self) -> None:
        app = Spikard()
        app.provide(Session)
        self.served(app)

        async def test() -> str:
            async with app.scope() as scope:
                with pytest.raises(DependencyError, match="no provider for 'gone'"):
                    await scope.get("gone")
                with pytest.raises(DependencyError) as raised:
                    await scope.get(Session)
                assert isinstance(raised.value.__cause__, GoError)
                return str(raised.value)

        first, second, _ = run(test).split("\n")
        assert first == f"no provider for {__name__}.Database"
        assert second.startswith(f"\t{__name__}.Session ({__file__}:")
        assert second.endswith(".Database, which nothing here or in Go provides")

    def test_optional_ones_fall_back_if_the_host_has_none(self) -> None:
        app = Spikard()
        app.provide("use", Provide(lambda a=1, b=2: (a, b), depends_on=["a", "b"]))
        self.served(app, a=10)

        async def get() -> Any:
            async with app.scope() as scope:
                return await scope.get("use")

        assert run(get) == (10, 2)
        app._host.values["b"] = GoError("the database is down")
        with pytest.raises(GoError, match="the database is down"):
            run(get)

    def test_values_and_the_logger_stay_here(self) -> None:
        app = Spikard()
        app.provide("x", 1)
        host = self.served(app)

        async def test() -> None:
            async with app.scope() as scope:
                assert await scope.get("x") == 1
                assert isinstance(await scope.get(logging.Logger), logging.Logger)

        run(test)
        assert host.log == []

    def test_the_host_ends_behind_python_and_hears_of_the_failure(self, log: Log) -> None:
        app = Spikard()
        app.provide("x", Provide(log.generator("x", fails=True)))
        host = self.served(app, y=1)
        host.log = log.lines

        async def test() -> None:
            async with app.scope() as scope:
                await scope.get("y")
                await scope.get("x")

        with pytest.raises(OSError, match="x") as raised:
            run(test)
        assert log.lines == ["open", "y", "open x", "close x", raised.value]

    def test_what_the_hosts_clean_up_raises_is_raised(self) -> None:
        app = Spikard()
        host = self.served(app, y=1)
        host.fails_at_end = GoError("commit failed")

        async def test() -> None:
            async with app.scope() as scope:
                await scope.get("y")

        with pytest.raises(GoError, match="commit failed"):
            run(test)
        assert app._opened == {}

    def test_both_failures_are_told(self, log: Log) -> None:
        app = Spikard()
        app.provide("x", Provide(log.generator("x", fails=True)))
        host = self.served(app, y=1)
        host.fails_at_end = GoError("rollback failed")

        async def test() -> None:
            async with app.scope() as scope:
                await scope.get("x")
                await scope.get("y")

        with pytest.raises(GoError, match="rollback failed") as raised:
            run(test)
        assert isinstance(raised.value.__context__, OSError)
        assert host.log[-1] is raised.value.__context__

    def test_an_override_takes_what_needs_it_from_the_host(self) -> None:
        app = shop()
        app.provide("other", Provide(object, singleton=True))
        app.provide(Annotated[Session, "kept"], Provide(Session, singleton=True))
        host = self.served(app, other=1)
        fake = Database()

        async def test() -> None:
            with app.override(Database, fake):
                async with app.scope() as scope:
                    assert (await scope.get(Mailer)).session.database is fake
                    assert (await scope.get(Annotated[Session, "kept"])).database is fake
                    assert await scope.get("other") == 1

        run(test)
        assert host.log == ["open", "str", "other", None]

    def test_singletons_of_private_factories(self) -> None:
        def make() -> str:
            return "made here"

        def use(x: str = Provide(make, singleton=True)) -> str:
            return x

        app = Spikard()
        app.get("/")(use)
        [key] = [p["key"] for p in collected(app).manifest["providers"]]
        self.served(app, **{key.rpartition(".")[2]: "of the host"})

        async def called() -> str:
            async with app.scope() as scope:
                return await scope.call(use)

        assert run(called) == "of the host"
        with app.override(make, "overridden"):
            assert run(called) == "overridden"
