"""The allergy state is one of four, and the safe one where facts contradict each other."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.display import AllergyState, allergy_item, allergy_line


@pytest.mark.parametrize(
    ("allergies", "none_confirmed", "available", "phrase"),
    [
        (["latex"], False, True, "Known allergies"),
        ([], True, True, "No known allergies"),
        ([], False, True, "Allergies not recorded"),
        ([], False, False, "Allergies unavailable"),
        ([], True, False, "Allergies unavailable"),
        (["latex"], True, False, "Known allergies"),
        ([" "], False, True, "Allergies not recorded"),
    ],
)
def test_the_four_states(allergies: list[str], none_confirmed: bool, available: bool, phrase: str) -> None:
    line = allergy_line(allergies, none_confirmed=none_confirmed, available=available, updated_at=None)
    assert line.phrase == phrase
    assert line.emphasised == (phrase == "Known allergies")
    assert line.updated == "Last update not known"


def test_with_what_it_did_and_when_it_was_updated() -> None:
    items = [allergy_item("co-trimoxazole", "anaphylaxis"), allergy_item("latex", "rash")]
    at = datetime(2026, 11, 19, 16, 20, tzinfo=UTC)
    line = allergy_line(items, none_confirmed=False, available=True, updated_at=at)
    assert line.text == "Known allergies: co-trimoxazole: anaphylaxis; latex: rash. Updated 19-Nov-2026"
    plain = allergy_line(
        ["co-trimoxazole", "latex"], none_confirmed=False, available=True, updated_at=date(2026, 11, 19)
    )
    assert plain.text == "Known allergies: co-trimoxazole, latex. Updated 19-Nov-2026"
    assert allergy_item("latex") == "latex"


@given(st.lists(st.text(max_size=5), max_size=3), st.booleans(), st.booleans())
def test_none_is_said_only_when_stated(allergies: list[str], none_confirmed: bool, available: bool) -> None:
    line = allergy_line(allergies, none_confirmed=none_confirmed, available=available, updated_at=None)
    if line.state is AllergyState.NONE_KNOWN:
        assert none_confirmed
        assert available
        assert not line.allergies
    assert (line.state is AllergyState.KNOWN) == any(a.strip() for a in allergies)
