"""grpc.aio: a server and its client in one app, without generated code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
from spikard import Provide
from watch import Watch, watched, who

app = watched()


class Words:
    """The service. Messages are bytes."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def handlers(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            "test.Words",
            {
                "Echo": grpc.unary_unary_rpc_method_handler(self.echo),
                "Split": grpc.unary_stream_rpc_method_handler(self.split),
                "Join": grpc.stream_unary_rpc_method_handler(self.join),
                "Stuck": grpc.unary_unary_rpc_method_handler(self.stuck),
            },
        )

    async def echo(self, message: bytes, context: grpc.aio.ServicerContext) -> bytes:
        await asyncio.sleep(0)
        if not message:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "nothing to echo")
        return message

    async def split(self, message: bytes, _: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        for word in message.split():
            await asyncio.sleep(0)
            yield word

    async def join(self, words: AsyncIterator[bytes], _: grpc.aio.ServicerContext) -> bytes:
        return b" ".join([word async for word in words])

    async def stuck(self, _: bytes, __: grpc.aio.ServicerContext) -> bytes:
        with self.watch.inside():
            await asyncio.Event().wait()
        return b""


async def open_channel(watch: Watch) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Words(watch).handlers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(grace=5)


app.provide(grpc.aio.Channel, Provide(open_channel, singleton=True))


@app.get("/echo/{n:int}")
async def echo(n: int, channel: grpc.aio.Channel) -> dict[str, int]:
    who.set(n)
    answer = await channel.unary_unary("/test.Words/Echo")(str(n).encode())
    return {"n": int(answer), "who": who.get()}


@app.get("/split/{text}")
async def split(text: str, channel: grpc.aio.Channel) -> list[str]:
    words = channel.unary_stream("/test.Words/Split")(text.encode())
    return [word.decode() async for word in words]


@app.get("/join/{text}")
async def join(text: str, channel: grpc.aio.Channel) -> str:
    async def words() -> AsyncIterator[bytes]:
        for word in text.split("-"):
            yield word.encode()

    return (await channel.stream_unary("/test.Words/Join")(words())).decode()


@app.get("/refused")
async def refused(channel: grpc.aio.Channel) -> list[str]:
    try:
        await channel.unary_unary("/test.Words/Echo")(b"")
    except grpc.aio.AioRpcError as exc:
        return [exc.code().name, exc.details() or ""]
    return []


@app.get("/stuck")
async def stuck(channel: grpc.aio.Channel) -> None:
    """A client that leaves cancels the call, and so the service's task."""
    await channel.unary_unary("/test.Words/Stuck")(b"")
