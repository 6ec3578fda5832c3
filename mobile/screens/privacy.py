"""About and privacy (关于和隐私): what is recorded of the worker and of residents, who sees it, for how long.

Job: plain sentences; the version.
Never: promise what the system does not keep.
"""

from __future__ import annotations

from mobile.page import Page
from mobile.widgets.boxes import Column, Press, Scroll, Sheet
from mobile.widgets.buttons import IconButton
from mobile.widgets.text import Words

TOLD = (
    (
        "您的位置",
        "只在上岗时记录，顶上有“在岗”标志；下岗就停。路线只有您自己能看，保存 30 天；单位只看到哪个网格有人巡查过。",
    ),
    ("您的工作量", "只有您和直接上级能看，不排名，不打分。"),
    ("居民的信息", "上报时不要写姓名、电话和身份证号。系统不给居民打分、不贴标签、不列名单。"),
    ("照片", "保存时去掉相机写进去的信息，只留时间和位置；敏感事项不要求拍照。"),
    (
        "语音留言",
        "只在您点了录音时才录，退到后台就停；加密保存，只有能看这件事的人能听。录音里也不要说居民的姓名和电话。",
    ),
    ("定位", "有误差就写误差；用了模拟定位会注明，但不会拦您。"),
    ("手机丢了", "马上告诉管理员，手机里的数据会在下次联网时清除，没发送的内容也会清除。"),
    ("读屏软件", "本应用不支持系统的读屏功能，请用页面右上角的喇叭朗读。"),
)
VERSION = "0.1.0"


class Privacy(Page):
    """The page of sentences."""

    title = "关于和隐私"
    tab = "me"

    def build(self) -> None:
        """Draw the sentences."""
        sheets = [Sheet(Words(head, "head"), Words(words), gap=6) for head, words in TOLD]
        about = Words(
            f"网格哨 移动端 {VERSION}；字体 Noto Sans SC（OFL-1.1），图标 Material Design Icons（Apache-2.0）。",
            "small",
            "ink2",
        )
        self.add_widget(Scroll(Column(*sheets, about, gap=12, pad=(12, 12, 12, 24))))

    def right(self) -> list[Press]:
        """Offer to read it aloud."""
        return [
            IconButton("volume-high", "朗读", lambda: self.app.say("。".join(words for _, words in TOLD)), "on_bar")
        ]
