"""Writes every page, then lets MkDocs build the site; strictly, so that a warning is a failure."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml

from rlcheck.errors import InvalidArgument
from rlcheck.site.algorithm_pages import algorithm_pages
from rlcheck.site.catalogue_pages import claims_page, reasons_page
from rlcheck.site.chain import Scribe
from rlcheck.site.chapter_pages import chapter_page, derivations_page
from rlcheck.site.dependencies import dependency_page
from rlcheck.site.editions import EDITIONS
from rlcheck.site.errata_pages import errata_index, erratum_page
from rlcheck.site.formulas import Formulas
from rlcheck.site.glossary import glossary_page
from rlcheck.site.guides import guide_pages, project_pages
from rlcheck.site.held import Measured, measured
from rlcheck.site.inventory_page import inventory_page
from rlcheck.site.navigation import navigation
from rlcheck.site.pages import Page
from rlcheck.site.pictures import figures_of_results, pictures_page
from rlcheck.site.reference import reference_pages
from rlcheck.site.result_page import pages_of_results
from rlcheck.site.results import Results, check_all
from rlcheck.site.verdicts import Verdicts, verdicts

ROOT = Path(__file__).parents[2]
STAGE = Path("build") / "docs"
CONFIG = Path("build") / "mkdocs.yml"
SITE = Path("build") / "site"

ASSETS = (
    ("third_party/katex/katex.min.css", "assets/katex/katex.min.css"),
    ("third_party/katex/fonts", "assets/katex/fonts"),
    ("third_party/katex/LICENSE", "assets/katex/LICENSE"),
    ("third_party/iframe-worker/shim.js", "assets/iframe-worker/shim.js"),
    ("third_party/iframe-worker/LICENSE", "assets/iframe-worker/LICENSE"),
    ("docs/assets/site.css", "assets/site.css"),
    ("docs/assets/site.js", "assets/site.js"),
    ("docs/images/failing-report.svg", "images/failing-report.svg"),
)
"""File or folder of the clone, and where it lies on the site."""


def build() -> Path:
    """The whole site; what the bridges and the verdicts say is found where it was kept, or made.

    Returns:
        The folder of the site; `index.html` in it opens without a server.

    Raises:
        InvalidArgument: MkDocs did not accept a page.
        CodeDisagrees: a result and the code that computes it do not agree.
        FormulaRefused: KaTeX did not accept a formula.
        OwnUpdateFails: an algorithm's update is not what it promises.
        StepWithoutCode: a step of its pseudo-code is carried by no code.
        Undocumented: a public name has no docstring.
    """
    root = ROOT
    start = perf_counter()
    # What is measured and judged takes as long as everything else: it is done beside it.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as beside:
        held, judged = beside.submit(measured, root), beside.submit(verdicts, root)
        results = check_all()
        pages = all_pages(root, results, held.result(), judged.result())
    write(root, pages)
    print(f"{len(pages)} pages written in {perf_counter() - start:.0f} s", flush=True)
    _mkdocs(root, "build", "--strict", "--clean")
    return root / SITE


def serve() -> None:
    """Builds, and serves what was built until it is interrupted."""
    build()
    _mkdocs(ROOT, "serve")


def all_pages(root: Path, results: Results, held: Measured, judged: Verdicts) -> list[Page]:
    """Every page of the site, in the order of the navigation."""
    formulas = Formulas()
    pages = guide_pages(root, formulas)
    english, *others = (
        Scribe(results=results, formulas=formulas, edition=edition) for edition in EDITIONS
    )
    pages += [claims_page(), reasons_page(english), *_edition(english, held)]
    pages += algorithm_pages(judged)
    pages += [pictures_page(), dependency_page(english), inventory_page(english)]
    pages += reference_pages(root)
    for scribe in others:
        pages += _edition(scribe, held)
    return [*pages, *project_pages(root)]


def _edition(scribe: Scribe, held: Measured) -> Iterable[Page]:
    results: Results = scribe.results
    yield derivations_page(scribe)
    yield from (chapter_page(scribe, chapter) for chapter in results.chapters)
    yield from pages_of_results(scribe, figures_of_results(), held)
    yield errata_index(scribe)
    yield from (erratum_page(scribe, refuted) for refuted in results.errata.values())
    yield glossary_page(scribe)


def write(root: Path, pages: Sequence[Page]) -> None:
    """Writes pages, assets and MkDocs' configuration below `build/`."""
    stage = root / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    for page in pages:
        file = stage / page.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page.text, encoding="utf-8")
    for source, target in ASSETS:
        _copy(root / source, stage / target)
    config = yaml.safe_load((root / "mkdocs.yml").read_text(encoding="utf-8"))
    (root / CONFIG).write_text(
        yaml.safe_dump(_staged(root, config, pages), allow_unicode=True), encoding="utf-8"
    )


def _staged(root: Path, config: dict[str, Any], pages: Sequence[Page]) -> dict[str, Any]:
    """The configuration with its paths from `build/`, and the navigation that the pages make."""
    handler = config["plugins"][-1]["mkdocstrings"]["handlers"]["python"]
    handler["paths"] = [str(root)]
    handler["options"]["extensions"] = [str(root / "rlcheck" / "site" / "docstrings.py")]
    return {
        **config,
        # Seen from the configuration, and below it: Zensical takes no other paths.
        "docs_dir": STAGE.name,
        "site_dir": SITE.name,
        "nav": navigation(pages),
    }


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _mkdocs(root: Path, *arguments: str) -> None:
    # Without -q: with it, MkDocs would exit with 0 on warnings.
    command = [sys.executable, "-m", "mkdocs", *arguments, "--config-file", str(root / CONFIG)]
    if subprocess.run(command, cwd=root, check=False).returncode:
        raise InvalidArgument.of(
            "rlcheck docs", " ".join(arguments), "MkDocs failed", "what it says above mended"
        )
