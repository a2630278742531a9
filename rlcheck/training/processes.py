"""The processes of one run: those that `torchrun` began, or this one alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist

from rlcheck.algorithms.ranks import ALONE, Ranks, Together


def how_many() -> int:
    """How many processes `torchrun` says that there are; one without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def together() -> Iterator[Ranks]:
    """Joins the others for as long as it lasts. gloo serves tensors of the CPU and of CUDA."""
    if how_many() == 1:
        yield ALONE
        return
    dist.init_process_group("gloo")
    try:
        yield Together()
    finally:
        dist.destroy_process_group()


def gathered(data: bytes, ranks: Ranks) -> list[bytes]:
    """What every process has, in the order of their ranks; in each of them."""
    sizes = [torch.zeros(1, dtype=torch.int64) for _ in range(ranks.count)]
    dist.all_gather(sizes, torch.tensor([len(data)]))
    most = max(int(size) for size in sizes)
    own = torch.zeros(most, dtype=torch.uint8)
    own[: len(data)] = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    everyone = [torch.empty_like(own) for _ in range(ranks.count)]
    dist.all_gather(everyone, own)
    return [bytes(whole[: int(size)].numpy()) for whole, size in zip(everyone, sizes, strict=True)]


def wait_for_all(ranks: Ranks) -> None:
    """Returns when every process has come here."""
    if ranks.count > 1:
        dist.barrier()
