"""Numbers, units and medicines: precision kept, doses unmistakable."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.display import (
    NOT_RECORDED,
    Span,
    blood_pressure,
    dose,
    medicine_line,
    number,
    quantity,
    signed,
    unsafe_notation,
)
from fieldapp.domain.display.medicines import amounts_in_words, generic_name


def test_measured_values_keep_their_precision() -> None:
    assert quantity(94, "/min") == "94\u2009/min"
    assert quantity(Decimal("38.0"), "°C") == "38.0\u2009°C"
    assert quantity(38, "°C", 1) == "38.0\u2009°C"
    assert quantity(12500, "mL") == "12,500\u2009mL"
    assert quantity(14, "") == "14"
    assert quantity(None, "kg") == number(None) == NOT_RECORDED
    assert number(-0.04, 1) == "0.0"
    assert number(-2.5) == "−2.5"
    assert [signed(n) for n in (-2, 0, 1)] == ["−2", "0", "+1"]


def test_blood_pressure() -> None:
    assert blood_pressure(128, 74) == "128/74\u2009mmHg"
    assert blood_pressure(128, None) == "128/–\u2009mmHg"
    assert blood_pressure(None, None) == NOT_RECORDED


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        (Decimal("120.0"), "mg", "120 mg"),
        (0.5, "mg", "0.5 mg"),
        (Decimal(".50"), "mg", "0.5 mg"),
        (1000, "mL", "1,000 mL"),
        (Decimal("1E+3"), "mL", "1,000 mL"),
        (10, "mg", "10 mg"),
        (Decimal("100"), "", "100"),
        (0.0000001, "mg", "0.0000001 mg"),
    ],
)
def test_doses(amount: float | Decimal, unit: str, shown: str) -> None:
    assert dose(amount, unit) == shown


@given(st.decimals(0, 10**7, places=4))
def test_a_dose_reads_back_as_itself(amount: Decimal) -> None:
    shown = dose(amount)
    assert Decimal(shown.replace(",", "")) == amount
    assert "." not in shown or shown[-1] != "0"
    assert amounts_in_words(f"{amount} mg") == dose(amount, "mg")


def test_the_example_of_the_guidance() -> None:
    line = medicine_line(
        "Diltiazem",
        brand="Calcicard CR",
        form="modified-release tablet",
        dose="120.0mg",
        route="PO",
        frequency="tds",
    )
    assert line.text == ("diltiazem – CALCICARD CR – modified-release tablet – DOSE 120 mg – oral – three times a day")
    assert line.spans[0] == Span("diltiazem", "strong")
    assert Span("DOSE ", "label") in line.spans
    assert Span("120 mg", "strong") in line.spans
    assert [s.emphasis for s in line.spans].count("strong") == 2


def test_an_infusion() -> None:
    line = medicine_line(
        "sodium chloride",
        strength="0.9%",
        form="infusion",
        dose="1000 ml",
        rate="40 mL/hour",
        duration="over 12 hours",
        route="IV",
        frequency="stat",
    )
    assert line.text == (
        "sodium chloride 0.9% – infusion – VOLUME 1,000 mL – 40 mL per hour – over 12 hours – intravenous – once only"
    )


def test_what_is_not_there_leaves_no_dash() -> None:
    assert medicine_line("paracetamol").text == "paracetamol"
    assert medicine_line("ceftriaxone", dose="2 g", route=" ").text == "ceftriaxone – DOSE 2 g"
    line = medicine_line("Insulin", strength="100 units/mL", dose="10 IU")
    assert line.text == "insulin – 100 units per mL – DOSE 10 units"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("0.50mcg", "0.5 micrograms"),
        (".5 mg", "0.5 mg"),
        ("1 mcg", "1 microgram"),
        ("1-2 tablets", "1-2 tablets"),
        ("5 mg/kg", "5 mg per kg"),
        ("2 mg in 10 mL", "2 mg in 10 mL"),
        ("30mg/500mg", "30 mg/500 mg"),
        ("5000 units", "5,000 units"),
        ("5,000 units", "5,000 units"),
        ("one patch", "one patch"),
        ("", ""),
        (None, ""),
    ],
)
def test_amounts_are_rewritten_only_in_form(typed: str | None, shown: str) -> None:
    assert amounts_in_words(typed) == shown


def test_generic_names() -> None:
    assert generic_name("CEFTRIAXONE") == "ceftriaxone"
    assert generic_name("Vitamin D") == "vitamin D"


@pytest.mark.parametrize("text", ["5 @ night", "5mg/500mg", "a < b", ".5 mg", "1.0 mg", "10 mcg", "5 IU", "10U"])
def test_dangerous_notation_is_named(text: str) -> None:
    assert len(unsafe_notation(text)) == 1


@pytest.mark.parametrize("text", ["0.5 mg", "10 micrograms", "0.05 mg", "100.5 mL", "5,000 units per mL"])
def test_safe_notation_passes(text: str) -> None:
    assert unsafe_notation(text) == ()
