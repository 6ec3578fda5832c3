"""Changing the password (改密码): asked for after the first sign-in with a password somebody else made.

Job: two boxes, the server's answer in words.
Never: keep a password.
"""

from __future__ import annotations

from mobile.core.shapes import Answer
from mobile.page import Page
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll
from mobile.widgets.buttons import Push
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.text import Words


class Password(Page):
    """The page of two boxes."""

    title = "修改密码"
    tab = "me"

    def build(self) -> None:
        """Draw the boxes."""
        self.told = Column(gap=0)
        self.old, self.new, self.again = (TextBox(password=True) for _ in range(3))
        fields = (Named("现在的密码", self.old, needed=True), Named("新密码", self.new, needed=True))
        hint = Words("用登记码登录、从没有密码的，第一格空着。", "small", "ink2")
        again = Named("再输一遍新密码", self.again, needed=True)
        push = Push("改好了", self._change, "check")
        self.add_widget(Scroll(Column(self.told, hint, *fields, again, push, gap=14, pad=(14, 12, 14, 24))))

    def _change(self) -> None:
        if self.new.input.text != self.again.input.text:
            self._say("两遍新密码不一样")
            return
        old, new = self.old.input.text or None, self.new.input.text
        self.aside(lambda: self.field.change_password(old, new), self._answered)

    def _answered(self, answer: Answer) -> None:
        if answer.ok:
            self.app.back()
            self.app.tell("密码已修改")
        else:
            self._say(answer.sentence, answer.advice)

    def _say(self, sentence: str, advice: str = "") -> None:
        self.told.refill(Note(sentence, "red", "alert-circle-outline", advice))
