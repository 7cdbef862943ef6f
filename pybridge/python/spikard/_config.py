"""Settings of the server.

Each class checks itself when it is made and reports every fault at once in one
ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from spikard import _checks as checks

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "ApiKeyConfig",
    "CompressionConfig",
    "CorsConfig",
    "JsonRpcConfig",
    "JwtConfig",
    "OpenApiConfig",
    "RateLimitConfig",
    "ServerConfig",
    "StaticFilesConfig",
]

_ALGORITHMS = tuple(
    f"{family}{bits}" for family in ("HS", "RS", "ES", "PS") for bits in (256, 384, 512)
)

_LIMITS = (
    "max_body_size",
    "max_form_fields",
    "max_form_files",
    "max_form_field_size",
    "max_file_memory",
    "max_query_params",
    "max_object_keys",
)
_FLAGS = ("enable_request_id", "graceful_shutdown", "validate_responses")


class _Config:
    """Runs `_faults` after construction."""

    _given: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        faults = [f for f in self._faults() if f]
        if faults:
            raise ValueError(f"{type(self).__name__}: " + "; ".join(faults))

    def _faults(self) -> Sequence[str]:
        return ()


@dataclass(frozen=True)
class CompressionConfig(_Config):
    """Compression of answers."""

    gzip: bool = True
    brotli: bool = True
    min_size: int = 1024
    quality: int = 6

    def _faults(self) -> Sequence[str]:
        return (
            checks.integer("min_size", self.min_size, 0),
            checks.integer("quality", self.quality, 0, 11),
        )


@dataclass(frozen=True)
class RateLimitConfig(_Config):
    """A limit of requests."""

    per_second: int
    burst: int
    ip_based: bool = True

    def _faults(self) -> Sequence[str]:
        return checks.integer("per_second", self.per_second, 1), checks.integer(
            "burst", self.burst, 1
        )


@dataclass(frozen=True)
class JwtConfig(_Config):
    """Authentication by JSON Web Token."""

    secret: str = field(repr=False)
    algorithm: str = "HS256"
    audience: Sequence[str] | None = None
    issuer: str | None = None
    leeway: float = 0

    def _faults(self) -> Sequence[str]:
        return (
            checks.text("secret", self.secret),
            checks.one_of("algorithm", self.algorithm, _ALGORITHMS),
            checks.number("leeway", self.leeway, 0),
        )


@dataclass(frozen=True)
class ApiKeyConfig(_Config):
    """Authentication by a key in a header."""

    keys: Sequence[str] = field(repr=False)
    header_name: str = "X-API-Key"

    def _faults(self) -> Sequence[str]:
        return checks.texts("keys", self.keys), checks.text("header_name", self.header_name)


@dataclass(frozen=True)
class CorsConfig(_Config):
    """Which other origins a browser lets use the answers."""

    allow_origins: Sequence[str] = ()
    allow_methods: Sequence[str] = ("GET", "HEAD", "POST")
    allow_headers: Sequence[str] = ()
    expose_headers: Sequence[str] = ()
    allow_credentials: bool = False
    max_age: int = 600

    def _faults(self) -> Sequence[str]:
        lists = ("allow_origins", "allow_methods", "allow_headers", "expose_headers")
        out = [checks.texts(n, getattr(self, n), allow_none=True) for n in lists]
        if self.allow_credentials and "*" in self.allow_origins:
            out.append('allow_credentials needs named origins: "*" lets any site use them')
        return [*out, checks.integer("max_age", self.max_age, 0)]


@dataclass(frozen=True)
class StaticFilesConfig(_Config):
    """A folder whose files are served."""

    directory: str
    route_prefix: str
    index_file: bool = True
    cache_control: str | None = None

    def _faults(self) -> Sequence[str]:
        return checks.text("directory", self.directory), checks.path(
            "route_prefix", self.route_prefix
        )


@dataclass(frozen=True)
class OpenApiConfig(_Config):
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
class JsonRpcConfig(_Config):
    """JSON-RPC 2.0."""

    endpoint_path: str = "/rpc"
    enable_batch: bool = True
    max_batch_size: int = 100

    def _faults(self) -> Sequence[str]:
        return (
            checks.path("endpoint_path", self.endpoint_path),
            checks.integer("max_batch_size", self.max_batch_size, 1),
        )


@dataclass(frozen=True, kw_only=True)
class ServerConfig(_Config):
    """How the server listens and what it allows. Times are in seconds, sizes in bytes.

    Fields that are left out never override what Go or the environment sets.
    Of an uploaded file, what is above `max_file_memory` lies on disk.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    enable_request_id: bool = True
    max_body_size: int = 10 * 1024 * 1024
    max_form_fields: int = 1000
    max_form_files: int = 1000
    max_form_field_size: int = 1024 * 1024
    max_file_memory: int = 1024 * 1024
    max_query_params: int = 1000
    max_object_keys: int = 100_000
    validate_responses: bool = False
    request_timeout: float = 30
    compression: CompressionConfig | None = CompressionConfig()
    rate_limit: RateLimitConfig | None = None
    jwt_auth: JwtConfig | None = None
    api_key_auth: ApiKeyConfig | None = None
    cors: CorsConfig | None = None
    static_files: Sequence[StaticFilesConfig] = ()
    graceful_shutdown: bool = True
    shutdown_timeout: float = 30
    openapi: OpenApiConfig | None = None
    jsonrpc: JsonRpcConfig | None = None
    header_timeout: float | None = None
    read_timeout: float | None = None
    write_timeout: float | None = None
    idle_timeout: float | None = None
    max_header_size: int | None = None
    tls_cert_file: str | None = None
    tls_key_file: str | None = None
    unix_socket: str | None = None
    trusted_proxies: Sequence[str] = ()

    def __new__(cls, **given: Any) -> Self:
        """Remembers which fields were given."""
        self = super().__new__(cls)
        object.__setattr__(self, "_given", frozenset(given))
        return self

    def _faults(self) -> Sequence[str]:
        times = ("header_timeout", "read_timeout", "write_timeout", "idle_timeout")
        faults = [
            checks.text("host", self.host),
            checks.integer("port", self.port, 0, 65535),
            checks.integer("workers", self.workers, 1),
            *(checks.integer(n, getattr(self, n), 1) for n in _LIMITS),
            checks.number("request_timeout", self.request_timeout, 0, above=True),
            checks.number("shutdown_timeout", self.shutdown_timeout, 0, above=True),
            *(checks.flag(n, getattr(self, n)) for n in _FLAGS),
            *(
                checks.number(n, getattr(self, n), 0, above=True)
                for n in times
                if getattr(self, n) is not None
            ),
        ]
        if self.max_header_size is not None:
            faults.append(checks.integer("max_header_size", self.max_header_size, 1))
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            faults.append("tls_cert_file and tls_key_file go together")
        if self.unix_socket is not None and {"host", "port"} & self._given:
            faults.append("unix_socket excludes host and port")
        faults.append(checks.texts("trusted_proxies", self.trusted_proxies, allow_none=True))
        return faults

    def given(self) -> dict[str, Any]:
        """The fields that were given, in the order they are declared."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name in self._given}
