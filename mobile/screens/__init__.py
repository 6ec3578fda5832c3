"""The screens (页面), one module each; ``PAGES`` says where each is. They talk to ``mobile.core.field.Field`` only.

A new page costs its module and one row here. Its name is what ``app.go("name", …)`` opens.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

PAGES: Final = MappingProxyType(
    {
        "enrol": "mobile.screens.enrol:Enrol",
        "set_pin": "mobile.screens.pin:SetPin",
        "unlock": "mobile.screens.pin:Unlock",
        "wiped": "mobile.screens.enrol:Wiped",
        "today": "mobile.screens.today:TodayPage",
        "report": "mobile.screens.report:Report",
        "categories": "mobile.screens.categories:Categories",
        "spot": "mobile.screens.spot:Spot",
        "list": "mobile.screens.list:ItemList",
        "units": "mobile.screens.units:Units",
        "persons": "mobile.screens.persons:Persons",
        "card": "mobile.screens.card:CardPage",
        "form": "mobile.screens.form:Form",
        "verify": "mobile.screens.verify:Verify",
        "self_handle": "mobile.screens.self_handle:SelfHandle",
        "outbox": "mobile.screens.outbox:Outbox",
        "photo": "mobile.screens.photo:PhotoPage",
        "messages": "mobile.screens.messages:Messages",
        "me": "mobile.screens.me:MePage",
        "password": "mobile.screens.password:Password",
        "map_tiles": "mobile.screens.map_tiles:MapTiles",
        "settings": "mobile.screens.settings:SettingsPage",
        "track": "mobile.screens.track:Track",
        "track_map": "mobile.screens.track_map:TrackMap",
        "workload": "mobile.screens.workload:Workload",
        "own_data": "mobile.screens.own_data:OwnData",
        "privacy": "mobile.screens.privacy:Privacy",
        "whistles": "mobile.screens.whistles:Whistles",
        "whistle": "mobile.screens.whistle:WhistlePage",
        "blow": "mobile.screens.blow:Blow",
        "call_more": "mobile.screens.call_more:CallMore",
        "confirm": "mobile.screens.call_more:Confirm",
        "begin": "mobile.screens.begin:Begin",
        "close": "mobile.screens.judge:Close",
        "evaluate": "mobile.screens.judge:Evaluate",
        "code": "mobile.screens.code:CodePage",
        "alarm": "mobile.screens.alarm:AlarmPage",
        "check_in": "mobile.screens.check_in:CheckInPage",
        "respond": "mobile.screens.respond:Respond",
        "arrive": "mobile.screens.arrive:Arrive",
        "objection": "mobile.screens.objection:Objection",
        "map": "mobile.screens.map:MapPage",
    }
)
