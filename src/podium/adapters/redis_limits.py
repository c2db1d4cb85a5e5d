"""Counters of limits that processes share, in Redis.

The scripts do what `gateway.limits.counters` does, each atomically; tests hold the two together.
Time is that of Redis. Lua computes with doubles, which are exact to nine million dollars.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast

import redis.asyncio as redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from podium.gateway.limits.counters import HOLD_SECONDS, SECONDS
from podium.gateway.limits.ports import Answer, Ask, AskPool, AskRate, Granted, Unknown
from podium.kernel.errors import Invalid, Unavailable

_PREFIX: Final = "podium:limits:"
_TIMEOUT: Final = 1.0

_TIME: Final = """
local now = tonumber(ARGV[1])
if now == 0 then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local function whole(number) return string.format('%.0f', number) end
"""

_WINDOW: Final = (
    _TIME
    + """
local limit, wanted = tonumber(ARGV[2]), tonumber(ARGV[3])
local least, span = tonumber(ARGV[4]), tonumber(ARGV[5])
local slot = math.floor(now)
for i = 6, #ARGV, 2 do
  if tonumber(ARGV[i]) >= slot - span then redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
local counts, seconds, total = {}, {}, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local second = tonumber(all[i])
  if second < slot - span then
    redis.call('HDEL', KEYS[1], all[i])
  else
    counts[second] = tonumber(all[i + 1])
    seconds[#seconds + 1] = second
    total = total + counts[second]
  end
end
local granted = math.min(wanted, limit - total)
if granted < math.max(1, least) then
  local short, leaving = least - (limit - total), slot
  table.sort(seconds)
  for _, second in ipairs(seconds) do
    short = short - counts[second]
    leaving = second
    if short <= 0 then break end
  end
  redis.call('EXPIRE', KEYS[1], span + 2)
  return {'0', whole(total), '0', tostring(math.max(0, leaving + span + 1 - now)), whole(slot)}
end
redis.call('HINCRBY', KEYS[1], whole(slot), whole(granted))
redis.call('EXPIRE', KEYS[1], span + 2)
return {whole(granted), whole(total + granted), tostring(slot + 1 - now), '0', whole(slot)}
"""
)

_POOL: Final = (
    _TIME
    + """
local limit, wanted = tonumber(ARGV[2]), tonumber(ARGV[3])
local least, span = tonumber(ARGV[4]), tonumber(ARGV[5])
local me, held, spent = ARGV[6], tonumber(ARGV[7]), ARGV[8]
local before, ends = ARGV[9], tonumber(ARGV[10])
if redis.call('HEXISTS', KEYS[1], 'spent') == 0 then
  if before == '' then return {} end
  redis.call('HSET', KEYS[1], 'spent', before)
end
redis.call('HINCRBY', KEYS[1], 'spent', spent)
local total, others = 0, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] == 'spent' then
    total = tonumber(all[i + 1])
  elseif all[i] ~= me then
    local amount, untl = string.match(all[i + 1], '^(%S+) (%S+)$')
    if tonumber(untl) <= now then
      redis.call('HDEL', KEYS[1], all[i])
    else
      others = others + tonumber(amount)
    end
  end
end
local granted = math.min(wanted, limit - total - others - held)
if granted < math.max(1, least) then granted = 0 end
if held + granted == 0 then
  redis.call('HDEL', KEYS[1], me)
else
  redis.call('HSET', KEYS[1], me, whole(held + granted) .. ' ' .. string.format('%.6f', now + span))
end
redis.call('EXPIRE', KEYS[1], whole(math.max(math.ceil(ends - now), 0) + 2 * span))
return {whole(granted), whole(total + others + held + granted), tostring(span), '1', '0'}
"""
)


def _server_time() -> float:
    """0 tells the scripts to take that of Redis."""
    return 0.0


class RedisLimits:
    """A `LimitStore`; close it after use. Nothing is connected before the first call."""

    def __init__(self, url: str, now: Callable[[], float] = _server_time) -> None:
        """Raises Invalid for what is no address of Redis."""
        self._now: Callable[[], float] = now
        try:
            self._redis: redis.Redis = redis.from_url(
                url,
                socket_timeout=_TIMEOUT,
                socket_connect_timeout=_TIMEOUT,
                # A question that was lost may have been answered: it is not asked twice.
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
        except ValueError as error:
            # The text itself is not repeated: it may hold a password.
            raise Invalid(
                "The address of Redis cannot be read. Write redis://:password@host:6379/0, or "
                "rediss:// for TLS."
            ) from error
        self._window: AsyncScript = self._redis.register_script(_WINDOW)
        self._pool: AsyncScript = self._redis.register_script(_POOL)

    async def exchange(self, process: str, asks: Sequence[Ask]) -> Sequence[Answer]:
        if not asks:
            return ()
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for ask in asks:
                    await self._put(pipe, process, ask)
                found = cast("list[list[str]]", await pipe.execute())
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable(
                f"Redis, which holds the limits, does not answer: {type(error).__name__}. Start "
                "it, or correct limits.store."
            ) from error
        return [_answer(one) for one in found]

    async def close(self) -> None:
        await self._redis.aclose()

    async def _put(self, pipe: Pipeline, process: str, ask: Ask) -> None:
        keys = [_PREFIX + ask.name]
        most: list[str | float] = [self._now(), ask.limit, ask.wanted, ask.least]
        match ask:
            case AskRate():
                used = [number for pair in ask.used.items() for number in pair]
                await cast("Awaitable[None]", self._window(keys, [*most, SECONDS, *used], pipe))
            case AskPool():
                before = "" if ask.before is None else ask.before
                mine = [process, ask.held, ask.spent, before, ask.ends]
                await cast("Awaitable[None]", self._pool(keys, [*most, HOLD_SECONDS, *mine], pipe))


def _answer(found: "list[str]") -> Answer:
    if not found:
        return Unknown()
    granted, used, lasts, wait, slot = found
    return Granted(int(granted), int(used), float(lasts), float(wait), int(slot))
