"""Moments in words (时间用语): what a worker says, in Beijing time.

Job: "还剩 30 分钟", "超时 2 小时", "今天 18:00 前", "昨天 09:12".
Never: read a clock: the true time comes from the core.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

CN: Final = timezone(timedelta(hours=8))
SOON: Final = timedelta(hours=3)


def read(text: str | datetime | None) -> datetime | None:
    """Return an ISO moment in Beijing time, or None."""
    if not text:
        return None
    moment = datetime.fromisoformat(text) if isinstance(text, str) else text
    return moment.astimezone(CN)


def due(text: str | None, now: datetime) -> tuple[str, str]:
    """Return the words and the tone of a due moment; ("", "grey") when there is none."""
    moment = read(text)
    if moment is None:
        return "", "grey"
    left = moment - now
    if left < timedelta(0):
        return f"已超时 {span(-left)}", "red"
    if left < SOON:
        return f"还剩 {span(left)}", "amber"
    return f"{until(moment, now)} 前", "blue"


def until(moment: datetime, now: datetime) -> str:
    """Return day and time of an end: midnight ends the day before (24:00), as people say it."""
    if (moment.hour, moment.minute) == (0, 0):
        return f"{day(moment - timedelta(minutes=1), now)} 24:00"
    return f"{day(moment, now)} {moment:%H:%M}"


def span(length: timedelta) -> str:
    """Return a length of time in its largest fitting unit."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 1)} 分钟"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} 小时" if hours > 5 or not rest else f"{hours} 小时 {rest} 分"
    return f"{minutes // 1440} 天"


def day(moment: datetime, now: datetime) -> str:
    """Return the day of a moment as one says it."""
    apart = (moment.date() - now.astimezone(CN).date()).days
    names = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}
    if apart in names:
        return names[apart]
    year = "" if moment.year == now.astimezone(CN).year else f"{moment.year}年"
    return f"{year}{moment.month}月{moment.day}日"


def at(text: str | datetime | None, now: datetime) -> str:
    """Return day and time of a moment, "" for none."""
    moment = read(text)
    return f"{day(moment, now)} {moment:%H:%M}" if moment else ""
