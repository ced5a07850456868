import inspect

import forecast.ledger


def test_the_door_is_sorted_and_holds_what_it_names():
    names = forecast.ledger.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))
    assert all(hasattr(forecast.ledger, name) for name in names)


def test_everything_public_on_the_ledger_and_its_logs_is_documented(ledger):
    logs = [one for name, one in vars(ledger).items() if not name.startswith("_")]
    ours = [one for one in (ledger, *logs) if type(one).__module__.startswith("forecast.")]
    assert len(ours) == 11
    for one in ours:
        for name, member in inspect.getmembers(type(one)):
            if not name.startswith("_"):
                assert inspect.getdoc(member), (type(one), name)
