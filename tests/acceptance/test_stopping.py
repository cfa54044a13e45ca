"""The server stops when it is told to, whatever a tablet with a bad signal is in the middle of."""

from __future__ import annotations

import socket
import time

import requests

from tests.browser.journey import MadeUpService


def test_a_request_that_never_ends_does_not_hold_the_server(service: MadeUpService) -> None:
    head = b"POST /v1/push HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", service.port)) as stalled:
        stalled.sendall(head)
        assert requests.get(f"{service.address}/v1/me", timeout=10).status_code == 401
        begun = time.monotonic()
        with service.stopped():
            assert time.monotonic() - begun < 12, "it had to be killed"
    assert requests.get(f"{service.address}/v1/me", timeout=10).status_code == 401
