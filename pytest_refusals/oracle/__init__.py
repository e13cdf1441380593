"""Did the code notice: what was seen in one run, and the verdict on it."""
