"""The statements of the journal. Building one takes SQLAlchemy as long as running it, so each is
built once.
"""

from sqlalchemy import (
    Double,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    null,
    select,
    text,
    update,
)

from podium.adapters.storage.columns import Count, Document, Key
from podium.adapters.storage.tables import messages, runs, steps
from podium.workflows.runs import RunStatus

PAUSE = "pause"
"""What somebody may wish of a run that a process holds."""

holding = (runs.c.id == bindparam("run"), runs.c.epoch == bindparam("of_epoch"))
RECORD = select(
    runs.c.id,
    bindparam("step", type_=Key),
    bindparam("place", type_=Count),
    bindparam("answer", type_=Document),
).where(*holding, runs.c.ended_at.is_(None))
"""A step, where the run is still held."""

WAITING = messages.c.taken == literal_column("0")
"""Spelled out: an index over a part of the rows is not used for a value that comes later."""

RECORDED = ["run", "name", "position", "outcome"]
MOVE = (
    update(runs)
    .where(*holding, runs.c.ended_at.is_(None))
    .values(status=bindparam("to"), waiting_on=bindparam("reason"))
)
PARK = (
    update(runs)
    .where(*holding, runs.c.ended_at.is_(None), runs.c.wish.is_(None))
    .values(
        status=RunStatus.WAITING.value,
        waiting_on=bindparam("reason"),
        executor=null(),
        # A message that came while the run was held has set it: then the run is due at once.
        wake_at=func.coalesce(runs.c.wake_at, bindparam("until")),
    )
    .returning(runs.c.id)
)
SUSPEND = (
    update(runs)
    .where(*holding, runs.c.ended_at.is_(None), runs.c.wish == PAUSE)
    .values(
        status=RunStatus.SUSPENDED.value,
        waiting_on=bindparam("reason"),
        executor=null(),
        wake_at=null(),
        wish=null(),
        still_since=bindparam("at"),
    )
    .returning(runs.c.id)
)
END = (
    update(runs)
    .where(*holding, runs.c.ended_at.is_(None))
    .values(
        status=bindparam("to"),
        ended_at=bindparam("at"),
        still_since=bindparam("at"),
        output=bindparam("result"),
        error=bindparam("problem"),
        failed_step=bindparam("step"),
        executor=null(),
        wake_at=null(),
        wish=null(),
        waiting_on=null(),
    )
)
GOING = select(runs.c.id).where(runs.c.id == bindparam("run"), runs.c.ended_at.is_(None))
LOCK = (
    select(runs.c.id)
    .where(runs.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(runs.c.id)
    .with_for_update(key_share=True)
)
"""Rows of several runs, in one order, so that two transactions never wait for each other's."""

FORGET = delete(steps).where(steps.c.run == bindparam("of"), steps.c.name == bindparam("step"))
UNCUT = (
    update(runs)
    .where(*holding, runs.c.ended_at.is_(None))
    .values(edits=bindparam("left"))
    .returning(runs.c.id)
)
SILENCE = (
    update(messages)
    .where(
        messages.c.run
        == select(runs.c.parent).where(runs.c.id == bindparam("of")).scalar_subquery(),
        messages.c.topic == bindparam("about"),
        WAITING,
    )
    .values(taken=1, body=null())
)
"""What a run has said of its end, where nobody has heard it yet."""

TAKE = update(messages).where(messages.c.serial == bindparam("of")).values(taken=1, body=null())
POKE = (
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.ended_at.is_(None))
    .values(
        wake_at=case(
            (runs.c.status == RunStatus.SUSPENDED.value, runs.c.wake_at),
            else_=bindparam("at", type_=Double[float]()),
        )
    )
    .returning(runs.c.id)
)
DUE = (
    select(runs.c.id)
    .where(
        runs.c.executor.is_(None), runs.c.wake_at.is_not(None), runs.c.wake_at <= bindparam("at")
    )
    .order_by(runs.c.wake_at, runs.c.id)
    .limit(bindparam("count"))
)
NEXT = select(func.min(runs.c.wake_at)).where(
    runs.c.executor.is_(None), runs.c.wake_at.is_not(None)
)
OLDEST = (
    select(messages.c.serial, messages.c.body, runs.c.workspace)
    .join(runs, runs.c.id == messages.c.run)
    .where(
        messages.c.run == bindparam("of"),
        messages.c.topic == bindparam("about"),
        WAITING,
    )
    .order_by(messages.c.serial)
    .limit(1)
)
CANCEL = (
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.ended_at.is_(None))
    .values(
        status=RunStatus.CANCELLED.value,
        ended_at=bindparam("at"),
        still_since=bindparam("at"),
        epoch=runs.c.epoch + 1,
        executor=null(),
        wake_at=null(),
        wish=null(),
        waiting_on=null(),
    )
    .returning(runs.c.id)
)


NOTIFY = text("SELECT pg_notify('podium', :run)")
