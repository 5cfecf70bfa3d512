"""What `import_articles` can be told, and what it says about itself."""

import argparse
from collections.abc import Sequence
from typing import Any

from cms_news.services.import_results import default_jobs

DESCRIPTION = """\
Import front-matter files as articles: Markdown or HTML under a head in YAML, TOML or JSON.

A file belongs to the article that was made of it before, found by its source (the name of the folder) and its
path below it. Files whose bytes did not change are left alone, so an import may be run as often as you like.
A file that can't be imported is named with line and reason and costs only itself. PATH may be a file, a folder
or a zip archive.
"""
EPILOG = """\
exit status:
  0    every file is imported now, or was already
  1    some file failed or is in conflict with an edit made here, or the database gave up; all else is imported
  2    the arguments can't be used, or the same source is being imported already; nothing was done
  130  stopped by Ctrl-C after the batch at hand; what the summary names is done, run it again to go on
  143  the same by SIGTERM, 129 by SIGHUP, and 141 where nobody reads the report any more
"""
HELP = argparse.RawDescriptionHelpFormatter


ARGUMENTS: Sequence[tuple[tuple[str, ...], dict[str, Any]]] = (
    (
        ("--dry-run",),
        {"action": "store_true", "help": "Tell what would happen, with diffs, and write nothing."},
    ),
    (("--diff",), {"action": "store_true", "help": "Show the whole diff of every updated file."}),
    (
        ("--on-conflict",),
        {
            "choices": ["skip", "file", "article"],
            "default": "skip",
            "help": "Who wins where file and article both changed since the last import. Default: skip, "
            "which touches neither.",
        },
    ),
    (
        ("--prune",),
        {"action": "store_true", "help": "Move the articles of files that are gone to the trash."},
    ),
    (
        ("--timezone",),
        {
            "metavar": "ZONE",
            "help": 'Zone of dates without offset, such as Asia/Shanghai. Default: CMS_NEWS["TIMEZONE"].',
        },
    ),
    (
        ("--encoding",),
        {"metavar": "NAME", "help": "Of files that are neither UTF-8 nor UTF-16 with a mark."},
    ),
    (
        ("--source",),
        {
            "metavar": "NAME",
            "help": "Name under which the files are remembered. Default: that of the folder or archive.",
        },
    ),
    (
        ("--root",),
        {
            "metavar": "DIR",
            "help": "Folder that paths are taken relative to. Default: the one named, or holding the file.",
        },
    ),
    (("--zip",), {"action": "store_true", "help": "PATH is a zip archive, whatever its name."}),
    (
        ("--jobs",),
        {
            "type": int,
            "default": default_jobs(),
            "metavar": "N",
            "help": "Processes that parse and clean. Default: one for each processor core.",
        },
    ),
    (
        ("--format",),
        {
            "choices": ["text", "json"],
            "default": "text",
            "help": "json: one object a line for each file, and one for the summary.",
        },
    ),
    (
        ("--output",),
        {"metavar": "FILE", "help": "Write the report there. Default: standard output."},
    ),
)
