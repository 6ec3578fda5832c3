"""Why a sign-in, an account, an appointment or a position is refused.

Job: one class per case; the second line is the sentence the person reads.
Never: tell a stranger whether an account exists.
"""

from __future__ import annotations

from server.errors import Conflict, Forbidden, Invalid, NotSignedIn, Refusal


class WrongCredentials(NotSignedIn):
    """The user name, the password or the code is wrong.
    账号、密码或一次性码不正确。
    """


class TooManyTries(Refusal):
    """Too many failed sign-ins; wait before the next try.
    登录失败次数过多，已暂时锁定，请稍后再试。
    """

    status = 429


class SignInBusy(Refusal):
    """Too many people are signing in at this moment; try again in a few seconds.
    当前登录人数较多，请几秒后重试。
    """

    status = 429


class SecondFactorNeeded(NotSignedIn):
    """The password is right; send the six digits of the authenticator as well.
    请同时输入身份验证器中的六位动态口令。
    """


class WrongSecondFactor(NotSignedIn):
    """The six digits are wrong, too old, or were used before.
    动态口令不正确、已过期或已使用过。
    """


class NoSecondFactor(Conflict):
    """No second factor was begun; begin first.
    尚未开始绑定动态口令，请先获取密钥。
    """


class SecondFactorInUse(Conflict):
    """A second factor is already in use; a security administrator can remove it.
    已绑定动态口令；如需更换，请联系安全管理员解除。
    """


class DeviceWiped(NotSignedIn):
    """This device was reported lost or its account was closed: erase everything stored on it.
    该设备已挂失或账号已停用，请清除本机数据。
    """


class DeviceRevoked(Forbidden):
    """This device was reported lost; it comes back only with a new one-time code.
    该设备已挂失，重新启用需管理员提供新的一次性码。
    """


class ForeignOrigin(Forbidden):
    """The sign-in was sent from another web site.
    登录请求来自其他网站，已拒绝。
    """


class CsrfTokenWrong(Forbidden):
    """The header X-CSRF-Token is missing or does not belong to this session; reload the page.
    页面校验码缺失或已失效，请刷新页面后重试。
    """


class WeakPassword(Invalid):
    """This password is not good enough; see errors.
    新密码不符合要求，请按提示修改。
    """


class WrongOldPassword(Invalid):
    """The present password is wrong.
    原密码不正确。
    """


class NoPasswordYet(Conflict):
    """This account has no password; ask the office for a one-time code and sign in on the page.
    该账号尚未设置密码，请向管理员索取一次性码后在网页登录设置。
    """


class BadPublicKey(Invalid):
    """The public key is neither P-256 nor Ed25519 in PEM, DER or raw base64.
    设备公钥格式不正确，应为 P-256 或 Ed25519。
    """


class UsernameTaken(Conflict):
    """This user name is in use.
    该账号名已被使用。
    """


class BadUsername(Invalid):
    """A user name has 2 to 64 letters, digits, or the signs . _ - @.
    账号名应为 2 至 64 个字母、数字或 . _ - @。
    """


class RolesExclude(Conflict):
    """These two roles may not be held by one person (system, security, audit administrators stand alone).
    这两个角色不得由同一人担任（系统、安全、审计管理员须三人分设，且不得兼任业务角色）。
    """


class TooManyGrids(Conflict):
    """One person may not stand in more grids than this.
    一人同时负责的网格数超过上限。
    """


class AlreadyAppointed(Conflict):
    """This person fills this post in that time already.
    该人员在此期间已担任该岗位。
    """


class PostTaken(Conflict):
    """Somebody fills this one post of the grid at that time; relieve them first or appoint a deputy.
    该网格的此岗位在此期间已有人任职，请先免职或以代理方式任命。
    """


class AppointmentOrder(Invalid):
    """The last day lies before the first.
    止期早于起期。
    """


class UnknownPlace(Invalid):
    """There is no such unit, role or grid.
    单位、角色或网格不存在。
    """


class AccountDisabled(Conflict):
    """This account is closed.
    该账号已停用。
    """
