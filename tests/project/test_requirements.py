"""The pins are complete, agree with pyproject.toml and name no host."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.project.repository import ROOT, pyproject

FILES = ["requirements.txt", "requirements-dev.txt"]


def pins(name: str) -> dict[str, Version]:
    """Return the pinned version of every package in a requirements file."""
    pinned = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line or line.lstrip().startswith("#"):
            continue
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{line!r} pins no version"
        pinned[canonicalize_name(requirement.name)] = Version(specifier.version)
    return pinned


def stated_requirements(*, file: str) -> list[str]:
    """Return the requirements in pyproject.toml that a requirements file has to satisfy."""
    document = pyproject()
    stated = document["project"]["dependencies"] + document["build-system"]["requires"]
    if file == "requirements-dev.txt":
        stated += [line for line in document["dependency-groups"]["dev"] if isinstance(line, str)]
    return stated


@pytest.mark.parametrize("file", FILES)
def test_every_stated_requirement_is_pinned_at_a_version_it_allows(file):
    pinned = pins(file)
    for line in stated_requirements(file=file):
        requirement = Requirement(line)
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not pinned in {file}; run `make pins`"
        assert requirement.specifier.contains(version), f"{file}: {version} is not {requirement}"


@pytest.mark.parametrize("file", FILES)
def test_requirements_name_no_host_option_or_path(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", text, flags=re.MULTILINE), "an option such as an index"
    assert "/" not in text
    assert "\\" not in text


def test_development_uses_the_versions_that_users_run():
    runtime, development = (pins(file) for file in FILES)
    assert {name: development.get(name) for name in runtime} == runtime


def test_the_build_group_is_the_build_backend():
    document = pyproject()
    assert document["dependency-groups"]["build"] == document["build-system"]["requires"]
