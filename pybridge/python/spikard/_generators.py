"""The two halves of a provider with a `yield`: its value, and its clean-up."""

from __future__ import annotations

from typing import Any


def begin(generator: Any) -> Any:
    """The first value of a generator."""
    try:
        return next(generator)
    except StopIteration:
        raise _never_yielded(generator) from None


async def begin_async(generator: Any) -> Any:
    """The first value of an asynchronous generator."""
    try:
        return await generator.__anext__()
    except StopAsyncIteration:
        raise _never_yielded(generator) from None


def end(generator: Any, failure: BaseException | None) -> None:
    """Runs what is behind the `yield`, where the failure is thrown in."""
    try:
        if failure is None:
            next(generator)
        else:
            generator.throw(failure)
    except StopIteration:
        return
    generator.close()
    raise _yielded_again(generator)


async def end_async(generator: Any, failure: BaseException | None) -> None:
    """Does the same for an asynchronous generator."""
    try:
        if failure is None:
            await generator.__anext__()
        else:
            await generator.athrow(failure)
    except StopAsyncIteration:
        return
    await generator.aclose()
    raise _yielded_again(generator)


def _never_yielded(generator: Any) -> RuntimeError:
    return RuntimeError(f"provider {generator.__qualname__} ended without a yield")


def _yielded_again(generator: Any) -> RuntimeError:
    return RuntimeError(f"provider {generator.__qualname__} yielded more than once")
