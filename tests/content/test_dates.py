from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cms_news.content.dates import (
    ResolvedDate,
    date_from_name,
    format_date,
    parse_date,
    split_date_name,
)
from cms_news.errors import DocumentError

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
PLUS_8 = timezone(timedelta(hours=8))
few = settings(deadline=None, max_examples=150)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def refusal(text: str, **options: object) -> str:
    with pytest.raises(DocumentError) as caught:
        parse_date(text, zone=SHANGHAI, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected", "source"),
    [
        ("Thu, 09 Dec 2021 18:14:00 GMT", utc(2021, 12, 9, 18, 14), "RFC 2822"),
        ("2022-09-04 09:08:58", utc(2022, 9, 4, 1, 8, 58), "no offset, read in Asia/Shanghai"),
        ("2022-09-04", utc(2022, 9, 3, 16), "date only, read in Asia/Shanghai"),
        ("2022-09-04 09:08", utc(2022, 9, 4, 1, 8), "no offset, read in Asia/Shanghai"),
        ("2022-09-04T09:08", utc(2022, 9, 4, 1, 8), "no offset, read in Asia/Shanghai"),
        ("2022-09-04 09:08:58 +0800", utc(2022, 9, 4, 1, 8, 58), "ISO 8601 with offset"),
        ("2022-09-04 09:08:58 +0000", utc(2022, 9, 4, 9, 8, 58), "ISO 8601 with offset"),
        ("2022-09-04 09:08:58 +0200", utc(2022, 9, 4, 7, 8, 58), "ISO 8601 with offset"),
        ("2022-09-04 09:08:58 +08:00", utc(2022, 9, 4, 1, 8, 58), "ISO 8601 with offset"),
        ("2022/09/04 09:08:58", utc(2022, 9, 4, 1, 8, 58), "no offset, read in Asia/Shanghai"),
        ("2022-9-4 9:08:58", utc(2022, 9, 4, 1, 8, 58), "no offset, read in Asia/Shanghai"),
    ],
)
def test_spellings_counted_in_real_files(text: str, expected: datetime, source: str) -> None:
    assert parse_date(text, zone=SHANGHAI) == ResolvedDate(expected, source)


@pytest.mark.parametrize(
    "text",
    [
        "2022-09-04T01:08:58Z",
        "2022-09-04t01:08:58z",
        "2022-09-04 01:08:58 Z",
        "2022-09-04 01:08:58 UTC",
        "2022-09-04T09:08:58+08:00",
        "2022-09-04T09:08:58+0800",
        "2022-09-04 09:08:58+8",
        "2022-09-04 09:08:58 +8",
        "2022-09-04 09:08:58 +08",
        "2022-09-04 09:08:58 UTC+8",
        "2022-09-04 09:08:58 GMT+0800",
        "2022-09-03 20:08:58 -05:00",
        "2022-09-03 20:08:58 −05:00",
        "  2022-09-04   09:08:58   +08:00 ",
        "2022-09-04 06:38:58 +0530",
        "2022/9/4 9:08:58 +0800",
        "2022.9.4 9:08:58 +0800",
        "2022-09-04 09:08:58 Asia/Shanghai",
        "2022年9月4日 9时08分58秒 +0800",
        "2022年9月4日9时8分58秒 Asia/Shanghai",
        "2022 年 9 月 4 日 9 点 8 分 58 秒 +08:00",
        "2022年9月4日 9:08:58 +0800",
        "2022年09月04號 09時08分58秒 +0800",
        "2022년 9월 4일 9시 8분 58초 +0800",
        "２０２２－０９－０４　０９：０８：５８ ＋０８：００",
        "２０２２／０９／０４ 09：08：58 +0800",
        "Sun, 04 Sep 2022 01:08:58 GMT",
        "Sun, 04 Sep 2022 01:08:58 UT",
        "Sun, 4 Sep 2022 09:08:58 +0800",
        "Sun, 4 Sep 2022 09:08:58 +0800 (CST)",
        "Sun, 04 Sep 2022 01:08:58 -0000",
        "Sat, 03 Sep 2022 20:08:58 EST",
        "Sat, 03 Sep 2022 18:08:58 PDT",
        "04 Sep 2022 01:08:58 GMT",
        "4 September 2022 01:08:58 GMT",
        "4 sept 2022 01:08:58 gmt",
        "Sunday, 04-Sep-22 01:08:58 GMT",
        "1662253738",
        "1662253738000",
    ],
)
def test_spellings_with_an_offset_name_one_moment(text: str) -> None:
    assert parse_date(text, zone=BERLIN).value == utc(2022, 9, 4, 1, 8, 58)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("2022年9月4日", "date only, read in Asia/Shanghai"),
        ("2022.9.4", "date only, read in Asia/Shanghai"),
        ("2022/09/04", "date only, read in Asia/Shanghai"),
        ("4 Sep 2022", "RFC 2822, date only, read in Asia/Shanghai"),
        ("2022-09-04 UTC", "date only, read in UTC"),
        ("2022年9月4日 9:08", "no offset, read in Asia/Shanghai"),
        ("2022年9月4日 9时", "no offset, read in Asia/Shanghai"),
        ("Sun, 4 Sep 2022 09:08:58", "RFC 2822, no offset, read in Asia/Shanghai"),
        ("2022-09-04 09:08 Europe/Berlin", "read in Europe/Berlin as written"),
        ("2022/09/04 09:08 +0800", "with offset"),
        ("2022年9月4日 9:08 +0800", "with offset"),
        ("1662253738", "Unix time in seconds"),
        ("1662253738123", "Unix time in milliseconds"),
        ("04 Sep 22 01:08:58 GMT", "RFC 2822, two-digit year read as 2022"),
        ("04 Sep 68 01:08:58 GMT", "RFC 2822, two-digit year read as 1968"),
        ("Mon, 04 Sep 2022 01:08:58 GMT", "RFC 2822, weekday ignored, it is another one"),
    ],
)
def test_source_says_how_a_date_was_read(text: str, source: str) -> None:
    assert parse_date(text, zone=SHANGHAI).source == source


def test_source_names_zones_that_are_only_an_offset() -> None:
    assert parse_date("2022-09-04", zone=UTC).source == "date only, read in UTC"
    assert parse_date("2022-09-04", zone=PLUS_8).source == "date only, read in UTC+08:00"


@pytest.mark.parametrize(
    ("fraction", "microsecond"),
    [
        (".5", 500000),
        (",25", 250000),
        (".000001", 1),
        (".1234567891234567", 123456),
        (".0000009", 0),
    ],
)
def test_fractions_of_any_length_are_cut_to_microseconds(fraction: str, microsecond: int) -> None:
    resolved = parse_date(f"2022-09-04T09:08:58{fraction}Z", zone=UTC)
    assert resolved.value == utc(2022, 9, 4, 9, 8, 58, microsecond)


def test_unix_time_in_milliseconds_keeps_them() -> None:
    assert parse_date("1662253738123", zone=UTC).value == utc(2022, 9, 4, 1, 8, 58, 123000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2022-02-30", "2022-02 has the days 01 to 28"),
        ("30 Feb 2024 00:00:00 GMT", "2024-02 has the days 01 to 29"),
        ("2022-13-01 00:00:00", "there is no month 13"),
        ("2022-00-01", "there is no month 0"),
        ("2022-01-00", "2022-01 has the days 01 to 31"),
        ("0000-01-01", "years go from 0001"),
        ("2022-01-01 25:00:00", "no time 25:00:00"),
        ("2022-01-01 10:60", "no time 10:60:00"),
        ("2022-01-01 10:59:60", "no time 10:59:60"),
        ("2022-01-01 24:00", "00:00 of the day after"),
        ("2022-01-01 24:00:01", "no time 24:00:01"),
        ("2022-01-01 10:00 +24:00", "impossible offset +24:00"),
        ("2022-01-01 10:00 +0860", "impossible offset +0860"),
        ("2022-01-01 10:00 CST", "time zone CST"),
        ("Thu, 09 Dec 2021 18:14:00 CST", "Asia/Shanghai"),
        ("2022-01-01 10:00 EST", "time zone EST"),
        ("2022-01-01 10:00 Asia/Nowhere", "time zone Asia/Nowhere"),
        ("2022-01-01 10:00 America/Indiana", "time zone America/Indiana"),
        ("2022-01-01 10:00 America/", "time zone America/"),
        ("9 Foo 2022 10:00:00 GMT", "is not a date"),
        ("2022-01/02", "is not a date"),
        ("2022-01-02-0800", "is not a date"),
        ("2022-01-02 9:08 PM", "time zone PM"),
        ("20220102", "is not a date"),
        ("12", "is not a date"),
        ("yesterday", "is not a date"),
        ("", '"" is not a date'),
        ("2022-01-02 10", "is not a date"),
        ("2022-01-02 10:00 +800", "is not a date"),
        ("٢٠٢٢-٠٩-٠٤", "is not a date"),
    ],
)
def test_refusals_say_what_is_wrong(text: str, said: str) -> None:
    message = refusal(text)
    assert said in message
    assert f'"{text}"' in message
    assert "; write" in message


def test_day_and_month_are_not_guessed() -> None:
    message = refusal("03/04/2021")
    assert "2021-04-03 (day first)" in message
    assert "2021-03-04 (month first)" in message
    assert "2021-04-03 (day first)" in refusal("3.4.2021 18:14")
    assert refusal("25/12/2021").endswith(
        '"25/12/2021" does not begin with the year; write 2021-12-25'
    )
    assert refusal("12-25-2021").endswith("write 2021-12-25")
    assert refusal("05/05/2021").endswith("write 2021-05-05")
    assert "is not a date" in refusal("45/45/2021")


def test_errors_carry_line_and_key() -> None:
    assert refusal("2022-02-30", line=3, key="updated").startswith('line 3: updated: "2022-02-30"')
    assert refusal("2022-02-30").startswith('date: "2022-02-30"')


def test_long_values_are_shortened_in_the_message() -> None:
    assert len(refusal("9" * 100_000)) < 250


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("0001-01-01", PLUS_8),
        ("0001-01-01 00:00 +00:01", UTC),
        ("0001-01-01", SHANGHAI),
        ("9999-12-31 23:59:59", timezone(-timedelta(hours=8))),
        ("9999-12-31 23:59 -0001", UTC),
        ("9999-12-31 23:59:59", ZoneInfo("America/New_York")),
    ],
)
def test_years_that_overflow_in_utc_are_refused(text: str, zone: timezone) -> None:
    with pytest.raises(DocumentError, match="years 1 to 9999"):
        parse_date(text, zone=zone)


def test_first_and_last_moments_are_understood() -> None:
    assert parse_date("0001-01-01", zone=UTC).value == datetime.min.replace(tzinfo=UTC)
    latest = parse_date("9999-12-31 23:59:59.999999 Z", zone=SHANGHAI).value
    assert latest == datetime.max.replace(tzinfo=UTC)
    assert parse_date("9999-12-31 23:59:59", zone=SHANGHAI).value.year == 9999


def test_time_that_happened_twice_is_the_first_one() -> None:
    resolved = parse_date("2021-10-31 02:30", zone=BERLIN)
    assert resolved.value == utc(2021, 10, 31, 0, 30)
    assert resolved.source == (
        "no offset, read in Europe/Berlin, the first of two such times that day"
    )


def test_time_that_never_was_keeps_the_offset_before_the_gap() -> None:
    resolved = parse_date("2021-03-28 02:30 Europe/Berlin", zone=UTC)
    assert resolved.value == utc(2021, 3, 28, 1, 30)
    assert "skipped" in resolved.source
    assert "skipped" not in parse_date("2021-03-28 03:30", zone=BERLIN).source


def test_names_of_files_give_dates() -> None:
    expected = ResolvedDate(utc(2021, 12, 8, 16), "file name", "2021-12-09")
    assert date_from_name("2021-12-09-title", zone=SHANGHAI) == expected
    assert date_from_name("2021-12-09_title", zone=SHANGHAI) == expected
    assert date_from_name("2021-12-09", zone=SHANGHAI) == expected
    short = date_from_name("2021-12-9-标题 one", zone=SHANGHAI)
    assert short == ResolvedDate(expected.value, "file name", "2021-12-9")


@pytest.mark.parametrize(
    "stem",
    [
        "title",
        "2021-12-title",
        "2021-13-09-title",
        "2021-02-30-x",
        "0001-01-01-x",
        "2021-12-091",
        "",
    ],
)
def test_names_without_a_date_give_none(stem: str) -> None:
    assert date_from_name(stem, zone=SHANGHAI) is None


def test_names_are_split_into_date_and_rest() -> None:
    assert split_date_name("2021-12-09-a-b")[1] == "a-b"
    assert split_date_name("2021-12-09") == (datetime(2021, 12, 9).date(), "")
    assert split_date_name("2021-02-30-x") == (None, "2021-02-30-x")


MOMENT = utc(2021, 12, 9, 18, 14)


@pytest.mark.parametrize(
    ("like", "expected"),
    [
        ("", "2021-12-09 18:14:00 +00:00"),
        ("no date", "2021-12-09 18:14:00 +00:00"),
        ("2020-01-01", "2021-12-09 18:14:00 +00:00"),
        ("Thu, 02 Dec 2021 08:00:00 GMT", "Thu, 09 Dec 2021 18:14:00 GMT"),
        ("02 Dec 2021 08:00:00", "Thu, 09 Dec 2021 18:14:00 GMT"),
        ("Thu, 02 Dec 2021 08:00:00 +0800", "Fri, 10 Dec 2021 02:14:00 +0800"),
        ("2020-01-01 10:00 +0800", "2021-12-10 02:14:00 +08:00"),
        ("2020/01/01 10:00 -0330", "2021-12-09 14:44:00 -03:30"),
        ("2020-01-01 10:00 Asia/Shanghai", "2021-12-10 02:14:00 +08:00"),
        ("2020-01-01 10:00 +9900", "2021-12-09 18:14:00 +00:00"),
        ("9" * 1000, "2021-12-09 18:14:00 +00:00"),
    ],
)
def test_format_date_follows_the_spelling_before(like: str, expected: str) -> None:
    assert format_date(MOMENT, like=like) == expected


def test_format_date_keeps_fractions_even_where_rfc_2822_stood() -> None:
    value = MOMENT.replace(microsecond=120)
    assert format_date(value) == "2021-12-09 18:14:00.000120 +00:00"
    assert format_date(value, like="Thu, 02 Dec 2021 08:00:00 GMT") == format_date(value)


def test_format_date_is_a_yaml_timestamp() -> None:
    for value in (MOMENT, MOMENT.replace(microsecond=5)):
        assert yaml.safe_load(format_date(value)) == value


def test_format_date_stays_in_utc_where_an_offset_can_not_be_written() -> None:
    early = utc(1850, 1, 1)
    assert format_date(early, like="2020-01-01 10:00 Asia/Shanghai") == "1850-01-01 00:00:00 +00:00"
    first = datetime.min.replace(tzinfo=UTC)
    assert format_date(first, like="2020-01-01 10:00 -0800") == "0001-01-01 00:00:00 +00:00"


def test_format_date_refuses_what_utc_can_not_hold() -> None:
    with pytest.raises(DocumentError):
        format_date(datetime.min.replace(tzinfo=PLUS_8))


likes = st.sampled_from(
    [
        "",
        "2020-01-01 10:00:00 +0800",
        "2020-01-01 10:00:00 -11:30",
        "Thu, 09 Dec 2021 18:14:00 GMT",
        "Thu, 09 Dec 2021 18:14:00 -0500",
        "2020年1月1日 10:00 Europe/Berlin",
    ]
)
zones = st.sampled_from([UTC, SHANGHAI, BERLIN, PLUS_8, ZoneInfo("America/St_Johns")])


@few
@given(value=st.datetimes(timezones=st.just(UTC)), like=likes, zone=zones)
@example(value=datetime.max.replace(tzinfo=UTC), like="2020-01-01 10:00:00 +0800", zone=UTC)
def test_formatted_dates_read_back_as_the_same_moment(value: datetime, like: str, zone) -> None:
    assert parse_date(format_date(value, like=like), zone=zone).value == value


near_dates = st.from_regex(
    r"\A[0-9]{1,4}[-/.年 ][0-9]{1,2}[-/.月 ]([0-9]{1,4}|Feb)[T 日]?[0-9]{0,2}[:时]?[0-9]{0,2}"
    r"(:[0-9]{2}(\.[0-9]{1,9})?)?( ?[+-][0-9]{0,4}| [A-Z]{1,4}| Asia/[A-Z][a-z]{0,8})?\Z"
)


@few
@given(text=st.text(max_size=130) | near_dates, zone=zones)
@example(text="9999-12-31", zone=ZoneInfo("America/St_Johns"))
@example(text="0001-01-01 00:00", zone=SHANGHAI)
@example(text="2022-01-01 10:00 a/../../b", zone=UTC)
@example(text="2022-01-01 10:00 Etc/" + "x" * 70, zone=UTC)
def test_parse_date_gives_utc_or_a_document_error(text: str, zone) -> None:
    try:
        resolved = parse_date(text, zone=zone)
    except DocumentError as error:
        assert str(error).startswith("date: ")
    else:
        assert resolved.value.utcoffset() == timedelta()
        assert resolved.source


@few
@given(stem=st.text(max_size=40), zone=zones)
def test_names_never_fail(stem: str, zone) -> None:
    resolved = date_from_name(stem, zone=zone)
    assert resolved is None or resolved.source == "file name"


@few
@given(value=st.datetimes(timezones=st.just(SHANGHAI)))
def test_times_without_offset_agree_with_zoneinfo(value: datetime) -> None:
    written = value.replace(tzinfo=None).isoformat(" ")
    try:
        expected = value.replace(fold=0).astimezone(UTC)
    except OverflowError:
        with pytest.raises(DocumentError):
            parse_date(written, zone=SHANGHAI)
    else:
        assert parse_date(written, zone=SHANGHAI).value == expected
