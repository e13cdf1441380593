"""The channels a signal can come through, one file each.

Those that have to listen while the code runs are in `LISTENERS`; the others read what was seen when it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from pytest_refusals.oracle.channels import log, warn
from pytest_refusals.oracle.signals import Heard

Listener = Callable[[Callable[[Heard], None]], AbstractContextManager[None]]

LISTENERS: tuple[Listener, ...] = (log.listen, warn.listen)
