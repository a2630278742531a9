"""`parametrize_with_checks`: one test for every property of an implementation."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from rlcheck.claims import Claim
from rlcheck.errors import InvalidArgument
from rlcheck.testing.checks import Check, CheckFailed, checks_of


def parametrize_with_checks(
    subject: Any,
    *,
    claim: Claim | str | None = None,
    expected_failures: Mapping[str, str] | None = None,
    strict: bool = False,
    **options: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A pytest decorator: the test is run once for every property, with the argument `check`.

        @rlcheck.parametrize_with_checks(loss, claim="ppo-clip")
        def test_my_ppo(check):
            check()

    The test ids are those of the properties, `rlcheck properties CLAIM` lists them; of a subject
    made of parts those of a part begin with its name, as in `advantages:exact-on-policy`.

    Args:
        subject: what `rlcheck.check` takes: a function, a `Subject` of several that belong
            together, an agent, `FILE.py:NAME`, an adapter by name, a library's live object.
        claim: what it promises; adapters and live objects know theirs.
        expected_failures: test id -> why it is known to fail. One that passes is an error.
        strict: whether a known convention fails as well, in the last test, `nothing-unexplained`.
        options: further options of `rlcheck.check`: names, settings, layout, arrays, actions,
            agent, device.

    Raises:
        InvalidArgument: as `rlcheck.check`; an option that does not exist; an expected failure
            of a test that there is not.
    """
    import pytest

    _refuse_unknown(options)
    checks = checks_of(subject, claim=claim, strict=strict, options=options)
    _refuse_no_mapping("expected_failures", expected_failures)
    known = dict(expected_failures or {})
    _refuse_absent(known, checks)
    parameters = [
        pytest.param(
            check, id=check.id,
            marks=[pytest.mark.xfail(reason=known[check.id], strict=True, raises=CheckFailed)]
            if check.id in known else [],
        )
        for check in checks
    ]  # fmt: skip
    return pytest.mark.parametrize("check", parameters)


_OPTIONS = ("names", "settings", "layout", "arrays", "actions", "agent", "device")


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    known = ("claim", "expected_failures", "strict", *_OPTIONS)
    for name in options:
        if name not in _OPTIONS:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"{close[0]}=; " if close else ""
            raise InvalidArgument.of(
                name, options[name], "there is no such option", f"{hint}one of {', '.join(known)}"
            )
    for name in ("names", "settings"):
        _refuse_no_mapping(name, options.get(name))


def _refuse_no_mapping(name: str, value: Any) -> None:
    if value is not None and not isinstance(value, Mapping):
        raise InvalidArgument.of(name, value, "it is no mapping", f"{name}={{NAME: VALUE}}")


def _refuse_absent(expected: Mapping[str, str], checks: list[Check]) -> None:
    there = [check.id for check in checks]
    for name, reason in expected.items():
        if name not in there:
            raise InvalidArgument.of(
                "expected_failures", {name: reason}, "this subject has no test of that name",
                f"one of {', '.join(there)}",
            )  # fmt: skip
