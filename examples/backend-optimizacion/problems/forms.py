from django import forms
from django.core.exceptions import ValidationError

from problems.models import Problem

MAX_CAPACITY = 10_000
MAX_ITEMS = 100


def whole(value, low: int, high: int) -> bool:
    # True is an int too.
    return type(value) is int and low <= value <= high


def is_item(item) -> bool:
    return (
        isinstance(item, dict)
        and item.keys() == {"name", "weight", "value"}
        and isinstance(item["name"], str)
        and 0 < len(item["name"]) <= 80
        and whole(item["weight"], 1, MAX_CAPACITY)
        and whole(item["value"], 0, 1_000_000)
    )


class ProblemForm(forms.ModelForm):
    capacity = forms.IntegerField(min_value=1, max_value=MAX_CAPACITY)

    class Meta:
        model = Problem
        fields = ["capacity", "items"]

    def clean_items(self):
        items = self.cleaned_data["items"]
        if not isinstance(items, list) or len(items) > MAX_ITEMS or not all(map(is_item, items)):
            raise ValidationError(f"Up to {MAX_ITEMS} items, each with a name, a weight and a value.")
        return items
