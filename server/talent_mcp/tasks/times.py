"""How long things may take around tasks."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskTimes:
    """Seconds. A call that takes longer than `grace` becomes a task; clients are told to look every `poll`.

    A pending task is asked again after what the vendor's answer says, or after `interval` where one is set, until
    it is `trying` old; it is deleted when it is `keeping` old. One that shows no sign of life for `lease` has lost
    its process, which shows one three times as often, however long a call waits for a person. Without tasks, a pending
    call is asked again every `inside` and reports progress every `reporting`. `idle` is how often a server looks for
    work that others may have left.
    """

    grace: float = 5.0
    poll: float = 2.0
    interval: float | None = None
    trying: float = 1_800.0
    keeping: float = 3_600.0
    lease: float = 60.0
    inside: float = 15.0
    reporting: float = 5.0
    first_look: float = 2.0
    idle: float = 60.0
