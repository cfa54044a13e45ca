from __future__ import annotations

import base64
import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pages import LinkRedactor, LinkState, hash_token, link_expiry, new_token, redact_links
from server.pages.gallery import at
from server.pages.links import form_check, hash_key, key_of, slot_of

TOKENS = st.binary(min_size=18, max_size=18).map(lambda b: base64.urlsafe_b64encode(b).decode())


def test_a_token_holds_at_least_128_bits_and_fits_an_address() -> None:
    tokens = {new_token() for _ in range(500)}
    assert len(tokens) == 500
    for token in tokens:
        assert len(base64.urlsafe_b64decode(token + "==")) * 8 >= 128
        assert token.replace("-", "").replace("_", "").isalnum()


@given(TOKENS)
def test_what_is_derived_does_not_contain_what_it_comes_from(token: str) -> None:
    key = key_of(token)
    derived = [key, slot_of(key), form_check(key), hash_key(key).hex()]
    assert len({token, *derived}) == 5
    for text in derived:
        assert token not in text
    for text in derived[1:]:
        assert key not in text
    assert hash_token(token) == hash_key(key)
    assert len(hash_token(token)) == 32


def test_a_link_lives_until_its_end_or_its_recall() -> None:
    end = link_expiry(at(12))
    assert end == at(14)
    link = LinkState("1", end)
    assert link.is_alive(end - timedelta(microseconds=1))
    assert not link.is_alive(end)
    assert not LinkState("1", end, revoked_at=at(9)).is_alive(at(9))


@given(TOKENS)
def test_no_link_is_left_in_a_log(token: str) -> None:
    for text in (
        f'127.0.0.1:5000 - "GET /v/{token} HTTP/1.1" 303',
        f"GET https://visits.example/v/{token}?print=large",
        f"/V//{token}",
        f"'/visit/{token}/answer'",
    ):
        assert token not in redact_links(text)
    assert redact_links("GET /v1/token 200") == "GET /v1/token 200"


def test_records_are_redacted_wherever_the_link_stands(caplog: pytest.LogCaptureFixture) -> None:
    token = new_token()
    log = logging.getLogger("tests.links")
    redactor = LinkRedactor()
    log.addFilter(redactor)

    class Url:
        def __str__(self) -> str:
            return f"http://x/v/{token}"

    try:
        log.error("%s %s %d", "GET", f"/v/{token}", 404)
        log.error("opened /v/" + token)
        log.error("at %(url)s", {"url": Url()})
        try:
            raise LookupError(f"no /v/{token}")
        except LookupError:
            log.exception("failed")
    finally:
        log.removeFilter(redactor)
    assert token not in caplog.text
    for line in ("GET /v/[link] 404", "opened /v/[link]", "at http://x/v/[link]", "LookupError: no /v/[link]"):
        assert line in caplog.text
