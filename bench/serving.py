"""`python -m bench.serving ours DATABASE PORT`: one server process, without limits on rates. `empty - PORT` takes what
is sent and says nothing; `bare FILE PORT` unpacks a push and keeps its entries in one durable SQLite transaction."""

from __future__ import annotations

import json
import sqlite3
import sys
from argparse import Namespace

import uvicorn
import zstandard
from fastapi import FastAPI, Request
from starlette.responses import Response

from fieldapp.domain.clock import SystemClock
from server.commands import serve
from server.config import Limits, Rate, Settings

_PLENTY = Rate(1e9, 1_000_000_000)


def main() -> None:
    """Until it is ended."""
    which, database, port = sys.argv[1:]
    if which == "ours":
        limits = Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY)
        serve(
            Settings(database=database, limits=limits),
            SystemClock(),
            Namespace(host="127.0.0.1", port=int(port), proxy=None),
        )
        return
    app = _bare(database) if which == "bare" else _empty()
    uvicorn.run(app, host="127.0.0.1", port=int(port), access_log=False, log_level="warning")


def _empty() -> FastAPI:
    """The same framework on the same web server: takes what is sent and says nothing."""
    app = FastAPI(openapi_url=None)

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def nothing(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        await request.body()
        return Response(b"{}", media_type="application/json")

    return app


def _bare(file: str) -> FastAPI:
    """No proof, signature, scope, validation, merge, feed, receipt or audit: a bound, no product."""
    app = FastAPI(openapi_url=None)
    database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, body TEXT)")

    @app.post("/{path:path}")
    async def keep(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        raw = await request.body()
        with zstandard.ZstdDecompressor().stream_reader(raw) as reader:
            found = json.loads(reader.read())["revisions"]
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO entry VALUES (?, ?)", [(each["id"], json.dumps(each)) for each in found])
        database.execute("COMMIT")
        return Response(b"{}", media_type="application/json")

    return app


if __name__ == "__main__":
    main()
