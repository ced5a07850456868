"""A project of one's own has other indicators than the mappings that come with the formats."""

import pytest

from forecast.errors import BeliefsError
from forecast.workflow.importing import import_events
from forecast.workflow.project import Project


@pytest.mark.parametrize("form", ["gdelt2", "gdelt1", "icews", "polecat", "acled"])
def test_it_is_told_to_write_a_mapping_and_how(project, form):
    rows = project / "rows.csv"
    rows.write_text("", "utf-8")
    out = project / "events" / "new.csv"
    with pytest.raises(BeliefsError) as caught:
        import_events(Project(project), [rows], form=form, mapping=None, out=out)
    said = str(caught.value)
    assert said.startswith("--mapping is missing")
    assert f"--format {form} --write-mapping {form}.yaml" in said
    assert "tmp" not in said
    assert not out.exists()
