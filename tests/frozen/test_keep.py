"""A changed digit, word, row or key is found, wherever it stands; noise in the last bits is not."""

import copy

import pytest

from tests.frozen import keep as keeping
from tests.frozen.keep import Keeper, plain

SAID = {
    "label": "Ceasefire",
    "probability": 0.123456,
    "curve": [{"date": f"2024-01-{day:02d}", "p": day / 31} for day in range(1, 31)],
    "issue": {"id": "0123456789abcdef", "issued_at": "2026-01-02T03:04:05+00:00"},
}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder of its own with one result that was kept."""
    monkeypatch.setattr(keeping, "KEPT", tmp_path)
    Keeper(renew=True).values("one.json", SAID)
    return tmp_path


def edited(*path, to):
    """Return the result with one value changed."""
    out = copy.deepcopy(SAID)
    place = out
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return out


@pytest.mark.parametrize(
    ("came", "path"),
    [
        (edited("label", to="Cease-fire"), "label: was 'Ceasefire'"),
        (edited("probability", to=0.123466), "probability: was 0.123456"),
        (edited("curve", 0, "p", to=0.033), "curve.rows[0].p: was"),
        (edited("curve", 7, "p", to=8 / 31 + 1e-4), "curve.columns[].p.sum: was"),
        (edited("curve", 7, "date", to="2024-01-09"), "curve.columns[].date.words: was"),
        (edited("new", to=None), "new: is new"),
        ({key: SAID[key] for key in SAID if key != "label"}, "label: is gone"),
        (edited("probability", to="0.123456"), "probability: was 0.123456, is '0.123456'"),
        (edited("curve", to=SAID["curve"][:-1]), "curve.length: was 30, is 29"),
    ],
)
def test_a_change_is_found_and_its_place_is_named(kept, came, path):
    with pytest.raises(pytest.fail.Exception) as found:
        Keeper(renew=False).values("one.json", came)
    assert path in str(found.value)


@pytest.mark.parametrize(
    "came",
    [
        SAID,
        edited("probability", to=0.1234560001),
        edited("issue", to={"id": "f" * 8 + "1" * 8, "issued_at": "2025-05-06T07:08:09.5Z"}),
    ],
)
def test_noise_ids_and_moments_are_no_change(kept, came):
    Keeper(renew=False).values("one.json", came)


def test_rows_that_changed_places_are_found(kept):
    came = edited("curve", to=[SAID["curve"][n] for n in (0, 2, 1, *range(3, 30))])
    with pytest.raises(pytest.fail.Exception, match="sum_by_place"):
        Keeper(renew=False).values("one.json", came)


def test_a_changed_letter_of_a_text_is_found_and_renewed(kept):
    Keeper(renew=True).text("one.txt", "almost certain\n")
    with pytest.raises(pytest.fail.Exception, match=r"\+almost Certain"):
        Keeper(renew=False).text("one.txt", "almost Certain\n")
    Keeper(renew=True).text("one.txt", "almost Certain\n")
    Keeper(renew=False).text("one.txt", "almost Certain\n")


def test_what_was_never_kept_is_asked_for(kept):
    with pytest.raises(AssertionError, match="--renew"):
        Keeper(renew=False).text("other.txt", "anything\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as of 2024-06-30, issue dfab3e2, x", "as of 2024-06-30, issue <issue>, x"),
        ("Issued on 2 May 2025 at 09:41:57 UTC.", "Issued on <moment>."),
        ("on 30 June 2024, R001, 1234567890123", "on 30 June 2024, R001, 1234567890123"),
        ("Model 0.1.0, run 2342348; 2", "Model <version>, run <issue>; 2"),
        ("model db8221d97ef2cad0.", "model <hash>."),
    ],
)
def test_only_what_differs_from_run_to_run_is_taken_out(text, expected):
    assert plain(text) == expected
