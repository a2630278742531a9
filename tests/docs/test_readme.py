"""What the README shows is run, not believed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")


def _example() -> str:
    [block] = re.findall(r"```python\n(# my_ppo\.py.*?)```", _README, flags=re.DOTALL)
    return block


def test_the_example_is_ten_lines_or_so_and_comes_out_consistent(tmp_path: Path) -> None:
    file = tmp_path / "my_ppo.py"
    file.write_text(_example(), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.stdout.strip() == "consistent", ran.stderr
    assert len(_example().strip().splitlines()) <= 14


@pytest.mark.parametrize(("change", "status"), [(None, 0), (("torch.min", "torch.max"), 1)])
def test_the_command_judges_the_example(
    tmp_path: Path, change: tuple[str, str] | None, status: int
) -> None:
    file = tmp_path / "my_ppo.py"
    file.write_text(_example().replace(*change) if change else _example(), encoding="utf-8")
    command = [sys.executable, "-m", "rlcheck", "verify", f"{file}:loss", "--claim", "ppo-clip"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == status, ran.stdout + ran.stderr
    assert ("consistent" if status == 0 else "Replay") in ran.stdout


def test_every_picture_and_file_that_it_names_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", _README)
    assert links
    assert [link for link in links if not (_ROOT / link).exists()] == []
