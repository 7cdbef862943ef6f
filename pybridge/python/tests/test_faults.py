"""Every mistake in a registration is a fault with its place, and none hides another."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import pytest

import spikard
from spikard import (
    Body,
    File,
    Form,
    Header,
    JsonRpcConfig,
    OpenApiConfig,
    Path,
    Provide,
    Query,
    Request,
    Response,
    Router,
    ServerConfig,
    Spikard,
    UploadFile,
    WebSocket,
)

from .describing import collected, faults, only_fault

if TYPE_CHECKING:
    from nowhere import Hidden  # type: ignore[import-not-found]


class Store:
    pass


class Closable(Protocol):
    def close(self) -> None: ...


@dataclasses.dataclass
class Locked:
    lock: threading.Lock


@dataclasses.dataclass
class Item:
    name: str


def plain() -> Store:
    return Store()


def hidden(x: Hidden) -> None: ...
def both(a: dict[str, int], b: Annotated[Item, Body()]) -> None: ...
def untold(x) -> None: ...  # type: ignore[no-untyped-def]
def anything(x: Any) -> None: ...
def variadic(*args: int, **kwargs: int) -> None: ...
def two_markers(x: Annotated[int, Query()] = Header()) -> None: ...
def two_defaults(x: Annotated[int, Query(default=1)] = 2) -> None: ...
def not_in_path(x: int = Path()) -> None: ...
def default_in_path(x: int = 3, y: Annotated[int, Path()] = 4) -> None: ...
def locked(x: Locked) -> None: ...
def pattern_on_int(x: Annotated[int, Query(pattern="a")]) -> None: ...
def bad_pattern(x: Annotated[str, Query(pattern="(")]) -> None: ...
def structured_query(x: Item = Query()) -> None: ...
def nested_query(x: list[list[int]] = Query()) -> None: ...
def list_in_path(x: list[int] = Path()) -> None: ...
def separator_of_one(x: int = Query(separator=",")) -> None: ...
def body_and_field(x: dict[str, int], y: str = Form()) -> None: ...
def body_and_file(x: Annotated[Item, Body()], y: UploadFile) -> None: ...
def form_and_field(x: Annotated[Item, Form()], y: Annotated[str, Form()]) -> None: ...
def form_and_file(x: Annotated[Item, Form()], y: UploadFile) -> None: ...
def two_forms(x: Annotated[Item, Form()], y: Annotated[Any, Form()]) -> None: ...
def file_as_text(x: str = File()) -> None: ...
def file_or_text(x: UploadFile | str = File()) -> None: ...
def file_in_body(x: Annotated[list[UploadFile], Body()]) -> None: ...
def file_in_query(x: UploadFile = Query()) -> None: ...
def file_of_no_type(x: UploadFile = File(content_types=["png"])) -> None: ...
def file_of_no_size(x: UploadFile = File(max_size=0)) -> None: ...
def file_of_no_flag(x: UploadFile = File(magic_numbers="yes")) -> None: ...  # type: ignore[arg-type]
def bad_schema(x: str = Query(schema=[])) -> None: ...  # type: ignore[arg-type]
def no_json_schema(x: str = Query(schema={"enum": {1, 2}})) -> None: ...
def media_of_model(x: Annotated[Item, Body(media_type="text/plain")]) -> None: ...
def no_media(x: str = Body(media_type="text")) -> None: ...
def takes_response(x: Response) -> None: ...
def contradiction(x: Store = Provide(plain, scope="request", singleton=True)) -> None: ...
def by_schema(x: dict[Item, int]) -> None: ...
def streams() -> Iterator[bytes]:
    yield b""


async def streams_async() -> Any:
    yield b""


def takes_socket(socket: WebSocket) -> None: ...


async def takes_socket_async(socket: WebSocket) -> None: ...


async def takes_message(message: dict[str, int]) -> None: ...


def takes_body(body: dict[str, int]) -> None: ...


HANDLERS: list[tuple[Any, str, str]] = [
    (hidden, "/", "parameter x: annotation 'Hidden' can't be resolved (NameError"),
    (both, "/", "a and b would both be the body"),
    (untold, "/", "parameter x: can't be told"),
    (anything, "/", "parameter x: can't be told"),
    (variadic, "/", "*args can't be supplied"),
    (two_markers, "/", "parameter x: has 2 markers"),
    (two_defaults, "/", "parameter x: has two defaults"),
    (not_in_path, "/{y}", "parameter x: comes from the path, whose template has {y}, not {x}"),
    (default_in_path, "/{x}/{y}", "parameter y: comes from the path, where it is always given"),
    (locked, "/", "parameter x: has no provider in this app and can't be the body: field lock"),
    (pattern_on_int, "/", "parameter x: pattern='a' can't constrain a value of type int"),
    (bad_pattern, "/", "parameter x: pattern='(' is not a regular expression"),
    (structured_query, "/", "parameter x: Query() holds text"),
    (nested_query, "/", "parameter x: Query() holds text"),
    (list_in_path, "/{x}", "parameter x: a list in the path is not supported"),
    (separator_of_one, "/", "parameter x: separator= needs"),
    (body_and_field, "/", "x is the body and y from a form"),
    (body_and_file, "/", "x is the body and y from a form"),
    (form_and_field, "/", "x is the whole form, and y would be fields of it"),
    (form_and_file, "/", "x is the whole form, and y would be fields of it"),
    (two_forms, "/", "x and y would both be the whole form"),
    (
        file_as_text,
        "/",
        "parameter x: File() is an UploadFile or bytes, or a list of them, not str",
    ),
    (
        file_or_text,
        "/",
        "parameter x: File() is an UploadFile or bytes, or a list of them, not union",
    ),
    (file_in_body, "/", "parameter x: has a file, which comes in a form"),
    (
        file_in_query,
        "/",
        "parameter x: Query() holds text: a scalar or a list of scalars, not a file",
    ),
    (file_of_no_type, "/", "parameter x: File(): 'png' is no media type"),
    (file_of_no_size, "/", "parameter x: File(): max_size must be at least 1"),
    (file_of_no_flag, "/", "parameter x: File(): magic_numbers must be True or False"),
    (bad_schema, "/", "parameter x: schema= of Query() must be a JSON Schema"),
    (no_json_schema, "/", "parameter x: schema= of Query() can't be written as JSON"),
    (media_of_model, "/", "parameter x: media_type='text/plain' has the body taken as it is"),
    (no_media, "/", "parameter x: media_type='text' is no media type"),
    (takes_response, "/", "parameter x: is a Response"),
    (contradiction, "/", "scope='request' and singleton=True contradict each other"),
    (by_schema, "/", "parameter x: the keys of a dict must be scalars"),
    (streams, "/", "a generator is a handler of app.sse; elsewhere return StreamingResponse("),
    (streams_async, "/", "a generator is a handler of app.sse; elsewhere return"),
    (Store, "/", "the handler must be a function"),
    (7, "/", "the handler must be a function, not 7"),
    (plain, "x", 'the path must start with "/"'),
    (lru_cache(untold), "/", "parameter x: can't be told"),
]


@pytest.mark.parametrize(("handler", "path", "message"), HANDLERS)
def test_handler(handler: Any, path: str, message: str) -> None:
    app = Spikard()
    app.post(path)(handler)
    found = faults(app)
    assert any(message in f for f in found), found
    assert all(f.startswith(f"POST {path}: ") for f in found)


def test_events_come_from_a_generator() -> None:
    app = Spikard()
    app.sse("/")(plain)
    assert "a handler of events must be a generator, with a yield" in only_fault(app)


def test_sessions() -> None:
    app = Spikard()
    app.websocket("/a")(takes_socket)
    app.websocket("/b", message_schema={"type": "object"})(takes_socket_async)
    app.websocket("/c", message_schema={"type": object()})(takes_message)
    app.post("/d", stream_body=True)(takes_body)
    found = faults(app)
    assert "a handler that takes the socket must be async" in found[0]
    assert "message_schema is for handlers of single messages" in found[1]
    assert "message_schema can't be written as JSON" in found[2]
    assert "parameter body: with stream_body=True the body is read from" in found[3]
    assert len(found) == 4


def test_a_template_parameter_may_be_read_from_the_request() -> None:
    app = Spikard()

    @app.get("/{id}")
    def handler(request: Request) -> None: ...

    assert faults(app) == []


def needs_untold(x) -> Store:  # type: ignore[no-untyped-def]
    return Store()


def needs_header(x: str = Header()) -> Store:
    return Store()


def needs_request(request: Request) -> Store:
    return Store()


@contextlib.contextmanager
def managed() -> Iterator[Store]:
    yield Store()


PROVIDERS: list[tuple[Any, Any, str]] = [
    (Store, Provide(needs_untold), "parameter x: has no annotation that says what to inject"),
    (Store, Provide(needs_header), "parameter x: Header() outside of handlers is not supported"),
    (Store, Provide(needs_request, singleton=True), "a singleton is made once"),
    (Store, Provide(plain, use_cache=False, singleton=True), "contradict each other"),
    (Store, Provide(plain, scope="session"), "scope 'session' is none of"),  # type: ignore[arg-type]
    (Store, Provide(3), "needs something to call, not 3"),  # type: ignore[arg-type]
    (Store, Provide(plain, depends_on=["y"]), "depends_on names y"),
    (Store, Provide(plain, depends_on="y"), "depends_on must be a list"),
    (Store, Provide(managed), "is a context manager"),
    (Store, Provide(variadic), "*args can't be supplied"),
    (Closable, Provide(Closable), "an abstract class or a protocol can't be built"),
    (Store, plain, "to have it called, write Provide(plain)"),
    (3, 4, "3 is neither a type nor a name"),
    ("", 4, "'' is neither a type nor a name"),
]


@pytest.mark.parametrize(("key", "value", "message"), PROVIDERS)
def test_provider(key: Any, value: Any, message: str) -> None:
    app = Spikard()
    app.provide(key, value)
    assert any(message in f for f in faults(app)), faults


def test_a_key_alone_must_be_a_class() -> None:
    app = Spikard()
    app.provide("name")
    assert "the key is no class" in only_fault(app)


HOOKS: list[tuple[str, Any, str]] = [
    ("on_startup", needs_request, "there is no request when an on_startup hook runs"),
    ("on_shutdown", needs_untold, "parameter x: has no annotation"),
    ("pre_handler", streams, "has no yield"),
    ("on_response", Store, "a hook must be a function"),
    ("pre_handler", needs_header, "Header() outside of handlers"),
]


@pytest.mark.parametrize(("stage", "hook", "message"), HOOKS)
def test_hook(stage: str, hook: Any, message: str) -> None:
    app = Spikard()
    getattr(app, stage)(hook)
    assert message in only_fault(app)


UNBUILT: dict[str, Callable[[Spikard], Any]] = {
    "mount": lambda app: app.mount("/", plain),
    "jsonrpc_method=": lambda app: app.get("/", jsonrpc_method="x")(plain),
}


@pytest.mark.parametrize("feature", UNBUILT)
def test_unbuilt_feature_is_refused_by_name(feature: str) -> None:
    app = Spikard()
    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    UNBUILT[feature](app)
    [fault] = collected(app).manifest["faults"]
    assert fault["message"].endswith(f"{feature} is not supported by this version")
    assert fault["source"]["file"] == __file__
    assert fault["source"]["line"] < line  # in the lambda


def test_lifespan_must_be_a_function() -> None:
    with pytest.raises(TypeError, match="lifespan must be a function of the app"):
        Spikard(lifespan=1)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (ServerConfig(openapi=OpenApiConfig()), "openapi"),
        (ServerConfig(jsonrpc=JsonRpcConfig()), "jsonrpc"),
        (ServerConfig(workers=2), "workers"),
    ],
)
def test_unbuilt_setting_is_refused(config: ServerConfig, field: str) -> None:
    assert f"ServerConfig({field}=...)" in only_fault(Spikard(config))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status_code": 99}, "status_code=99"),
        ({"status_code": "200"}, "status_code='200'"),
        ({"status_code": True}, "status_code=True"),
        ({"tags": "books"}, "tags must be a list"),
        ({"body_schema": []}, "body_schema must be a JSON Schema, a dict or a bool, not []"),
        ({"response_schema": {"enum": [object]}}, "response_schema can't be written as JSON"),
        ({"validate_responses": 1}, "validate_responses=1 must be True or False"),
        ({"threads": 0}, "threads must be from 1 to 4096, not 0"),
        ({"threads": "4"}, "threads must be an int, not '4'"),
        ({"queue": -1}, "queue must be from 0 to 1000000, not -1"),
        ({"queue": True}, "queue must be an int, not True"),
        ({"file_params": []}, "file_params must be a dict of fields"),
        ({"file_params": {"x": True}}, "file_params['x'] must be a dict of rules"),
        (
            {"file_params": {"x": {"size": 1}}},
            "file_params['x'] has 'size': the rules are required",
        ),
        (
            {"file_params": {"x": {"required": 1}}},
            "file_params['x']: required must be True or False",
        ),
        ({"file_params": {"x": {"max_size": -1}}}, "max_size must be at least 1"),
        ({"file_params": {"x": {"content_type": "png"}}}, "'png' is no media type"),
        ({"file_params": {"x": {"content_type": 7}}}, "content types must be a list"),
        (
            {"parameter_schema": {"properties": []}},
            "parameter_schema must be the schema of an object",
        ),
        ({"parameter_schema": True}, "parameter_schema must be the schema of an object"),
        ({"parameter_schema": {"properties": {"x": True}}}, "parameter_schema: x must be a dict"),
        (
            {"parameter_schema": {"properties": {"x": {"source": "body"}}}},
            "the source 'body', which",
        ),
        ({"parameter_schema": {"properties": {"x": {}}}}, "describes 'x', and no parameter has"),
        ({"parameter_schema": {"required": ["x"]}}, "requires 'x': no property of it"),
        ({"parameter_schema": {"required": [["x"]]}}, "requires ['x']: no property of it"),
    ],
)
def test_route_option(options: Any, message: str) -> None:
    app = Spikard()
    app.get("/", **options)(plain)
    assert message in only_fault(app)


def test_methods_and_prefixes() -> None:
    app, router = Spikard(), Router(prefix="api/")
    app.route("/", methods=["FETCH"])(plain)
    app.route("/", methods=[])(plain)
    app.include_router(router, prefix="v1")
    found = faults(app)
    assert [f.partition(":")[0] for f in found] == [
        "FETCH /",
        " /",
        "prefix 'v1' must start with \"/\" and not end with one",
        "prefix 'api/' must start with \"/\" and not end with one",
    ]


def test_all_faults_are_told_at_once_with_their_places() -> None:
    app = Spikard()
    first = inspect.currentframe().f_lineno  # type: ignore[union-attr]
    app.get("/")(untold)
    app.provide(Store, Provide(needs_untold))
    app.on_startup(needs_request)
    found = collected(app).manifest["faults"]
    assert [f["source"] for f in found] == [
        {"file": __file__, "line": first + n} for n in (1, 3, 2)
    ]


def test_unknown_keywords_are_errors_where_they_stand() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'response_model'"):
        Spikard().get("/", response_model=Item)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'title'"):
        Query(title="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="not both"):
        Query(default=1, default_factory=int)


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_each_unknown_name_is_a_fault_of_its_own(future: str) -> None:
    if not future and sys.version_info < (3, 14):
        pytest.skip("before Python 3.14 the name is looked up when the function is made")
    namespace: dict[str, Any] = {"__name__": "shop"}
    code = "def handler(a: Hidden, b: list[Hidden], c: int, d: list['Other']): ..."
    exec(future + code, namespace)  # noqa: S102
    app = Spikard()
    app.get("/")(namespace["handler"])
    found = faults(app)
    assert [f.partition("parameter ")[2][0] for f in found] == ["a", "b", "d"]
    assert all("can't be resolved" in f for f in found)


def test_module_level_names_are_all_there() -> None:
    for name in spikard.__all__:
        assert hasattr(spikard, name), name
