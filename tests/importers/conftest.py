import pytest

from forecast.project.start import start
from tests.importers.event_rows import COUNTED, MAPPING


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The project of `forecast init` with a count besides, a mapping, and the current folder."""
    start(tmp_path)
    priors = tmp_path / "priors.yaml"
    text = priors.read_text("utf-8")
    head, line, rest = text.partition("\nindicators:")
    assert line
    note, _, rest = rest.partition("\n")
    priors.write_text(f"{head}{line}{note}{COUNTED}{rest}", "utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path
