"""What a test is called, whatever branch it runs on."""

from __future__ import annotations


def without_branch(nodeid: str, branch: str) -> str:
    """Return `nodeid` without the branch among its parameters: ``t.py::f[a-refusal-mid-text]`` is ``t.py::f[a]``."""
    head, bracket, parameters = nodeid.partition("[")
    if not bracket:
        return nodeid
    parameters = parameters.removesuffix("]")
    if parameters == branch:
        return head
    if parameters.startswith(f"{branch}-"):
        rest = parameters[len(branch) + 1 :]
    elif parameters.endswith(f"-{branch}"):
        rest = parameters[: -len(branch) - 1]
    else:
        rest = parameters.replace(f"-{branch}-", "-", 1)
    return f"{head}[{rest}]"
