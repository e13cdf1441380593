"""The subcommands of ``pytest-refusals``, one file each: `add` tells argparse of it, `run` does it."""
