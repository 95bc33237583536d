"""What everything costs, beside what others do: `python -m benchmarks`."""
