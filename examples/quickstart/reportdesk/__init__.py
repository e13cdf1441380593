"""A small application on the Anthropic SDK: every handler twice, once as it is often written and once loud."""
