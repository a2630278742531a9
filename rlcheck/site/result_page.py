"""The page of one result."""

from collections.abc import Mapping, Sequence

from derivations.language.label import Accepted, Label
from derivations.language.printing import to_latex
from derivations.language.statement import Derivation, Induction
from rlcheck.bridge.figures import Figures
from rlcheck.site.chain import Scribe, chain
from rlcheck.site.held_section import held_section
from rlcheck.site.links import address
from rlcheck.site.matching import code_blocks
from rlcheck.site.pages import Page
from rlcheck.site.prose import plain
from rlcheck.site.results import Entry, parts
from rlcheck.site.statements import RELATIONS, assumptions, conditions, statement_latex


def result_page(
    scribe: Scribe,
    entry: Entry,
    pictures: Sequence[str] = (),
    held: Sequence[Figures] = (),
) -> Page:
    """The page of one result.

    Args:
        scribe: writes it.
        entry: the result, checked.
        pictures: figures as HTML that show it.
        held: the figures of its bridges.
    """
    result, edition = entry.result, scribe.edition
    path = scribe.path(entry.path)
    sections = [
        f"# {scribe.words(result.title)}\n",
        _head(scribe, entry),
        *_chains(scribe, entry),
        _checked(scribe, entry),
        _latex(scribe, entry),
        _pictures(scribe, pictures),
        code_blocks(result.name, edition["code"], path, edition.language),
        held_section(edition, result.name, held),
        f"## {edition['check again']}\n\n```sh\npython -m derivations {result.name}\n```\n",
        _used_by(scribe, entry),
    ]
    return Page(
        path=path,
        title=plain(result.title[edition.language]),
        text="\n".join(section for section in sections if section),
        section=(*edition.section, edition["derivations"], entry.chapter),
    )


def other_edition(scribe: Scribe, path: str) -> str:
    """A link to the same page in the other language."""
    here = scribe.path(path)
    there = path if scribe.edition.folder else f"zh/{path}"
    return f'<a class="rl-other" href="{address(here, there)}">{scribe.edition["other"]}</a>'


def label_of(scribe: Scribe, entry: Entry) -> str:
    """The computed label as HTML, with the sizes where it has any."""
    label = entry.checked.label
    kind = "rl-general" if label is Label.GENERAL else "rl-sizes"
    text = f'<span class="rl-badge {kind}">✓ {scribe.edition[label.value]}</span>'
    if isinstance(entry.result, Derivation) and entry.result.problem is not None:
        return f'{text} <span class="rl-muted">{entry.result.problem.name}</span>'
    if label is Label.GENERAL:
        return text
    sizes = sorted({proof.size for line in entry.checked.lines for proof in line.proofs})
    listed = scribe.edition["sizes"].format(sizes=", ".join(map(str, sizes)))
    return f'{text} <span class="rl-muted">{listed}; {scribe.edition["policies"]}</span>'


def _head(scribe: Scribe, entry: Entry) -> str:
    edition, result = scribe.edition, entry.result
    count = len(entry.checked.lines)
    steps = edition["step"] if count == 1 else edition["steps"].format(count=count)
    here = scribe.path(entry.path)
    rows = ", ".join(
        f'<a href="{address(here, "inventory.md", row)}">{row}</a>' for row in result.rows
    )
    lines = [
        f'<p class="rl-head">{label_of(scribe, entry)}<span>{steps}</span>'
        f"<span>{edition['rows']}: {rows}</span>{other_edition(scribe, entry.path)}</p>"
    ]
    setting = "" if isinstance(result, Induction) else scribe.words(result.setting)
    holds = [
        *conditions(parts(result)[-1], edition, scribe.formulas, here),
        *([f"{edition['here']} {setting}"] if setting else []),
    ]
    lines += [f'<p class="rl-holds">{"; ".join(holds)}</p>'] if holds else []
    taken = [scribe.words(words) for words in assumptions(result).values()]
    lines += [f'<p class="rl-holds">{edition["assumes"]}: {"; ".join(taken)}.</p>'] if taken else []
    return "\n".join(lines) + "\n"


def _chains(scribe: Scribe, entry: Entry) -> list[str]:
    result, lines, path = entry.result, entry.checked.lines, entry.path
    if isinstance(result, Derivation):
        return [chain(scribe, result, lines, path, "eq")]
    base = len(result.base.lines)
    claim = scribe.formulas.display(statement_latex(result.claim), f"{path}, claim")
    edition = scribe.edition
    return [
        f'<div class="rl-claim"><span>{edition["claim"]}</span> {claim}</div>\n',
        f"## {edition['base']}\n",
        chain(scribe, result.base, lines[:base], path, "base"),
        f"## {edition['induction step']}\n",
        chain(scribe, result.step, lines[base:], path, "step"),
    ]


def _checked(scribe: Scribe, entry: Entry) -> str:
    edition = scribe.edition
    rows = "".join(
        _checked_row(scribe, number, line)
        for number, line in enumerate(entry.checked.lines, start=1)
    )
    heads = "".join(
        f"<th>{edition[key]}</th>" for key in ("line", "route", "worlds", "degree", "error")
    )
    return (
        f'<details class="rl-details"><summary>{edition["how checked"]}</summary>\n'
        f"<p>{edition['how sentence']}</p>\n"
        f'<div class="rl-scroll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>\n</details>\n"
    )


def _checked_row(scribe: Scribe, number: int, line: Accepted) -> str:
    if not line.proofs:
        told = scribe.edition["no evaluation"]
        return f"<tr><td>{number}</td><td>{line.route}</td><td colspan=3>{told}</td></tr>"
    sizes = ", ".join(str(proof.size) for proof in line.proofs)
    degree = max(proof.degree for proof in line.proofs)
    error = sum(2.0**proof.log2_error for proof in line.proofs)
    return (
        f"<tr><td>{number}</td><td>{line.route}</td><td>{sizes}</td><td>{degree}</td>"
        f"<td>{error:.0e}</td></tr>"
    )


def _latex(scribe: Scribe, entry: Entry) -> str:
    texts = "\n\n".join(aligned(part) for part in parts(entry.result))
    block = "\n".join(f"    {line}".rstrip() for line in ["```latex", *texts.split("\n"), "```"])
    return f'??? quote "{scribe.edition["latex"]}"\n\n{block}\n'


def aligned(derivation: Derivation) -> str:
    """The derivation as LaTeX's `align*`."""
    rows = [f"{to_latex(derivation.start)}"]
    rows += [f"  &{RELATIONS[x.relation]} {to_latex(x.right)}" for x in derivation.lines]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _pictures(scribe: Scribe, pictures: Sequence[str]) -> str:
    if not pictures:
        return ""
    return f"## {scribe.edition['pictures']}\n\n" + "\n".join(pictures)


def _used_by(scribe: Scribe, entry: Entry) -> str:
    users = scribe.results.used_by(entry.result.name)
    if not users:
        return ""
    items = "\n".join(f"<li>{scribe.link(entry.path, user.result.name)}</li>" for user in users)
    return f"## {scribe.edition['used by']}\n\n<ul>\n{items}\n</ul>\n"


def pages_of_results(
    scribe: Scribe,
    pictures: Mapping[str, Sequence[str]],
    held: Mapping[str, Sequence[Figures]],
) -> list[Page]:
    """A page for every result.

    Args:
        scribe: writes them.
        pictures: figures by the name of the result that they show.
        held: likewise, the figures of its bridges.
    """
    return [
        result_page(scribe, entry, pictures.get(name, ()), held.get(name, ()))
        for name, entry in scribe.results.entries.items()
    ]
