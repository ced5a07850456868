"""Files as the collections, Excel and HDX give them out: read, or refused with what they are."""

import datetime as dt
import gzip
import io
import json
import zipfile

import openpyxl
import pytest

from forecast.errors import ReportsError
from forecast.importers import FORMATS
from forecast.importers.mapping import shipped_mapping
from forecast.importers.packed import Tally
from forecast.importers.rows import heading_of, rows_of
from tests.importers.event_rows import COLUMNS, MAPPING, gdelt, imported, reasons, written
from tests.importers.test_dates import MAPPING as DATED
from tests.importers.test_dates import row
from tests.importers.test_other_formats import ACLED, ICEWS, POLECAT, acled


def bring(project, capsys, path, form="acled", *, code=0):
    """Import a file; give what was told."""
    text = DATED.format(dates="") if form == "acled" else MAPPING.replace("gdelt2", form)
    (project / "mapping.yaml").write_text(text, "utf-8")
    common = ("--format", form, "--mapping", "mapping.yaml", "--out", "events/new.csv")
    return imported(capsys, path, *common, code=code)


def rows(number=3):
    """Return invented events on different days."""
    return [row(n, f"2023-04-{n + 10}") for n in range(number)]


def answer(events, **other):
    """Return what ACLED's API answers: texts for numbers, rows under data."""
    return json.dumps({"status": 200, "success": True, "count": len(events), **other} |
                      {"data": events})  # fmt: skip


def sheet(header, events, *, name="Sheet1", before=()):
    """Return a workbook, other sheets before it."""
    book = openpyxl.Workbook()
    book.active.title = before[0] if before else name
    target = book.create_sheet(name) if before else book.active
    if before:
        book.active.append(["read me"])
    target.append(header)
    for event in events:
        target.append([event.get(column) for column in header])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["answer", "list", "lines", "indented", "bom", "wide"])
def test_json_of_the_api_is_read(project, capsys, kind):
    """An answer with rows under data, a list of rows and a row a line give the same reports."""
    events = rows()
    text = {
        "answer": answer(events),
        "list": json.dumps(events),
        "lines": "".join(json.dumps(event) + "\n" for event in events),
        "indented": json.dumps(json.loads(answer(events)), indent=2),
        "bom": "\ufeff" + answer(events),
        "wide": answer(events),
    }[kind]
    (project / "a.json").write_text(text, "utf-16" if kind == "wide" else "utf-8")
    found = bring(project, capsys, "a.json")
    assert (found["read"], found["kept"], found["dropped"]) == (3, 3, [])
    days = [each["occurred_on"] for each in written(project / "events/new.csv")]
    assert days == ["2023-04-10", "2023-04-11", "2023-04-12"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"status": 403, "success": false, "error": "no access"}', "it says 'no access'"),
        ('{"message": "denied"}', "it says 'denied'"),
        ('{"error": "invalid_grant", "error_description": "who?"}', "it says 'who?'"),
        ('{"success": false, "error": {"status": 403, "message": "no"}}', "it says 'no'"),
        ('{"status": 200, "success": false, "count": 0, "data": []}', "is JSON without rows"),
        ('{"type": "FeatureCollection", "features": [{"a": 1}]}', "(keys: type, features)"),
        ('{"data": {"a": 1}}', "is JSON without rows (keys: data)"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"event_id_cnty": ' + "9" * 5000 + "}]", "column 'event_date' is missing"),
        ("[{]", "is not readable JSON"),
        ('{"a', "is not readable JSON"),
        ("[1, 2]", "object 1 has no names and values"),
    ],
)
def test_json_that_holds_no_rows_is_refused(project, capsys, text, said):
    """What the API says of its failure is told; nothing is a traceback."""
    (project / "a.json").write_text(text, "utf-8")
    told = bring(project, capsys, "a.json", code=1)
    assert said in told
    assert len(told.splitlines()) == 1


def test_rows_that_an_answer_does_not_hold_are_told_of(project, capsys):
    """A page says how many rows there are; a second page in one file is refused, not lost."""
    events = rows()
    one = json.dumps({"success": True, "data": events, "count": 3, "total_count": 5000})
    (project / "a.json").write_text(one, "utf-8")
    found = bring(project, capsys, "a.json")
    said = "the answer tells of 5,000 rows and holds 3: bring in every page"
    assert reasons(found, "remarks") == {said: 1}
    (project / "events/new.csv").unlink()
    for two in (f"{one}\n{one}", f"{json.dumps(events)} {json.dumps(events)}"):
        (project / "b.json").write_text(two, "utf-8")
        told = bring(project, capsys, "b.json", code=1)
        assert "b.json: goes on after its rows; put every answer into a file of its own" in told


def test_a_long_answer_is_read_in_pieces(project, capsys):
    """Rows over many blocks of the file, one of them broken off, are all accounted for."""
    events = [row(n, "2023-04-10", notes="é" * 300) for n in range(1000)]
    (project / "a.json").write_text(answer(events)[:-20], "utf-8")
    found = bring(project, capsys, "a.json", code=1)
    assert "is not readable JSON" in found
    (project / "a.json").write_text(answer(events), "utf-8")
    found = bring(project, capsys, "a.json")
    assert (found["read"], found["kept"]) == (1000, 1000)


@pytest.mark.parametrize("before", [(), ("README",)])
def test_workbooks_are_read(project, capsys, before):
    """The sheet with the columns is found; dates of Excel are days."""
    events = [each | {"event_date": dt.date(2023, 4, 10)} for each in rows()]
    (project / "a.xlsx").write_bytes(sheet(ACLED, events, before=before))
    found = bring(project, capsys, "a.xlsx")
    assert (found["read"], found["kept"]) == (3, 3)
    got = written(project / "events/new.csv")
    assert {each["occurred_on"] for each in got} == {"2023-04-10"}


@pytest.mark.parametrize("upper", [False, True])
def test_files_of_hdx_have_tags_below_the_heading(project, capsys, upper):
    """HXL tags are passed over and said; names of columns may be capitals."""
    tags = dict.fromkeys(ACLED, "") | {"event_date": "#date+occurred", "notes": "#description"}
    text = acled([tags, *rows()])
    if upper:
        head, rest = text.split("\n", 1)
        text = f"{head.upper()}\n{rest}"
    (project / "a.csv").write_text(text, "utf-8")
    found = bring(project, capsys, "a.csv")
    assert (found["read"], found["kept"]) == (3, 3)
    assert reasons(found, "remarks")["HXL tags below the heading were passed over"] == 1


@pytest.mark.parametrize("form", ["icews", "polecat"])
@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_coded_files_are_read_with_any_delimiter(project, capsys, form, delimiter):
    """Files saved anew as CSV, with quotes, are read by their heading."""
    header = {"icews": ICEWS, "polecat": POLECAT}[form]
    event = dict.fromkeys(header, "x, y") | {"Event ID": "1", "Event Date": "2024-03-04"}
    event |= {"CAMEO Code": "040", "Event Type": "CONSULT", "Publication Date": "2024-03-05"}
    for side in ("Source", "Target", "Actor", "Recipient"):
        country = "PRK" if side in {"Source", "Actor"} else "RUS"
        event |= {f"{side} Name": country, f"{side} Country": country}
    cells = [event[column] for column in header]
    lines = [delimiter.join(f'"{cell}"' for cell in line) for line in (header, cells)]
    (project / "a.tab").write_text("\n".join(lines), "utf-8")
    text = MAPPING.replace("gdelt2", form)
    if form == "polecat":
        text = text.replace('"04"', "CONSULT").replace('"19"', "ASSAULT")
    (project / "mapping.yaml").write_text(text, "utf-8")
    common = ("--format", form, "--mapping", "mapping.yaml", "--out", "events/new.csv")
    assert imported(capsys, "a.tab", *common)["kept"] == 1


def old_gdelt(number, width):
    """Return a row of GDELT 1.0: no second division, and for old files no address."""
    cells = dict(zip(COLUMNS, gdelt(number, code="042").split("\t"), strict=True))
    cells["DATEADDED"] = cells["DATEADDED"][:8]
    kept = [cells[name] for name in COLUMNS if not name.endswith("ADM2Code")]
    return "\t".join(kept[:width])


@pytest.mark.parametrize("width", [58, 57])
def test_gdelt_1_is_read_with_and_without_addresses(project, capsys, width):
    """58 columns since April 2013, 57 before."""
    (project / "a.csv").write_text(old_gdelt(1, width) + "\n", "utf-8")
    found = bring(project, capsys, "a.csv", "gdelt1")
    assert found["kept"] == 1
    got = written(project / "events/new.csv")[0]
    assert got["report_id"] == "gdelt1-1"
    assert got["source_url"] == ("https://example.org/a" if width == 58 else "")


@pytest.mark.parametrize("headed", [False, True])
def test_gdelt_saved_anew_with_commas_is_read(project, capsys, headed):
    """Commas between cells, with or without a heading, as a query of its database gives them."""
    lines = [COLUMNS] if headed else []
    lines += [gdelt(1).split("\t")]
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    (project / "a.csv").write_text(text, "utf-8")
    assert bring(project, capsys, "a.csv", "gdelt2")["kept"] == 1


REDUCED = "20120101\tUSA\tCHN\t042\t1\t1\t1\t1.9" + "\t1" * 9
MENTIONS = "4101\t20150218230000\t20150218230000" + "\t1" * 13
UCDP = "id,year,type_of_violence,conflict_name,side_a,side_b,date_start,best\n1,2023,1,A,B,C,D,3\n"
COUNTS = "Country,Admin1,Month,Year,Events,Fatalities\nX,Y,May,2024,3,1\n"


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("gdelt2", old_gdelt(1, 58), "looks like GDELT 1.0 event files; use --format gdelt1"),
        ("gdelt2", old_gdelt(1, 57), "looks like GDELT 1.0 event files; use --format gdelt1"),
        ("gdelt1", gdelt(1), "looks like GDELT 2.0 event files; use --format gdelt2"),
        ("gdelt2", REDUCED, "looks like GDELT's reduced set"),
        ("gdelt1", MENTIONS, "looks like GDELT's mentions of events"),
        ("acled", gdelt(1), "looks like GDELT 2.0 event files; use --format gdelt2"),
        ("gdelt2", ",".join(ACLED), "looks like ACLED exports; use --format acled"),
        ("acled", "\t".join(ICEWS), "looks like ICEWS coded event data; use --format icews"),
        ("icews", "\t".join(POLECAT), "looks like POLECAT; use --format polecat"),
        ("acled", UCDP, "looks like UCDP's events, a format that is not read"),
        ("gdelt2", UCDP, "looks like UCDP's events, a format that is not read"),
        ("acled", COUNTS, "looks like counts by period (columns Events, Fatalities)"),
        ("acled", "#event+code,#date+occurred\na,b\n", "HXL tags come first"),
        ("acled", "x" * 200_000 + ",y\nz", "column 'event_id_cnty' is missing"),
        ("acled", "<!DOCTYPE html><html>", "is an HTML page"),
        ("acled", "%PDF-1.7", "is a PDF"),
    ],
)
def test_a_file_of_another_kind_is_told_what_it_is(project, capsys, form, text, said):
    """The refusal is one line that names what came, and what to do."""
    (project / "a.csv").write_text(text, "utf-8")
    told = bring(project, capsys, "a.csv", form, code=1)
    assert said in told
    assert len(told.splitlines()) == 1
    assert "a.csv" in told


def packed(kind, text, tmp_path):
    """Return a file packed in some way."""
    body, out = text.encode(), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", body)
        if kind == "two":
            archive.writestr("folder/b.csv", body)
            archive.writestr("__MACOSX/._a.csv", b"\0\1")
        if kind == "nested":
            archive.writestr("b.zip", packed("one", text, tmp_path))
            archive.writestr("c.csv.gz", gzip.compress(body))
    return gzip.compress(out.getvalue()) if kind == "zip in gzip" else out.getvalue()


@pytest.mark.parametrize(
    ("kind", "files"), [("one", 1), ("two", 2), ("nested", 3), ("zip in gzip", 1)]
)
def test_every_file_of_an_archive_is_read(project, capsys, kind, files):
    """Archives in archives are opened, and every row is accounted for."""
    (project / "a.bin").write_bytes(packed(kind, acled(rows()), project))
    found = bring(project, capsys, "a.bin")
    assert (found["read"], found["kept"]) == (3 * files, 3)


@pytest.mark.parametrize("kind", ["truncated", "empty zip", "tar", "bomb", "deep", "xls", "xlsx"])
def test_a_damaged_or_hostile_archive_is_one_line(project, capsys, monkeypatch, kind):
    """Neither a traceback nor a full machine."""
    body = {
        "truncated": packed("one", acled(rows()), project)[:80],
        "empty zip": zip_of({}),
        "tar": b"a.csv".ljust(257, b"\0") + b"ustar" + b"\0" * 300,
        "bomb": gzip.compress(b"0" * 3_000_000),
        "deep": gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"x")))),
        "xls": b"\xd0\xcf\x11\xe0" + b"\0" * 600,
        "xlsx": zip_of({"xl/workbook.xml": b"<broken"}),
    }[kind]
    monkeypatch.setattr("forecast.importers.packed._UNSUSPECTED", 1 << 20)
    (project / "a.bin").write_bytes(body)
    told = bring(project, capsys, "a.bin", code=1)
    if kind == "empty zip":
        assert told["read"] == 0
        return
    assert len(told.splitlines()) == 1
    assert "a.bin" in told


def zip_of(files):
    """Return an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda text: text.encode("utf-16"), 3),
        (lambda text: text.encode("utf-16-le"), 3),
        (lambda text: text.replace("\n", "\r\n").encode(), 3),
        (lambda text: text.rstrip("\n").encode(), 3),
        (lambda text: b"sep=,\n" + text.encode(), 3),
        (lambda text: text.encode("utf-16-be"), 3),
        (lambda text: text.encode("utf-32"), 3),
        (lambda text: text.replace("\n", "\r").encode(), 3),
        (lambda text: text.replace("\n", "\r").replace("Invented", "Café").encode("utf-16"), 3),
        (lambda text: text.replace("\n", "\r").replace("Invented", "Café").encode(), 3),
        (lambda text: text.encode() + b"\x1a", 3),
        (lambda text: ("\n" + "," * 11 + "\n" + text + "," * 11 + "\n").encode(), 3),
        (lambda text: text.replace("Invented row.", "two\u2028lines").encode("utf-16"), 3),
        (lambda text: text.replace("Invented", "Обстрел", 1).encode("cp1251"), 3),
        (lambda text: text.replace("Invented row.", "x" * 200_000, 1).encode(), 2),
        (lambda text: text.replace("Invented row.", "\0", 1).encode(), 2),
        (lambda text: text.replace("Invented row.", "\x93quoted\x94").encode("latin-1"), 3),
    ],
)
def test_encodings_ends_of_lines_and_huge_cells_lose_nothing_in_silence(
    project, capsys, change, kept
):
    """Every row is read, or counted with its reason."""
    (project / "a.csv").write_bytes(change(acled(rows())))
    found = bring(project, capsys, "a.csv")
    heaps = sum(each["rows"] for group in ("merged", "dropped") for each in found[group])
    assert (found["kept"], found["read"]) == (kept, kept + heaps)


@pytest.mark.parametrize(
    ("encoding", "notes", "came"),
    [
        ("cp1252", "Café fermé", "Café fermé"),
        ("cp1251", "Обстрел", "\ufffd" * 7),
        ("mac_roman", "über", "\ufffdber"),
    ],
)
def test_no_letters_are_made_up_where_an_encoding_is_not_known(
    project, capsys, encoding, notes, came
):
    """Windows-1252 is believed where it makes words; what is something else is left out."""
    text = acled([row(1, "2023-04-10", notes=notes)])
    (project / "a.csv").write_bytes(text.encode(encoding))
    found = bring(project, capsys, "a.csv")
    assert came in written(project / "events/new.csv")[0]["summary"]
    assert found["remarks"][0]["reason"].startswith("row is not UTF-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda text: f"Export of June\n\n{text}",
            "a.csv:3: the heading stands here, not in the first row; delete the rows above it",
        ),
        (
            lambda text: text.replace("notes", "Event Date", 1),
            "a.csv:1: column 'event_date' stands twice; keep one",
        ),
    ],
)
def test_a_heading_that_cannot_be_trusted_is_refused(project, capsys, change, said):
    """Rows above it and a column that stands twice are told in one line."""
    (project / "a.csv").write_text(change(acled(rows())), "utf-8")
    assert bring(project, capsys, "a.csv", code=1) == f"forecast: {said}\n"


def test_a_file_without_a_code_of_the_book_is_refused(project, capsys):
    """A mapping for other files matches nothing, and that is said."""
    events = [each | {"event_type": "SHOOTING"} for each in rows()]
    (project / "a.csv").write_text(acled(events), "utf-8")
    told = bring(project, capsys, "a.csv", code=1)
    assert "a.csv: none of its 3 rows has a code of ACLED: a.csv:2: 'SHOOTING > " in told


def test_codes_that_a_spreadsheet_took_for_numbers_are_refused(project, capsys):
    """020 would be 20, mass violence; some other code of the file tells that zeros are gone."""
    text = "\n".join(gdelt(n, code=code) for n, code in enumerate(["190", "20", "42"]))
    (project / "a.csv").write_text(text, "utf-8")
    told = bring(project, capsys, "a.csv", "gdelt2", code=1)
    assert told.startswith("forecast: a.csv:3: '42' is no code of CAMEO; a spreadsheet has taken")
    assert not (project / "events/new.csv").exists()


def test_a_name_that_leads_nowhere_is_one_line(project, capsys):
    """A file that is not there is told by its name."""
    told = bring(project, capsys, "missing.csv", code=1)
    assert told == "forecast: missing.csv: No such file or directory\n"


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_mapping_of_the_package_names_its_format(form):
    """A copied mapping can be used with the format it was copied for."""
    assert f"format: {form}\n" in shipped_mapping(form).decode()


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_a_row_of_no_cells_is_no_heading(form):
    with pytest.raises(ReportsError, match=r"a\.csv:2: "):
        heading_of(form, [], place="a.csv:2")


@pytest.mark.parametrize("form", [form for form in FORMATS.values() if form.headed])
def test_a_heading_that_cannot_be_read_is_said_to_be_so(form, tmp_path):
    """And a column is not said to be missing, nor the next row taken for the heading."""
    file = tmp_path / "a.csv"
    file.write_bytes(f"{','.join(form.needed)}\0\n{'1,' * len(form.needed)}\n".encode())
    with pytest.raises(ReportsError, match=r"a\.csv:1: the heading cannot be read \(NUL char"):
        list(rows_of(file, form, Tally()))


def test_nul_characters_that_look_like_utf_16_are_said_to_be_none(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(b"\n\0\n")
    with pytest.raises(ReportsError, match="NUL characters look like UTF-16"):
        list(rows_of(file, FORMATS["acled"], Tally()))
