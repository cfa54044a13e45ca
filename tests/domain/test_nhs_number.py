"""NHS numbers against every collected example, and the numbers made for invented people."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.nhs_number import (
    TEST_NUMBERS,
    NhsNumberError,
    check_digit,
    format_nhs_number,
    is_valid_nhs_number,
    make_test_number,
    parse_nhs_number,
)

SHARED = Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2] / "../shared"))
VECTORS = SHARED / "data/nhs_numbers/nhs_number_vectors.csv"


def test_every_row_of_the_vectors_agrees() -> None:
    if not VECTORS.exists():
        pytest.skip(f"The NHS number vectors are not at {VECTORS}; set FIELDAPP_SHARED to their folder.")
    with VECTORS.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    failed = [row["input"] for row in rows if is_valid_nhs_number(row["input"]) != (row["expected"] == "valid")]
    assert len(rows) > 50
    assert not failed


@pytest.mark.parametrize(
    "typed",
    ["9434765919", "943 476 5919", "943-476-5919", " 943\u2009476\u00a05919\n", "943\u2011476\u20135919"],
)
def test_separators_are_accepted(typed: str) -> None:
    assert parse_nhs_number(typed) == "9434765919"


@pytest.mark.parametrize(
    "typed",
    ["", "1234567890", "943476591", "94347659190", "943476591X", "９４３４７６５９１９", "٩٤٣٤٧٦٥٩١٩", "943/476/5919"],
)
def test_other_text_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(NhsNumberError) as caught:
        parse_nhs_number(typed)
    assert isinstance(caught.value, ValueError)
    assert not typed or typed not in str(caught.value)


def test_what_is_wrong_is_told_apart() -> None:
    with pytest.raises(NhsNumberError, match="ten digits"):
        parse_nhs_number("943 476")
    with pytest.raises(NhsNumberError, match="check digit"):
        parse_nhs_number("943 476 5918")


def test_shown_three_three_four() -> None:
    assert format_nhs_number("9434765919") == "943 476 5919"
    assert format_nhs_number("943-476-5919") == "943 476 5919"
    with pytest.raises(NhsNumberError):
        format_nhs_number("943")


def test_a_stem_whose_check_digit_would_be_ten_has_none() -> None:
    assert check_digit("999000000") is None
    assert check_digit("999000001") == 8
    with pytest.raises(NhsNumberError):
        check_digit("99900000")


def test_the_first_test_numbers() -> None:
    assert [make_test_number(n) for n in range(4)] == ["9990000018", "9990000026", "9990000034", "9990000042"]
    assert make_test_number(TEST_NUMBERS - 1)[:9] == "999999999"
    for outside in (-1, TEST_NUMBERS):
        with pytest.raises(NhsNumberError):
            make_test_number(outside)


def test_test_numbers_leave_none_out() -> None:
    stems = [stem for stem in range(5000) if check_digit(f"999{stem:06d}") is not None]
    assert [int(make_test_number(n)[3:9]) for n in range(len(stems))] == stems


@given(st.integers(0, TEST_NUMBERS - 2))
def test_test_numbers_are_valid_and_rising(sequence: int) -> None:
    number = make_test_number(sequence)
    assert number.startswith("999")
    assert is_valid_nhs_number(number)
    assert number < make_test_number(sequence + 1)


@given(st.integers(0, TEST_NUMBERS - 1), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(sequence: int, place: int, by: int) -> None:
    number = make_test_number(sequence)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not is_valid_nhs_number(wrong)
