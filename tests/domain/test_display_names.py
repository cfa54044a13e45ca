"""Names, addresses, telephones and the NHS number, as the banner and the lists write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.display import (
    NOT_KNOWN,
    address_line,
    address_parts,
    address_stacked,
    formal_name,
    initials,
    nhs_number,
    phone,
    phone_uri,
    short_name,
)


def test_the_banners_name() -> None:
    assert formal_name("Smith", "John", "Mr") == "SMITH, John (Mr)"
    assert formal_name(" O'Neill ", "Mary  Ann", "Mrs.") == "O'NEILL, Mary Ann (Mrs)"
    assert formal_name("Siân-Rees", "Élise") == "SIÂN-REES, Élise"
    assert formal_name("Smith", None, "Dr") == "SMITH (Dr)"
    assert formal_name(None, "Dot") == "Dot"
    assert formal_name(None, " ", "Mrs") == NOT_KNOWN


def test_long_names_are_whole() -> None:
    family = "Featherstonehaugh-Cholmondeley-Worthington-Smythe"
    assert short_name(family, "Wilhelmina") == f"{family.upper()}, Wilhelmina"
    assert short_name("Hargreaves", "Dorothy") == "HARGREAVES, Dorothy"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amira Khan", "AK"),
        ("Dr S. Mensah", "SM"),
        ("ann", "A"),
        ("Mary Ann O'Neill", "MO"),
        ("SMITH, John (Mr)", "SJ"),
        ("", ""),
        ("Dr", ""),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_addresses() -> None:
    lines = ["14 Ashgrove Terrace,", None, " ", "Leeds"]
    assert address_line(lines, "ls84pq") == "14 Ashgrove Terrace, Leeds, LS8 4PQ"
    assert address_stacked(lines, "LS8  4PQ") == "14 Ashgrove Terrace\nLeeds\nLS8 4PQ"
    assert address_parts(["The Boat", ""], "by the lock") == ["The Boat", "by the lock"]
    assert address_line([]) == address_stacked([None], "") == NOT_KNOWN


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("01189098765", "0118 909 8765"),
        ("+44 (0)118 909 8765", "0118 909 8765"),
        ("0044 118 909 8765", "0118 909 8765"),
        ("(0113) 496-0172", "0113 496 0172"),
        ("0161 4960000", "0161 496 0000"),
        ("02079460018", "020 7946 0018"),
        ("01632960018", "01632 960018"),
        ("016973 12345", "016973 12345"),
        ("+447700900123", "07700 900123"),
        ("03001231234", "0300 123 1234"),
        ("08001111", "0800 1111"),
        ("0800123456", "0800 123 456"),
        ("111", "111"),
        ("+33 1 99 00 12 34", "+33 1 99 00 12 34"),
        (" 0118 909 8765 (daughter) ", "0118 909 8765 (daughter)"),
        ("555-0134", "555-0134"),
        ("", NOT_KNOWN),
        (None, NOT_KNOWN),
    ],
)
def test_phones(typed: str | None, shown: str) -> None:
    assert phone(typed) == shown


@given(st.from_regex(r"0[1-35-9][0-9]{8,9}", fullmatch=True))
def test_a_shown_phone_keeps_its_digits(digits: str) -> None:
    assert phone(digits).replace(" ", "") == digits
    assert phone(phone(digits)) == phone(digits)
    assert phone_uri(phone(digits)) == f"tel:{digits}"


def test_dialling() -> None:
    assert phone_uri("+44 (0)118 909 8765") == "tel:01189098765"
    assert phone_uri("+33 1 99 00 12 34") == "tel:+33199001234"
    assert phone_uri("ask the warden") is None
    assert phone_uri(None) is None


def test_nhs_number() -> None:
    assert nhs_number("9990412758") == "999 041 2758"
    assert nhs_number("999-041") == "999-041"
    assert nhs_number(None) == nhs_number("") == NOT_KNOWN
