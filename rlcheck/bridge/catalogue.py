"""Every bridge, and every result that has none, with its reason."""

from collections.abc import Mapping
from importlib import import_module

from derivations.catalogue import CHAPTERS as DERIVED
from derivations.language.statement import words
from rlcheck.bridge.form import Bridge, NoBridge


def _of_chapter(name: str) -> tuple[Bridge, ...]:
    """The bridges of a chapter stand in the module of its name."""
    return import_module(f"rlcheck.bridge.chapters.{name}").BRIDGES


CHAPTERS: tuple[tuple[str, tuple[Bridge, ...]], ...] = tuple(
    (name, _of_chapter(name)) for name, _ in DERIVED
)
"""Name of a chapter of `derivations`, in its order -> its bridges."""

BRIDGES: tuple[Bridge, ...] = tuple(bridge for _, bridges in CHAPTERS for bridge in bridges)

_ONE_THRESHOLD: Mapping[str, str] = words(
    "It is about a misprinted rule, with one threshold for both; steps.adaptive_kl has the rule "
    "with two, and no function has the misprint.",
    "此结果讨论的是误印的规则 (两条规则共用一个阈值); steps.adaptive_kl 实现的是双阈值规则, "
    "没有函数实现误印的规则。",
)

WITHOUT: tuple[NoBridge, ...] = (
    NoBridge(
        result="penalty-in-parameter-space",
        reason=words(
            "Its advantage is a cubic of a Gaussian action; exact.linear_gaussian has quadratic "
            "rewards, and no other function takes a mean over a Gaussian.",
            "其优势是高斯动作的三次函数; exact.linear_gaussian 只有二次奖励, "
            "也没有别的函数对高斯分布取均值。",
        ),
    ),
    *(
        NoBridge(result=f"misprinted-penalty-alternates-from-{side}", reason=_ONE_THRESHOLD)
        for side in ("above", "below")
    ),
)
"""Results without a number that the code computes, each with what there is instead."""
