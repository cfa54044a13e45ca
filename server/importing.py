"""The command that brings patients from FHIR files."""

from __future__ import annotations

from argparse import Namespace

from fieldapp.domain.clock import Clock
from server.commands import prepared, say, show
from server.config import Settings
from server.db import schema
from server.fhir.importing import import_files


def import_fhir(settings: Settings, clock: Clock, options: Namespace) -> int:
    """Import files: a line for each resource that is not imported, then the summary. 1 when a file was refused."""
    with prepared(settings, clock) as database:
        service = schema.check(database)
        summary = import_files(database, clock, service, options.files, team=options.team, emit=show)
    for file, sentence in summary.refused.items():
        say(f"{file}: {sentence}")
    show(summary.to_json())
    return 1 if summary.refused else 0
