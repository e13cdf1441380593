"""Small handlers in the idioms people use, each labelled by hand with the verdict it deserves on every branch.

A verdict that is wrong about your code belongs here: write the handler in the file whose theme fits, say in its
docstring what it is, and put its labels above it with `case`. ``CORPUS_WHOLE=1 pytest tests/corpus -k name`` tries
every branch in every mode.
"""
