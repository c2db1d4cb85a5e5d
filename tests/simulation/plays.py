"""Documents made by dice: any nesting of effects, loops, forks, waits, retries and questions."""

from dataclasses import dataclass, field
from random import Random

from podium.kernel.json import Json, JsonObject

NAMES = "abcdefgh"


@dataclass
class Play:
    """A document's tasks. `races` says that who wins is up to chance; `asks` are the paths at which
    it waits for a message.
    """

    dice: Random
    races: bool = False
    asks: list[str] = field(default_factory=list[str])

    def tasks(self, path: str, *, depth: int, most: int = 4) -> list[Json]:
        return [
            self.named(f"{NAMES[index]}{depth}", path, depth)
            for index in range(self.dice.randint(1, most))
        ]

    def named(self, name: str, path: str, depth: int) -> Json:
        return {name: self.task(f"{path}/{name}", depth)}

    def task(self, path: str, depth: int) -> JsonObject:
        deep = [self.loop, self.fork, self.attempt, self.group] if depth < 3 else []
        plain = [self.effect, self.effect, self.effect, self.wait, self.question, self.many]
        return self.dice.choice([*plain, *deep])(path, depth)

    def effect(self, _path: str, _depth: int) -> JsonObject:
        return {"call": "work", "with": {"x": self.dice.randint(0, 9)}}

    def many(self, _path: str, _depth: int) -> JsonObject:
        items: list[Json] = [{"x": n} for n in range(self.dice.randint(1, 4))]
        return {"call": "each", "with": {"items": items}}

    def wait(self, _path: str, _depth: int) -> JsonObject:
        return {"wait": {"milliseconds": self.dice.choice([0, 1, 50, 4_000, 90_000])}}

    def question(self, path: str, depth: int) -> JsonObject:
        # A path with places in it is not known before the run is there.
        if "[" in path or "?" in path:
            return self.effect(path, depth)
        self.asks.append(path)
        return {"call": "ask"}

    def loop(self, path: str, depth: int) -> JsonObject:
        items: list[Json] = list(range(self.dice.randint(0, 3)))
        tasks = self.tasks(f"{path}[?]", depth=depth + 1, most=2)
        return {"for": {"in": f"{items}"}, "do": tasks}

    def fork(self, path: str, depth: int) -> JsonObject:
        races = self.dice.random() < 0.2
        self.races = self.races or races
        inside = f"{path}?" if races else f"{path}/fork"
        branches = self.tasks(inside, depth=depth + 1, most=3)
        return {"fork": {"branches": branches, "compete": races}}

    def attempt(self, path: str, depth: int) -> JsonObject:
        body: list[Json] = [{f"t{depth}": {"call": "shaky", "with": {"x": 1}}}]
        delay: JsonObject = {"milliseconds": self.dice.choice([0, 20, 8_000])}
        retry: JsonObject = {"delay": delay, "limit": {"attempt": {"count": 9}}}
        return {"try": body, "catch": {"retry": retry}}

    def group(self, path: str, depth: int) -> JsonObject:
        return {"do": self.tasks(f"{path}/do", depth=depth + 1, most=3)}


def play(seed: int) -> tuple[JsonObject, Play]:
    made = Play(Random(seed))
    head: JsonObject = {"dsl": "1.0.3", "namespace": "sim", "name": "sim", "version": "1.0.0"}
    return {"document": head, "do": made.tasks("/do", depth=0, most=6)}, made
