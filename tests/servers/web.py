"""A web server for one folder, with ranges, over TLS or not; some of its paths misbehave.

Run as a script: ``web.py <port> <folder> [<certificate> <key>]``. Below ``/hang/`` answers begin
and never go on, below ``/short/`` they end in the middle, below ``/norange/`` ranges are ignored,
below ``/unlisted/`` nobody learns what a folder holds.
"""

from __future__ import annotations

import asyncio
import html
import ssl
import sys
from pathlib import Path

from aiohttp import web


async def _answer(request: web.Request) -> web.StreamResponse:
    root: Path = request.app["root"]
    name = request.match_info["name"]
    how, _, rest = name.partition("/")
    if how in ("hang", "short", "norange"):
        return await _misbehave(request, root / rest, how)
    path = root / (rest if how == "unlisted" else name)
    if path.is_dir() and how == "unlisted":
        return web.Response(text="", content_type="text/html")
    if path.is_dir():
        links = "".join(
            f'<a href="{html.escape(found.name + ("/" if found.is_dir() else ""))}">x</a>\n'
            for found in sorted(path.iterdir())
        )
        return web.Response(text=links, content_type="text/html")
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path)


async def _misbehave(request: web.Request, path: Path, how: str) -> web.StreamResponse:
    data = path.read_bytes()
    if how == "norange":
        return web.Response(body=data)
    answer = web.StreamResponse(headers={"Content-Length": str(len(data))})
    await answer.prepare(request)
    if request.method != "HEAD":
        await answer.write(data[: len(data) // 2])
        if how == "hang":
            await asyncio.sleep(3600)
    assert request.transport is not None
    request.transport.close()
    return answer


def main(port: int, folder: str, *tls: str) -> None:
    """Serve until killed."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    app = web.Application()
    app["root"] = Path(folder)
    app.router.add_get("/{name:.*}", _answer)
    web.run_app(app, host="127.0.0.1", port=port, ssl_context=context, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
