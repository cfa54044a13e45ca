"""The routes over real HTTP: what a link opens, what it never gives away, what is stored."""

from __future__ import annotations

import gzip
import logging
import re
from datetime import timedelta

import httpx
import pytest

from server.pages import AnswerKind, LinkRedactor, Reply, Window, new_token
from server.pages.gallery import MORNING, PAGES, at
from server.pages.headers import HEADERS
from server.pages.render import STATIC, STATIC_PATH, assets
from tests.pages.site import Site, fields_of, text_of

FORM = {"content-type": "application/x-www-form-urlencoded"}


def opened(client: httpx.Client, address: str) -> tuple[str, httpx.Response]:
    """Follow a link as a browser does; return the clean path and the page."""
    path = client.get(address).headers["location"]
    return path, client.get(path)


def reply(client: httpx.Client, path: str, page: httpx.Response, **fields: str) -> httpx.Response:
    return client.post(f"{path}/answer", data={**fields_of(page.text), **fields})


def test_a_link_leads_to_a_clean_address_with_its_own_cookie(site: Site, client: httpx.Client) -> None:
    address = site.send()
    token = address.rpartition("/")[2]
    first = client.get(address)
    assert first.status_code == 303
    path = first.headers["location"]
    assert re.fullmatch(r"/visit/[\w-]{10}", path)
    cookie = first.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", f"Path={path}", "Max-Age=21600"} <= set(cookie.split("; "))
    page = client.get(path)
    assert page.status_code == 200
    for text in (str(first.headers), first.text, page.text, str(page.headers), str(dict(client.cookies))):
        assert token not in text
    assert token.encode() not in repr(site.visits.links).encode()


def test_the_cookie_is_kept_half_a_day_from_the_last_look_and_is_secure_over_tls(site: Site) -> None:
    now = at(8)
    token = site.visits.issue("far", PAGES["planned"][0], now + timedelta(days=3))
    site.clock.set(now)
    with httpx.Client(base_url=site.url, trust_env=False, headers={"x-forwarded-proto": "https"}) as client:
        cookie = client.get(f"/v/{token}").headers["set-cookie"]
    assert "Max-Age=43200" in cookie
    assert "Secure" in cookie


def test_opening_a_link_does_not_spend_it(site: Site, client: httpx.Client) -> None:
    address = site.send()
    for method in ("HEAD", "GET", "HEAD", "GET", "GET"):
        with httpx.Client(trust_env=False) as previewer:
            assert previewer.request(method, address).status_code == 303
    _, page = opened(client, address)
    assert "10am to 12 midday" in page.text


def test_one_carer_holds_two_links_at_once(site: Site, client: httpx.Client) -> None:
    mother, father = site.send("planned", "mother"), site.send("late", "father")
    path_of_mother, _ = opened(client, mother)
    path_of_father, _ = opened(client, father)
    assert path_of_mother != path_of_father
    assert "10am to 12 midday" in text_of(client.get(path_of_mother).text).split("Does this")[0]
    page = client.get(path_of_father)
    assert "12:15pm to 12:45pm" in page.text
    assert reply(client, path_of_father, page, answer="suits").status_code == 303
    assert [link for link, _, _ in site.visits.answers] == ["father"]


def test_a_cookie_opens_no_other_address(site: Site, client: httpx.Client) -> None:
    path, _ = opened(client, site.send("planned", "mother"))
    other, _ = opened(client, site.send("late", "father"))
    key = next(c.value for c in client.cookies.jar if c.path == path)
    with httpx.Client(base_url=site.url, trust_env=False) as thief:
        assert thief.get(other, headers={"cookie": f"visit={key}"}).status_code == 404
        assert thief.get(path).status_code == 404
        assert "Open your link again" in thief.get(path).text
        assert thief.get(path).content == thief.get("/visit/aaaaaaaaaa").content


def _comparable(response: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    return response.status_code, response.content, [h for h in response.headers.multi_items() if h[0] != "date"]


def test_unknown_expired_and_revoked_links_cannot_be_told_apart(site: Site, client: httpx.Client) -> None:
    expired, revoked, gone = (site.send("planned", name) for name in ("expired", "revoked", "gone"))
    paths = [opened(client, address)[0] for address in (expired, revoked, gone)]
    site.visits.links = {
        key: type(link)(link.link_id, site.clock.now()) if link.link_id == "expired" else link
        for key, link in site.visits.links.items()
    }
    site.visits.revoke("revoked", site.clock.now())
    del site.visits.pages["gone"]
    unknown = client.get(f"/v/{new_token()}")
    assert unknown.status_code == 404
    assert "This link does not work any more" in unknown.text
    odd = [client.get(f"/v/{text}") for text in ("x", "a" * 3000, "%00", "%ff%fe", "a/b", "é")]
    same = [client.get(expired), client.get(revoked), *odd, *(client.get(path) for path in paths)]
    assert {repr(_comparable(r)) for r in same} == {repr(_comparable(unknown))}


def test_dead_links_cost_the_same_look_ups(site: Site, client: httpx.Client) -> None:
    calls: list[str] = []
    expired = site.send("planned", "expired")
    site.clock.advance(7 * 3600)
    find, read = site.visits.find_link, site.visits.visit_page
    site.visits.find_link = lambda token_hash, now: (calls.append("find"), find(token_hash, now))[1]  # type: ignore[method-assign]
    site.visits.visit_page = lambda link_id, now: (calls.append("read"), read(link_id, now))[1]  # type: ignore[method-assign]
    try:
        client.get(expired)
        client.get(f"/v/{new_token()}")
    finally:
        del site.visits.find_link, site.visits.visit_page
    assert calls == ["find", "find"]


@pytest.mark.parametrize("kind", ["suits", "cannot", "ring", "worse"])
def test_an_answer_is_stored_with_the_time_it_was_about(site: Site, client: httpx.Client, kind: str) -> None:
    path, page = opened(client, site.send())
    sent = reply(client, path, page, answer=kind)
    assert (sent.status_code, sent.headers["location"]) == (303, path)
    ((link_id, answer, now),) = site.visits.answers
    assert (link_id, answer.kind, answer.shown, now) == ("link-1", kind, MORNING, site.clock.now())
    assert "Sent at 8:12am." in client.get(path).text


def test_a_note_is_stored_whole_and_never_shown_back(site: Site, client: httpx.Client) -> None:
    path, page = opened(client, site.send())
    note = "Park behind the shops & ring “twice”;\r\nthe dog, Łucja, is shut in <kitchen>"
    assert reply(client, path, page, answer="note", text=note).status_code == 303
    ((_, answer, _),) = site.visits.answers
    assert answer.kind is AnswerKind.NOTE
    assert answer.text == note.replace("\r\n", "\n")
    after = client.get(path).text
    assert "You sent a note" in after
    assert "Łucja" not in after


def test_feedback_is_stored(site: Site, client: httpx.Client) -> None:
    path, page = opened(client, site.send("done"))
    reply(client, path, page, answer="feedback", listened="yes", mattered="partly", text="Thank you")
    ((_, answer, _),) = site.visits.answers
    assert (answer.listened, answer.mattered, answer.text) == (Reply.YES, Reply.PARTLY, "Thank you")
    assert "Thank you for your answers" in client.get(path).text


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        ("planned", {"answer": "note", "text": " \r\n "}, "Please write your note first, then send it."),
        ("planned", {"answer": "note", "text": "Ä" * 301}, "Please write 300 letters or fewer. You wrote 301."),
        ("done", {"answer": "feedback", "text": ""}, "Please choose an answer first, then send it."),
        ("done", {"answer": "feedback", "listened": "maybe"}, "We could not read your answer."),
        ("planned", {"answer": "sui"}, "We could not read your answer."),
    ],
)
def test_a_form_that_cannot_be_taken_says_why(
    site: Site, client: httpx.Client, name: str, fields: dict[str, str], words: str
) -> None:
    path, page = opened(client, site.send(name))
    refused = reply(client, path, page, **fields)
    assert refused.status_code == 422
    assert words in text_of(refused.text)
    assert refused.text.count("Ä") == fields.get("text", "").count("Ä")
    assert site.visits.answers == []


def test_an_answer_to_a_time_that_has_changed_is_asked_again(site: Site, client: httpx.Client) -> None:
    path, page = opened(client, site.send())
    site.visits.pages["link-1"] = PAGES["late"][0]
    refused = reply(client, path, page, answer="suits")
    assert refused.status_code == 409
    assert "The visit has changed since you opened this page." in text_of(refused.text)
    assert "12:15pm to 12:45pm" in refused.text
    assert site.visits.answers == []
    assert reply(client, path, page, answer="worse").status_code == 303
    assert reply(client, path, page, answer="ring").status_code == 303
    assert reply(client, path, refused, answer="suits").status_code == 303
    assert site.visits.answers[-1][1].shown == Window(at(12, 15), at(12, 45))


def test_suits_is_not_taken_once_nobody_comes(site: Site, client: httpx.Client) -> None:
    path, page = opened(client, site.send())
    site.visits.pages["link-1"] = PAGES["cancelled"][0]
    assert reply(client, path, page, answer="suits").status_code == 409
    assert site.visits.answers == []


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:1"},
    ],
)
def test_another_sites_form_is_refused(site: Site, client: httpx.Client, headers: dict[str, str]) -> None:
    path, page = opened(client, site.send())
    data = {**fields_of(page.text), "answer": "cannot"}
    sent = client.post(f"{path}/answer", data=data, headers=headers)
    assert sent.status_code == 403
    assert "We did not get your answer" in sent.text
    assert site.visits.answers == []


@pytest.mark.parametrize("check", ["", "wrong", "é" * 22])
def test_a_form_without_the_pages_proof_is_refused(site: Site, client: httpx.Client, check: str) -> None:
    path, page = opened(client, site.send())
    assert reply(client, path, page, answer="cannot", check=check).status_code == 403
    assert site.visits.answers == []


def test_the_proof_of_one_page_is_worth_nothing_on_another(site: Site, client: httpx.Client) -> None:
    path, _ = opened(client, site.send("planned", "mother"))
    _, other = opened(client, site.send("planned", "father"))
    assert reply(client, path, other, answer="cannot").status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"x" * 20_000, 413), (b"\xff\xfe=1", 422), (b"&".join([b"a=1"] * 30), 422), (b"", 403)],
)
def test_broken_bodies_are_refused(site: Site, client: httpx.Client, body: bytes, status: int) -> None:
    path, _ = opened(client, site.send())
    sent = client.post(f"{path}/answer", content=body, headers=FORM)
    assert sent.status_code == status
    assert site.visits.answers == []


def test_an_answer_needs_a_living_link(site: Site, client: httpx.Client) -> None:
    path, page = opened(client, site.send())
    site.visits.revoke("link-1", site.clock.now())
    assert reply(client, path, page, answer="cannot").status_code == 404
    assert site.visits.answers == []


def test_large_print_stays_through_links_and_answers(site: Site, client: httpx.Client) -> None:
    address = site.send()
    path = client.get(f"{address}?print=large").headers["location"]
    assert path.endswith("?print=large")
    page = client.get(path)
    assert '<html lang="en" class="visit-large">' in page.text
    action = re.findall(r'action="([^"]+)"', page.text)[0]
    sent = client.post(action, data={**fields_of(page.text), "answer": "suits"})
    assert sent.headers["location"] == path


def test_dates_can_be_kept_in_a_calendar(site: Site, client: httpx.Client) -> None:
    path, page = opened(client, site.send())
    assert f'href="{path}/visits.ics"' in page.text
    answer = client.get(f"{path}/visits.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = answer.text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 3
    assert "DTSTART:20261124T100000Z" in lines
    assert "DTEND:20261124T120000Z" in lines
    assert "SUMMARY:Physiotherapist visit" in lines
    assert len({line for line in lines if line.startswith("UID:")}) == 3
    with httpx.Client(base_url=site.url, trust_env=False) as stranger:
        assert stranger.get(f"{path}/visits.ics").status_code == 404


def test_the_patient_is_told_to_ring_when_visits_cannot_be_read(site: Site, client: httpx.Client) -> None:
    address = site.send()
    path, page = opened(client, address)
    site.visits.broken = True
    for answer in (client.get(address), client.get(path), reply(client, path, page, answer="worse")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "120"
        assert "We cannot show your visit just now" in answer.text
        assert "01632 960 100" in answer.text
        assert 'href="tel:999"' in answer.text
    site.visits.broken = False
    assert site.visits.answers == []


def test_every_answer_carries_the_headers(site: Site, client: httpx.Client) -> None:
    address = site.send()
    path, page = opened(client, address)
    failed = httpx.get(f"{site.url}/boom", trust_env=False)
    answers = {
        303: client.get(address),
        200: page,
        404: client.get("/nowhere"),
        405: client.delete(path),
        403: reply(client, path, page, answer="ring", check=""),
        422: reply(client, path, page, answer="note"),
        500: failed,
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert len(answer.headers.get_list("content-security-policy")) == 1
    policy = HEADERS["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert HEADERS["cache-control"] == "no-store"
    assert HEADERS["referrer-policy"] == "no-referrer"


def test_built_files_are_kept_for_a_year_and_nothing_else_is_served(client: httpx.Client) -> None:
    sheet = client.get(f"{STATIC_PATH}/{assets()['visit.css']}")
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert sheet.content == (STATIC / assets()["visit.css"]).read_bytes()
    for name in ("assets.json", "..%2frender.py", "visit.css", f"{assets()['visit.css']}.gz", "x"):
        assert client.get(f"{STATIC_PATH}/{name}").status_code == 404


def test_plain_text_for_who_takes_no_gzip(site: Site, client: httpx.Client) -> None:
    path, page = opened(client, site.send())
    for accepted in ("identity", "", "gzip;q=0", "br"):
        plain = client.get(path, headers={"accept-encoding": accepted})
        assert "content-encoding" not in plain.headers
        assert plain.text == page.text
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["vary"] == "Accept-Encoding"


def test_the_first_view_weighs_at_most_12_kilobytes(site: Site, client: httpx.Client) -> None:
    for name in PAGES:
        path, _ = opened(client, site.send(name, f"link-{name}"))
        weight = 0
        for part in (path, *(f"{STATIC_PATH}/{built}" for built in assets().values())):
            with client.stream("GET", part) as answer:
                body = b"".join(answer.iter_raw())
            assert answer.headers["content-encoding"] == "gzip"
            assert len(gzip.decompress(body)) > len(body)
            weight += len(body)
        assert weight <= 12_000, name


def test_no_token_reaches_the_servers_log(site: Site, client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    access = logging.getLogger("uvicorn.access")
    redactor = LinkRedactor()
    access.addFilter(redactor)
    address = site.send()
    token = address.rpartition("/")[2]
    try:
        with caplog.at_level(logging.INFO, "uvicorn.access"):
            path, _ = opened(client, address)
            client.get(f"/v/{token}x?print=large")
    finally:
        access.removeFilter(redactor)
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name == "uvicorn.access")
    assert logged.count("/v/[link]") == 2
    assert "/visit/[link]" in logged
    assert token not in logged
    assert path not in logged
