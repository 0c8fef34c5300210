"""The verifier is one file of plain Python 3.8 that needs nothing of ours."""

from __future__ import annotations

import ast
from collections import Counter
from string import Formatter

from dcim.evidence.onefile import PARTS, verifier
from dcim.evidence.verifier.words import WORDS

TREE = ast.parse(verifier(), feature_version=(3, 8))
PLAIN = {
    "bisect","argparse", "ast", "base64", "datetime", "fractions", "functools", "hashlib", "io", "itertools", "json", "os", "re", "stat", "subprocess", "sys", "tempfile", "typing", "__future__"}  # fmt: skip


def test_it_imports_a_few_modules_of_the_standard_library():
    found = {alias.name for node in ast.walk(TREE) if isinstance(node, ast.Import) for alias in node.names}
    found |= {str(node.module) for node in ast.walk(TREE) if isinstance(node, ast.ImportFrom)}
    assert found <= PLAIN
    assert "dcim." not in "\n".join(line for line in verifier().splitlines() if "import" in line)


def test_no_name_of_one_part_hides_that_of_another():
    names = Counter()
    for node in TREE.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] += 1
        elif isinstance(node, ast.Assign):
            names.update(
                one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)
            )
    assert [name for name, count in names.items() if count > 1] == []
    assert names["verify"] == names["main"] == 1


def test_every_part_is_in_it():
    from importlib.resources import files

    there = {one.name for one in (files("dcim.evidence") / "verifier").iterdir() if one.name.endswith(".py")}
    assert there == {f"{name}.py" for name in PARTS} | {"__init__.py"}


def test_every_sentence_says_the_same_things_in_both_languages():
    for word, (english, french) in WORDS.items():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, french)]
        assert fields[0] == fields[1], word
        assert english != french or word in {"usage"}, word
