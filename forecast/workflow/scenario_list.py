"""The scenarios of a project, with what they say of themselves."""

from __future__ import annotations

from typing import Any

from forecast.beliefs.scenario_files import load_scenario
from forecast.workflow.project import Project

__all__ = ["known_scenarios", "list_scenarios"]


def known_scenarios(project: Project) -> list[str]:
    """Names of the scenarios in ``scenarios/``."""
    return sorted(path.stem for path in project.scenarios.glob("*.yaml"))


def list_scenarios(project: Project) -> list[dict[str, Any]]:
    """Give every scenario of ``scenarios/`` as plain values, in order of name.

    Raises
    ------
    BeliefsError
        If the brief or a scenario cannot be used.
    """
    beliefs = project.beliefs()
    found = [
        load_scenario(path, beliefs=beliefs) for path in sorted(project.scenarios.glob("*.yaml"))
    ]
    return [
        {
            "scenario": one.name,
            "label": one.label,
            "description": one.description,
            "author": one.author,
            "rationale": one.rationale,
            "assumptions": len(one.assumptions),
        }
        for one in found
    ]
