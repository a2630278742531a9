"""The errata: one page each with its counterexample, and the index of all."""

from derivations.errata.form import Erratum
from derivations.errata.jacobian import asymmetry
from derivations.language.printing import to_latex
from derivations.language.statement import Derivation
from rlcheck.site.chain import Scribe
from rlcheck.site.links import address
from rlcheck.site.pages import Page
from rlcheck.site.prose import plain
from rlcheck.site.result_page import other_edition
from rlcheck.site.results import Refuted, erratum_path
from rlcheck.site.statements import RELATIONS, quantifiers, result_latex, statement_latex
from rlcheck.site.witness import equations, number_latex

JACOBIAN = "discount-without-its-first-factor"
"""The erratum whose direction is the gradient of nothing."""

_JACOBIAN_WORDS = {
    "en": (
        "A gradient's Jacobian is a Hessian, hence symmetric. On a world of two states with one "
        "logit each, {x} its exponential, the Jacobian of the printed direction is not: its two "
        "mixed derivatives differ by"
    ),
    "zh": (
        "梯度的雅可比矩阵是海森矩阵, 必对称。在两个状态、每个状态一个 logit 的世界上 "
        "({x} 为其指数), 所印方向的雅可比矩阵不对称, 两个混合导数之差为"
    ),
}


def erratum_page(scribe: Scribe, refuted: Refuted) -> Page:
    """What is printed, the smallest world on which it is wrong, what it breaks, what is right."""
    edition, erratum = scribe.edition, refuted.erratum
    path = scribe.path(erratum_path(erratum.name))
    title = erratum.title[edition.language]
    sections = [
        f"# {scribe.words(erratum.title)}\n",
        _head(scribe, erratum, path),
        f"## {edition['printed']}\n",
        _printed(scribe, erratum, path),
        f"## {edition['wrong']}\n\n<p>{scribe.words(erratum.why)}</p>\n",
        _jacobian(scribe, erratum, path),
        f"## {edition['counterexample']}\n",
        _counterexample(scribe, refuted, path),
        f"## {edition['right']}\n",
        _right(scribe, erratum, path),
        _practice(scribe, refuted),
        f"## {edition['check again']}\n\n```sh\npython -m derivations {erratum.name}\n```\n",
    ]
    text = "\n".join(section for section in sections if section)
    return Page(
        path=path, title=plain(title), text=text, section=(*edition.section, edition["errata"])
    )


def _head(scribe: Scribe, erratum: Erratum, path: str) -> str:
    rows = ", ".join(
        f'<a href="{address(path, "inventory.md", row)}">{row}</a>' for row in erratum.rows
    )
    return (
        f'<p class="rl-head"><span>{scribe.edition["rows"]}: {rows}</span>'
        f"{other_edition(scribe, erratum_path(erratum.name))}</p>\n"
    )


def _printed(scribe: Scribe, erratum: Erratum, path: str) -> str:
    shown = scribe.formulas.display(statement_latex(erratum.printed), f"{path}, as printed")
    told = "; ".join(quantifiers(erratum.printed.forall, scribe.edition, scribe.formulas, path))
    note = f'<p class="rl-holds">{told}</p>\n' if told else ""
    return f'<div class="rl-printed">{shown}</div>\n\n{note}'


def _counterexample(scribe: Scribe, refuted: Refuted, path: str) -> str:
    edition, place = scribe.edition, f"{path}, counterexample"
    erratum, found = refuted.erratum, refuted.found
    sentence = edition["counterexample sentence"].format(
        tried=found.worlds_tried,
        states=found.size.states,
        actions=found.size.actions,
        steps=found.size.steps,
    )
    relaxed = "; ".join(str(relaxation) for relaxation in sorted(erratum.relaxed))
    note = f" {edition['relaxed'].format(it=relaxed)}" if relaxed else ""
    numbers = "".join(
        f"<li>{scribe.formulas.inline(tex, place)}</li>"
        for tex in equations(found, erratum.printed)
    )
    left, right = (scribe.formulas.display(number_latex(x), place) for x in found.printed)
    relation = scribe.formulas.inline(rf"\not{RELATIONS[erratum.printed.relation]}", place)
    return (
        f"<p>{sentence}{note}</p>\n\n"
        f'<ul class="rl-numbers">{numbers}</ul>\n\n'
        f'<p class="rl-sides"><span>{edition["left"]} {left}</span> {relation} '
        f"<span>{right} {edition['right side']}</span></p>\n"
    )


def _right(scribe: Scribe, erratum: Erratum, path: str) -> str:
    right: Derivation = erratum.right
    shown = scribe.formulas.display(result_latex(right), f"{path}, what is right")
    text = f'<div class="rl-claim">{shown}</div>\n'
    if right.name in scribe.results.entries:
        link = scribe.link(erratum_path(erratum.name), right.name)
        text += f"\n<p>{scribe.edition['proved in']} {link}</p>\n"
    return text


def _practice(scribe: Scribe, refuted: Refuted) -> str:
    edition, erratum = scribe.edition, refuted.erratum
    head = f"## {edition['practice']}\n\n"
    if not refuted.errors:
        return f"{head}<p>{edition['no gradient']} {scribe.words(erratum.unaltered)}</p>\n"
    rows = "".join(
        f"<tr><td>{world}</td><td>{100 * error:,.1f} %</td></tr>"
        for world, error in refuted.errors.items()
    )
    heads = f"<th>{edition['world']}</th><th>{edition['gap']}</th>"
    instance = f" {scribe.words(erratum.instance)}" if erratum.instance else ""
    return (
        f"{head}<p>{edition['practice sentence']}{instance}</p>\n\n"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>\n"
    )


def _jacobian(scribe: Scribe, erratum: Erratum, path: str) -> str:
    """That the printed direction is the gradient of nothing, where that is what is shown."""
    if erratum.name != JACOBIAN or erratum.direction is None:
        return ""
    printed, right = (asymmetry(side) for side in erratum.direction)
    if printed == 0 or right != 0:
        raise AssertionError(
            "the printed direction's Jacobian is symmetric, or the right one's not"
        )
    shown = scribe.formulas.display(to_latex(printed), f"{path}, Jacobian")
    words = _JACOBIAN_WORDS[scribe.edition.language].format(
        x=scribe.formulas.inline("x_s", f"{path}, Jacobian")
    )
    return f'<p>{words}</p>\n\n<div class="rl-claim">{shown}</div>\n'


def errata_index(scribe: Scribe) -> Page:
    """Every erratum: what is printed, by how much it is wrong, what is right."""
    path = scribe.path("errata/index.md")
    edition = scribe.edition
    cards = "\n".join(_card(scribe, refuted, path) for refuted in scribe.results.errata.values())
    text = (
        f"# {edition['errata']}\n\n{_OPENING[edition.language]}\n\n"
        f'<p class="rl-head">{other_edition(scribe, "errata/index.md")}</p>\n\n{cards}\n'
    )
    return Page(
        path=path, title=edition["errata"], text=text, section=(*edition.section, edition["errata"])
    )


def _card(scribe: Scribe, refuted: Refuted, path: str) -> str:
    erratum = refuted.erratum
    target = address(path, scribe.path(erratum_path(erratum.name)))
    shown = scribe.formulas.display(statement_latex(erratum.printed), f"{path}, {erratum.name}")
    errors = ", ".join(f"{100 * error:,.0f} % ({world})" for world, error in refuted.errors.items())
    practice = f'<span class="rl-muted">{errors}</span>' if errors else ""
    rows = ", ".join(erratum.rows)
    return (
        f'<section class="rl-card" id="{erratum.name}">\n'
        f'<p class="rl-card-title"><a href="{target}">{scribe.words(erratum.title)}</a></p>\n'
        f'<div class="rl-card-formula rl-wrong">{shown}</div>\n'
        f'<p class="rl-head"><span>{rows}</span>{practice}</p>\n</section>\n'
    )


_OPENING = {
    "en": (
        "Formulas that stand in print, in study notes and papers, and are wrong. Each is refuted "
        "by the smallest world that a search finds, in exact numbers, on which the right formula "
        "holds."
    ),
    "zh": (
        "出现在笔记与论文中而有误的公式。每一条都由搜索得到的最小世界以精确数字反驳, "
        "正确的公式在其上成立。"
    ),
}
