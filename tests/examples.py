"""How many examples Hypothesis tries: what fits a run of all tests, times EXAMPLES."""

import os

from hypothesis import HealthCheck, Phase, settings

# The second run of the suite, on PostgreSQL, tries fewer: the examples differ from run to run.
SHARE = 0.4 if os.environ.get("DATABASE_URL", "").startswith("postgres") else 1.0
TIMES = float(os.environ.get("EXAMPLES", "1")) * SHARE


def examples(count: int) -> settings:
    """Settings for a test that makes worlds and payloads: no deadline, `count` × EXAMPLES."""
    return settings(
        max_examples=max(1, round(count * TIMES)),
        deadline=None,
        phases=set(Phase) - {Phase.explain},
        report_multiple_bugs=False,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.function_scoped_fixture,
        ],
    )
