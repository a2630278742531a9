import dataclasses

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import Rollout, sample_episodes
from rlcheck.worlds.gallery import garnet

LENGTHS = torch.tensor([3, 1, 2])


def dirty(lengths=LENGTHS, continuous=False, **overrides):
    """A padded batch whose padded slots hold rubbish and whose real ones are all distinct."""
    T, N = int(lengths.max()), len(lengths)
    cell = torch.arange(1, T * N + 1).reshape(T, N)
    mask = torch.arange(T)[:, None] < lengths
    fields = {
        "obs": torch.stack([cell, -cell], -1).double(),
        "actions": torch.stack([cell, cell], -1).double() if continuous else cell,
        "rewards": cell.double(),
        "next_obs": torch.stack([cell + 0.5, cell], -1).double(),
        "terminated": torch.ones(T, N, dtype=torch.bool),
        "truncated": torch.ones(T, N, dtype=torch.bool),
        "mask": mask,
        "steps": torch.arange(T)[:, None].repeat(1, N),
        "states": cell + 100,
        "next_states": cell + 200,
    }
    return Rollout(**(fields | overrides))


def assert_equal(a, b):
    for field in dataclasses.fields(Rollout):
        x, y = getattr(a, field.name), getattr(b, field.name)
        assert (x is None and y is None) or torch.equal(x, y), field.name


@pytest.mark.parametrize("continuous", [False, True])
def test_padding_repeats_where_and_zeroes_what(continuous):
    before = dirty(continuous=continuous)
    clean = before.with_clean_padding()
    for n, length in enumerate(LENGTHS.tolist()):
        for t in range(3):
            for name in ("obs", "next_obs", "states", "next_states", "steps"):
                expected = getattr(before, name)[min(t, length - 1), n]
                assert torch.equal(getattr(clean, name)[t, n], expected), name
            for name in ("actions", "rewards", "terminated", "truncated"):
                expected = getattr(before, name)[t, n] * (t < length)
                assert torch.equal(getattr(clean, name)[t, n], expected), name
    assert torch.equal(clean.mask, before.mask)
    assert torch.equal(clean.lengths, LENGTHS)


@pytest.mark.parametrize(
    "column", [[False, False, False], [False, True, True], [True, False, True]]
)
def test_a_mask_with_a_hole_is_refused(column):
    mask = dirty().mask.clone()
    mask[:, 1] = torch.tensor(column)
    with pytest.raises(InvalidArgument, match="mask: not a block"):
        dirty(mask=mask).with_clean_padding()


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (torch.tensor([2, 0, 0]), [2, 0, 0]),
        ([1], [1]),
        (slice(1, None), [1, 2]),
        (torch.tensor([True, False, True]), [0, 2]),
    ],
)
def test_select(columns, expected):
    probability = torch.tensor([0.5, 0.25, 0.125], dtype=torch.float64)
    chosen = dirty(probability=probability).select(columns)
    assert len(expected) == chosen.N
    assert chosen.T == 3
    assert torch.equal(chosen.probability, probability[expected])
    for name in ("obs", "actions", "mask", "states", "steps"):
        assert torch.equal(getattr(chosen, name), getattr(dirty(), name)[:, expected])


def test_selecting_nothing_is_refused():
    with pytest.raises(InvalidArgument, match="columns: empty"):
        dirty().select([])


def test_concatenate_pads_the_shorter_batch():
    short, long = dirty(torch.tensor([2, 1])).with_clean_padding(), dirty().with_clean_padding()
    joined = Rollout.concatenate([short, long])
    assert (joined.T, joined.N) == (3, 5)
    assert joined.lengths.tolist() == [2, 1, 3, 1, 2]
    assert_equal(joined.select([2, 3, 4]), long)
    assert_equal(joined.select([0, 1]), short.padded_to(3))
    assert_equal(joined, joined.with_clean_padding())
    assert joined.states[2, 0] == short.states[1, 0]


def test_concatenate_carries_probabilities_or_refuses():
    p = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64)
    both = Rollout.concatenate([dirty(probability=p), dirty(probability=p / 2)])
    assert torch.equal(both.probability, torch.cat([p, p / 2]))
    with pytest.raises(InvalidArgument, match="given in some") as caught:
        Rollout.concatenate([dirty(probability=p), dirty()])
    assert "probability" in str(caught.value)
    with pytest.raises(InvalidArgument, match="rollouts: empty"):
        Rollout.concatenate([])


def test_concatenate_does_not_change_its_parts():
    short = dirty(torch.tensor([2, 1])).with_clean_padding()
    mask = short.mask.clone()
    Rollout.concatenate([short, dirty()])
    assert torch.equal(short.mask, mask)


def test_padding_cannot_shorten():
    with pytest.raises(InvalidArgument, match="length: shorter than T"):
        dirty().padded_to(2)


# Trailing axes and lengths only: the rest is for the type checker, which runs before the door.
@pytest.mark.parametrize("name", ["probability", "rewards"])
def test_shapes_that_do_not_belong_together_are_refused_even_untyped(name):
    rollout = dirty()
    wrong = torch.zeros(4, dtype=torch.float64) if name == "probability" else rollout.rewards[:2]
    object.__setattr__(rollout, name, wrong)
    with pytest.raises(InvalidArgument, match=r"does not fit rewards"):
        rollout.__post_init__()


def test_dones_is_the_union():
    t = torch.tensor([[True, False, False]] * 3)
    u = torch.tensor([[False, True, False]] * 3)
    assert torch.equal(dirty(terminated=t, truncated=u).dones, t | u)


def test_to_moves_every_tensor(device):
    world = garnet(0, horizon=3)
    pi = torch.full((4, 2), 0.5, dtype=torch.float64)
    batch = sample_episodes(world, pi, 5, torch.Generator().manual_seed(0))
    moved = batch.to(device)
    assert all(x.device.type == device for x in vars(moved).values() if x is not None)
    assert_equal(moved.to("cpu"), batch)
