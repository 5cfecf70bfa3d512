"""`manage.py serve_demo`: the development server, for the last line of a Makefile recipe.

Make, told to stop by the Ctrl-C that was meant for the server, reports an error whatever the server
answers. So the server takes the terminal for itself while it runs, and make sees a command that ended well.
"""

import os
import signal
import sys
from typing import Any

from django.contrib.staticfiles.management.commands.runserver import Command as RunserverCommand

WELCOME = """
  The newspaper   {url}
  The newsroom    {url}admin/    (sign in as editor, password editor)
  The API         {url}api/v1/articles/

  Ctrl-C stops the server.
"""


class Terminal:
    """The terminal that this process was started from, if any."""

    def __init__(self) -> None:
        self.former_group: int | None = None

    def take(self) -> None:
        """Become the process that Ctrl-C goes to; without a terminal do nothing."""
        if not hasattr(os, "tcsetpgrp") or not sys.stdin.isatty():
            return
        group = os.tcgetpgrp(sys.stdin.fileno())
        if group != os.getpgrp() or group == os.getpid():
            return
        # A process outside the foreground is stopped by SIGTTOU when it reaches for the terminal; and
        # one that Ctrl-Z stopped would leave Make waiting, and the terminal with nobody to read it.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        os.setpgid(0, 0)
        os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
        self.former_group = group

    def give_back(self) -> None:
        """Let whoever had the terminal before have it again."""
        if self.former_group is not None:
            os.tcsetpgrp(sys.stdin.fileno(), self.former_group)


class Command(RunserverCommand):
    help = "Says where to look, and runs the development server in one process."
    addr: str  # set by the command we extend

    def handle(self, *args: Any, **options: Any) -> None:
        self.terminal = Terminal()
        try:
            super().handle(*args, **{**options, "use_reloader": False})
        finally:
            self.terminal.give_back()

    def on_bind(self, server_port: int) -> None:
        """Say where the newspaper is. Only now, because a port in use ends the process at once."""
        self.terminal.take()
        self.stdout.write(WELCOME.format(url=f"http://{self.addr}:{server_port}/"))
