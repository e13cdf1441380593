"""The ini options. In a file of their own because every run of pytest reads them, and nothing else of ours."""

from __future__ import annotations

INI: dict[str, tuple[str, str]] = {
    "refusals_branches": ("args", "branches, groups or globs that are tried where the marker names none"),
    "refusals_loud": ("args", "channels that are accepted where the marker has no loud="),
    "refusals_noise": ("linelist", "regular expressions: a signal whose 'channel: text' has one in it never counts"),
    "refusals_vocabulary": ("linelist", "more words that name a stop, beside the plugin's own"),
    "refusals_generate": ("string", "how many generated answers are tried where the marker has no generate="),
    "refusals_partial": ("string", "'discard' or 'keep': what the marker's partial= is where it is not given"),
    "refusals_recordings": ("string", "a recording, or a folder of them, that is the base where the marker names none"),
    "refusals_scrub": ("linelist", "regular expressions: what matches one is replaced in everything that is recorded"),
}
"""The ini options: name, pytest's type, help."""
