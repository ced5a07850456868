"""Documents saved by LibreOffice, as others do it to ours."""

import shutil
import subprocess

import pytest

__all__ = ["OFFICE", "saved"]

OFFICE = shutil.which("soffice")


def saved(path, *formats, folder):
    """Save a document through formats in turn, the last one under its own name; return its path."""
    if OFFICE is None:
        pytest.skip("LibreOffice is not installed")
    for number, form in enumerate(formats):
        out = folder / f"saved-{number}"
        subprocess.run(
            [OFFICE, "--headless", f"-env:UserInstallation={(folder / 'office').as_uri()}",
             "--convert-to", form, "--outdir", str(out), str(path)],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        path = out / path.with_suffix(f".{form}").name
    return path
