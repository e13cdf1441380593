"""Real answers, from files to streams."""
