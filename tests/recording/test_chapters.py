"""What was known when a segment began is known as long as the segment is remembered. Pains: F10, D8."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dcim.recording.chapters import Chapters

changes = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | st.integers()), max_size=5)


@given(st.lists(changes, max_size=8), st.data())
def test_what_was_known_at_the_beginning_of_every_chapter_that_is_remembered(
    story: list[list[tuple[str, int | None]]], data: st.DataObject
) -> None:
    chapters: Chapters[str, int] = Chapters()
    known: dict[str, int] = {}
    then: dict[int, dict[str, int]] = {}
    for chapter in story:
        then[chapters.begin()] = dict(known)
        for name, one in chapter:
            chapters.note(name, one)
            known = {key: value for key, value in {**known, name: one}.items() if value is not None}
    forgotten = data.draw(st.integers(0, max(then, default=0)))
    chapters.forget(forgotten)

    assert list(then) == list(range(len(story)))
    assert chapters.now() == known
    for number in range(forgotten, len(story)):
        assert chapters.at(number) == then[number]
