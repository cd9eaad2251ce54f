"""An export as events for security monitoring: API Activity (6003) of the Open Cybersecurity Schema Framework, 1.3.

One event an entry, as a line of JSON (https://schema.ocsf.io/1.3.0/classes/api_activity). `raw_data` is the envelope,
byte for byte; `metadata.uid` the cursor that an export goes on with after the event. Personal data is for reading, so
that nothing is hidden in it.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from pydantic import JsonValue

from talent_mcp import __version__
from talent_mcp.audit.entries import as_json
from talent_mcp.audit.exports.source import Exported, Source
from talent_tools.text import clean

CLASS, CATEGORY, SCHEMA = 6003, 6, "1.3.0"
PRODUCT = "talent-mcp"
READ, UPDATE, OTHER = 2, 3, 99
UNKNOWN, SUCCESS, FAILURE = 0, 1, 2
INFORMATIONAL, LOW, MEDIUM = 1, 2, 3
ACTIVITIES = {"search_people": READ, "enrich_person": READ, "update_stardex_person": UPDATE}
ACTIVITY_NAMES = {READ: "Read", UPDATE: "Update"}
STATUSES = {"success": SUCCESS, "failure": FAILURE, "unknown": UNKNOWN}
STATUS_NAMES = {UNKNOWN: "Unknown", SUCCESS: "Success", FAILURE: "Failure"}
SEVERITIES = {SUCCESS: INFORMATIONAL, FAILURE: LOW, UNKNOWN: MEDIUM, OTHER: INFORMATIONAL}
SEVERITY_NAMES = {INFORMATIONAL: "Informational", LOW: "Low", MEDIUM: "Medium"}
MOST_REMEMBERED = 10_000

Envelope = Mapping[str, JsonValue]
Fields = dict[str, JsonValue]


async def events(source: Source) -> AsyncIterator[bytes]:
    """The events of an export, a line each.

    Raises:
        NotWhole: an entry is missing, or is not the one that was written.
        StoreUnavailable: the log or its keys cannot be read.
    """
    tools = Tools()
    async for entry in source.entries():
        yield as_json(event(entry, tools.of(entry.said))) + b"\n"


class Tools:
    """Which tool each call is of, as its first entry says; so many of the newest calls are remembered."""

    def __init__(self, *, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._tools: OrderedDict[str, str] = OrderedDict()

    def of(self, said: Envelope) -> str | None:
        call, tool = said.get("call"), said.get("tool")
        if not isinstance(call, str) or not isinstance(tool, str):
            return self._tools.get(str(call))
        self._tools[call] = tool
        if len(self._tools) > self._most:
            self._tools.popitem(last=False)
        return tool


def event(entry: Exported, tool: str | None) -> Fields:
    """An entry as an event; `tool` is that of its call, where that is known."""
    said = entry.said
    status, severity = status_of(said), SEVERITIES[status_of(said)]
    activity = ACTIVITIES.get(str(tool), OTHER)
    return without_nulls(
        {
            "activity_id": activity,
            "activity_name": ACTIVITY_NAMES.get(activity, tool or str(said["type"])),
            "category_uid": CATEGORY,
            "category_name": "Application Activity",
            "class_uid": CLASS,
            "class_name": "API Activity",
            "type_uid": CLASS * 100 + activity,
            "severity_id": severity,
            "severity": SEVERITY_NAMES[severity],
            "status_id": status,
            "status": STATUS_NAMES.get(status, str(said["type"])),
            "status_detail": said.get("error") or said.get("reason") or said.get("as"),
            "time": int(datetime.fromisoformat(str(said["time"])).timestamp() * 1000),
            "duration": said.get("ms"),
            "message": " ".join(filter(None, (str(said["type"]), tool))),
            "metadata": metadata(entry),
            "actor": actor(said),
            "api": api(said, tool),
            "src_endpoint": {"svc_name": said.get("transport", PRODUCT)},
            **over_http(said),
            "unmapped": without_nulls(
                {
                    "credits": said.get("credits"),
                    "subjects": said.get("subjects"),
                    "leaf": entry.leaf.hex(),
                    "payload": clean(entry.payload),
                }
            ),
            "raw_data": entry.stored.entry.envelope.decode(),
        }
    )


def status_of(said: Envelope) -> int:
    """The event's `status_id`: of a request by its answer, and something else where nothing has ended."""
    match said["type"]:
        case "denied":
            return FAILURE
        case "outcome":
            return STATUSES.get(str(said.get("outcome")), UNKNOWN)
        case "attempt":
            status = said.get("status")
            return SUCCESS if isinstance(status, int) and status < 400 else FAILURE
        case _:
            return OTHER


def metadata(entry: Exported) -> Fields:
    said = entry.said
    return without_nulls(
        {
            "version": SCHEMA,
            "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": __version__},
            "log_name": "audit",
            "event_code": said["type"],
            "uid": str(entry.cursor),
            "sequence": entry.stored.index,
            "correlation_uid": said.get("call"),
            "tenant_uid": said.get("tenant"),
        }
    )


def actor(said: Envelope) -> Fields:
    """Who acts: the principal by way of a client, and in entries that name none, this program."""
    user: JsonValue = {"name": said["principal"]} if "principal" in said else None
    return without_nulls({"app_name": said.get("client", PRODUCT), "user": user})


def api(said: Envelope, tool: str | None) -> Fields:
    response = without_nulls({"code": said.get("status"), "error": said.get("error")})
    call: JsonValue = {"uid": said["call"]} if "call" in said else None
    return without_nulls(
        {
            "operation": tool or said["type"],
            "service": {"name": said.get("vendor", PRODUCT)},
            "request": call,
            "response": response if said["type"] == "attempt" and response else None,
        }
    )


def over_http(said: Envelope) -> Fields:
    """What an attempt says of the request that was sent."""
    if said["type"] != "attempt":
        return {}
    host, status = said["host"], said.get("status")
    return {
        "dst_endpoint": {"hostname": host},
        "http_request": {"http_method": said["method"], "url": {"hostname": host, "path": said["path"]}},
        "http_response": None if status is None else {"code": status},
    }


def without_nulls(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}
