"""Reads equal a slow and obvious oracle on random histories."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.ledger import Ledger
from tests.ledger.samples import TickingClock, report, window

DAYS = [date(2024, 1, 1) + timedelta(i) for i in range(4)]
NAMES = ["A", "B", "C"]

rows = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.sampled_from(DAYS), st.sampled_from(["x", "y"]))
)
steps = st.one_of(
    st.tuples(st.just("sync"), st.sampled_from(["one.csv", "two.csv"]), rows),
    st.tuples(st.just("retract"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("restore"), st.sampled_from(NAMES), st.none()),
)


@dataclass
class Oracle:
    """Keeps what is true after each step as a plain dictionary, and copies of all of them."""

    rows: dict = field(default_factory=dict)  # report id: day, summary
    home: dict = field(default_factory=dict)  # report id: the origin it last came from
    gone: set = field(default_factory=set)  # withdrawn, because its origin no longer has it
    banned: set = field(default_factory=set)  # retracted by hand
    said: dict = field(default_factory=dict)  # origin, report id: what it said last
    history: list = field(default_factory=list)

    def sync(self, origin, came):
        stands = self.rows.keys() - self.gone - self.banned
        silent = {  # an origin that stayed as it was does not undo what another said since
            name
            for name, row in came.items()
            if name in stands and self.home[name] != origin and self.said.get((origin, name)) == row
        }
        self.said |= {(origin, name): row for name, row in came.items()}
        came = {name: row for name, row in came.items() if name not in silent}
        left = {name for name, home in self.home.items() if home == origin} - came.keys()
        self.gone = (self.gone | (left - self.banned)) - (came.keys() - self.banned)
        self.rows |= came
        self.home |= dict.fromkeys(came, origin)

    def retract(self, name, _):
        if name in self.rows:
            self.banned.add(name)
            self.gone.discard(name)

    def restore(self, name, _):
        self.banned.discard(name)
        self.gone.discard(name)

    def remember(self, moment):
        standing = self.rows.keys() - self.gone - self.banned
        self.history.append((moment, {name: self.rows[name] for name in standing}))

    def seen(self, as_of, recorded_by):
        state = {}
        for moment, after in self.history:
            if moment <= recorded_by:
                state = after
        return {name: row for name, row in state.items() if row[0] <= as_of}


def play(ledger, oracle, step):
    verb, subject, came = step
    if verb == "sync":
        rows = [report(n, reported_on=day, summary=text) for n, (day, text) in came.items()]
        ledger.reports.sync(rows, origin=subject)
    elif subject in oracle.rows:
        getattr(ledger.reports, verb)(subject, reason="a reason")
    getattr(oracle, verb)(subject, came)


def read(ledger, **moments):
    records = ledger.reports.latest(**moments)
    assert records == sorted(records, key=lambda r: (r.reported_on, r.report_id))
    return {r.report_id: (r.reported_on, r.report.summary) for r in records}


@settings(deadline=None, max_examples=60)
@given(st.lists(steps, max_size=8))
def test_every_read_at_every_pair_of_moments_is_what_was_true(history):
    clock, oracle = TickingClock(), Oracle()
    with Ledger.open(":memory:", clock=clock) as ledger:
        for step in history:
            play(ledger, oracle, step)
            oracle.remember(clock.now)
        for moment, _ in oracle.history:
            for as_of in DAYS:
                expected = oracle.seen(as_of, moment)
                assert read(ledger, as_of=as_of, recorded_by=moment) == expected
        assert read(ledger) == oracle.seen(date.max, clock.now)
        assert ledger.verify() == []


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one.csv", "two.csv"]),
            st.lists(
                st.tuples(st.sampled_from(["*", "a"]), st.sampled_from([0.1, 0.3])), max_size=3
            ),
        ),
        max_size=6,
    )
)
def test_coverage_read_at_every_moment_is_what_was_said_then(history):
    clock, said, expected = TickingClock(), {}, []
    with Ledger.open(":memory:", clock=clock) as ledger:
        for origin, cells in history:
            said[origin] = [window(name, detection=chance) for name, chance in cells]
            ledger.coverage.sync(said[origin], origin=origin)
            in_order = [item for name in sorted(said) for item in said[name]]
            expected.append((clock.now, in_order))
        for moment, in_order in expected:
            assert [r.window for r in ledger.coverage.latest(recorded_by=moment)] == in_order
