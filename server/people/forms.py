"""The shapes people's routes take and give.

Job: say what a request must look like.
Never: judge what needs the database.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import validate

from server.pages import PageAsk
from server.people.passwords import LONGEST
from server.reading import Whole

DEVICE_ID = Whole(r"[\w.:-]{1,128}")
OTP = Whole(r"\d{6}")
PRINTABLE = Whole(r"[^\x00-\x1f\x7f]*")
"""Control characters belong into no name; the database refuses NUL anyway."""


class Password(ma.fields.String):
    """A password as typed: no trimming; bounded, because every byte is hashed."""

    def __init__(self, **how: Any) -> None:
        super().__init__(validate=validate.Length(max=LONGEST), **how)


class TokenIn(ma.Schema):
    """A phone signs in, by user name and password or by a one-time code."""

    username = ma.fields.String(validate=[validate.Length(max=200), PRINTABLE])
    password = Password()
    enrol_code = ma.fields.String(validate=validate.Length(max=40))
    otp = ma.fields.String(load_default=None, validate=OTP, metadata={"description": "动态口令"})
    device_id = ma.fields.String(required=True, validate=DEVICE_ID)
    public_key = ma.fields.String(load_default=None, validate=validate.Length(max=2000))

    @ma.validates_schema
    def one_proof(self, data: dict[str, Any], **_: Any) -> None:
        """Want a user name with a password, or a code, not both."""
        if ({"username", "password"} <= data.keys()) is ("enrol_code" in data):
            raise ma.ValidationError("give username and password, or enrol_code")


class SessionIn(ma.Schema):
    """A page signs in; what is missing is simply wrong."""

    username = ma.fields.String(load_default="", validate=[validate.Length(max=200), PRINTABLE])
    password = Password(load_default="")
    otp = ma.fields.String(load_default=None, validate=OTP, metadata={"description": "动态口令"})


class PostOut(ma.Schema):
    """A post the person fills today."""

    role = ma.fields.String()
    role_zh = ma.fields.String()
    unit = ma.fields.String()
    unit_zh = ma.fields.String()
    township = ma.fields.String(allow_none=True)
    grid = ma.fields.String(allow_none=True)


class MeOut(ma.Schema):
    """Who I am and what I may do."""

    id = ma.fields.UUID()
    username = ma.fields.String()
    name = ma.fields.String()
    roles = ma.fields.List(ma.fields.String())
    unit = ma.fields.String(allow_none=True)
    unit_zh = ma.fields.String(allow_none=True)
    township = ma.fields.String(allow_none=True)
    grids = ma.fields.List(ma.fields.String())
    posts = ma.fields.List(ma.fields.Nested(PostOut))
    permissions = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())
    must_change_password = ma.fields.Boolean()
    must_bind_factor = ma.fields.Boolean()
    device_id = ma.fields.String(allow_none=True)
    server_time = ma.fields.DateTime()


class TokenOut(ma.Schema):
    """A fresh token, shown this once."""

    token = ma.fields.String()
    expires_at = ma.fields.DateTime()
    renew_at = ma.fields.DateTime(metadata={"description": "从此刻起应换新凭证：POST /tokens/renew"})
    person = ma.fields.Nested(MeOut)
    must_change_password = ma.fields.Boolean()


class RenewedOut(ma.Schema):
    """A fresh token, shown this once; the former one ends when this one was used."""

    token = ma.fields.String(required=True)
    expires_at = ma.fields.DateTime(required=True)
    renew_at = ma.fields.DateTime(required=True)


class SessionOut(ma.Schema):
    """A fresh session: the cookie is set, unsafe requests carry ``csrf_token`` as X-CSRF-Token."""

    csrf_token = ma.fields.String()
    expires_at = ma.fields.DateTime()
    person = ma.fields.Nested(MeOut)
    must_change_password = ma.fields.Boolean()


class PasswordIn(ma.Schema):
    """A new password; the old one is needed where there is one."""

    old_password = Password(load_default=None)
    new_password = Password(required=True)


class OtpIn(ma.Schema):
    """Six digits of the authenticator app."""

    otp = ma.fields.String(required=True, validate=OTP)


class SecretOut(ma.Schema):
    """The secret of a second factor, to be shown as a QR picture."""

    secret = ma.fields.String()
    uri = ma.fields.String()


class DeviceOut(ma.Schema):
    """A device of a person."""

    id = ma.fields.String()
    person_id = ma.fields.UUID()
    has_key = ma.fields.Boolean()
    enrolled_at = ma.fields.DateTime()
    revoked_at = ma.fields.DateTime(allow_none=True)


class DevicesOut(ma.Schema):
    """Some devices."""

    items = ma.fields.List(ma.fields.Nested(DeviceOut))


class ColleagueOut(ma.Schema):
    """Somebody who fills a post in one of my units."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    role = ma.fields.String()
    unit_code = ma.fields.String()


class ColleaguesOut(ma.Schema):
    """Colleagues by name."""

    items = ma.fields.List(ma.fields.Nested(ColleagueOut))


class CodeOut(ma.Schema):
    """A one-time code, shown this once; ``qr`` is the text of its QR picture."""

    code = ma.fields.String()
    qr = ma.fields.String()
    username = ma.fields.String()
    expires_at = ma.fields.DateTime()


class PersonIn(ma.Schema):
    """A new account."""

    username = ma.fields.String(required=True, validate=[validate.Length(2, 64), PRINTABLE])
    name = ma.fields.String(required=True, validate=[validate.Length(1, 60), PRINTABLE])
    phone = ma.fields.String(load_default=None, allow_none=True, validate=Whole(r"[+\d][\d -]{4,19}"))


class AppointmentOut(PostOut):
    """Who fills which post when."""

    id = ma.fields.UUID()
    valid_from = ma.fields.Date()
    valid_to = ma.fields.Date(allow_none=True)
    deputy = ma.fields.Boolean()


class PersonOut(ma.Schema):
    """An account as its office sees it."""

    id = ma.fields.UUID()
    username = ma.fields.String()
    name = ma.fields.String()
    phone = ma.fields.String(allow_none=True)
    disabled_at = ma.fields.DateTime(allow_none=True)
    has_password = ma.fields.Boolean()
    appointments = ma.fields.List(ma.fields.Nested(AppointmentOut))
    devices = ma.fields.List(ma.fields.Nested(DeviceOut))
    leaves = ma.fields.List(ma.fields.Dict())
    has_second_factor = ma.fields.Boolean()
    locked_until = ma.fields.DateTime(allow_none=True)


class ListedPersonOut(ma.Schema):
    """An account in a list, with the posts filled today."""

    id = ma.fields.UUID()
    username = ma.fields.String()
    name = ma.fields.String()
    phone = ma.fields.String(allow_none=True)
    disabled_at = ma.fields.DateTime(allow_none=True)
    has_password = ma.fields.Boolean()
    posts = ma.fields.List(ma.fields.Nested(PostOut))


class PersonsAsk(PageAsk):
    """Which persons."""

    q = ma.fields.String(load_default="", validate=[validate.Length(max=60), PRINTABLE])
    unit = ma.fields.String(load_default=None, validate=PRINTABLE)
    grid = ma.fields.String(load_default=None, validate=PRINTABLE)
    role = ma.fields.String(load_default=None, validate=PRINTABLE)


class DevicesAsk(PageAsk):
    """Which devices: the beginning of a user name, a name or a device's id; in use or reported lost."""

    q = ma.fields.String(load_default="", validate=[validate.Length(max=60), PRINTABLE])
    state = ma.fields.String(load_default=None, validate=validate.OneOf(("in_use", "revoked")))


class PersonsOut(ma.Schema):
    """A page of persons."""

    items = ma.fields.List(ma.fields.Nested(ListedPersonOut))
    next_cursor = ma.fields.String(allow_none=True)


class AppointIn(ma.Schema):
    """A post to fill."""

    role = ma.fields.String(required=True, validate=PRINTABLE)
    unit = ma.fields.String(required=True, validate=PRINTABLE)
    valid_from = ma.fields.Date(required=True)
    valid_to = ma.fields.Date(load_default=None, allow_none=True)
    deputy = ma.fields.Boolean(load_default=False)


class RelieveIn(ma.Schema):
    """An appointment to end."""

    appointment = ma.fields.UUID(required=True)
    last_day = ma.fields.Date(required=True)


class LeaveIn(ma.Schema):
    """Days away, both included."""

    first_day = ma.fields.Date(required=True)
    last_day = ma.fields.Date(required=True)


class NothingOut(ma.Schema):
    """Nothing."""
