"""What a verification found, in French or English; whatever a bundle holds, a line is short and printable."""

from __future__ import annotations

from typing import Any, Callable

from dcim.evidence.verifier.words import REASONS, WORDS

MOST = 200  # findings that are printed; all are counted
LONGEST = 120  # characters of what a bundle says


class Report:
    """Collects findings (something is wrong) and notes (what was checked, what cannot be proven)."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.count = 0
        self.findings: list[tuple[str, str]] = []
        self.notes: list[str] = []

    def add(self, word: str, **what: Any) -> None:
        """Note that something is wrong."""
        self.count += 1
        if len(self.findings) < MOST:
            self.findings.append((word, self.say(word, **what)))

    def note(self, word: str, **what: Any) -> None:
        """Note what a reader should know."""
        self.notes.append(self.say(word, **what))

    def say(self, word: str, **what: Any) -> str:
        """Return a sentence of the language; of a ``count`` of one that of one, where there is such."""
        alone = word + "_one"
        english, french = WORDS[alone if what.get("count") == 1 and alone in WORDS else word]
        shown = {name: legible(value) for name, value in what.items()}
        if shown.get("why") in REASONS:
            shown["why"] = REASONS[shown["why"]][self.language == "fr"]
        return (french if self.language == "fr" else english).format(**shown)

    def print(self, out: Callable[[str], object]) -> None:
        """Give every line to ``out``."""
        for _, text in self.findings:
            out(text)
        if self.count > len(self.findings):
            out(self.say("more", count=self.count - len(self.findings)))
        for text in self.notes:
            out(text)


def legible(value: Any) -> str:
    """Return a value as printable text: no control characters, no end of line, not too long."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text[: LONGEST + 1])
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
