"""A misspelt name of a chart is answered with the nearest, and with all there are."""

import pytest

from forecast.errors import BeliefsError
from forecast.workflow.drawing import require_known


def test_a_name_that_is_known_passes():
    require_known("talks", ["ceasefire", "talks"], "node")


def test_a_misspelt_one_is_answered_with_the_nearest_and_all_there_are():
    with pytest.raises(BeliefsError) as caught:
        require_known("ceasefir", ["ceasefire", "talks"], "node")
    assert str(caught.value) == (
        "there is no node 'ceasefir' in this forecast; did you mean 'ceasefire'? "
        "there are: ceasefire, talks"
    )
