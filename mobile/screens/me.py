"""Me (我的): who I am, on and off duty, what is kept about me, and the settings of this phone.

Job: a page of doors; the duty button with its sign.
Never: show another person.
"""

from __future__ import annotations

from kivy.metrics import dp

from mobile.page import Page
from mobile.screens.strip import walks
from mobile.widgets.boxes import Column, Press, Row, Scroll, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import THEME

DOORS = (
    ("workload", "chart-bar", "我的工作量", "只有自己和直接上级能看"),
    ("track", "map-marker-path", "我的轨迹", "只在上岗时记录"),
    ("own_data", "database-outline", "手机里存了什么", "可以看，可以清"),
    ("password", "key-outline", "修改密码", ""),
    ("settings", "cog-outline", "设置", "字号、强光、夜间、朗读"),
    ("privacy", "shield-account-outline", "关于和隐私", ""),
)
"""Page, picture, word, and a word more."""


class Door(Press):
    """A line that opens a page."""

    def __init__(self, icon: str, said: str, more: str, action: object) -> None:
        super().__init__(action=action, size_hint_y=None, padding=[dp(14), dp(10)], spacing=dp(12))  # type: ignore[arg-type]
        self.said = said
        self.paint_ground(THEME.colours.sheet, THEME.colours.line)
        texts = Column(Words(said, "body", bold=True), *([Words(more, "small", "ink2")] if more else []), gap=2)
        for part in (Icon(icon, 26, "blue"), texts, Icon("chevron-right", 24)):
            part.pos_hint = {"center_y": 0.5}
            self.add_widget(part)
        texts.fbind("height", lambda *_: setattr(self, "height", max(texts.height + dp(22), dp(56))))
        self.height = dp(56)


class MePage(Page):
    """The bearer's own page."""

    title = "我的"
    tab = "me"
    is_tab = True
    topics = frozenset({"account", "duty", "outbox"})

    def build(self) -> None:
        """Draw the page."""
        self.who = Column(gap=10)
        doors = [Door(icon, said, more, lambda name=name: self.app.go(name)) for name, icon, said, more in DOORS]
        outbox = Door("cloud-upload-outline", "待发送和草稿", "", lambda: self.app.go("outbox"))
        lock = Push("锁上", self.field.lock, "lock-outline", "plain")
        leave = Push("退出登录", self._ask, "logout", "plain")
        self.add_widget(Scroll(Column(self.who, outbox, *doors, lock, leave, gap=10, pad=(12, 12, 12, 24))))
        self.refresh()

    def refresh(self) -> None:
        """Show who it is and whether on duty."""
        me = self.field.me
        if me is None:
            return
        posts = [" · ".join(part for part in (post["role_zh"], post["unit_zh"]) if part) for post in me.posts]
        lines = [Words(line, "body", "ink2") for line in dict.fromkeys(posts)]
        name = Row(Icon("account-circle-outline", 44, "blue"), Column(Words(me.name, "title"), *lines, gap=2), gap=12)
        self.who.refill(Sheet(name), *([self._duty()] if walks(self.field) else []))

    def _duty(self) -> Sheet:
        duty = self.field.duty
        icon, tone = ("account-check-outline", "green") if duty.on else ("account-off-outline", "grey")
        sign = Row(Icon(icon, 30, tone), Words("在岗" if duty.on else "未上岗", "head", tone), gap=10)
        button = Push("下岗", self._end, "", "plain") if duty.on else Push("上岗", self._start, "account-check-outline")
        return Sheet(sign, Words(duty.sentence, "small"), button, tone=tone if duty.on else "")

    def _start(self) -> None:
        self.app.device.ask("position", lambda _: None)
        self.app.tell(self.field.go_on_duty().sentence, "green", "account-check-outline")

    def _end(self) -> None:
        self.app.tell(self.field.go_off_duty().sentence, "blue", "account-off-outline")

    def _ask(self) -> None:
        unsent = self.field.outbox.unsent
        kept = f"还有 {unsent} 条没有发送，会留在手机里，您再次登录后自动发送。" if unsent else "没有未发送的内容。"
        self.app.confirm("退出登录？", kept, "退出登录", self._leave)

    def _leave(self) -> None:
        self.field.sign_out()
