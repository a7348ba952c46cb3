"""A line through a list of values, as the points of an SVG polyline."""

WIDTH, HEIGHT, MARGIN = 600, 120, 8


def points(values: list[float]) -> str:
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    # A flat line is drawn in the middle.
    spread = (high - low) or 1
    offset = 0.5 if high == low else 0
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    room = HEIGHT - 2 * MARGIN
    return " ".join(
        f"{MARGIN + index * step:.1f},{HEIGHT - MARGIN - ((value - low) / spread + offset) * room:.1f}"
        for index, value in enumerate(values)
    )
