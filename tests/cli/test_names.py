"""A misspelt name is told the nearest, whatever it names and at whatever door it came."""

import pytest

from tests.cli.terminal import Finished

DOORS = [
    *(("chart", kind, "ceasefre") for kind in (
        "trajectory", "fan", "comparison", "scenarios", "side-by-side", "weights", "tornado",
        "network", "heat",
    )),
    *(("chart", kind, "broken_by_end_204") for kind in ("first-passage", "icons", "sum")),
    ("chart", "trajectry", "ceasefire"),
    ("chart", "comparison", "ceasefire", "--scenario", "calmm"),
    ("explain", "ceasefre", "--no-charts"),
    ("explain", "broken_by_end_204", "--no-charts"),
    ("sensitivity", "ceasefre", "--no-charts"),
    ("nodes", "ceasefre"),
    ("watch", "ceasefre"),
    ("watch", "broken_by_end_204"),
    ("ask", "broken_by_end_204"),
    ("ask", "ceasefre reaches broken by 2024-12-31"),
    ("ask", "ceasefire reaches brokn by 2024-12-31"),
    ("resolve", "broken_by_end_204", "yes", "--on", "2024-06-01", "--note", "x"),
    ("resolve", "broken_by_end_2024", "yse"),
    ("whatif", "calmm", "--no-charts"),
    ("whatif", "--do", "ceasefre=broken@2024-07-15", "--no-charts"),
    ("whatif", "--do", "ceasefire=brokn@2024-07-15", "--no-charts"),
    ("whatif", "--observe", "shelling_reportd@2024-07-15", "--no-charts"),
    ("events", "list", "--node", "ceasefre"),
    ("events", "list", "--indicator", "shelling_reportd"),
    ("events", "retract", "R02", "--reason", "x"),
    ("events", "coverage", "lsit"),
    ("events", "coverage", "list", "--indicator", "shelling_reportd"),
    ("sources", "confrm"),
    ("sources", "confirm", "R02", "--by", "R003", "--reason", "x"),
    ("check", "--fit", "--block", "raritty"),
    ("elicit", "--expert", "A", "--node", "ceasefre", "--answers", "new.csv"),
    ("brief", "render", "own.md"),
    ("rnu",),
    ("events", "lst"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", DOORS, ids=" ".join)
def test_a_misspelt_name_is_told_the_nearest(arguments, project, forecast):
    (project / "scenarios").mkdir()
    (project / "scenarios" / "calm.yaml").write_text("title: Calm\nassume: []\n", "utf-8")
    (project / "own.md").write_text('It is {{ forecast.probability("ceasefre") }}.\n', "utf-8")
    done = forecast(*arguments)
    assert done.code in {1, 2}
    assert "did you mean '" in done.err.lower(), done.err
    assert "Traceback" not in done.err


def test_a_name_like_none_is_told_what_there_is(project, forecast):
    done = forecast("chart", "trajectory", "xyz")
    assert (done.code, done.out) == (1, "")
    assert "there is no node 'xyz' in this forecast; there are: ceasefire, talks" in done.err


@pytest.mark.parametrize(
    ("former", "now"),
    [
        (("verify", "--json"), ("check", "--ledger", "--json")),
        (("diagnose", "--block", "rarity"), ("check", "--fit", "--block", "rarity")),
        (("watch-folder", "--once", "none"), ("update", "--watch", "--once", "none")),
        (("verify", "--help"), ("check", "--ledger", "--help")),
    ],
    ids=" ".join,
)
def test_a_former_name_does_the_same_and_says_the_present_one(former, now, project, forecast):
    """It stands in no list of commands, and what is said of it leaves the output as it is."""
    told = f"forecast {former[0]} is now: forecast {' '.join(now[:2])}\n"
    done = forecast(*now)
    assert forecast(*former) == Finished(done.code, done.out, told + done.err)
    assert former[0] not in forecast("--help").out
