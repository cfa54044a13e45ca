"""How facts are written for people: names, dates, ages, numbers, medicines, addresses.

Source: NHS Common User Interface guidance. Everything is a pure function of its arguments; where the
time matters, `now` is one of them, and instants (aware) are shown in the `zone` given, London unless
said otherwise. What is missing is put in words (`NOT_KNOWN`, `NOT_RECORDED`).

The only error is `fieldapp.domain.clocks.NaiveTimeError`, for a time without its zone.
"""

from __future__ import annotations

from fieldapp.domain.display.ages import age, age_years, born_with_age
from fieldapp.domain.display.allergies import AllergyLine, AllergyState, allergy_item, allergy_line
from fieldapp.domain.display.contacts import address_line, address_parts, address_stacked, phone, phone_uri
from fieldapp.domain.display.dates import (
    as_at,
    clinical_date,
    clinical_datetime,
    clock_time,
    day_and_time,
    measured_when,
    time_range,
    weekday_date,
)
from fieldapp.domain.display.durations import (
    clock_change_warning,
    countdown,
    duration,
    duration_words,
    late,
    relative,
    short_length,
)
from fieldapp.domain.display.medicines import MedicineLine, Span, medicine_line, unsafe_notation
from fieldapp.domain.display.missing import NOT_KNOWN, NOT_RECORDED
from fieldapp.domain.display.names import formal_name, initials, short_name
from fieldapp.domain.display.numbers import blood_pressure, dose, nhs_number, number, quantity, signed
from fieldapp.domain.display.patient_times import (
    patient_date,
    patient_day,
    patient_day_near,
    patient_range,
    patient_time,
)
from fieldapp.domain.display.postcodes import Postcode, is_postcode, normalise_postcode, parse_postcode

__all__ = [
    "NOT_KNOWN",
    "NOT_RECORDED",
    "AllergyLine",
    "AllergyState",
    "MedicineLine",
    "Postcode",
    "Span",
    "address_line",
    "address_parts",
    "address_stacked",
    "age",
    "age_years",
    "allergy_item",
    "allergy_line",
    "as_at",
    "blood_pressure",
    "born_with_age",
    "clinical_date",
    "clinical_datetime",
    "clock_change_warning",
    "clock_time",
    "countdown",
    "day_and_time",
    "dose",
    "duration",
    "duration_words",
    "formal_name",
    "initials",
    "is_postcode",
    "late",
    "measured_when",
    "medicine_line",
    "nhs_number",
    "normalise_postcode",
    "number",
    "parse_postcode",
    "patient_date",
    "patient_day",
    "patient_day_near",
    "patient_range",
    "patient_time",
    "phone",
    "phone_uri",
    "quantity",
    "relative",
    "short_length",
    "short_name",
    "signed",
    "time_range",
    "unsafe_notation",
    "weekday_date",
]
