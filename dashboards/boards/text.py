"""What is said in English and French."""

from __future__ import annotations

from dataclasses import dataclass

from dcim.alerts import Language


@dataclass(frozen=True, slots=True)
class Text:
    """A word or sentence in both languages."""

    en: str
    fr: str

    def __call__(self, language: Language) -> str:
        """Return it in one language."""
        return self.fr if language is Language.FR else self.en


def same(text: str) -> Text:
    """Return what is the same in both languages: a code, a unit, a name."""
    return Text(text, text)
