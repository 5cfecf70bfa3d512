"""What shows while work goes on."""

from io import StringIO

import pytest
from django.core.management.base import OutputWrapper

from cms_news.management import reporting
from cms_news.management.reporting import show_progress


class Terminal(StringIO):
    def isatty(self):
        return True

    def last_line(self):
        """Return what stands on the line where the cursor is."""
        return self.getvalue().rpartition("\n")[2].rpartition("\x1b[K")[0].rpartition("\r")[2]


def watch(stream, items, **options):
    chosen = {"total": 3, "label": "Working", "is_enabled": True, **options}
    return show_progress(items, stream=OutputWrapper(stream), **chosen)


def test_bar_stands_while_the_next_item_is_waited_for():
    terminal = Terminal()
    seen = []

    def work():
        for number in range(3):
            seen.append(terminal.last_line())
            yield number

    for number in watch(terminal, work()):
        # Nothing may stand where a report goes on.
        assert terminal.getvalue().endswith("\r\x1b[K")
        terminal.write(f"{number} is done\n")
    assert [line.split()[2] for line in seen] == ["0/3", "1/3", "2/3"]
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_items_that_are_not_told_leave_the_bar_alone():
    terminal = Terminal()
    assert list(watch(terminal, range(1000), total=1000, is_told=lambda _item: False))
    assert terminal.getvalue().count("\x1b[K") < 10


@pytest.mark.parametrize("columns", [20, 50, 80])
def test_line_never_wraps(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Terminal()
    list(watch(terminal, range(3), total=1_000_000))
    lines = terminal.getvalue().split("\r")
    assert max(len(line.removesuffix("\x1b[K")) for line in lines) < columns
    assert ("█" in terminal.getvalue() or "░" in terminal.getvalue()) == (columns == 80)


def test_elsewhere_a_line_is_written_now_and_then(monkeypatch):
    moments = iter(range(0, 1000, 4))
    monkeypatch.setattr(reporting, "monotonic", lambda: next(moments))
    counted = []

    def count():
        counted.append(True)
        return 20

    stream = StringIO()
    assert list(watch(stream, range(20), total=count)) == list(range(20))
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("Working: 3/20")
    assert lines[0].endswith("left")
    assert 1 < len(lines) < 10
    assert len(counted) == 1


def test_short_work_and_quiet_work_say_nothing():
    for stream, is_enabled in ((StringIO(), True), (Terminal(), False)):
        list(watch(stream, range(3), is_enabled=is_enabled))
        assert stream.getvalue() == ""
