"""The README's training example runs as it stands, on fewer steps."""

import re

from tests.docs.page import ROOT


def test_the_training_example_trains(capsys) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [example] = [b for b in re.findall(r"```python\n(.*?)```", text, re.S) if "ppo.train" in b]
    shorter = example.replace("steps=50_000", "steps=2_000")
    assert shorter != example
    exec(compile(shorter, "README.md", "exec"), {})
    rows = capsys.readouterr().out.strip().splitlines()
    assert len(rows) == 2
    assert all(int(row.split()[0]) > 900 for row in rows)
