"""Settings of how an API is described, and of JSON-RPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spikard import _checks as checks
from spikard._config_base import Config

__all__ = ["JsonRpcConfig", "OpenApiConfig"]


@dataclass(frozen=True)
class OpenApiConfig(Config):
    """The OpenAPI document and its pages."""

    enabled: bool = False
    title: str = "API"
    version: str = "1.0.0"
    description: str | None = None
    swagger_ui_path: str = "/docs"
    redoc_path: str = "/redoc"
    openapi_json_path: str = "/openapi.json"
    contact: Mapping[str, str] | None = None
    license: Mapping[str, str] | None = None
    servers: Sequence[Mapping[str, Any]] = ()
    security_schemes: Mapping[str, Mapping[str, Any]] | None = None

    def _faults(self) -> Sequence[str]:
        names = ("swagger_ui_path", "redoc_path", "openapi_json_path")
        return [checks.path(n, getattr(self, n)) for n in names]


@dataclass(frozen=True)
class JsonRpcConfig(Config):
    """JSON-RPC 2.0."""

    endpoint_path: str = "/rpc"
    enable_batch: bool = True
    max_batch_size: int = 100

    def _faults(self) -> Sequence[str]:
        return (
            checks.path("endpoint_path", self.endpoint_path),
            checks.integer("max_batch_size", self.max_batch_size, 1),
        )
