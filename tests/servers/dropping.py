"""A proxy before an HTTP server that breaks the connection at every fifth request.

Run as a script: ``dropping.py <port> <port of the server> <every> <file that counts>``. Half of the
drops come before the answer, half in the middle of it.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
from pathlib import Path

_REQUEST = re.compile(rb"(?:GET|PUT|POST|HEAD|DELETE) \S+ HTTP/1\.[01]\r\n")


class Proxy:
    """Counts requests over all connections."""

    def __init__(self, port: int, every: int, log: Path) -> None:
        self._port = port
        self._every = every
        self._log = log
        self._requests = 0
        self._drops = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        try:
            server = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        state = {"limit": -1}
        jobs = [
            asyncio.ensure_future(self._requests_of(reader, server[1], writer, state)),
            asyncio.ensure_future(self._answers_of(server[0], writer, state)),
        ]
        await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        for end in (writer, server[1]):
            end.close()

    async def _requests_of(
        self,
        client: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
        state: dict[str, int],
    ) -> None:
        while data := await client.read(65536):
            for _ in _REQUEST.findall(data):
                self._requests += 1
                if self._requests % self._every == 0:
                    self._drops += 1
                    self._log.write_text(str(self._drops))
                    if self._drops % 2:
                        _reset(back)
                        return
                    state["limit"] = 150  # bytes of the answer: its head, and then nothing
            server.write(data)
            await server.drain()

    async def _answers_of(
        self, server: asyncio.StreamReader, client: asyncio.StreamWriter, state: dict[str, int]
    ) -> None:
        while data := await server.read(65536):
            limit = state["limit"]
            if limit >= 0:
                client.write(data[:limit])
                await client.drain()
                _reset(client)
                return
            client.write(data)
            await client.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection instead of ending it."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _main(port: int, server: int, every: int, log: Path) -> None:
    proxy = Proxy(server, every, log)
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    async with listener:
        await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
