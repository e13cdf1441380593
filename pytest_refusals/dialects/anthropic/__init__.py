"""The Anthropic Messages API: how it says what `pytest_refusals.stops` names."""
