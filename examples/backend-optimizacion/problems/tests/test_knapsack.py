from itertools import combinations
from random import Random
from unittest import TestCase

from problems.knapsack import Item, solve


def try_all(capacity, items):
    """The slow way, which nobody can get wrong."""
    every = (subset for count in range(len(items) + 1) for subset in combinations(items, count))
    fits = (subset for subset in every if sum(item.weight for item in subset) <= capacity)
    return max(sum(item.value for item in subset) for subset in fits)


class KnapsackTests(TestCase):
    def test_a_known_one(self):
        items = [Item("tienda", 5, 10), Item("saco", 3, 7), Item("cocina", 2, 4), Item("radio", 4, 1)]
        self.assertEqual(solve(7, items), (14, ["tienda", "cocina"]))

    def test_nothing_fits(self):
        self.assertEqual(solve(1, [Item("piano", 300, 900)]), (0, []))
        self.assertEqual(solve(1, []), (0, []))

    def test_it_agrees_with_trying_all(self):
        random = Random(7)
        for _ in range(100):
            items = [Item(str(n), random.randint(1, 9), random.randint(0, 9)) for n in range(random.randint(0, 8))]
            capacity = random.randint(1, 30)
            solution = solve(capacity, items)
            chosen = [item for item in items if item.name in solution.chosen]
            self.assertEqual(solution.value, try_all(capacity, items))
            self.assertEqual(solution.value, sum(item.value for item in chosen))
            self.assertLessEqual(sum(item.weight for item in chosen), capacity)
