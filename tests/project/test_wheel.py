"""What is installed holds everything that is needed to run it, and its types."""

import tomllib
import zipfile

from hatchling.builders.wheel import WheelBuilder

from tests.project.repository import ROOT


def test_the_wheel_holds_the_package_whole_and_the_mark_of_its_types(tmp_path):
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    held = set(zipfile.ZipFile(wheel).namelist())
    there = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "forecast").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "forecast/py.typed" in held
    assert held >= there
    name = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    others = {path.split("/")[0] for path in held - there}
    assert all(path.startswith(name.replace("-", "_")) for path in others), others
