"""The widget's call from server to server."""

from __future__ import annotations

from ._answers import read_json
from ._call import Call, Response
from .models import WidgetConfirmation


def confirm(vid: str) -> Call[WidgetConfirmation]:
    """Asks whether the server made this answer; it says so once, so this is no read."""
    path = "/v1/widget/confirm"
    return Call("widget.confirm", "POST", path, read_confirmation, json={"vid": vid})


def read_confirmation(response: Response) -> WidgetConfirmation:
    """What the server says of an answer."""
    members = read_json(response)
    status = members.text("status")
    return WidgetConfirmation(
        vid=members.text("vid"),
        verified=status == "VERIFIED",
        status=status,
        phone=members.optional_text("phone"),
        user=members.text("user"),
        version=members.number("version"),
        nonce=members.optional_text("nonce"),
        callback_url=members.optional_text("callback_url"),
        finished_at=members.optional_text("finished_at"),
    )
