"""Enrolling a phone (登记): one code from the office, by QR picture or eight characters; once.

Job: take the code, say what is wrong, go on to the PIN.
Never: keep a password, or say whether a name exists.
"""

from __future__ import annotations

from mobile.core.shapes import Answer
from mobile.page import Page
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll
from mobile.widgets.buttons import Push
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.text import Icon, Words

SECOND_FACTOR = "second_factor_needed"


class Enrol(Page):
    """The first page of a phone nobody is signed in on."""

    is_bare = True

    def build(self) -> None:
        """Draw the two ways in; a code that opened the app is taken at once."""
        self.by_password = bool(self.given.get("by_password"))
        self.told = Column(gap=8)
        self.code = TextBox(hint="8 位，不分大小写")
        self.username, self.password = TextBox(), TextBox(password=True)
        self.otp = TextBox(hint="6 位数字", input_type="number")
        self.asks_otp = False
        self.button = Push("登记这部手机", self._enrol, "key-outline")
        self.form = Column(gap=14)
        head = (
            Icon("shield-check-outline", 56, "main", pos_hint={"center_x": 0.5}),
            Words("网格哨", "huge", halign="center"),
        )
        self.add_widget(Scroll(Column(*head, self._words(), self.form, gap=14, pad=(18, 24, 18, 24))))
        self.refresh()
        link = self.app.device.opened_with()
        if link:
            self._taken(link)

    def _words(self) -> Words:
        again = self.field.state == "signed_out"
        said = (
            "请重新登录。没有发送的内容都还在，登录后自动发送。"
            if again
            else "第一次使用，请向镇街或单位管理员要一个登记码。"
        )
        return Words(said, "body", "ink", halign="center")

    def refresh(self) -> None:
        """Draw the form of the chosen way."""
        if self.by_password:
            fields = [Named("账号", self.username, needed=True), Named("密码", self.password, needed=True)]
            fields += [Named("动态口令", self.otp, "看口令应用上的 6 位数字", needed=True)] if self.asks_otp else []
            other = Push("改用登记码", self._other, "qrcode", "plain")
        else:
            fields = [Named("登记码", self.code, needed=True)]
            other = Push("没有登记码，用账号密码", self._other, "account-outline", "plain")
        scan = (
            [Push("扫二维码", self._scan, "qrcode-scan", "soft")]
            if self.app.device.can_scan() and not self.by_password
            else []
        )
        for field in fields:
            if field.parent:
                field.parent.remove_widget(field)
        self.form.refill(self.told, *scan, *fields, self.button, other)

    def _other(self) -> None:
        self.app.replace("enrol", by_password=not self.by_password)

    def _scan(self) -> None:
        from mobile.screens.senses import soon

        self.app.device.scan(lambda text: soon(self._taken, text))

    def _taken(self, text: str | None) -> None:
        if text:
            self.code.input.text = text.rpartition(":")[2]
            self._enrol()

    def _enrol(self) -> None:
        work = self._by_password if self.by_password else self._by_code
        self.told.refill(Words("正在连接…", "body", "ink2", halign="center"))
        self.aside(work, self._answered)

    def _by_code(self) -> Answer:
        code = self.code.typed.replace(" ", "").replace("-", "").upper()
        return self.field.enrol(code) if code else Answer(False, "请先填登记码", "由管理员发给您，8 位")

    def _by_password(self) -> Answer:
        otp = self.otp.typed if self.asks_otp else None
        return self.field.enrol_password(self.username.typed, self.password.input.text, otp)

    def failed(self) -> None:
        """Take the word away that says we are connecting."""
        self.told.refill()

    def _answered(self, answer: Answer) -> None:
        if answer.ok:
            self.app.replace("set_pin")
            return
        if answer.code == SECOND_FACTOR and not self.asks_otp:
            self.asks_otp = True
            self.refresh()
        self.told.refill(Note(answer.sentence, "red", "alert-circle-outline", answer.advice))


class Wiped(Page):
    """A phone that was reported lost: nothing is left on it."""

    is_bare = True

    def build(self) -> None:
        """Say so, and how to begin again."""
        note = Note(
            "这部手机已挂失，本机数据已清除", "red", "cellphone-remove", "如手机已找回，请向管理员要新的登记码。"
        )  # fmt: skip
        again = Push("重新登记", lambda: self.app.go("enrol"), "key-outline")
        self.add_widget(Scroll(Column(note, again, gap=18, pad=(18, 60, 18, 24))))
