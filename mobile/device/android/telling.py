"""Telling: vibration, quiet notices, and the alarm that cannot be missed.

Job: two channels of notices; the alarm rings, shakes and shows over the lock screen until it is silenced.
Never: ring for anything but what the server calls an alarm.
"""

from __future__ import annotations

from typing import Any

from jnius import autoclass

from mobile.device.android.base import API, IS_SERVICE, Base, Intent, JavaString, chars, context, system

NotificationManager = autoclass("android.app.NotificationManager")
NotificationChannel = autoclass("android.app.NotificationChannel")
NotificationBuilder = autoclass("android.app.Notification$Builder")
PendingIntent = autoclass("android.app.PendingIntent")
RingtoneManager = autoclass("android.media.RingtoneManager")
VibrationEffect = autoclass("android.os.VibrationEffect") if API >= 26 else None
CHANNELS_FROM, LOCK_SCREEN_FROM, LOOPING_FROM = 26, 27, 28
ALARM, NEWS = "alarm", "news"
CHANNELS = {ALARM: ("哨声与紧急事项", 4), NEWS: ("消息", 3)}
"""Channel → its name in the system's settings, its importance (IMPORTANCE_HIGH, IMPORTANCE_DEFAULT)."""
ALARM_ID, NEWS_ID = 701, 702
FLAGS = 0x08000000 | 0x04000000
"""FLAG_UPDATE_CURRENT and FLAG_IMMUTABLE, which Android 12 demands."""
SHAKES_MS = (0, 800, 300, 800, 300, 1200)


class Telling(Base):
    """Vibrate, notify, alarm, silence."""

    def __init__(self) -> None:
        super().__init__()
        self._ringing: Any = None

    def vibrate(self, pattern_ms: tuple[int, ...] = (0, 60)) -> None:
        """Vibrate once through the pattern."""
        self._shake(pattern_ms, repeat=-1)

    def _shake(self, pattern_ms: tuple[int, ...], repeat: int) -> None:
        vibrator = system("vibrator", "android.os.Vibrator")
        if VibrationEffect is not None:
            vibrator.vibrate(VibrationEffect.createWaveform(list(pattern_ms), repeat))
        else:
            vibrator.vibrate(list(pattern_ms), repeat)

    def notify(self, title: str, text: str, item: tuple[str, str] | None) -> None:
        """Show a quiet notice that opens ``item``."""
        self._manager().notify(NEWS_ID, self._notice(NEWS, title, text, item).build())

    def alarm(self, title: str, text: str, item: tuple[str, str] | None) -> None:
        """Ring, shake and show over the lock screen, until ``silence``."""
        notice = self._notice(ALARM, title, text, item).setOngoing(True).setCategory("alarm")
        notice.setFullScreenIntent(_opening(item), True)
        self._manager().notify(ALARM_ID, notice.build())
        self._over_the_lock_screen()
        self._shake(SHAKES_MS, repeat=0)
        if self._ringing is None:
            tone = RingtoneManager.getRingtone(context(), RingtoneManager.getDefaultUri(RingtoneManager.TYPE_ALARM))
            if tone is not None:
                if API >= LOOPING_FROM:
                    tone.setLooping(True)
                tone.play()
                self._ringing = tone

    def silence(self) -> None:
        """Stop ringing and shaking, take the notice away."""
        system("vibrator", "android.os.Vibrator").cancel()
        self._manager().cancel(ALARM_ID)
        if self._ringing is not None:
            self._ringing.stop()
            self._ringing = None

    def _over_the_lock_screen(self) -> None:
        if IS_SERVICE or API < LOCK_SCREEN_FROM:
            return
        from android.runnable import run_on_ui_thread

        @run_on_ui_thread  # type: ignore[untyped-decorator]
        def show() -> None:
            context().setShowWhenLocked(True)
            context().setTurnScreenOn(True)

        show()

    def _manager(self) -> Any:
        manager = system("notification", "android.app.NotificationManager")
        if API >= CHANNELS_FROM:
            for channel, (zh, importance) in CHANNELS.items():
                if manager.getNotificationChannel(channel) is None:
                    made = NotificationChannel(channel, chars(zh), importance)
                    made.enableVibration(True)
                    manager.createNotificationChannel(made)
        return manager

    def _notice(self, channel: str, title: str, text: str, item: tuple[str, str] | None) -> Any:
        made = NotificationBuilder(context(), channel) if API >= CHANNELS_FROM else NotificationBuilder(context())
        made.setSmallIcon(context().getApplicationInfo().icon)
        made.setContentTitle(chars(title)).setContentText(chars(text)).setAutoCancel(True)
        return made.setContentIntent(_opening(item))


def _opening(item: tuple[str, str] | None) -> Any:
    """Return what opens the app at ``item``: the link ``gridwhistle:open:kind:id``, read by ``opened_with``."""
    app = context()
    intent = app.getPackageManager().getLaunchIntentForPackage(app.getPackageName())
    intent.addFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP | Intent.FLAG_ACTIVITY_NEW_TASK)
    if item is not None:
        from mobile.device.android.base import Uri

        intent.setData(Uri.parse(JavaString(f"gridwhistle:open:{item[0]}:{item[1]}")))
    return PendingIntent.getActivity(app, hash(item) & 0x7FFFFFFF, intent, FLAGS)
