"""Good input of every kind, from which damage starts; all of it is invented."""

__all__ = [
    "ACLED",
    "ACLED_JSON",
    "ANNOUNCEMENTS",
    "ANSWERS",
    "CROWD",
    "FILES",
    "GDELT",
    "GDELT1",
    "ICEWS",
    "MAPPING",
    "OUTCOMES",
    "PARAGRAPHS",
    "POLECAT",
    "SCENARIO",
    "SERIES",
    "SOURCES",
    "TEMPLATE",
    "VERDICTS",
    "mapping",
]

GDELT = "\t".join(
    [
        *("1", "20240304", "202403", "2024", "2024.17", "PRK", "NORTH", "PRK", *[""] * 7),
        *("RUS", "SOUTH", "RUS", *[""] * 7, "1", "042", "042", "04", "1", "1.9", "10", "1", "10"),
        *("0.5", *[""] * 24, "20240304000000", "https://example.org/a"),
    ]
)
#: GDELT 1.0 has a column less for each of three places.
GDELT1 = "\t".join(
    [
        *("1", "20240304", "202403", "2024", "2024.17", "PRK", "NORTH", "PRK", *[""] * 7),
        *("RUS", "SOUTH", "RUS", *[""] * 7, "1", "042", "042", "04", "1", "1.9", "10", "1", "10"),
        *("0.5", *[""] * 21, "20240304", "https://example.org/a"),
    ]
)
ACLED = """\
event_id_cnty,event_date,year,event_type,sub_event_type,actor1,actor2,country,source,notes,fatalities
INV1,2024-03-04,2024,Battles,Armed clash,Army of North,Army of South,Nowhere,Herald,Invented.,3
INV2,05 March 2024,2024,Protests,Peaceful protest,Protesters,,Nowhere,Herald,Invented.,0
"""
ACLED_JSON = [
    {
        "event_id_cnty": "INV1", "event_date": "2024-03-04", "year": "2024",
        "event_type": "Battles", "sub_event_type": "Armed clash", "actor1": "Army of North",
        "actor2": "Army of South", "country": "Nowhere", "source": "Herald",
        "notes": "Invented.", "fatalities": "3", "timestamp": "1709596800",
    },
]  # fmt: skip
POLECAT = (
    "Event ID\tEvent Date\tEvent Type\tEvent Mode\tIntensity\tActor Name\tActor Country\t"
    "Recipient Name\tRecipient Country\tCountry\tSource\tPublication Date\tStory People\t"
    "Story Organizations\tStory Locations\tLanguage\n"
    "1\t2024-03-04\tCONSULT\tvisit\t0.5\tNorth\tNorth Korea\tSouth\tRussia\tRussia\tHerald\t"
    "2024-03-05\tA\tB\tC\ten\n"
)
ICEWS = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
    "Intensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\t"
    "City\tDistrict\tProvince\tCountry\tLatitude\tLongitude\n"
    "1\t2024-03-04\tNorth\tGovernment\tNorth Korea\tMake a visit\t042\t1.9\tSouth\tGovernment\t"
    "Russian Federation\t5\t1\tInvented\t\t\t\tRussia\t1\t2\n"
)
MAPPING = """format: {format}
grade: C3
lineage: article
most_days_late: 31
actors:
  north: [{north}]
  south: [{south}]
rules:
  - indicator: envoys_meet
    between: [north, south]
    codes: ["{code}"]
"""
SCENARIO = """name: held
label: Held
description: The ceasefire is held for a year.
author: invented
rationale: Invented.
assumptions:
  - do: {node: ceasefire, state: holds, from: 2024-07-01, to: 2024-12-31}
    rationale: Invented.
  - observe: {indicator: envoys_meet, on: 2024-07-10, grade: B2}
    rationale: Invented.
"""
SERIES = "date,incidents,도발\n" + "".join(
    f"2024-01-{day:02d},{day % 5},{day % 3 / 2}\n" for day in range(1, 29)
)
ANSWERS = """expert,on,prior,answer,within,rationale
Ann,2024-01-02,ceasefire: holds > broken,10% to 30%,12 months,Invented.
Bo,2024-01-02,talks: stalled > moving,1:9 to 1:3,6 months,Invented.
Bo,2024-01-02,talks: moving > stalled,0.1 / 0.2 / 0.4,6 months,Invented.
Ann,2024-01-02,talks: moving > stalled,unlikely,6 months,Invented.
"""
ANNOUNCEMENTS = """\
announcement_id,indicator,question,class,told_on,from,to,reliability,credibility,source_title,\
source_url,note,status,known_on
N1,envoys_meet,,dated,2024-05-01,2024-06-01,2024-06-30,B,2,Invented,,,kept,2024-06-20
N2,envoys_meet,,undated,2024-05-03,,,C,3,,,Invented.,,
N3,envoys_meet,,scheduled,2024-05-03,2024-09-01,2024-09-02,A,1,Invented,,,,
"""
VERDICTS = (
    "report_id,verdict,known_on,reason,source_title\nR002,confirmed,2024-06-01,Invented.,Invented\n"
)
SOURCES = "source_id,label,reliability,source,rationale\nmon,Monitors,B,Invented,Invented.\n"
OUTCOMES = """question,outcome,on,source_title,source_url,note,came
broken_by_end_2024,no,2024-12-31,Invented,https://example.org/a,,
"""
CROWD = "question,date,probability,source,sd\nbroken_by_end_2024,2024-05-01,0.3,Invented,0.4\n"
TEMPLATE = """# {{ forecast.title() }} as of {{ forecast.as_of() }}

We put it at {{ forecast.probability("talks", "moving") }}. {{ forecast.sentence("ceasefire") }}

{{ forecast.judgements() }}

{{ forecast.questions("open") }}

{{ forecast.evidence(most=3) }}

{{ forecast.evidence("talks", most=3) }}

{{ forecast.notes() }}
"""
#: Paragraphs of a Word template; a loop stands over the rows of a table.
PARAGRAPHS = (
    *("{{ forecast.title() }}", "{{ forecast.sentence('talks') }}", "{{ forecast.judgements() }}"),
    *("We put it at {{ forecast.probability('talks') }}.", "{{ forecast.notes() }}"),
)


def mapping(layout: str, north: str, south: str, code: str) -> str:
    return MAPPING.format(format=layout, north=north, south=south, code=code)


#: Other files that a project needs before its doors are tried.
FILES = {
    "scenarios/held.yaml": SCENARIO,
    "gdelt.yaml": mapping("gdelt2", "PRK", "RUS", "04"),
    "acled.yaml": mapping("acled", "Army of North", "Army of South", "Battles"),
    "icews.yaml": mapping("icews", "North", "South", "04"),
    "gdelt1.yaml": mapping("gdelt1", "PRK", "RUS", "04"),
    "polecat.yaml": mapping("polecat", "North", "South", "CONSULT"),
    "acled.csv": ACLED,
    "one.md": TEMPLATE,
    "answers.csv": ANSWERS,
    "s.csv": SERIES,
    "inbox/.keep": "",
    "places/.keep": "",
}
