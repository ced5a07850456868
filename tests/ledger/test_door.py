import inspect

import forecast.ledger


def test_the_door_is_sorted_and_holds_what_it_names():
    names = forecast.ledger.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))
    assert all(hasattr(forecast.ledger, name) for name in names)


def test_everything_public_on_the_ledger_is_documented():
    for name, member in inspect.getmembers(forecast.ledger.Ledger):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name
