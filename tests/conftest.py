"""One profile for all tests that draw their inputs: none fails because a machine is busy.

The same inputs are drawn each time; ``pytest --hypothesis-profile=explore`` draws others.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("steady", settings.get_profile("explore"), derandomize=True)
settings.load_profile("steady")
