"""Which incidents stand: by id, by root, and those at whose root power enters the building."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from dcim.incidents.case import Case

_NONE: Final[Mapping[str, Case]] = MappingProxyType({})


class OpenCases:
    """The index of the open incidents, in the order in which they were opened."""

    def __init__(self) -> None:
        self.by_id: dict[str, Case] = {}
        self.heads: dict[str, Case] = {}
        self._by_root: defaultdict[str, dict[str, Case]] = defaultdict(dict)

    def at(self, root: str) -> Mapping[str, Case]:
        """Return the incidents that have a root at a part, by id."""
        return self._by_root.get(root, _NONE)

    def stands(self, case: Case) -> bool:
        """Whether an incident is neither over nor merged into another one."""
        return self.by_id.get(case.id) is case

    def set_roots(self, case: Case, roots: Iterable[str]) -> None:
        """Give an incident these roots instead of those that it had."""
        anew = list(dict.fromkeys(roots))
        if anew == case.roots and {len(self._by_root.get(name, ())) for name in anew} <= {1}:
            return  # it stands there alone already
        for name in case.roots:
            self._by_root[name].pop(case.id, None)
            if not self._by_root[name]:
                del self._by_root[name]
        case.roots = anew
        for name in case.roots:
            self._by_root[name][case.id] = case

    def add_root(self, case: Case, root: str) -> None:
        """Give an incident one more root, after those that it has."""
        here = self._by_root[root]
        if case.id not in here:
            case.roots.append(root)
            here[case.id] = case

    def make_head(self, case: Case) -> None:
        """Note that power enters the building at a root of an incident."""
        case.head = True
        self.heads[case.id] = case

    def end(self, case: Case) -> None:
        """Forget an incident."""
        self.set_roots(case, ())
        self.heads.pop(case.id, None)
        del self.by_id[case.id]
