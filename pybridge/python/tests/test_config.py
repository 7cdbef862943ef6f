from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from spikard import (
    ApiKeyConfig,
    CompressionConfig,
    CorsConfig,
    CsrfConfig,
    HealthConfig,
    JsonRpcConfig,
    JwtConfig,
    MetricsConfig,
    OpenApiConfig,
    RateLimitConfig,
    SecurityHeadersConfig,
    ServerConfig,
    SessionConfig,
    Spikard,
    StaticFilesConfig,
    TracingConfig,
)

from .describing import collected

GOLDEN = Path(__file__).parent / "golden" / "config"
CASES = json.loads((GOLDEN / "cases.json").read_text())
SIGNING = "hush" * 8
SECTIONS: dict[str, Any] = {
    "compression": CompressionConfig,
    "rate_limit": RateLimitConfig,
    "jwt_auth": JwtConfig,
    "api_key_auth": ApiKeyConfig,
    "session": SessionConfig,
    "csrf": CsrfConfig,
    "cors": CorsConfig,
    "security_headers": SecurityHeadersConfig,
    "static_files": StaticFilesConfig,
    "metrics": MetricsConfig,
    "tracing": TracingConfig,
    "health": HealthConfig,
}


def sent(config: ServerConfig) -> Any:
    manifest = collected(Spikard(config)).manifest
    assert "faults" not in manifest
    return manifest.get("config")


def test_only_what_is_given_is_sent() -> None:
    assert sent(ServerConfig()) is None
    assert sent(ServerConfig(port=8000, request_timeout=30)) == {
        "port": 8000,
        "request_timeout": 30,
    }
    assert sent(ServerConfig(workers=1, trusted_proxies=["10.0.0.1"], read_timeout=None)) == {
        "trusted_proxies": ["10.0.0.1"]
    }
    none = {"compression": None, "health": None, "request_timeout": None}
    assert sent(ServerConfig(**none, rate_limit=None, cors=None)) == none  # type: ignore[arg-type]
    # Each route has this one for itself.
    assert sent(ServerConfig(validate_responses=True)) is None


def test_sections_are_sent_without_what_they_leave_alone() -> None:
    config = ServerConfig(
        compression=CompressionConfig(),
        rate_limit=RateLimitConfig(1, 2, by="principal"),
        jwt_auth=JwtConfig("hush", audience="me"),
        api_key_auth=ApiKeyConfig(("hush",), query_name=None),
        session=SessionConfig(SIGNING, secure=False),
        cors=CorsConfig(allow_origins=("https://a.example",)),
        static_files=[StaticFilesConfig("www", "/")],
        metrics=MetricsConfig(),
    )
    assert sent(config) == {
        "compression": {},
        "rate_limit": {"per_second": 1, "burst": 2, "by": "principal"},
        "jwt_auth": {"secret": "hush", "audience": ["me"]},
        "api_key_auth": {"keys": ["hush"], "query_name": None},
        "session": {"secrets": [SIGNING], "secure": False},
        "cors": {"allow_origins": ["https://a.example"]},
        "static_files": [{"directory": "www", "route_prefix": "/"}],
        "metrics": {},
    }


def built(config: Mapping[str, Any]) -> ServerConfig:
    """A config from the form that the manifest has."""
    made = {}
    for name, value in config.items():
        section = SECTIONS.get(name)
        if section is None or value is None:
            made[name] = value
        else:
            made[name] = (
                section(**value) if isinstance(value, dict) else [section(**v) for v in value]
            )
    return ServerConfig(**made)


@pytest.mark.parametrize("config", CASES["good"], ids=json.dumps)
def test_what_go_accepts_is_accepted(config: dict[str, Any]) -> None:
    given = sent(built(config))
    for name, value in config.items():
        if value is not None:
            assert given[name] is not None


@pytest.mark.parametrize("case", CASES["bad"], ids=json.dumps)
def test_what_go_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+Config: ") as caught:
        built(case["config"])
    message = str(caught.value)
    assert case["fault"].rpartition(".")[2] in message
    assert ";" not in message
    assert "hush" not in message


def settings() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every setting, with its type and default."""
    for field in dataclasses.fields(ServerConfig):
        yield field.name, setting(ServerConfig, field)
        section = SECTIONS.get(field.name)
        if section is not None:
            for inner in dataclasses.fields(section):
                yield f"{field.name}.{inner.name}", setting(section, inner)


def setting(cls: Any, field: Any) -> dict[str, Any]:
    out = {"type": field.type}
    if field.default is not dataclasses.MISSING:
        default = field.default
        on = dataclasses.is_dataclass(default)
        out["default"] = "on" if on else list(default) if isinstance(default, tuple) else default
    assert str(get_type_hints(cls)[field.name])  # the text is a type
    return out


def test_settings_are_the_golden_ones(update: bool) -> None:
    """Go's settings are compared with the same file."""
    path = GOLDEN / "settings.json"
    text = json.dumps(dict(settings()), indent=2) + "\n"
    if update:
        path.write_text(text)
    assert json.loads(text) == json.loads(path.read_text())


def test_every_section_is_among_them() -> None:
    hints = get_type_hints(ServerConfig)
    classes = {
        c for hint in hints.values() for c in (*get_args(hint), hint) if dataclasses.is_dataclass(c)
    }
    assert classes == {*SECTIONS.values(), OpenApiConfig, JsonRpcConfig}


def test_limits() -> None:
    limits = {"max_form_fields": 1, "max_form_files": 2, "max_form_field_size": 3}
    limits |= {"max_file_memory": 4, "max_query_params": 5, "max_object_keys": 6}
    assert sent(ServerConfig(**limits)) == limits  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_form_fields must be at least 1") as caught:
        ServerConfig(**dict.fromkeys(limits, 0))  # type: ignore[arg-type]
    assert str(caught.value).count(";") == 5


def test_replace_is_no_use_of_unbuilt_settings() -> None:
    config = dataclasses.replace(ServerConfig(port=1), host="::1")
    found = sent(config)
    assert (found["port"], found["host"]) == (1, "::1")


def test_every_fault_is_told() -> None:
    with pytest.raises(ValueError, match="ServerConfig: ") as caught:
        ServerConfig(
            host="",
            port=70000,
            workers=0,
            enable_request_id=1,  # type: ignore[arg-type]
            max_body_size=0,
            route_threads=0,
            route_queue=-1,
            request_timeout=0,
            shutdown_timeout=float("nan"),
            header_timeout=-1,
            max_header_size=True,
            tls_cert_file="x",
            trusted_proxies="10.0.0.1",
        )
    text = str(caught.value)
    assert text.count(";") == 12
    for name in (
        "host",
        "workers",
        "enable_request_id",
        "route_threads",
        "route_queue",
        "tls_cert_file",
    ):
        assert name in text


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (CompressionConfig, {"quality": 12}, "quality must be from 0 to 11"),
        (RateLimitConfig, {"per_second": 0, "burst": 0}, "per_second .*; burst "),
        (JwtConfig, {"secret": "x", "algorithm": "none"}, "algorithm must be one of HS256"),
        (JwtConfig, {"secret": ""}, "secret must be"),
        (ApiKeyConfig, {"keys": []}, "keys must not be empty"),
        (ApiKeyConfig, {"keys": "abc"}, "keys must be a list"),
        (CorsConfig, {"allow_origins": ["*"], "allow_credentials": True}, "named origins"),
        (StaticFilesConfig, {"directory": "x", "route_prefix": "y"}, "route_prefix must start"),
        (OpenApiConfig, {"redoc_path": "x"}, "redoc_path must start"),
        (ServerConfig, {"cors": {"allow_origins": []}}, "cors must be a CorsConfig or None"),
        (ServerConfig, {"static_files": "www"}, "static_files must be a list of StaticFilesConfig"),
        (
            ServerConfig,
            {"static_files": [StaticFilesConfig("a", "/x"), StaticFilesConfig("b", "/x/")]},
            "two folders at '/x'",
        ),
        (JsonRpcConfig, {"max_batch_size": 0}, "max_batch_size must be at least 1"),
        (ServerConfig, {"unix_socket": "/x", "port": 1}, "unix_socket excludes"),
    ],
)
def test_fault(cls: Any, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cls(**arguments)


def test_secrets_are_not_shown() -> None:
    config = ServerConfig(
        jwt_auth=JwtConfig("hush"),
        api_key_auth=ApiKeyConfig(["hush"]),
        session=SessionConfig([SIGNING]),
        csrf=CsrfConfig(SIGNING),
        rate_limit=RateLimitConfig(1, 1, redis_url="redis://:hush@localhost"),
        tracing=TracingConfig(endpoint="https://hush@collector"),
    )
    assert "hush" not in f"{config} {config!r}"
    keys = JwtConfig(jwks_url="https://a:hush@issuer", algorithm="RS256")
    assert "hush" not in repr(keys)


def test_secrets_are_not_part_of_faults() -> None:
    wrong: list[tuple[Any, dict[str, Any]]] = [
        (ServerConfig, {"jwt_auth": {"secret": "hush"}}),
        (JwtConfig, {"secret": ["hush"]}),
        (ApiKeyConfig, {"keys": {"hush": 1}}),
        (SessionConfig, {"secrets": ["hush"]}),
        (CsrfConfig, {"secret": b"hush"}),
        (RateLimitConfig, {"per_second": 1, "burst": 1, "redis_url": "redis://hush@[::"}),
    ]
    for cls, arguments in wrong:
        with pytest.raises(ValueError, match=r"must be|must have") as caught:
            cls(**arguments)
        assert "hush" not in str(caught.value)


def test_config_must_be_one() -> None:
    with pytest.raises(TypeError, match="must be a ServerConfig"):
        Spikard({"port": 1})  # type: ignore[arg-type]
