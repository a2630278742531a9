"""A checkpoint is there whole or not at all, and what was cut off is refused."""

import math
import os

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.training.checkpoint import Checkpoint, packed, read, unpacked, write
from rlcheck.training.files import write_whole

STATE = {
    "a.weight": torch.tensor([[0.1, math.pi], [1e-45, -0.0]]),
    "generator": torch.Generator().get_state(),
    "flags": torch.tensor([True, False]),
    "count": 3,
    "kl_coef": 0.1 + 0.2,
}


def kept(state=STATE):
    return Checkpoint(steps=40, updates=2, seconds=0.5, parts=(state, {"other": 1.5}))


def test_it_comes_back_to_the_last_bit(tmp_path):
    write(tmp_path / "c", kept())
    found = read(tmp_path / "c")
    assert (found.steps, found.updates, found.seconds) == (40, 2, 0.5)
    assert found.parts[1] == {"other": 1.5}
    assert found.parts[0].keys() == STATE.keys()
    for name, value in STATE.items():
        back = found.parts[0][name]
        if isinstance(value, torch.Tensor):
            assert back.dtype == value.dtype
            assert torch.equal(back, value)
        else:
            assert (back, type(back)) == (value, type(value))


def test_views_of_one_memory_are_kept_apart():
    vector = torch.arange(6.0)
    state, _ = unpacked(packed({"a": vector[:3], "b": vector[3:], "all": vector}))
    assert torch.equal(state["b"], vector[3:])


def test_wherever_it_is_cut_off_it_is_refused(tmp_path):
    write(tmp_path / "c", kept())
    data = (tmp_path / "c").read_bytes()
    for length in [*range(0, len(data), 97), len(data) - 1]:
        (tmp_path / "c").write_bytes(data[:length])
        with pytest.raises(InvalidArgument, match="cut off or no checkpoint"):
            read(tmp_path / "c")


@pytest.mark.parametrize("data", [b"", b"\x80\x04K\x01.", os.urandom(2000)])
def test_what_is_none_is_refused(tmp_path, data):
    (tmp_path / "c").write_bytes(data)
    with pytest.raises(InvalidArgument, match="no checkpoint"):
        read(tmp_path / "c")


def test_one_of_another_format_is_refused(tmp_path):
    (tmp_path / "c").write_bytes(packed(STATE, {"format": 2}))
    with pytest.raises(InvalidArgument, match="format 2, and this rlcheck reads 1"):
        read(tmp_path / "c")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch, failing):
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fails(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, fails)
        with pytest.raises(OSError, match="no space"):
            write_whole(path, b"new and longer")
    assert path.read_bytes() == b"old"
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
