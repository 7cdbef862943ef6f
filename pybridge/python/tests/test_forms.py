"""Forms, files and raw bodies: what the markers and the types say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest

from spikard import Body, File, Form, Query, Spikard, UploadFile

from .describing import collected, handler_params


@dataclass
class Address:
    city: str


@dataclass
class User:
    name: str
    addresses: list[Address]


@dataclass
class Application:
    name: str
    photos: list[UploadFile]


class Fields(TypedDict):
    a: int


def test_fields_of_a_form() -> None:
    def handler(
        name: Annotated[str, Form(min_length=1)],
        tags: Annotated[list[str], Form(alias="tag")],
        raw: Annotated[bytes, Form()],
        address: Annotated[Address, Form(alias="home")],
        addresses: Annotated[list[Address], Form()],
        age: int = Form(default=3),
    ) -> None: ...

    params = handler_params(handler)
    assert {p["in"] for p in params.values()} == {"form"}
    assert not any(p.get("whole") for p in params.values())
    assert params["name"]["type"] == {"kind": "str", "min_length": 1}
    assert params["tags"]["alias"] == "tag"
    assert params["address"]["alias"] == "home"
    assert (params["age"]["required"], params["name"]["required"]) == (False, True)


@pytest.mark.parametrize(
    "annotation", [User, User | None, Fields, dict, dict[str, str], Any, Application]
)
def test_the_whole_form(annotation: Any) -> None:
    def handler(form: Any) -> None: ...

    handler.__annotations__["form"] = Annotated[annotation, Form()]
    param = handler_params(handler)["form"]
    assert (param["in"], param["whole"]) == ("form", True)


def test_an_untyped_form_is_the_whole_form() -> None:
    def handler(form=Form()):  # type: ignore[no-untyped-def]
        ...

    param = handler_params(handler)["form"]
    assert (param["in"], param["whole"], param["type"]) == ("form", True, {"kind": "any"})


@pytest.mark.parametrize(
    "annotation",
    [UploadFile, UploadFile | None, list[UploadFile], list[UploadFile] | None],
)
def test_files_need_no_marker(annotation: Any) -> None:
    def handler(f: Any) -> None: ...

    handler.__annotations__["f"] = annotation
    assert handler_params(handler)["f"]["in"] == "file"
    handler.__annotations__["f"] = Annotated[annotation, Form()]
    assert handler_params(handler)["f"]["in"] == "file"


@pytest.mark.parametrize(
    "annotation", [UploadFile, bytes, list[bytes], list[UploadFile] | None, tuple[bytes, ...]]
)
def test_marked_files(annotation: Any) -> None:
    def handler(f: Any) -> None: ...

    handler.__annotations__["f"] = Annotated[annotation, File(alias="photo")]
    param = handler_params(handler)["f"]
    assert (param["in"], param["alias"]) == ("file", "photo")


def test_an_untyped_file_is_an_upload() -> None:
    def handler(f=File(default=None)):  # type: ignore[no-untyped-def]
        ...

    param = handler_params(handler)["f"]
    assert (param["type"]["kind"], param["required"]) == ("upload", False)


def test_a_class_with_a_file_in_it_is_the_form() -> None:
    def handler(application: Application, id: int) -> None: ...

    params = handler_params(handler)
    assert (params["application"]["in"], params["application"]["whole"]) == ("form", True)
    assert params["id"]["in"] == "query"


def test_files_within_a_list_are_in_the_field_of_its_name() -> None:
    def handler(applications: list[Application]) -> None: ...

    param = handler_params(handler)["applications"]
    assert (param["in"], param.get("whole")) == ("form", None)


def test_the_body_as_it_is() -> None:
    def text(x: Annotated[str, Body(media_type="Text/Plain")]) -> None: ...
    def data(x: Annotated[bytes | None, Body(media_type="image/*")]) -> None: ...
    def raw(x: bytes) -> None: ...
    def json(x: Annotated[str, Body()]) -> None: ...
    def query(x: Annotated[bytes, Query()], y: list[bytes]) -> None: ...

    assert handler_params(text)["x"]["media_type"] == "text/plain"
    assert handler_params(data)["x"]["media_type"] == "image/*"
    assert handler_params(raw)["x"] == {
        "name": "x",
        "in": "body",
        "alias": "x",
        "required": True,
        "type": {"kind": "bytes"},
    }
    assert "media_type" not in handler_params(json)["x"]
    assert {p["in"] for p in handler_params(query).values()} == {"query"}


def files_of(handler: Any, **options: Any) -> Any:
    app = Spikard()
    app.post("/", **options)(handler)
    manifest = collected(app).manifest
    assert "faults" not in manifest, manifest["faults"]
    return manifest["routes"][0].get("files")


def test_rules_for_files() -> None:
    def handler(
        photo: Annotated[
            UploadFile, File(max_size=10, content_types=["Image/PNG"], magic_numbers=True)
        ],
        scan: UploadFile = File(alias="paper", content_types=("image/*",)),
        other: bytes = File(),
    ) -> None: ...

    rule = {"required": True, "content_type": "text/csv", "max_size": 5}
    magic = {"validate_magic_numbers": True, "required": False}
    assert files_of(handler, file_params={"table": rule, "other": magic}) == {
        "photo": {"content_types": ["image/png"], "max_size": 10, "magic_numbers": True},
        "paper": {"content_types": ["image/*"]},
        "table": {"required": True, "content_types": ["text/csv"], "max_size": 5},
        "other": {"magic_numbers": True},
    }


def test_rules_without_a_parameter_that_takes_the_form() -> None:
    def handler() -> None: ...

    assert files_of(handler, file_params={"x": {"required": True}}) == {"x": {"required": True}}
    assert files_of(handler, file_params={}) is None


def test_rules_for_files_clash() -> None:
    def twice(photo: UploadFile = File(max_size=1)) -> None: ...
    def body(x: dict[str, int]) -> None: ...

    for handler, message in ((twice, "'photo' has rules in File() and"), (body, "x is the body")):
        app = Spikard()
        app.post("/", file_params={"photo": {"max_size": 2}})(handler)
        [fault] = collected(app).manifest["faults"]
        assert message in fault["message"]
