"""Settings of what is done with every request and answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spikard import _checks as checks
from spikard._config_base import Config

__all__ = ["CompressionConfig", "RateLimitConfig", "StaticFilesConfig"]


@dataclass(frozen=True)
class CompressionConfig(Config):
    """Compression of answers, in the way the client likes best.

    Answers below `min_size` bytes are left as they are; `quality` is how hard to
    try, from 0 to 11.
    """

    gzip: bool = True
    brotli: bool = True
    min_size: int = 1024
    quality: int = 6
    zstd: bool = True

    def _faults(self) -> Sequence[str]:
        return (
            checks.integer("min_size", self.min_size, 0),
            checks.integer("quality", self.quality, 0, 11),
        )


@dataclass(frozen=True)
class RateLimitConfig(Config):
    """A limit of requests: so many a second in the long run, `burst` at once.

    `by` says what has a limit of its own: "client", "principal" (who is
    authenticated, else the client) or "header:NAME"; without it, that is the
    client, or nothing unless `ip_based`. Several processes share their limits
    through the Redis at `redis_url`; while that doesn't answer, requests are
    served, or refused unless `fail_open`. `max_keys` bounds what is in memory.
    """

    per_second: float
    burst: int
    ip_based: bool = True
    by: str | None = None
    redis_url: str | None = field(default=None, repr=False)
    fail_open: bool = True
    max_keys: int = 65536

    def _faults(self) -> Sequence[str]:
        return (
            checks.number("per_second", self.per_second, 0, 1e6, above=True),
            checks.integer("burst", self.burst, 1),
            checks.optional(checks.limit_key, "by", self.by),
            checks.optional(_redis, "redis_url", self.redis_url),
            checks.integer("max_keys", self.max_keys, 1),
        )


def _redis(name: str, value: object) -> str:
    return checks.url(name, value, ("redis", "rediss", "unix"))


@dataclass(frozen=True)
class StaticFilesConfig(Config):
    """A folder whose files are served, below the prefix of the app if it has one.

    With `precompressed`, name.br, name.zst or name.gz is served for name where it
    is there and the client takes it.
    """

    directory: str
    route_prefix: str
    index_file: bool = True
    cache_control: str | None = None
    precompressed: bool = True

    def _faults(self) -> Sequence[str]:
        return (
            checks.text("directory", self.directory),
            checks.path("route_prefix", self.route_prefix),
            checks.optional(checks.header, "cache_control", self.cache_control),
        )
