"""What questions to the API cost, as a table for people and as JSON for programs."""

from collections.abc import Sequence

from django.core.management.base import OutputWrapper

from .api_audit import WAYS, Finding
from .reporting import JsonLines

TITLES = ("cold", "warm", "304", "cache")


def write_table(findings: Sequence[Finding], sizes: Sequence[int], out: OutputWrapper) -> None:
    """Write a line for each question: the numbers of queries at all sizes, and in brackets how many may be."""
    told = " / ".join(f"{size:,}" for size in sizes)
    out.write(f"Queries with {told} articles, and in brackets how many are allowed:\n\n")
    rows = [["question", *TITLES], *map(_row, findings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.write("  ".join(cells).rstrip())


def _row(finding: Finding) -> list[str]:
    cells = []
    for way in WAYS:
        numbers = finding.queries.get(way)
        told = "/".join(map(str, numbers or ()))
        cells.append(f"{told} ({finding.allowed[way]})" if numbers else "")
    mark = " !" if finding.faults else ""
    return [finding.budget.title + mark, *cells]


def write_json(findings: Sequence[Finding], sizes: Sequence[int], out: OutputWrapper) -> None:
    """Write an object for each question and one for the summary, a line each."""
    lines = JsonLines(out)
    for finding in findings:
        lines.write(
            {
                "address": finding.budget.address,
                "then": finding.budget.then,
                "endpoint": finding.endpoint,
                "budget": {way: finding.allowed[way] for way in finding.queries},
                "queries": finding.queries,
                "faults": finding.faults,
            }
        )
    failed = sum(bool(finding.faults) for finding in findings)
    lines.write({"summary": {"questions": len(findings), "failed": failed}, "articles": sizes})
