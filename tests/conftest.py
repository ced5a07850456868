"""One profile for all tests that draw their inputs: none fails because a machine is busy.

The same inputs are drawn each time; ``pytest --hypothesis-profile=explore`` draws others.
"""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")
