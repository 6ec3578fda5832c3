"""The PIN (口令): set once after enrolment, asked for when the app was away for a while.

Job: show the keys; say how many tries are left.
Never: keep or compare a PIN: the core does.
"""

from __future__ import annotations

from mobile.core.shapes import Answer
from mobile.page import Page
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll
from mobile.widgets.buttons import Push
from mobile.widgets.fields import PinPad
from mobile.widgets.text import Words

SHORTEST = 4


class SetPin(Page):
    """Choosing a PIN: typed twice."""

    is_bare = True

    def build(self) -> None:
        """Draw the keys."""
        self.first = ""
        self.title_words = Words("设一个开锁口令", "title", halign="center")
        self.hint = Words("4 至 8 位数字，只在这部手机上用", "body", "ink2", halign="center")
        self.told = Column(gap=0)
        self.pad = PinPad(lambda typed: None)
        self.button = Push("下一步", self._next, "arrow-right")
        self.add_widget(
            Scroll(Column(self.title_words, self.hint, self.told, self.pad, self.button, gap=12, pad=(18, 20)))
        )

    def _next(self) -> None:
        typed = self.pad.typed
        if len(typed) < SHORTEST:
            self._say("至少 4 位数字")
        elif not self.first:
            self.first = typed
            self.pad.clear()
            self.title_words.said, self.hint.said = "再输一遍", "两遍要一样"
            self.button.say("完成", "check")
            self.told.refill()
        elif typed != self.first:
            self.first = ""
            self.pad.clear()
            self.title_words.said = "设一个开锁口令"
            self.button.say("下一步")
            self._say("两遍不一样，请重新设")
        else:
            self._set(self.field.set_pin(typed))

    def _set(self, answer: Answer) -> None:
        if answer.ok:
            self.app.enter()
        else:
            self.first = ""
            self.pad.clear()
            self._say(answer.sentence, answer.advice)

    def _say(self, sentence: str, advice: str = "") -> None:
        self.told.refill(Note(sentence, "red", "alert-circle-outline", advice))


class Unlock(Page):
    """Asking for the PIN."""

    is_bare = True

    def build(self) -> None:
        """Draw the keys and the name of whose phone it is."""
        name = self.field.me.name if self.field.me else ""
        self.told = Column(gap=0)
        self.pad = PinPad(lambda typed: None)
        head = (Words(f"{name}，请输入口令", "title", halign="center"), self.told)
        button = Push("打开", self._open, "lock-open-outline")
        forgotten = Push("忘记口令", self._forgotten, "", "plain")
        self.add_widget(Scroll(Column(*head, self.pad, button, forgotten, gap=12, pad=(18, 20))))

    def _open(self) -> None:
        answer = self.field.unlock(self.pad.typed)
        if not answer.ok:
            self.pad.clear()
            self.app.device.vibrate()
            self.told.refill(Note(answer.sentence, "red", "alert-circle-outline", answer.advice))

    def _forgotten(self) -> None:
        words = "退出后用登记码或账号重新登录。没有发送的内容会保留，登录后自动发送。"
        self.app.confirm("退出登录？", words, "退出登录", self.field.sign_out)
