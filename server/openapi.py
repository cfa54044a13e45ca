"""The server's HTTP interface as an OpenAPI 3.1 document: `fieldserver openapi` prints it. It is not served.

Messages come from `fieldapp.sync.wire`, refusals from `server.errors`, so that neither is written twice; a test holds
that every route of the application is described, and another tries the description against the server.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from fieldapp.domain.attachments import CHUNK_BYTES, MOST_CHUNKS
from fieldapp.sync import wire
from fieldapp.sync.proof import MAX_SKEW_MS, SCHEME
from fieldapp.sync.wire import API, MAX_PUSH_BYTES, NOW, PAGE_BYTES
from server.errors import (
    BadCodeError,
    BadCursorError,
    BusyError,
    ClockError,
    MalformedError,
    NotFoundError,
    RateLimitedError,
    RevokedError,
    ServerError,
    StreamsFullError,
    TooLargeError,
    TooSlowError,
    UnauthenticatedError,
)
from server.http.bodies import SMALL_BYTES
from server.pages import openapi as pages

Json = dict[str, Any]

_SCHEMAS: Final = "#/components/schemas/"
_ID: Final[Json] = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_HASH: Final[Json] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_MESSAGES: Final[Sequence[type[BaseModel]]] = (
    wire.EnrolRequest,
    wire.EnrolReply,
    wire.TokenRequest,
    wire.TokenReply,
    wire.PushReply,
    wire.OfferRequest,
    wire.OfferReply,
    wire.Me,
    wire.Attached,
    wire.Membership,
    wire.ErrorReply,
)
_ALWAYS: Final[Sequence[type[ServerError]]] = (RateLimitedError, ServerError, BusyError)
_BODY: Final[Sequence[type[ServerError]]] = (MalformedError, TooLargeError, TooSlowError)
_SIGNED: Final[Sequence[type[ServerError]]] = (UnauthenticatedError, ClockError, RevokedError)
_PROOF: Final = (
    f"`Authorization: {SCHEME} <token>.<at>.<nonce>.<signature>`: a token of `POST {API}/token`, the time in "
    f"milliseconds since 1970 by the server's clock (at most {MAX_SKEW_MS} off), 1 to 64 characters used once, and the "
    "base64url Ed25519 signature by the tablet's key of the lines `fieldapp-request-1`, method, path with query, "
    "SHA-256 of the body as sent, token, time, nonce."
)


def describe() -> Json:
    """The document, as plain JSON values."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fieldapp",
            "version": version("fieldapp"),
            "description": "Sync of clinicians' tablets, and the patient's page of a visit.",
        },
        "tags": [
            {"name": "tablets", "description": "JSON between enrolled tablets and the server."},
            {"name": "patients", "description": "HTML for the patient or carer who was sent a link."},
        ],
        "paths": {
            **_paths(),
            **pages.paths(*(_refusals([kind]) for kind in (RateLimitedError, TooSlowError, ServerError))),
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"proof": {"type": "http", "scheme": SCHEME, "description": _PROOF}},
        },
    }


def _paths() -> Json:
    return {
        f"{API}/enrol": {
            "post": _operation(
                "Register a tablet's key with a one-time code",
                {200: _json("The tablet's identity and its person's teams.", "EnrolReply")},
                [*_BODY, BadCodeError, RevokedError],
                body=_body("EnrolRequest", SMALL_BYTES),
            )
        },
        f"{API}/token": {
            "post": _operation(
                "Get a token of ten minutes, by a signature of the tablet's key",
                {200: _json("A token, good only with proofs of the same key.", "TokenReply")},
                [*_BODY, *_SIGNED],
                body=_body("TokenRequest", SMALL_BYTES),
            )
        },
        f"{API}/push": {
            "post": _operation(
                "Store revisions: each on its own merits, all of one request in one transaction",
                {200: _json("One outcome an item, in order; what is not `refused` is durable.", "PushReply")},
                [*_BODY, *_SIGNED],
                parameters=[
                    _query(
                        "epoch", "The epoch the tablet last saw; with another, nothing is stored.", {"type": "string"}
                    )
                ],
                body=_body("PushRequest", MAX_PUSH_BYTES),
            )
        },
        f"{API}/offer": {
            "post": _operation(
                "Ask a restored server which revisions it lacks",
                {200: _json("Those of the ids that the server has not, in their order.", "OfferReply")},
                [*_BODY, *_SIGNED],
                body=_body("OfferRequest", MAX_PUSH_BYTES),
            )
        },
        f"{API}/pull": {
            "get": _operation(
                "Read one page of the feed",
                {200: _json("The items after the cursor.", "Page"), 204: _unchanged()},
                [BadCursorError, *_SIGNED],
                parameters=[
                    _query("cursor", "Where the last page ended; left out for the start.", {"type": "string"}),
                    _query(
                        "bytes",
                        "About where a page should end, uncompressed. What is no such number counts as the greatest.",
                        {"type": "integer", "minimum": 1, "maximum": PAGE_BYTES, "default": PAGE_BYTES},
                    ),
                ],
            )
        },
        f"{API}/hints": {
            "get": _operation(
                "Be told when there is something to pull",
                {200: _hints()},
                [*_SIGNED, StreamsFullError],
            )
        },
        f"{API}/me": {
            "get": _operation(
                "Who the server takes this tablet for", {200: _json("The person and the teams now.", "Me")}, _SIGNED
            )
        },
        **_attachments(),
    }


def _attachments() -> Json:
    patient, sha256 = _path("patient", _ID), _path("sha256", _HASH)
    index = _path("index", {"type": "integer", "minimum": 0, "maximum": MOST_CHUNKS - 1})
    errors = [*_SIGNED, NotFoundError]
    standing = {200: _json("Which chunks are missing.", "Attached")}
    chunk: Json = {"application/octet-stream": {"schema": {"type": "string", "maxLength": CHUNK_BYTES}}}
    body: Json = {
        "required": True,
        "description": f"The chunk: {CHUNK_BYTES} bytes but for the last.",
        "content": chunk,
    }
    place = f"{API}/patients/{{patient}}/attachments/{{sha256}}"
    return {
        place: {
            "get": _operation("How much of a photograph is there", standing, errors, parameters=[patient, sha256]),
        },
        f"{place}/{{index}}": {
            "put": _operation(
                "Store a chunk", standing, [*_BODY, *errors], body=body, parameters=[patient, sha256, index]
            ),
            "get": _operation(
                "Fetch a chunk of a whole photograph",
                {200: {"description": "The chunk.", "content": chunk}},
                errors,
                parameters=[patient, sha256, index],
            ),
        },
    }


def _operation(
    summary: str,
    answers: Mapping[int, Json],
    errors: Sequence[type[ServerError]],
    *,
    body: Json | None = None,
    parameters: Sequence[Json] = (),
) -> Json:
    accepts = _header("Accept-Encoding", "Answers of 1 kB and more are compressed where `zstd` is named.")
    packed = _header("Content-Encoding", "How the body is packed.", enum=["identity", "zstd"])
    found: Json = {
        "tags": ["tablets"],
        "summary": summary,
        "parameters": [*parameters, accepts, *([packed] if body else [])],
        "responses": {**{str(status): answer for status, answer in answers.items()}, **_refusals([*errors, *_ALWAYS])},
    }
    if UnauthenticatedError in errors and "TokenRequest" not in str(body):
        found["security"] = [{"proof": []}]
    return found | ({"requestBody": body} if body else {})


def _refusals(errors: Sequence[type[ServerError]]) -> Json:
    """One response a status, with the codes that it may carry."""
    by_status: dict[int, list[type[ServerError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {str(status): _refusal(kinds) for status, kinds in sorted(by_status.items())}


def _refusal(kinds: Sequence[type[ServerError]]) -> Json:
    codes = list(dict.fromkeys(str(kind.code) for kind in kinds))
    sentences = dict.fromkeys((inspect.getdoc(kind) or "").partition("\n")[0] for kind in kinds)
    code: Json = {"type": "object", "properties": {"code": {"enum": codes}}}
    answer: Json = {
        "description": " ".join(sentences),
        "content": {"application/json": {"schema": {"allOf": [{"$ref": f"{_SCHEMAS}ErrorReply"}, code]}}},
    }
    if any(issubclass(kind, RateLimitedError) for kind in kinds):
        wait: Json = {"type": "integer", "minimum": 1}
        answer["headers"] = {"Retry-After": {"description": "Seconds to wait.", "required": True, "schema": wait}}
    return answer


def _json(description: str, schema: str) -> Json:
    packed: Json = {"description": "`zstd` where the body is packed.", "schema": {"const": "zstd"}}
    return {
        "description": description,
        "headers": {"Content-Encoding": packed},
        "content": {"application/json": {"schema": {"$ref": f"{_SCHEMAS}{schema}"}}},
    }


def _unchanged() -> Json:
    now: Json = {"description": "The server's time in ms.", "required": True, "schema": {"type": "integer"}}
    return {"description": "There is nothing after the cursor.", "headers": {NOW: now}}


def _hints() -> Json:
    return {
        "description": "`event: moved` when a feed of the person's teams has grown, comment lines in between. The "
        "stream ends with its token.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }


def _body(schema: str, most: int) -> Json:
    return {
        "required": True,
        "description": f"At most {most} bytes, packed and unpacked. UTF-8, every key once.",
        "content": {"application/json": {"schema": {"$ref": f"{_SCHEMAS}{schema}"}}},
    }


def _query(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _path(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _header(name: str, description: str, **schema: Any) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string", **schema}}


def _schemas() -> Json:
    _, found = models_json_schema([(model, "validation") for model in _MESSAGES], ref_template=f"{_SCHEMAS}{{model}}")
    made: Json = {**found["$defs"], "Revision": _revision(), "Page": _page()}
    revisions: Json = {"type": "array", "maxItems": wire.MAX_PUSH_ITEMS, "items": {"$ref": f"{_SCHEMAS}Revision"}}
    made["OfferRequest"]["properties"]["offers"]["maxProperties"] = wire.MAX_OFFERS
    made["PushRequest"] = {
        "type": "object",
        "description": "Parents before children. An item that is no revision is refused by itself.",
        "required": ["revisions"],
        "properties": {"revisions": revisions},
    }
    return made


def _page() -> Json:
    item: Json = {
        "oneOf": [
            {"type": "object", "required": [name], "properties": {name: {"$ref": f"{_SCHEMAS}{schema}"}}}
            for name, schema in (("revision", "Revision"), ("joined", "Membership"), ("left", "Membership"))
        ]
    }
    fields: Json = {
        "epoch": _ID | {"description": "Another one than last time: the server was restored."},
        "cursor": {"type": "string", "description": "Where the next page starts."},
        "more": {"type": "boolean"},
        "today": {"type": "boolean", "description": "The page belongs to today's patients, who come first."},
        "now": {"type": "integer", "description": "The server's time in milliseconds since 1970."},
        "sig": {"type": "string", "description": "The server's signature of cursor and items, where it made any."},
        "items": {"type": "array", "items": item},
    }
    needed = [name for name in fields if name != "sig"]
    return {"type": "object", "required": needed, "properties": fields}


def _revision() -> Json:
    text: Json = {"type": "string"}
    author: Json = {"type": "object", "required": ["id", "name", "role"], "additionalProperties": text}
    fields: Json = {
        "id": _ID,
        "record": _ID,
        "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"},
        "patient": _ID,
        "parents": {"type": "array", "maxItems": wire.MAX_PARENTS, "items": _ID},
        "author": author,
        "device": {"type": "string", "description": "The tablet's id, or `server` for what the server merged."},
        "at": {"type": "string", "format": "date-time", "description": "The tablet's clock, in UTC."},
        "offset_ms": {"type": ["integer", "null"], "description": "What had to be added for the server's time."},
        "schema": {"type": "integer", "minimum": 1, "maximum": 1 << 31},
        "body": {"type": "object", "description": "As the kind has it; unknown kinds pass as they are."},
        "reason": {"type": ["string", "null"]},
        "hash": _HASH | {"description": "SHA-256 of the rest, canonical."},
        "sig": {"type": ["string", "null"], "description": "Ed25519 signature of the hash by the tablet's key."},
    }
    return {"type": "object", "required": list(fields), "properties": fields}
