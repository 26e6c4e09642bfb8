"""A proxy on loopback: SOCKS5 (RFC 1928) and plain HTTP forwarding."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

SOCKS = 5
NAME = 3  # address type of a host name; 1 is IPv4


class Proxy:
    """Passes connections on; `passed` lists their targets as host:port."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self._pipes: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen on a free port, which is returned."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Break every connection and stop listening."""
        self._server.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if first[0] == SOCKS:
            host, port, ahead = *await self._greet(reader, writer), b""
        else:
            ahead = first + await reader.readuntil(b"\r\n")
            target = urlsplit(ahead.split()[1].decode())
            host, port = target.hostname or "", target.port or 80
        self.passed.append(f"{host}:{port}")
        there_reader, there = await asyncio.open_connection(host, port)
        there.write(ahead)
        self._pipe(reader, there)
        self._pipe(there_reader, writer)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
        """Agree on no authentication and take the target."""
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(bytes([SOCKS, 0]))
        kind = (await reader.readexactly(4))[3]
        size = (await reader.readexactly(1))[0] if kind == NAME else 4
        raw = await reader.readexactly(size)
        port = int.from_bytes(await reader.readexactly(2), "big")
        writer.write(bytes([SOCKS, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        return (raw.decode() if kind == NAME else ".".join(map(str, raw))), port

    def _pipe(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_flow(source, target))
        self._pipes.add(task)
        task.add_done_callback(self._pipes.discard)


async def _flow(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
