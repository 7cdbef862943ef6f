"""Settings of what can be seen of a server from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spikard import _checks as checks
from spikard._config_base import Config

__all__ = ["HealthConfig", "MetricsConfig", "TracingConfig"]


@dataclass(frozen=True)
class MetricsConfig(Config):
    """Figures for Prometheus."""

    path: str = "/metrics"

    def _faults(self) -> Sequence[str]:
        return (checks.path("path", self.path),)


@dataclass(frozen=True)
class TracingConfig(Config):
    """OpenTelemetry traces, which continue those of the clients.

    Without `service_name` that is OTEL_SERVICE_NAME; without `endpoint`, a URL for
    OTLP over HTTP, the OTEL_EXPORTER_OTLP_* variables tell. `sample_ratio` is the
    part of the traces begun here that is recorded.
    """

    service_name: str | None = None
    endpoint: str | None = field(default=None, repr=False)
    sample_ratio: float = 1.0

    def _faults(self) -> Sequence[str]:
        return (
            checks.optional(checks.text, "service_name", self.service_name),
            checks.optional(_web, "endpoint", self.endpoint),
            checks.number("sample_ratio", self.sample_ratio, 0, 1),
        )


def _web(name: str, value: object) -> str:
    return checks.url(name, value, ("http", "https"))


@dataclass(frozen=True)
class HealthConfig(Config):
    """Checks for whoever runs the server; `timeout` bounds those of one request."""

    liveness_path: str = "/healthz"
    readiness_path: str = "/readyz"
    timeout: float = 5

    def _faults(self) -> Sequence[str]:
        faults = [
            checks.path("liveness_path", self.liveness_path),
            checks.path("readiness_path", self.readiness_path),
            checks.seconds("timeout", self.timeout),
        ]
        if self.liveness_path == self.readiness_path:
            faults.append(f"readiness_path is that of liveness_path, too: {self.readiness_path!r}")
        return faults
