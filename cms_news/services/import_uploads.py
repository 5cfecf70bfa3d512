"""Imports of what was uploaded: kept as one zip archive, shown as a plan, and run when somebody says so."""

import zipfile
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone

from cms_news.conf import news_settings
from cms_news.errors import NewsError, gettext_noop
from cms_news.models import ImportRecord

from .archives import Archive
from .import_records import Recorder
from .import_results import FileResult, ImportOptions, OnConflict, Outcome
from .importing import import_files
from .locks import import_lock
from .sources import SHOWN, SourceFile, refuse_source

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile

PLANS_LAST = timedelta(hours=24)
MAX_FILES = 5000
"""Of one upload: plan and import have to be done while a browser waits."""
UNPACKED_FACTOR = 4
"""How many times the limit of uploads an archive may have when it is unpacked."""
ZIP = ".zip"


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What the one who uploads decides."""

    on_conflict: OnConflict = "skip"
    timezone: str = ""
    """Of dates without offset; "" is that of the settings."""


def stage_upload(
    files: Sequence[Upload], *, user: Any, source: str, options: UploadOptions
) -> ImportRecord:
    """Return a planned import of `files`: a zip archive, or files of which one is made.

    Nothing is imported yet. Plans that nobody ran for a day are removed. Raises NewsError.
    """
    refuse_source(source)
    find_zone(options.timezone)
    _refuse_bytes(files)
    content = files[0].read() if _is_archive(files) else _pack(files)
    _refuse_nothing_and_masses(content, source)
    _remove_stale_plans()
    return ImportRecord.objects.create(
        state=ImportRecord.State.PLANNED,
        door=ImportRecord.Door.ADMIN,
        user=user,
        source=source,
        upload=content,
        options={
            "files": [_name_of(file) for file in files],
            "on_conflict": options.on_conflict,
            "timezone": options.timezone,
        },
    )


def plan_upload(record: ImportRecord) -> list[FileResult]:
    """Return what would become of each file, with diffs. Raises NewsError where nothing can be read."""
    options = _options_of(record, is_dry_run=True)
    with _opened(record) as files:
        return list(import_files(files, options=options))


def run_upload(record: ImportRecord, *, user: Any = None) -> Recorder:
    """Import what was uploaded, let go of it, and return what became of it.

    Its revisions tell that `user` did it. An import that is done is not done again: what is known of it is
    returned. One that was broken off goes on.
    Raises NewsError where the import can't begin; it stays planned then.
    """
    with import_lock(record.source):
        options = _options_of(record, is_dry_run=False, user=user)
        with _opened(record) as files:
            # Whoever holds the lock knows that nobody else is at it, whatever the record says.
            if _open_records(record).update(state=ImportRecord.State.RUNNING):
                return _run(record, files, options)
    return _recall(record)


def is_open(record: ImportRecord) -> bool:
    """Return whether there is something to import still: it is planned, or was broken off, or goes on just now."""
    return _open_records(record).exists()


def _open_records(record: ImportRecord) -> QuerySet[ImportRecord]:
    states = (ImportRecord.State.PLANNED, ImportRecord.State.RUNNING)
    return ImportRecord.objects.filter(pk=record.pk, state__in=states, upload__isnull=False)


def _run(record: ImportRecord, files: Iterator[SourceFile], options: ImportOptions) -> Recorder:
    recorder = Recorder(record)
    is_interrupted = True
    try:
        deque(recorder.note(import_files(files, options=options)), maxlen=0)
        is_interrupted = False
    finally:
        # Batches that were written stay: the record says so even where the database gave up in between.
        recorder.finish(is_interrupted=is_interrupted)
    return recorder


def _recall(record: ImportRecord) -> Recorder:
    known = ImportRecord.objects.filter(pk=record.pk).values("counts", "troubles").first()
    if known is None:
        raise NewsError(gettext_noop("this import was discarded meanwhile"))
    recorder = Recorder(None)
    recorder.counts = Counter({Outcome(name): count for name, count in known["counts"].items()})
    recorder.troubles = list(known["troubles"])
    return recorder


def discard_upload(record: ImportRecord) -> bool:
    """Remove the planned import, and return whether there was one: what has begun is not discarded."""
    planned = ImportRecord.objects.filter(pk=record.pk, state=ImportRecord.State.PLANNED)
    count, _by_model = planned.delete()
    return count > 0


def find_zone(name: str) -> ZoneInfo:
    """Return the time zone of that name, or that of the settings for "". Raises NewsError."""
    try:
        return ZoneInfo(name) if name else news_settings.timezone
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NewsError(
            gettext_noop('"{value}" names no time zone; write one such as Asia/Shanghai'),
            value=name[:SHOWN],
        ) from error


def _options_of(record: ImportRecord, *, is_dry_run: bool, user: Any = None) -> ImportOptions:
    return ImportOptions(
        user=user,
        zone=find_zone(record.options.get("timezone") or ""),
        is_dry_run=is_dry_run,
        on_conflict=record.options.get("on_conflict", "skip"),
        makes_diffs=is_dry_run,
    )


@contextmanager
def _opened(record: ImportRecord) -> Iterator[Iterator[SourceFile]]:
    """Provide the files of `record`; none, where they were imported already."""
    content = ImportRecord.objects.filter(pk=record.pk).values_list("upload", flat=True).first()
    if content is None:
        yield iter(())
        return
    archive = Archive(BytesIO(content), name=(record.options.get("files") or [""])[0])
    try:
        yield archive.find_files(source=record.source, suffixes=news_settings.import_suffixes)
    finally:
        archive.close()


def _refuse_bytes(files: Sequence[Upload]) -> None:
    if not files:
        raise NewsError(gettext_noop("no file; choose at least one"))
    size, limit = sum(file.size or 0 for file in files), news_settings.max_upload_bytes
    if size > limit:
        raise NewsError(
            gettext_noop(
                "{size} bytes, at most {limit} are taken at once; upload less, or import on the command line"
            ),
            size=size,
            limit=limit,
        )


def _name_of(file: Upload) -> str:
    return PurePosixPath((file.name or "").replace("\\", "/")).name


def _is_archive(files: Sequence[Upload]) -> bool:
    archives = [_name_of(file) for file in files if _name_of(file).lower().endswith(ZIP)]
    if archives and len(files) > 1:
        raise NewsError(
            gettext_noop('"{name}" is a zip archive; upload it alone, or files without it'),
            name=archives[0][:SHOWN],
        )
    return bool(archives)


def _pack(files: Sequence[Upload]) -> bytes:
    """Return a zip archive of `files`, which lie side by side in it."""
    stream = BytesIO()
    taken: set[str] = set()
    now = timezone.now().timetuple()[:6]
    # Not compressed: a page of blanks packs so well that a reader of archives distrusts it.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            name = _name_of(file)
            _refuse_name(name, taken)
            taken.add(name)
            # zipfile itself would write the time of the server's zone; it is read as UTC.
            archive.writestr(zipfile.ZipInfo(name, now), file.read())
    return stream.getvalue()


def _refuse_name(name: str, taken: set[str]) -> None:
    suffixes = news_settings.import_suffixes
    if not name.lower().endswith(suffixes):
        raise NewsError(
            gettext_noop('"{name}" is not imported; names end in {suffixes}, or in .zip'),
            name=name[:SHOWN],
            suffixes=", ".join(suffixes),
        )
    if name.startswith(".") or not name.isprintable():
        raise NewsError(
            gettext_noop('"{name}" begins with a dot or holds control characters; rename it'),
            name=name[:SHOWN],
        )
    if name in taken:
        raise NewsError(
            gettext_noop('two files are named "{name}"; rename one, or pack folders into a zip'),
            name=name[:SHOWN],
        )


def _refuse_nothing_and_masses(content: bytes, source: str) -> None:
    """Open the archive once, before it is stored: a broken one is the uploader's to know of at once."""
    archive = Archive(BytesIO(content))
    try:
        suffixes = news_settings.import_suffixes
        files = list(archive.find_files(source=source, suffixes=suffixes))
        if not files:
            raise NewsError(
                gettext_noop("the archive holds no file whose name ends in {suffixes}"),
                suffixes=", ".join(suffixes),
            )
        _refuse_masses(len(files), sum(archive.size(file.path) for file in files))
    finally:
        archive.close()


def _refuse_masses(count: int, size_bytes: int) -> None:
    if count > MAX_FILES:
        raise NewsError(
            gettext_noop(
                "{count} files, at most {limit} are taken at once; upload less, or import on the command line"
            ),
            count=count,
            limit=MAX_FILES,
        )
    limit = UNPACKED_FACTOR * news_settings.max_upload_bytes
    if size_bytes > limit:
        raise NewsError(
            gettext_noop(
                "{size} bytes when unpacked, at most {limit} are taken at once; upload less, or import on the "
                "command line"
            ),
            size=size_bytes,
            limit=limit,
        )


def _remove_stale_plans() -> None:
    stale = ImportRecord.objects.filter(started_at__lt=timezone.now() - PLANS_LAST)
    stale.filter(state=ImportRecord.State.PLANNED).delete()
    # Of an import whose process was killed, the record stays.
    stale.filter(upload__isnull=False).update(upload=None)
