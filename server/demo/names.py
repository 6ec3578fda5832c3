"""Invented names (虚构名称): of people, streets, estates, shops and villages, drawn by seed.

Job: Chinese words that read well and mean nobody and nowhere.
Never: the name of a real person, or a telephone number that could ring.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

SURNAMES = "陈李黄张林刘王罗吴杨叶曾邓何谢钟梁周郑赖朱廖许彭徐胡邱丘江温郭冯肖蔡潘邹古骆苏余袁欧阳严唐范曹游沈卢"
FIRST = "文志国建家伟海春秋明晓思雨俊嘉子美玉秀丽小永天光振宏立婉静雅欣佳诗泽浩宇一梓若"
SECOND = "强华辉平军敏芳英兰梅玲燕红霞波涛杰豪龙凤云清源安宁康乐怡然琪萱轩航鹏斌峰林森"
PLANTS = (
    "青榕",
    "木棉",
    "紫荆",
    "凤凰",
    "竹溪",
    "松涛",
    "荷塘",
    "柚香",
    "桂影",
    "枫林",
    "兰苑",
    "樟园",
    "石榴",
    "银杏",
)
LANDS = ("云", "泉", "岭", "坪", "塘", "湾", "坡", "洲", "桥", "垌")
WAYS = ("路", "街", "巷", "大道")
ESTATES = ("花园", "苑", "小区", "新村", "名庭", "家园")
SHOPS = ("便利店", "小吃店", "五金店", "水果店", "理发店", "修理铺", "茶餐厅", "服装店", "烧烤店", "家具厂")
PHONE = "100{:08d}"
"""No Chinese mobile number begins with 100."""


def person(rng: Random) -> str:
    """Return a surname and a given name of two characters."""
    return rng.choice(SURNAMES) + rng.choice(FIRST) + rng.choice(SECOND)


def phone(number: int) -> str:
    """Return a telephone number of eleven digits that cannot exist."""
    return PHONE.format(number)


def places() -> Iterator[str]:
    """Yield words for places, each once, in a fixed order."""
    yield from (f"{plant}{land}" for land, plant in product(LANDS, PLANTS))


PLACES = tuple(places())


def village(number: int, code: str) -> str:
    """Return the ``number``-th village's name: 社区 or 村 by its committee's kind (spec 3.1)."""
    return PLACES[number] + ("社区" if int(code[9:12]) < 200 else "村")


def words(rng: Random) -> dict[str, str]:
    """Return what the texts of events name: a street, an estate, a shop, a number."""
    return {
        "street": rng.choice(PLACES) + rng.choice(WAYS),
        "estate": rng.choice(PLACES) + rng.choice(ESTATES),
        "shop": rng.choice(PLACES) + rng.choice(SHOPS),
        "n": str(rng.randint(1, 60)),
    }
