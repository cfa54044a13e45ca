from __future__ import annotations

from pathlib import Path

import pytest

from server.pages import TeamContact, Wording, WordingError, read_wording, render_visit
from server.pages.gallery import PAGES
from tests.pages.site import text_of


def written(folder: Path, text: str) -> Path:
    path = folder / "wording.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_service_changes_its_words_and_keeps_the_rest(tmp_path: Path) -> None:
    wording = read_wording(
        written(
            tmp_path,
            """
            urgent_advice = "Ring us from 7am to 10pm."
            emergency_signs = ["chest pain", "a fit"]
            [contact]
            phone = "01632 960 777"
            hours = "7am to 10pm."
            [purposes]
            "check-up" = "see how your recovery goes"
            """,
        )
    )
    page, now = PAGES["planned"]
    text = text_of(render_visit(page, wording, now))
    assert wording.contact == TeamContact("01632 960 777", "7am to 10pm.")
    assert "To see how your recovery goes, check your blood pressure and change a dressing" in text
    assert "Ring us from 7am to 10pm." in text
    assert "a fit\n" in text
    assert "heavy bleeding" not in text
    assert wording.not_sure == Wording().not_sure


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('urgent_advise = "x"', "urgent_advise"),
        ("privacy = 3", "privacy"),
        ("emergency_signs = []", "emergency_signs"),
        ("[reasons]\ntraffic = 1", "reasons"),
        ("[contact]\nphone = '1'", "contact"),
        ('badge = "{nhs_number}"', "badge"),
        ('feedback_listened = "{0}"', "feedback_listened"),
        ("privacy = ", "wording.toml"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, names: str) -> None:
    with pytest.raises(WordingError, match=names):
        read_wording(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WordingError, match=r"gone\.toml"):
        read_wording(tmp_path / "gone.toml")


def test_text_relay_and_dialling() -> None:
    contact = TeamContact("01632 960 123", "8am to 8pm.")
    assert contact.dial == "01632960123"
    assert contact.relay == "18001 01632 960 123"
