"""`forecast init --from-series`: whatever the names and numbers, what is written is accepted."""

import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.beliefs import inspect, read_events
from forecast.beliefs.series_files import read_series, same_text
from forecast.errors import ReportsError
from forecast.project.project import Project, today
from forecast.project.start import start_from_series

START = dt.date(2023, 1, 2)
WEEKS = [START + dt.timedelta(days=7 * n) for n in range(24)]


def table(path, head, rows):
    """Write rows with a semicolon between cells, quoted where needed."""
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([head, *rows])
    return path


def accepted(path, folder, *, pool=False):
    """Write a project, and give its beliefs, after everything `check` looks at was looked at."""
    start_from_series(folder, path, states=4, pool=pool)
    beliefs, problems = inspect(folder / "priors.yaml")
    assert [each for each in problems if each.severity == "error"] == []
    reports, _ = read_events(folder / "events", beliefs=beliefs)
    Project(folder).reported(beliefs)
    return beliefs, reports


def test_names_that_latin_letters_cannot_write_stay_apart(tmp_path):
    """Chinese, Russian and Korean names are three series, labelled as they are written."""
    who = ("Китай", "Россия", "북한")
    rows = [(day, name, n) for n, day in enumerate(WEEKS) for name in who]
    path = table(tmp_path / "a.csv", ["date", "series", "count"], rows)
    beliefs, reports = accepted(path, tmp_path / "p")
    assert list(beliefs.indicators) == ["series_1_count", "series_2_count", "series_3_count"]
    assert [each.label for each in beliefs.indicators.values()] == [f"{w} count" for w in who]
    assert len(reports) == 72


def test_words_of_yaml_are_names_like_others(tmp_path):
    """A column may be called no, null, on, 1e3, ~, true or 2024-01-01."""
    head = ["date", "no", "null", "on", "1e3", "~", "true", "2024-01-01", "NULL?", "0x1F"]
    path = table(tmp_path / "a.csv", head, [(day, *([n % 5] * 9)) for n, day in enumerate(WEEKS)])
    beliefs, _ = accepted(path, tmp_path / "p")
    assert len(beliefs.indicators) == 9
    assert {"x_no", "x_null", "x_on", "x_1e3", "column_5", "x_true"} <= set(beliefs.indicators)


def test_pairs_of_names_that_join_to_one_stay_apart(tmp_path):
    """Series a with column b_c, and series a_b with column c, are two streams."""
    rows = [(day, name, n, n) for n, day in enumerate(WEEKS) for name in ("a", "a_b")]
    path = table(tmp_path / "a.csv", ["date", "series", "b_c", "c"], rows)
    assert len(accepted(path, tmp_path / "p")[0].indicators) == 4


WRITTEN = {
    "ISO weeks": [f"2023-W{n:02}" for n in range(1, 25)],
    "months": [f"{2021 + n // 12}-{n % 12 + 1:02}" for n in range(24)],
    "quarters": [f"{2015 + n // 4}-Q{n % 4 + 1}" for n in range(24)],
    "digits": [f"{day:%Y%m%d}" for day in WEEKS],
    "words": [f"{day:%d %B %Y}" for day in WEEKS],
    "day first": [f"{day:%d.%m.%Y}" for day in WEEKS],
    "month first": [f"{day:%m/%d/%Y}" for day in WEEKS],
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_periods_are_read_as_they_are_written(kind, tmp_path):
    """Weeks, months, quarters and days, in one order that the column tells."""
    path = table(tmp_path / "a.csv", ["date", "n"], [(d, 3) for d in WRITTEN[kind]])
    series = read_series(path)[0]
    first = {"months": dt.date(2021, 1, 1), "quarters": dt.date(2015, 1, 1)}.get(kind, START)
    assert (series.dates[0], len(series.dates)) == (first, 24)
    accepted(path, tmp_path / "p")


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (["1,250", "1,310", "980", "1,400,000"], 1250.0),
        (["1,25", "1,31", "2", "-3,5"], 1.25),
        (["1 250", "3", "4", "5"], 1250.0),
        (["\u22125", "3", "4", "5"], -5.0),
        (["+5", "3.0", "4", "5"], 5.0),
    ],
)
def test_numbers_are_read_as_they_are_written(cells, value, tmp_path):
    """Groups of three, decimal commas and signs have the reading of their column."""
    rows = [(day, cells[n % 4]) for n, day in enumerate(WEEKS)]
    path = table(tmp_path / "a.csv", ["date", "n"], rows)
    assert read_series(path)[0].values[0] == value
    accepted(path, tmp_path / "p")


THOUSANDS = ("1,250", "1,310", "980", "1,400")


@pytest.mark.parametrize(
    ("head", "rows", "values"),
    [
        (
            "date;incidents;price",
            [f"{day};{n};1,{n + 10}" for n, day in enumerate(WEEKS)],
            [[float(n) for n in range(24)], [1 + (n + 10) / 100 for n in range(24)]],
        ),
        (
            "week,exports",
            [f"2023-W{n + 1:02d},{200 + n}" for n in range(24)],
            [[200.0 + n for n in range(24)]],
        ),
        (
            "date,incidents",
            [f'{day},"{THOUSANDS[n % 4]}"' for n, day in enumerate(WEEKS)],
            [[1250.0, 1310.0, 980.0, 1400.0] * 6],
        ),
    ],
)
def test_a_long_file_of_another_country_is_read_in_full(head, rows, values, tmp_path):
    """Decimal commas with semicolons, ISO weeks and groups of three, day by day."""
    path = tmp_path / "a.csv"
    path.write_text("\r\n".join([head, *rows]), "utf-8")
    notes = []
    found = read_series(path, notes=notes)
    assert [list(each.dates) for each in found] == [WEEKS] * len(values)
    assert [each.values for each in found] == [pytest.approx(each) for each in values]
    if "incidents" in head and "," in head:
        assert "has groups of three digits: '1,250' is 1250" in notes[0]
    accepted(path, tmp_path / "p")


def test_a_workbook_is_read(tmp_path):
    """Its dates are days, its numbers numbers."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Date", "Incidents"])
    for n, day in enumerate(WEEKS):
        book.active.append([day, n])
    book.save(out)
    (tmp_path / "a.xlsx").write_bytes(out.getvalue())
    beliefs, reports = accepted(tmp_path / "a.xlsx", tmp_path / "p")
    assert list(beliefs.indicators) == ["incidents"]
    assert [report.value for report in reports] == list(range(24))


SOON = today() + dt.timedelta(days=30)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({3: (SOON, 1)}, f"a.csv:5: n: {SOON} is after today"),
        ({3: (today(), 1)}, r"a.csv:5: n: the period from .* ends after today"),
        ({3: (WEEKS[3], "nan")}, "a.csv:5: n: 'nan' is not a number"),
        ({3: (WEEKS[3], "inf")}, "'inf' is not a number"),
        ({3: (WEEKS[3], "1e999")}, "'1e999' is not a number"),
        ({3: (WEEKS[3], "1e308")}, "'1e308' is beyond what can be reckoned with"),
        ({3: (WEEKS[3], "9" * 400)}, "is not a number"),
        ({3: (WEEKS[3], "1e-300")}, "is beyond what can be reckoned with"),
        ({3: (WEEKS[3], "N/A")}, "is not a number"),
        ({3: (WEEKS[2], 3)}, "a.csv:5: n: 2023-01-16 stands twice"),
        ({3: ("0001-01-01", 3)}, "0001-01-01 is before 1800"),
        ({3: ("", 3)}, "a.csv:5: date: is empty"),
        ({3: ("2023-02-30", 3)}, "a.csv:5: date: '2023-02-30' is not a date"),
        ({3: ("2023-W60", 3)}, "'2023-W60' is not a date"),
        ({3: ("23.1.23", 3)}, "'23.1.23' is not a date"),
        ({n: (dt.date(2022, n, 5), 3) for n in range(1, 13)}, "where a period has"),
        (dict.fromkeys(range(1, 24), (None, None)), "has 1 number;"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(changes, said, tmp_path):
    """Days to come, periods not over, no numbers, huge ones, mixed periods and a single row."""
    rows = [changes.get(n, (day, n % 3)) for n, day in enumerate(WEEKS)]
    kept = [["" if cell is None else cell for cell in row] for row in rows]
    path = table(tmp_path / "a.csv", ["date", "n"], kept)
    with pytest.raises(ReportsError, match=said) as refused:
        start_from_series(tmp_path / "p", path, states=4)
    assert len(str(refused.value).splitlines()) == 1
    assert not (tmp_path / "p").exists()


def test_days_that_can_be_read_both_ways_are_refused_with_both(tmp_path):
    """Nothing in the column tells, so nothing is guessed."""
    rows = [(f"0{n % 9 + 1}/01/{2001 + n}", 1) for n in range(24)]
    with pytest.raises(ReportsError, match="it may be"):
        read_series(table(tmp_path / "a.csv", ["date", "n"], rows))


def test_what_was_made_of_a_file_is_said(tmp_path):
    """Decimal commas, semicolons and an order that is not that of the dates are told."""
    rows = [(day, "1,5") for day in reversed(WEEKS)]
    notes = []
    read_series(table(tmp_path / "a.csv", ["date", "n"], rows), notes=notes)
    told = " ".join(notes)
    assert all(part in told for part in ("semicolon", "decimal commas", "was sorted"))


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=20),
    min_size=1,
    max_size=3,
    unique_by=same_text,
).map(lambda names: [name if same_text(name) else f"a{n}" for n, name in enumerate(names)])
NUMBERS = st.one_of(
    st.integers(-5, 50),
    st.integers(0, 10**15),
    st.floats(-1e15, 1e15).filter(lambda x: not 0 < abs(x) < 1e-12),
)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(names=NAMES, groups=NAMES, few=st.lists(NUMBERS, min_size=1, max_size=6), pool=st.booleans())
def test_whatever_is_written_is_accepted(tmp_path_factory, names, groups, few, pool):
    """For any names and numbers a file is refused in one line, or makes a project that loads."""
    folder = tmp_path_factory.mktemp("s")
    cells = [repr(few[n % len(few)]) for n in range(len(WEEKS))]
    rows = [(day, who, *[c] * len(names)) for day, c in zip(WEEKS, cells, strict=True)
            for who in groups]  # fmt: skip
    path = table(folder / "a.csv", ["date", "series", *names], rows)
    try:
        start_from_series(folder / "p", path, states=4, pool=pool and len(groups) > 1)
    except ReportsError as refused:
        assert len(str(refused).splitlines()) == 1  # noqa: PT017
        return
    beliefs, problems = inspect(folder / "p" / "priors.yaml")
    assert [each for each in problems if each.severity == "error"] == []
    reports, _ = read_events(folder / "p" / "events", beliefs=beliefs)
    assert len(reports) == 24 * len(names) * len(groups)
