"""Pieces of HTML that imports are shown with. Everything in them is escaped: names and texts are strangers'."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms_news.content.document import Notice
from cms_news.errors import NewsError, recall_error
from cms_news.models import ArticleState, ImportRecord
from cms_news.services.import_records import TROUBLES
from cms_news.services.import_results import FileResult, Outcome

from .base import translate_reason, translate_template
from .columns import show_removed

OUTCOME_LABELS = {
    Outcome.CREATED: gettext_lazy("New"),
    Outcome.UPDATED: gettext_lazy("Changed"),
    Outcome.RENAMED: gettext_lazy("Renamed"),
    Outcome.UNCHANGED: gettext_lazy("Unchanged"),
    Outcome.CONFLICT: gettext_lazy("In conflict"),
    Outcome.FAILED: gettext_lazy("Failed"),
    Outcome.VANISHED: gettext_lazy("Gone"),
    Outcome.PRUNED: gettext_lazy("Moved to the trash"),
}
MAX_ROWS = 200
MAX_DIFF_LINES = 400
MAX_LINE = 2000
"""Characters of one line of a diff."""
SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in the language of the reader."""

    line: int | None
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What the plan says of one file."""

    result: FileResult
    outcome: SafeString
    state: SafeString | str
    reason: str
    notices: Sequence["NoticeRow"]
    removed: SafeString | str
    removed_title: str
    diff: SafeString | str
    diff_title: str


def show_outcome(outcome: str) -> SafeString:
    """Return the outcome as a coloured label."""
    return format_html(
        '<span class="cms-state cms-outcome-{}">{}</span>', outcome, _outcome_name(outcome)
    )


def _outcome_name(outcome: str) -> str:
    known = outcome in OUTCOME_LABELS
    return str(OUTCOME_LABELS[Outcome(outcome)]) if known else outcome


def name_counts(counts: Mapping[Any, int]) -> str:
    """Return in one line how many files had which outcome. Not escaped."""
    shown = [
        f"{_outcome_name(outcome)}: {counts[outcome]}" for outcome in Outcome if counts.get(outcome)
    ]
    return SEPARATOR.join(shown)


def show_counts(counts: Mapping[Any, int]) -> SafeString:
    """Return the number of files of each outcome as coloured labels; a sentence where there is none."""
    rows = [
        (outcome, _outcome_name(outcome), counts[outcome])
        for outcome in Outcome
        if counts.get(outcome)
    ]
    if not rows:
        return format_html('<span class="cms-quiet">{}</span>', _("No file yet."))
    return format_html_join(
        " ", '<span class="cms-state cms-outcome-{}">{}: <b>{}</b></span>', rows
    )


def count_troubles(counts: Mapping[Any, int]) -> int:
    """Return how many files failed or are in conflict."""
    return sum(counts.get(outcome, 0) for outcome in TROUBLES)


def show_record_state(record: ImportRecord) -> SafeString:
    """Return the state of an import as a coloured label."""
    return format_html(
        '<span class="cms-state cms-import-{}">{}</span>',
        record.state,
        record.get_state_display(),
    )


def explain(outcome: str, error: NewsError | None, *, otherwise: str = "") -> str:
    """Return the reason for readers of the admin; `otherwise` where no error is known. Not escaped."""
    if outcome == Outcome.CONFLICT:
        # What the services say names an option of the command line.
        return _(
            "The file changed, and so did its article here since the last import. Neither is touched; to let "
            "one of them win, import again and say which."
        )
    return translate_reason(error) if error else otherwise


def show_troubles(troubles: Sequence[Mapping[str, Any]], *, total: int) -> SafeString:
    """Return a table of the files that were not imported; a sentence where there is none."""
    if not troubles:
        return format_html('<p class="cms-quiet">{}</p>', _("Every file was imported."))
    rows = (
        (
            show_outcome(str(row.get("outcome", ""))),
            row.get("path", ""),
            row.get("line") or "",
            _explain_trouble(row),
        )
        for row in troubles
    )
    body = format_html_join(
        "",
        '<tr><td>{}</td><td><code>{}</code></td><td class="cms-number">{}</td><td>{}</td></tr>',
        rows,
    )
    table = format_html(
        '<div class="cms-wide-table"><table class="cms-removed cms-troubles"><thead><tr><th>{}</th><th>{}</th>'
        '<th class="cms-number">{}</th><th>{}</th></tr></thead><tbody>{}</tbody></table></div>',
        _("Outcome"),
        _("File"),
        _("Line"),
        _("Reason"),
        body,
    )
    return table + _name_rest(total - len(troubles))


def _explain_trouble(row: Mapping[str, Any]) -> str:
    outcome, reason = (str(row.get(name, "")) for name in ("outcome", "reason"))
    return explain(outcome, recall_error(row), otherwise=reason)


def _name_rest(rest: int) -> SafeString:
    if rest <= 0:
        return SafeString("")
    text = ngettext("And {count} more.", "And {count} more.", rest).format(count=rest)
    return format_html('<p class="cms-quiet">{}</p>', text)


def plan_rows(results: Iterable[FileResult]) -> list[PlanRow]:
    """Return the first rows of the plan: what needs a look comes first, what stays as it is last."""
    ordered = sorted(results, key=_urgency)
    return [_plan_row(result) for result in ordered[:MAX_ROWS]]


def _urgency(result: FileResult) -> int:
    if result.outcome in TROUBLES:
        return 0
    return 2 if result.outcome is Outcome.UNCHANGED else 1


def _plan_row(result: FileResult) -> PlanRow:
    removed = result.as_dict().get("removed", [])
    count = sum(item["count"] for item in removed)
    return PlanRow(
        result=result,
        outcome=show_outcome(result.outcome),
        state=_show_state(result.state),
        reason=explain(result.outcome, result.error),
        notices=[_notice_row(notice) for notice in result.notices],
        removed=show_removed(removed) if removed else "",
        removed_title=ngettext(
            "{count} thing is removed from the text",
            "{count} things are removed from the text",
            count,
        ).format(count=count),
        diff=show_diff(result.diff) if result.diff else "",
        diff_title=_name_diff(result.diff),
    )


def _notice_row(notice: Notice) -> NoticeRow:
    message = translate_template(notice.template, notice.params)
    return NoticeRow(notice.line, notice.key, message)


def _show_state(state: str) -> SafeString | str:
    if state not in ArticleState.values:
        return state
    label = ArticleState(state).label
    return format_html('<span class="cms-state cms-state-{}">{}</span>', state, label)


def _name_diff(diff: str) -> str:
    lines = diff.splitlines()[2:]
    added = sum(line.startswith("+") for line in lines)
    gone = sum(line.startswith("-") for line in lines)
    return _("What changes in the file: +{added} −{gone}").format(added=added, gone=gone)


def show_diff(diff: str) -> SafeString:
    """Return the lines of `diff`, coloured by what they say; the first ones of a long one."""
    lines = diff.split("\n")
    shown = format_html_join(
        "",
        '<span class="cms-diff-{}">{}</span>',
        (
            (_kind(line, number), line[:MAX_LINE])
            for number, line in enumerate(lines[:MAX_DIFF_LINES])
        ),
    )
    return format_html('<pre class="cms-source cms-diff">{}</pre>{}', shown, _name_rest_of(lines))


def _name_rest_of(lines: Sequence[str]) -> SafeString:
    rest = len(lines) - MAX_DIFF_LINES
    if rest <= 0:
        return SafeString("")
    text = ngettext("And {count} more line.", "And {count} more lines.", rest).format(count=rest)
    return format_html('<p class="cms-quiet">{}</p>', text)


def _kind(line: str, number: int) -> str:
    if number < 2 or line.startswith("@@"):
        return "place"
    return {"+": "added", "-": "gone"}.get(line[:1], "same")
