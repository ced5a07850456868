"""True rows of the collections, where the shared data folder is there; counted a second way."""

import csv

import pytest
from click.testing import CliRunner

from forecast.cli import forecast
from forecast.importers import FORMATS
from forecast.importers.mapping import known_codes, load_mapping
from tests.importers.event_rows import imported, reasons
from tests.project.repository import ROOT

SHARED = [up / "shared" / "data" / "samples" for up in ROOT.parents]
FILES = {
    "gdelt2": "gdelt2_20180101000000_prk_rus_chn.export.CSV",
    "icews": "icews_events.2018.sample_prk_rus.tab",
    "acled": "acled_acledR_old_dummy_sample.csv",
}
ANY = """
format: {form}
grade: C3
rules:
  - indicator: envoys_meet
    codes: {codes}
"""


def sample(form):
    found = [folder / FILES[form] for folder in SHARED if (folder / FILES[form]).is_file()]
    if not found:
        pytest.skip("the true samples are not on this machine; they are not ours to ship")
    return found[0]


def keys(form, path):
    """Give the article of each row, which tells of one indicator once."""
    spec = FORMATS[form]
    with path.open(encoding="utf-8", newline="") as file:
        if spec.header:
            rows = [
                dict(zip(spec.header, line.rstrip("\n").split("\t"), strict=True)) for line in file
            ]
        elif spec.quoted:
            rows = list(csv.DictReader(file))
        else:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [tuple(row[c] for c in spec.article) for row in rows]


@pytest.mark.parametrize("form", sorted(FILES))
def test_every_true_row_is_known_and_each_article_is_kept_once(project, capsys, form):
    """With all codes wanted, what is kept is the number of distinct articles of the file."""
    path = sample(form)
    heads = sorted({code.partition(" > ")[0] for code in known_codes(FORMATS[form].codes)})
    if FORMATS[form].codes == "cameo":
        heads = [f'"{code}"' for code in heads if len(code) == 2]
    (project / "all.yaml").write_text(ANY.format(form=form, codes=f"[{', '.join(heads)}]"), "utf-8")
    found = imported(
        capsys, path, "--format", form, "--mapping", "all.yaml", "--out", "events/n.csv"
    )
    expected = keys(form, path)
    assert found["read"] == len(expected)
    assert reasons(found, "dropped") == {}
    assert found["kept"] == len(set(expected))


def test_the_code_book_holds_every_code_of_the_conversion_table():
    """CAMEO as shipped has every code that the published table from CAMEO to PLOVER has."""
    table = sample("icews").with_name("CAMEO2PLOVER-2021.txt").read_text("utf-8").splitlines()
    codes = {line.partition(":")[0] for line in table if line[:2].isdigit()}
    assert codes <= known_codes("cameo")
    assert len(codes) > 200


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_mapping_that_is_copied_out_fits_the_bundled_case(tmp_path, form):
    """`--write-mapping` writes what the bundled priors.yaml can use, and overwrites nothing."""
    from forecast.beliefs import load

    target = tmp_path / "mapping.yaml"
    copy = ["events", "import", "--format", form, "--write-mapping", str(target)]
    done = CliRunner().invoke(forecast, copy)
    assert (done.exit_code, done.output) == (0, f"wrote {target}\n")
    indicators = load(ROOT / "priors.yaml").indicators
    assert load_mapping(target, indicators=indicators).format == form
    assert CliRunner().invoke(forecast, copy).exit_code == 1
