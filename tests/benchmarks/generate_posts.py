"""Writes news posts that nobody wrote: the same number and seed give the same bytes.

    python -m tests.benchmarks.generate_posts 5000 /tmp/posts
    python -m tests.benchmarks.generate_posts 5000 /tmp/posts --seed 7

Each has the shape that Hexo's importers leave behind: a blank line before the head, a quoted title, a path of three
categories, and a body of HTML, some 6 to 7 kB of Chinese in seven paragraphs.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

FIRST_DATE = datetime(2016, 3, 1, 6, 0, tzinfo=UTC)
MINUTES = 5 * 365 * 24 * 60
"""The posts lie within five years."""
BODY_BYTES = (6_000, 7_000)
PARAGRAPHS = 7

PLACES = (
    "澜湾 青石桥 东渡口 柳叶巷 南屏山 白鹭洲 旧灯塔 望江台 盐仓街 槐树坪 北岭 泉眼村 双塔路 "
    "芦花渡 云栖谷 石榴园 金沙滩 竹溪 月牙湖 铁匠营 风车岛 松林站 半坡 采石场 丁香里 杏花潭"
).split()
PEOPLE = (
    "市政委员会 港务局 气象站 渔业合作社 图书馆 果农联社 公交公司 船厂 地方剧团 自来水厂 商会 "
    "医学院 天文馆 消防队 邮政所 茶叶协会 市民代表 工程小组 志愿者 中学师生 老船长 面包师 林业站"
).split()
VERBS = (
    "宣布 讨论 修缮 核对 公布 推迟 开放 测量 记录 支持 延长 检查 收集 改建 筹备 展示 评估 追加 "
    "清点 搬迁 试行 恢复 精简 发放 更换 登记 接管 调整 复核 扩建"
).split()
THINGS = (
    "渡轮班次 桥面护栏 潮汐表 夜间照明 秋收数据 馆藏目录 排水管道 电车线路 灯笼集市 航道浮标 果园灌溉 "
    "校舍屋顶 风速记录 票价方案 旧货市场 候车亭 冬季供暖 河岸步道 档案照片 船坞设备 茶山小路 种子库存 "
    "雨水花园 广播塔 博物馆展柜 自行车道 水质报告 预算草案 邮路安排 纪念册"
).split()
QUALITIES = (
    "较早 详细 长期 公开 分段 免费 谨慎 按季度 逐项 临时 全面 定期 初步 共同 就地 连夜 有序 小规模"
).split()
OPENINGS = (
    "据介绍， 与此同时， 按照计划， 在此之前， 值得一提的是， 到上周末为止， 根据会议纪要， 由于天气原因， "
    "一位在场的居民说， 从账目上看， 与往年相比， 对此， 记者了解到， 考虑到安全， 入冬以后， 经过两轮协商，"
).split()
UNITS = "人次 公里 吨 艘 盏 册 棵 平方米 户 班 箱 份".split()
DESKS = "记者站 本地组 港口通讯社 晨报编辑部 乡间观察 小河摄影 数据台 午间新闻 夜班编辑 读者来信".split()
TREE = {
    "财经": {"海湾财讯": ("快讯", "深度", "公告"), "集市日志": ("物价", "行会")},
    "城市": {"市政一览": ("交通", "工程", "供水"), "街巷": ("人物", "旧事")},
    "科学": {"观星台": ("天象", "仪器"), "河口生态": ("鸟类", "潮间带", "植物")},
    "文化": {"剧场之夜": ("首演", "回顾"), "纸上": ("新书", "藏品", "书评")},
}
TAGS = (
    "渡轮 潮汐 灯笼节 电车 茶山 预算 气象 图书馆 修缮 港口 秋收 集市 水质 夜班 志愿者 档案 航道 "
    "观鸟 Ferry ferry LED 5G 步道 供暖 邮路 剧团 天文 果园 票价 校舍"
).split()


def generate_posts(count: int, *, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Yield name and text of `count` posts; a larger count begins with those of a smaller one."""
    for number in range(count):
        random = Random(f"{seed}/{number}")
        title = _make_title(random)
        yield f"{title}-{number:05d}.md", _make_head(random, title) + _make_body(random)


def write_posts(count: int, folder: Path, *, seed: int = 1) -> int:
    """Write the posts into `folder`, which is made if need be, and return their size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for name, text in generate_posts(count, seed=seed):
        size += (folder / name).write_bytes(text.encode())
    return size


def _make_title(random: Random) -> str:
    pieces = (PLACES, PEOPLE, VERBS, THINGS)
    return "".join(random.choice(words) for words in pieces)


def _make_head(random: Random, title: str) -> str:
    root = random.choice(list(TREE))
    middle = random.choice(list(TREE[root]))
    leaf = random.choice(TREE[root][middle])
    image = f"https://images.example/400/300?random={random.randrange(10_000)}"
    date = FIRST_DATE + timedelta(minutes=random.randrange(MINUTES))
    tags = random.sample(TAGS, random.randint(2, 4))
    lines = [
        "",
        "---",
        f"title: '{title}'",
        "categories: ",
        *(f" - {name}" for name in (root, middle, leaf)),
        f"headimg: '{image}'",
        f"author: {random.choice(DESKS)}",
        f"comments: {random.choice(('true', 'false'))}",
        f"date: {format_datetime(date, usegmt=True)}",
        f"thumbnail: '{image}'",
        "tags:",
        *(f" - {name}" for name in tags),
        "---",
        "",
        "",
    ]
    return "\n".join(lines)


def _make_body(random: Random) -> str:
    wanted = random.randint(*BODY_BYTES)
    parts = ["<div>   "]
    for left in range(PARAGRAPHS, 0, -1):
        so_far = sum(len(part.encode()) for part in parts)
        parts.append(_make_paragraph(random, (wanted - so_far) // left))
        if left == PARAGRAPHS // 2 and random.random() < 0.3:
            parts.append(_make_image(random))
        if left == 2 and random.random() < 0.15:
            parts.append(_make_table(random))
    return "\n".join([*parts, "</div>", ""])


def _make_paragraph(random: Random, size_bytes: int) -> str:
    text = ""
    while len(text.encode()) < size_bytes - 60:
        text += _make_sentence(random)
    return f"<p>　　{text}</p>"


def _make_sentence(random: Random) -> str:
    opening = random.choice(OPENINGS) if random.random() < 0.4 else ""
    clauses = [_make_clause(random) for _ in range(random.randint(1, 3))]
    sentence = opening + "，".join(clauses) + "。"
    chance = random.random()
    if chance < 0.04:
        return f"<strong>{sentence}</strong>"
    if chance < 0.07:
        address = f"https://paper.example/{random.randrange(99_999)}?from=list&amp;page=2"
        return f'<a href="{address}" target="_blank">{sentence}</a>'
    return sentence


def _make_clause(random: Random) -> str:
    subject = random.choice(PLACES) + random.choice(PEOPLE)
    if random.random() < 0.3:
        amount = f"{random.randrange(2, 900)}{random.choice(UNITS)}"
        return f"{subject}的{random.choice(THINGS)}为{amount}"
    how = random.choice(QUALITIES)
    return f"{subject}{how}{random.choice(VERBS)}{random.choice(THINGS)}"


def _make_image(random: Random) -> str:
    number, alt = random.randrange(99_999), random.choice(THINGS)
    return (
        f'<p style="text-align: center"><img src="https://images.example/{number}.jpg" alt="{alt}" '
        'width="640" height="360" referrerpolicy="no-referrer"></p>'
    )


def _make_table(random: Random) -> str:
    rows = [
        f"<tr><td>{place}</td><td>{random.randrange(10_000)}</td><td>{random.choice(UNITS)}</td></tr>"
        for place in random.sample(PLACES, 4)
    ]
    head = "<tr><th>地点</th><th>数量</th><th>单位</th></tr>"
    return f'<table border="1"><tbody>{head}{"".join(rows)}</tbody></table>'


def main() -> None:
    parser = argparse.ArgumentParser(description="Write made-up news posts.")
    parser.add_argument("count", type=int, metavar="N")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    size = write_posts(arguments.count, arguments.folder, seed=arguments.seed)
    sys.stdout.write(
        f"{arguments.count:,} posts, {size / max(arguments.count, 1):,.0f} bytes each\n"
    )


if __name__ == "__main__":
    main()
