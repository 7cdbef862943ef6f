from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from spikard import (
    ApiKeyConfig,
    CompressionConfig,
    CorsConfig,
    JsonRpcConfig,
    JwtConfig,
    OpenApiConfig,
    RateLimitConfig,
    ServerConfig,
    Spikard,
    StaticFilesConfig,
)

from .describing import collected


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
    # Each route has this one for itself.
    assert sent(ServerConfig(validate_responses=True)) is None


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
            request_timeout=0,
            shutdown_timeout=float("nan"),
            header_timeout=-1,
            max_header_size=True,
            tls_cert_file="x",
            trusted_proxies="10.0.0.1",
        )
    text = str(caught.value)
    assert text.count(";") == 10
    for name in ("host", "port", "workers", "enable_request_id", "max_body_size", "tls_cert_file"):
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
        (JsonRpcConfig, {"max_batch_size": 0}, "max_batch_size must be at least 1"),
        (ServerConfig, {"unix_socket": "/x", "port": 1}, "unix_socket excludes"),
    ],
)
def test_fault(cls: Any, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cls(**arguments)


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(JwtConfig("hush")) + repr(ApiKeyConfig(["hush"]))


def test_config_must_be_one() -> None:
    with pytest.raises(TypeError, match="must be a ServerConfig"):
        Spikard({"port": 1})  # type: ignore[arg-type]
