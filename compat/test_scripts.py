"""Whole scripts print under jtorch what they print under real torch; and the comparison that says
so can tell when they do not.
"""

from __future__ import annotations

import pytest

from .scripts import _process, _suite, _text

pytest.importorskip("torch")


@pytest.mark.slow
@pytest.mark.parametrize("script", _suite.scripts(), ids=lambda s: s.name)
def test_script(script):
    report = _suite.compare(script)
    assert not report.problems, "\n\n".join(report.problems)


@pytest.mark.parametrize(
    ("want", "got"),
    [
        ("loss 0.1234", "loss 0.1234"),
        ("loss 0.12340", "loss 0.12345"),  # within 1e-3
        ("tensor([0.0012, 1.0000])", "tensor([0.0013, 1.0000])"),  # the last printed place
        ("1 / 3 \rdone", "2 / 3 \rdone"),  # overwritten
        ("<object at 0x7f0011223344>", "<object at 0x7f0055667788>"),
        ("nan inf -inf", "nan inf -inf"),
        ("a  1.0 |", "a 1.0 |"),
    ],
)
def test_texts_that_agree(want, got):
    assert not _text.compare(want, got)


@pytest.mark.parametrize(
    ("want", "got", "why"),
    [
        ("loss 0.1234", "loss 0.1236", "0.1234 is not 0.1236"),
        ("352 of 360", "353 of 360", "352 is not 353"),
        ("step 1000", "step 1000.0", "1000 is not 1000.0"),
        ("1.0", "-1.0", "1.0 is not -1.0"),
        ("nan", "inf", "nan is not inf"),
        ("tensor(1.)", "tensor([1.])", "text"),
        ("one\ntwo", "one", "text"),
    ],
)
def test_texts_that_differ(want, got, why):
    differences = _text.compare(want, got)
    assert [d.why for d in differences] == [why]


def test_what_was_raised(tmp_path):
    script = tmp_path / "raises.py"
    script.write_text(
        "print('before')\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['key']\n"
    )
    outcome = _process.run("torch", script)
    assert (outcome.printed, outcome.status, outcome.raised) == ("before\n", 1, "KeyError: 'key'")
