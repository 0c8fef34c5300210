"""A refusal that people and programs are both told: a page in their language, or JSON."""

from __future__ import annotations

from fastapi import HTTPException


class Told(HTTPException):
    """An answer that is a mistake, by a sentence of the vocabulary and its values; also below ``/api/``."""

    def __init__(self, status: int, detail: str, word: str, *values: str) -> None:
        super().__init__(status, detail)
        self.word = word
        self.values = values
