"""The dictionary of points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.history.durable import Disk
from dcim.history.points import Points
from dcim.model import Health, Lane, Layout, Meaning, Point, canonical, state_code

texts = st.text(max_size=8)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "points.jsonl"


def test_what_a_point_is_survives_a_restart(path, layout):
    ups = layout(state=True)
    points = Points(path, Disk())
    points.register([ups])
    points.close()
    again = Points(path, Disk())
    assert [each.point for each in again] == list(ups.points)
    mode = again.describe(ups.ids[3])
    assert mode.states == ups.states[3]
    assert mode.source == "1.3.3"
    assert again.describe(1) is None
    again.close()


def test_a_known_layout_is_not_written_again(path, layout):
    points = Points(path, Disk())
    points.register([layout(), layout("pdu-a")])
    size = path.stat().st_size
    points.register([layout(), layout("pdu-a")])
    points.close()
    again = Points(path, Disk())
    again.register([layout()])
    assert path.stat().st_size == size
    assert len(again) == 6
    again.close()


def test_a_changed_point_is_written_again_and_the_newer_line_counts(path, layout):
    points = Points(path, Disk())
    old = layout(size=2)
    points.register([old])
    points.register([Layout(old.asset, old.lane, old.points, old.states, ("1.3.0", "1.9.9"))])
    for reader in (points, Points(path, Disk())):
        assert len(reader) == 2
        assert reader.describe(old.ids[1]).source == "1.9.9"
        reader.close()


def test_a_torn_last_line_is_cut_off_and_written_again(path, layout):
    points = Points(path, Disk())
    points.register([layout(size=2)])
    points.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    again = Points(path, Disk())
    assert len(again) == 1
    again.register([layout(size=2)])
    assert path.read_bytes() == whole
    again.close()


@pytest.mark.parametrize(
    "damage", [b"\0" * 40 + b"\n", b"{}\n", b"not json\n", b'{"id":"00000000000000zz"}\n']
)
def test_a_line_that_is_no_line_is_stepped_over(path, layout, damage):
    points = Points(path, Disk())
    points.register([layout(size=1)])
    points.close()
    path.write_bytes(damage + path.read_bytes() + damage)
    again = Points(path, Disk())
    again.register([layout(size=2)])
    assert [each.point for each in again] == list(layout(size=2).points)
    again.close()


def test_a_line_whose_words_do_not_make_its_id_describes_nothing(path, layout):
    ups = layout(size=1)
    points = Points(path, Disk())
    points.register([ups])
    points.close()
    path.write_bytes(path.read_bytes().replace(b'"ups-a"', b'"ups-b"'))
    again = Points(path, Disk())
    assert again.describe(ups.ids[0]) is None
    assert list(again) == []
    again.register([ups])
    assert again.describe(ups.ids[0]).point == ups.points[0]
    again.close()


def test_after_a_full_disk_the_same_points_are_written_anew(path, layout, disk):
    points = Points(path, disk)
    disk.room = 50
    with pytest.raises(OSError, match="No space"):
        points.register([layout()])
    disk.room = 10**6
    points.register([layout()])
    points.close()
    again = Points(path, Disk())
    assert [each.point for each in again] == list(layout().points)
    again.close()


@given(
    texts, texts, st.dictionaries(texts, texts, max_size=3), texts, st.lists(texts, max_size=3, unique=True)
)
def test_any_text_comes_back_as_it_was(tmp_path_factory, asset, metric, labels, source, words):
    states = {state_code(word): Meaning(word, Health.OK if len(word) % 2 else None) for word in words}
    lay = Layout(asset, Lane.FAST, (Point(asset, metric, canonical(labels)),), (states or None,), (source,))
    file = tmp_path_factory.mktemp("points") / "points.jsonl"
    points = Points(file, Disk())
    points.register([lay])
    points.close()
    again = Points(file, Disk())
    (found,) = list(again)
    assert found.point == lay.points[0]
    assert (found.source, found.states) == (source, states or None)
    again.close()


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=4), max_size=6))
def test_whatever_is_registered_in_whatever_order_the_last_words_count(tmp_path_factory, rounds):
    """Rounds of points with sources: each is described as it was last, by this program and by the next."""
    file, last = tmp_path_factory.mktemp("points") / "points.jsonl", {}
    points = Points(file, Disk())
    for some in rounds:
        named = [(Point("a", "m", (("n", str(number)),)), str(source)) for number, source in some]
        points.register([Layout("a", Lane.FAST, (point,), (None,), (source,)) for point, source in named])
        last |= dict(named)
        assert len(points) == len(last)
        assert all(points.describe(point.id).source == source for point, source in last.items())
    points.close()
    again = Points(file, Disk())
    assert {each.point: each.source for each in again} == last
    again.close()


def worded(words, source="", health=None):
    """A layout of one state that can say these words; of none it is no state."""
    states = {state_code(word): Meaning(word, health) for word in words}
    return Layout("a", Lane.SLOW, (Point("a", "m"),), (states or None,), (source,))


def test_the_words_of_a_line_of_before_count_beside_those_of_the_newest(path):
    points = Points(path, Disk())
    for one in (worded(["UPS A"], "1"), worded(["UPS B"], "2")):
        points.register([one])
    (point_id,) = worded([]).ids
    again = Points(path, Disk())
    for reader in (points, again):
        (told,) = reader
        assert told == reader.describe(point_id) == reader.describe_all([1, point_id])[1]
        assert {one.word for one in told.states.values()} == {"UPS A", "UPS B"}
        assert (told.source, len(reader)) == ("2", 1)
        reader.close()


def test_words_that_come_and_go_take_no_more_room(path):
    points = Points(path, Disk())
    points.register([worded(["UPS A"])])
    points.register([worded(["UPS B"])])
    size = path.stat().st_size
    for turn in range(6):
        points.register([worded([("UPS A", "UPS B")[turn % 2]])])
    points.close()
    again = Points(path, Disk())
    again.register([worded(["UPS A"])])
    again.close()
    assert path.stat().st_size == size


def test_of_a_word_whose_health_goes_back_the_last_counts(path):
    points = Points(path, Disk())
    for health in (Health.OK, Health.WARNING, Health.OK):
        points.register([worded(["eco"], health=health)])
        assert points.describe(worded([]).ids[0]).states == worded(["eco"], health=health).states[0]
    points.close()


def test_what_is_no_state_any_more_has_no_words_of_before(path):
    points = Points(path, Disk())
    for words in (["on"], [], ["off"]):
        points.register([worded(words)])
        found = points.describe(worded([]).ids[0]).states
        assert {one.word for one in (found or {}).values()} == set(words)
    points.close()


_SAID = st.tuples(
    st.lists(st.sampled_from("uvw"), max_size=2, unique=True),
    st.sampled_from("12"),
    st.sampled_from([*Health]),
)


@given(st.lists(st.tuples(_SAID, st.booleans()), min_size=1, max_size=8))
def test_whatever_words_a_point_gets_in_whatever_order_all_of_them_count(tmp_path_factory, rounds):
    """Some rounds are the first of a new start; the words since the point last was no state are told."""
    file, states = tmp_path_factory.mktemp("points") / "points.jsonl", {}
    points = Points(file, Disk())
    for (words, source, health), restart in rounds:
        if restart:
            points.close()
            points = Points(file, Disk())
        one = worded(words, source, health)
        points.register([one])
        states = {**states, **one.states[0]} if words else {}
        found = points.describe(one.ids[0])
        assert (found.states, found.source) == (states or None, source)
    points.close()
    again = Points(file, Disk())
    assert [each.states for each in again] == [states or None]
    again.close()
