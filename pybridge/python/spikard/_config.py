"""Settings of the server.

Each class checks itself when it is made and reports every fault at once in one
ValueError. CONFIGURATION.md has one row for each setting, with its names in Go and
in the environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from spikard import _checks as checks
from spikard._config_api import JsonRpcConfig, OpenApiConfig
from spikard._config_auth import ApiKeyConfig, CsrfConfig, JwtConfig, SessionConfig
from spikard._config_base import Config, described
from spikard._config_browser import CorsConfig, SecurityHeadersConfig
from spikard._config_observe import HealthConfig, MetricsConfig, TracingConfig
from spikard._config_serving import CompressionConfig, RateLimitConfig, StaticFilesConfig

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "ApiKeyConfig",
    "CompressionConfig",
    "CorsConfig",
    "CsrfConfig",
    "HealthConfig",
    "JsonRpcConfig",
    "JwtConfig",
    "MetricsConfig",
    "OpenApiConfig",
    "RateLimitConfig",
    "SecurityHeadersConfig",
    "ServerConfig",
    "SessionConfig",
    "StaticFilesConfig",
    "TracingConfig",
]

_LIMITS = (
    "max_body_size",
    "max_form_fields",
    "max_form_files",
    "max_form_field_size",
    "max_file_memory",
    "max_query_params",
    "max_object_keys",
    "websocket_max_message",
)
_TIMES = (
    "header_timeout",
    "read_timeout",
    "write_timeout",
    "idle_timeout",
    "request_timeout",
    "event_keep_alive",
    "websocket_ping",
    "websocket_idle",
)
_FILES = ("tls_cert_file", "tls_key_file", "unix_socket")
_SECTIONS: dict[str, type[Config]] = {
    "compression": CompressionConfig,
    "rate_limit": RateLimitConfig,
    "jwt_auth": JwtConfig,
    "api_key_auth": ApiKeyConfig,
    "session": SessionConfig,
    "csrf": CsrfConfig,
    "cors": CorsConfig,
    "security_headers": SecurityHeadersConfig,
    "metrics": MetricsConfig,
    "tracing": TracingConfig,
    "health": HealthConfig,
    "openapi": OpenApiConfig,
    "jsonrpc": JsonRpcConfig,
}

# None turns these off; of all others it means that they are unset.
_SWITCHED_OFF_BY_NONE = (
    "compression",
    "health",
    "request_timeout",
    "event_keep_alive",
    "websocket_ping",
)


@dataclass(frozen=True, kw_only=True)
class ServerConfig(Config):
    """How the server listens and what it allows. Times are in seconds, sizes in bytes.

    Fields that are left out never override what Go or the environment sets.
    Of an uploaded file, what is above `max_file_memory` lies on disk.

    A section that is None is off. `compression` and `health` are on unless they
    are None, and without `request_timeout` there is no bound. `debug` answers
    failures with tracebacks, and `debug_endpoint` serves /debug/spikard with the
    stacks of the process; both are refused where others can connect unless
    `debug_public` allows them. `route_threads` and `route_queue`
    are the routes' `threads` and `queue`, where they don't say.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    enable_request_id: bool = True
    access_log: bool = False
    debug: bool = False
    debug_public: bool = False
    debug_endpoint: bool = False
    max_body_size: int = 10 * 1024 * 1024
    max_form_fields: int = 1000
    max_form_files: int = 1000
    max_form_field_size: int = 1024 * 1024
    max_file_memory: int = 1024 * 1024
    max_query_params: int = 1000
    max_object_keys: int = 100_000
    validate_responses: bool = False
    route_threads: int | None = None
    route_queue: int = 1000
    request_timeout: float | None = 30
    compression: CompressionConfig | None = field(default=CompressionConfig())
    rate_limit: RateLimitConfig | None = None
    jwt_auth: JwtConfig | None = None
    api_key_auth: ApiKeyConfig | None = None
    session: SessionConfig | None = None
    csrf: CsrfConfig | None = None
    cors: CorsConfig | None = None
    security_headers: SecurityHeadersConfig | None = None
    static_files: Sequence[StaticFilesConfig] = ()
    metrics: MetricsConfig | None = None
    tracing: TracingConfig | None = None
    health: HealthConfig | None = field(default=HealthConfig())
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
    event_keep_alive: float | None = 15
    websocket_max_message: int = 1024 * 1024
    websocket_ping: float | None = 20
    websocket_idle: float | None = None
    websocket_compression: bool = True
    websocket_origins: Sequence[str] = ()

    _given: ClassVar[frozenset[str]] = frozenset()  # each config has its own

    def __new__(cls, **given: Any) -> Self:
        """Remembers which fields were given."""
        self = super().__new__(cls)
        object.__setattr__(self, "_given", frozenset(given))
        return self

    def _faults(self) -> Sequence[str]:
        faults = [
            checks.text("host", self.host),
            checks.integer("port", self.port, 0, 65535),
            checks.integer("workers", self.workers, 1),
            *(checks.integer(n, getattr(self, n), 1) for n in _LIMITS),
            checks.integer("route_queue", self.route_queue, 0, checks.MOST_WAITING),
            *(checks.optional(checks.seconds, n, getattr(self, n)) for n in _TIMES),
            checks.seconds("shutdown_timeout", self.shutdown_timeout),
            *(checks.optional(checks.text, n, getattr(self, n)) for n in _FILES),
            *(_section(n, getattr(self, n)) for n in _SECTIONS),
            _static_files("static_files", self.static_files),
            checks.each(checks.proxy, "trusted_proxies", self.trusted_proxies),
            checks.each(checks.origin, "websocket_origins", self.websocket_origins),
        ]
        if self.max_header_size is not None:
            faults.append(checks.integer("max_header_size", self.max_header_size, 1))
        if self.route_threads is not None:
            faults.append(
                checks.integer("route_threads", self.route_threads, 1, checks.MOST_THREADS)
            )
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            faults.append("tls_cert_file and tls_key_file go together")
        if self.unix_socket is not None and {"host", "port"} & self._given:
            faults.append("unix_socket excludes host and port")
        return [*faults, self._path_fault()]

    def _path_fault(self) -> str:
        """Metrics are not where a check is."""
        metrics, health = self.metrics, self.health
        if isinstance(metrics, MetricsConfig) and isinstance(health, HealthConfig):
            for name in ("liveness_path", "readiness_path"):
                if getattr(health, name) == metrics.path:
                    return f"metrics.path is that of health.{name}, too: {metrics.path!r}"
        return ""

    def given(self) -> dict[str, Any]:
        """The fields that were given, in the order they are declared."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name in self._given}

    def _described(self) -> dict[str, Any]:
        """What was given, as the manifest carries it."""
        return {
            name: described(value)
            for name, value in self.given().items()
            if value is not None or name in _SWITCHED_OFF_BY_NONE
        }


def _section(name: str, value: object) -> str:
    cls = _SECTIONS[name]
    good = value is None or isinstance(value, cls)
    # A value of another type may hold secrets.
    return "" if good else f"{name} must be a {cls.__name__} or None, not a {type(value).__name__}"


def _static_files(name: str, value: object) -> str:
    if not isinstance(value, Sequence) or not all(isinstance(v, StaticFilesConfig) for v in value):
        return f"{name} must be a list of StaticFilesConfig, not {value!r}"
    prefixes = [v.route_prefix.rstrip("/") for v in value]
    for prefix in prefixes:
        if prefixes.count(prefix) > 1:
            return f"{name} has two folders at {prefix or '/'!r}"
    return ""
