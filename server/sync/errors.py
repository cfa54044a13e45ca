"""Why one revision is refused.

RefusedItemError    a wire.RefusalCode, a sentence and the place in the body; never the content
"""

from __future__ import annotations

from fieldapp.sync.wire import RefusalCode


class RefusedItemError(Exception):
    """One revision cannot be taken; the others can."""

    def __init__(self, code: RefusalCode, sentence: str, where: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.where = where
