"""Which items to take, so that they weigh no more than the capacity and are worth as much as possible."""

from typing import NamedTuple


class Item(NamedTuple):
    name: str
    weight: int
    value: int


class Solution(NamedTuple):
    value: int
    chosen: list[str]


def solve(capacity: int, items: list[Item]) -> Solution:
    """Exact, by dynamic programming: takes time and memory in proportion to capacity x number of items."""
    best = [0] * (capacity + 1)
    taken = [bytearray(capacity + 1) for _ in items]
    for index, item in enumerate(items):
        for room in range(capacity, item.weight - 1, -1):
            value = best[room - item.weight] + item.value
            if value > best[room]:
                best[room], taken[index][room] = value, 1

    room, chosen = capacity, []
    for index in range(len(items) - 1, -1, -1):
        if taken[index][room]:
            chosen.append(items[index].name)
            room -= items[index].weight
    return Solution(best[capacity], chosen[::-1])
