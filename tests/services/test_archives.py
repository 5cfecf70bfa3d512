"""Zip archives by hostile hands: what is wrong with an entry costs the entry, never more."""

import io
import stat
import struct
import zipfile
import zlib
from datetime import UTC

import pytest

from cms_news.errors import NewsError
from cms_news.models import Article, ImportRecord
from cms_news.services.archives import Archive
from cms_news.services.import_records import Recorder
from cms_news.services.import_results import ImportOptions, Outcome
from cms_news.services.importing import import_files

pytestmark = pytest.mark.django_db

TEXT = "---\ntitle: {0}\ndate: 2021-12-09\n---\n{0}\n"


def make_zip(*entries, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return bytearray(stream.getvalue())


def named_in_bytes(name, *, flags=0):
    """Return an archive of one entry whose name is the bytes `name`, marked with `flags`."""
    raw = make_zip(("Q" * len(name), TEXT.format("A")))
    raw = bytearray(raw.replace(b"Q" * len(name), name))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.find(signature) + offset
        raw[at : at + 2] = struct.pack("<H", flags)
    return raw


def run_import(content, **options):
    archive = Archive(io.BytesIO(bytes(content)), **options)
    files = archive.find_files(source="posts", suffixes=(".md",))
    return {result.path: result for result in import_files(files, options=ImportOptions(zone=UTC))}


def test_name_that_is_marked_as_utf8_and_is_not_breaks_nothing_but_the_archive():
    with pytest.raises(NewsError, match="not a zip archive"):
        run_import(named_in_bytes(b"\xff\xfe.md", flags=0x800))


def test_names_in_another_encoding_are_read_only_where_it_is_named():
    raw = named_in_bytes("标题.md".encode("gbk"))
    (result,) = run_import(raw).values()
    assert result.outcome is Outcome.FAILED
    assert "name is not UTF-8" in result.reason
    assert list(run_import(raw, encoding="gbk")) == ["标题.md"]
    assert Article.objects.get().slug == "标题"
    # UTF-8 without its mark is UTF-8, whatever else was named.
    assert list(run_import(named_in_bytes("标题.md".encode()), encoding="gbk")) == ["标题.md"]
    Article.objects.all().delete()
    accented = named_in_bytes("é.md".encode("cp437"))
    assert run_import(accented)["é.md"].outcome is Outcome.FAILED
    assert run_import(accented, encoding="cp437")["é.md"].outcome is Outcome.CREATED


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_files_of_one_name_are_no_guessing_game():
    results = run_import(
        make_zip(
            ("a.md", TEXT.format("first")),
            ("./a.md", TEXT.format("second")),
            ("b.md", TEXT.format("B")),
        )
    )
    assert results["a.md"].outcome is Outcome.FAILED
    assert "several files" in results["a.md"].reason
    assert results["b.md"].outcome is Outcome.CREATED


def test_odd_spellings_of_a_path_are_the_path():
    results = run_import(make_zip(("./x//a.md", TEXT.format("A")), ("x/./b.md", TEXT.format("B"))))
    assert {path: str(result.outcome) for path, result in results.items()} == {
        "x/a.md": "created",
        "x/b.md": "created",
    }


def overlapping():
    """Return an archive in which many entries are the same few bytes, and a good one behind them."""
    text = TEXT.format("kernel" * 50).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(text) + packer.flush()
    about = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x5389, zlib.crc32(text), len(packed), len(text))

    def local(name):
        return b"PK\3\4" + about + struct.pack("<HH", len(name), 0) + name + packed

    def central(name, offset):
        rest = struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, offset)
        return b"PK\1\2" + struct.pack("<H", 0x314) + about + rest + name

    body = local(b"a.md") + local(b"z.md")
    offset = len(local(b"a.md"))
    entries = [central(b"a.md", 0), central(b"b.md", 0), central(b"c.md", 2)]
    directory = b"".join([*entries, central(b"z.md", offset)])
    end = struct.pack("<HHHHIIH", 0, 0, 4, 4, len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


def test_entries_that_share_their_bytes_are_refused():
    results = run_import(overlapping())
    assert results.pop("z.md").outcome is Outcome.CREATED
    assert sorted(results) == ["a.md", "b.md", "c.md"]
    for result in results.values():
        assert result.outcome is Outcome.FAILED
        assert "inside of another" in result.reason


def test_many_small_bombs_are_one():
    content = make_zip(*[(f"{number}.md", " " * 99_999) for number in range(250)])
    with pytest.raises(NewsError, match="packed too well"):
        Archive(io.BytesIO(bytes(content)))
    few = make_zip(*[(f"{number}.md", " " * 99_999) for number in range(3)])
    assert len(Archive(io.BytesIO(bytes(few))).entries) == 3


def test_archive_in_an_archive_is_not_opened():
    inner = make_zip(("x.md", "x" * 1_000_000))
    assert list(run_import(make_zip(("inner.zip", bytes(inner)), ("a.md", TEXT.format("A"))))) == [
        "a.md"
    ]


@pytest.mark.parametrize("system", [3, 19])
@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_entries_that_are_no_files_are_refused(kind, system):
    info = zipfile.ZipInfo("link.md")
    info.create_system = system
    info.external_attr = (kind | 0o777) << 16
    (result,) = run_import(make_zip((info, "/etc/passwd"))).values()
    assert "regular" in result.reason


def test_encrypted_entry_fails_alone():
    raw = make_zip(("a.md", TEXT.format("A")), ("b.md", TEXT.format("B")))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.find(signature) + offset] |= 1
    results = run_import(raw)
    assert "encrypted" in results["a.md"].reason
    assert results["b.md"].outcome is Outcome.CREATED


@pytest.mark.parametrize("method", [9, 12, 14, 93, 98, 99])
def test_methods_that_can_not_be_unpacked_fail_alone(method):
    raw = make_zip(("a.md", TEXT.format("A")), ("b.md", TEXT.format("B")))
    for signature, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        at = raw.find(signature) + offset
        raw[at : at + 2] = struct.pack("<H", method)
    results = run_import(raw)
    assert "can't be unpacked" in results["a.md"].reason
    assert results["b.md"].outcome is Outcome.CREATED


@pytest.mark.parametrize("cut", [1, 10, 22, 60, 200])
def test_truncated_archives_are_refused(cut):
    raw = make_zip(("a.md", TEXT.format("A")), ("b.md", TEXT.format("B")))
    with pytest.raises(NewsError, match="not a zip archive"):
        run_import(raw[:-cut])


def test_archives_of_64_bits_and_folders_named_like_files():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        with archive.open("big.md", "w", force_zip64=True) as entry:
            entry.write(TEXT.format("A").encode())
        archive.writestr("x.md/", "")
        archive.writestr("x.md/inner.md", TEXT.format("B"))
    assert list(run_import(stream.getvalue())) == ["big.md", "x.md/inner.md"]


@pytest.mark.parametrize("name", ["_drafts.zip", "/blog/_Drafts/posts.zip"])
def test_archive_of_drafts_is_drafts(name):
    (result,) = run_import(make_zip(("a.md", TEXT.format("A"))), name=name).values()
    assert result.state == "draft"
    assert not Article.objects.public().exists()


def test_path_that_no_file_system_takes_fails_alone():
    results = run_import(
        make_zip((f"{'d/' * 2100}a.md", TEXT.format("A")), ("b.md", TEXT.format("B")))
    )
    assert sorted(str(result.outcome) for result in results.values()) == ["created", "failed"]
    assert "4204 characters" in next(iter(sorted(results.items(), reverse=True)))[1].reason


def test_record_of_an_import_takes_names_that_no_database_does():
    results = run_import(named_in_bytes(b"a\0b.md")).values()
    recorder = Recorder(ImportRecord(source="posts", options={"paths": ["\udcff"]}))
    assert [result.outcome for result in recorder.note(results)] == [Outcome.FAILED]
    recorder.finish()
    record = ImportRecord.objects.get()
    assert record.options == {"paths": ["\ufffd"]}
    assert record.troubles[0]["path"] == "a\ufffdb.md"


def test_nothing_of_any_damage_escapes():
    """Every byte of a small archive is damaged in turn: files fail, or come out whole."""
    raw = make_zip(("a.md", TEXT.format("A")), compression=zipfile.ZIP_STORED)
    for position in range(len(raw)):
        damaged = bytearray(raw)
        damaged[position] ^= 0x41
        try:
            results = run_import(damaged)
        except NewsError:
            continue
        for result in results.values():
            assert result.outcome in {Outcome.CREATED, Outcome.UNCHANGED, Outcome.FAILED}
            if result.outcome is Outcome.CREATED:
                stored = Article.objects.get(pk=result.article_id)
                assert stored.front_matter + stored.body == TEXT.format("A")
