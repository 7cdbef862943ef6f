"""Echoes what the suite's client sends."""

from spikard import ServerConfig, Spikard, WebSocket

# Cases 9.* send up to 16 MiB.
app = Spikard(ServerConfig(websocket_max_message=32 * 1024 * 1024))


@app.websocket("/")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for message in socket.iter():
        await socket.send(message)
