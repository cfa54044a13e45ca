"""What can go wrong while a patient's page is made."""

from __future__ import annotations


class PagesError(Exception):
    """Anything the patient's pages refuse to do; the message says what to do next."""


class StylesNotBuiltError(PagesError):
    """The style sheets are missing: run `make setup`."""


class WordingError(PagesError):
    """The service's wording file has an unknown key or a value of the wrong shape."""


class SourceUnavailableError(PagesError):
    """Raised by a `VisitSource` that cannot read or store just now; the patient is asked to ring."""


class FormRefusedError(PagesError):
    """An answer that cannot be taken as it came.

    `notice` is the sentence to show, `field` the form it belongs to (empty for none), `text` what the
    person had written, so that it is not lost; it never becomes part of the message.
    """

    def __init__(self, notice: str, field: str = "", text: str = "") -> None:
        super().__init__(notice)
        self.notice = notice
        self.field = field
        self.text = text
