"""What each measurement is called, counted in and coded as.

Source: the UK Core observation profiles fix the LOINC and UCUM codes; SNOMED CT (UK edition) is
preferred beside them. Pain has no UK profile: its LOINC code is the 0-10 numeric rating that records
from elsewhere carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

SNOMED_SYSTEM: Final = "http://snomed.info/sct"
LOINC_SYSTEM: Final = "http://loinc.org"
UCUM_SYSTEM: Final = "http://unitsofmeasure.org"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing that is measured.

    `unit` is what the record and the screen use, `ucum` what is exchanged: a recorded value times
    `ucum_per_unit` is in `ucum`. `decimals` is the precision it is entered to. The `also_` codes are
    read but never written.
    """

    name: str
    label: str
    unit: str
    ucum: str | None
    snomed: str | None
    loinc: str | None
    decimals: int = 0
    ucum_per_unit: Decimal = Decimal(1)
    also_snomed: tuple[str, ...] = ()
    also_loinc: tuple[str, ...] = ()


_ALL: Final = (
    Measurement("respiration_rate", "Respiration rate", "/min", "/min", "86290005", "9279-1"),
    Measurement("spo2", "Oxygen saturation", "%", "%", "431314004", "2708-6"),
    Measurement("oxygen_flow", "Oxygen flow", "L/min", "L/min", None, None, decimals=1),
    Measurement("blood_pressure", "Blood pressure", "mmHg", "mm[Hg]", "75367002", "85354-9"),
    Measurement("systolic_bp", "Systolic", "mmHg", "mm[Hg]", "72313002", "8480-6"),
    Measurement("diastolic_bp", "Diastolic", "mmHg", "mm[Hg]", "1091811000000102", "8462-4"),
    Measurement("pulse", "Pulse", "/min", "/min", "78564009", "8867-4", also_snomed=("364075005",)),
    Measurement("consciousness", "Consciousness", "", None, "1104441000000107", None),
    Measurement("temperature", "Temperature", "°C", "Cel", "386725007", "8310-5", decimals=1),
    Measurement("weight", "Weight", "kg", "kg", "27113001", "29463-7", decimals=1),
    Measurement("height", "Height", "cm", "m", "50373000", "8302-2", ucum_per_unit=Decimal("0.01")),
    Measurement("bmi", "Body mass index", "kg/m²", "kg/m2", "60621009", "39156-5", decimals=1),
    Measurement("glucose", "Glucose", "mmol/L", "mmol/L", "997671000000106", None, 1, also_loinc=("15074-8",)),
    Measurement("pain", "Pain", "of 10", "{score}", None, "72514-3"),
    Measurement("news2", "NEWS2", "", "{ScoreOf}", "1104051000000101", None),
    Measurement("pews", "PEWS", "", "{ScoreOf}", "1363261000000104", None),
    Measurement("frailty", "Clinical Frailty Scale", "", None, "763264000", None),
    Measurement("barthel", "Barthel index", "", "{score}", "273302005", "96761-2"),
)

MEASUREMENTS: Final[Mapping[str, Measurement]] = MappingProxyType({m.name: m for m in _ALL})
"""Every measurement by the name the records use."""

BY_SNOMED: Final[Mapping[str, Measurement]] = MappingProxyType(
    {code: m for m in _ALL for code in (m.snomed, *m.also_snomed) if code}
)
BY_LOINC: Final[Mapping[str, Measurement]] = MappingProxyType(
    {code: m for m in _ALL for code in (m.loinc, *m.also_loinc) if code}
)

ON_AIR: Final = "722742002"
ON_OXYGEN: Final = "371825009"

ACVPU: Final[Mapping[str, str]] = MappingProxyType(
    {"A": "248234008", "C": "130987000", "V": "300202002", "P": "450847001", "U": "422768004"}
)
"""SNOMED CT finding for each level of consciousness."""

ACVPU_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"A": "Alert", "C": "Confused", "V": "Voice", "P": "Pain", "U": "Unresponsive"}
)
ACVPU_BY_SNOMED: Final[Mapping[str, str]] = MappingProxyType({code: level for level, code in ACVPU.items()})

NEWS2_SUBSCORES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "respiration_rate": "1104301000000104",
        "spo2_scale_1": "1104311000000102",
        "spo2_scale_2": "1104321000000108",
        "oxygen": "1104331000000105",
        "systolic_bp": "1104341000000101",
        "pulse": "1104351000000103",
        "consciousness": "1104361000000100",
        "temperature": "1104371000000107",
    }
)
"""SNOMED CT code of each NEWS2 sub-score; the two SpO2 scales have their own."""


def news2_subscore(parameter: str, spo2_scale: int | None = None) -> str:
    """The sub-score's code for a parameter of `news2.PARAMETERS`.

    SpO2 needs its scale, 1 or 2. Raises `KeyError` for any other parameter or scale.
    """
    return NEWS2_SUBSCORES[f"spo2_scale_{spo2_scale}" if parameter == "spo2" else parameter]
