"""Where does the map come from: no tiles, a city that is made up.

    python3 city.py > city.json

An island with a park, streets between crossings, and a lane for ferries around it, on a sheet of
1000 by 740. The same numbers make the same city.
"""

import json
import math
import random

SIZE = WIDTH, HEIGHT = 1000, 740
CENTRE = 490, 370
STEP = 43
rng = random.Random(2)


def radius(angle):
    """How far the coast is from the centre, in one direction, as a share of the island's size."""
    bays = [(2, 0.10, 0.4), (3, 0.12, 2.1), (5, 0.055, 0.9), (9, 0.02, 4.0), (14, 0.012, 1.0)]
    return 1 + sum(height * math.sin(count * angle + shift) for count, height, shift in bays)


def ring(scale, count, smooth=1.0):
    """A closed line along the coast, or further out, where it is smoother."""
    points = []
    for number in range(count):
        angle = 2 * math.pi * number / count
        reach = scale * (1 + (radius(angle) - 1) * smooth)
        points.append((CENTRE[0] + 335 * reach * math.cos(angle), CENTRE[1] + 258 * reach * math.sin(angle)))
    return points


def is_on_land(x, y, margin=0.9):
    across, down = (x - CENTRE[0]) / 335, (y - CENTRE[1]) / 258
    return math.hypot(across, down) < margin * radius(math.atan2(down, across))


def bent(column, row):
    """A crossing of a square grid, on a sheet that was bent a little."""
    x, y = column * STEP, row * STEP
    return x + 14 * math.sin(y / 90) + 9 * math.sin(x / 70), y + 16 * math.sin(x / 130) + 7 * math.cos(y / 60)


def is_park(column, row):
    return 8 <= column <= 10 and 6 <= row <= 7


def city():
    places = {
        (column, row): bent(column, row)
        for column in range(WIDTH // STEP + 1)
        for row in range(HEIGHT // STEP + 1)
        if is_on_land(*bent(column, row))
    }
    streets = set()
    for column, row in places:
        for other in ((column + 1, row), (column, row + 1)):
            crosses_park = is_park(column, row) and is_park(*other)
            if other in places and not crosses_park and rng.random() > 0.08:
                streets.add(((column, row), other))
    # What has one way only is a dead end, in which a vehicle would turn on the spot.
    while True:
        ends = [place for street in streets for place in street]
        dead = {place for place in ends if ends.count(place) < 2}
        if not dead:
            break
        streets = {street for street in streets if not dead & set(street)}
    crossings = sorted({place for street in streets for place in street})
    nodes = [places[place] for place in crossings]
    number = {place: at for at, place in enumerate(crossings)}
    lane = ring(1.2, 48, smooth=0.5)
    first = len(nodes)
    return {
        "size": SIZE,
        "coast": rounded(ring(1, 120)),
        "park": rounded([bent(8 + x, 6 + y) for x, y in ((0.2, 0.2), (1.8, 0.2), (1.8, 0.8), (0.2, 0.8))]),
        "nodes": rounded(nodes + lane),
        "streets": sorted(sorted((number[a], number[b])) for a, b in streets),
        "lanes": [[first + at, first + (at + 1) % len(lane)] for at in range(len(lane))],
    }


def rounded(points):
    return [[round(x), round(y)] for x, y in points]


if __name__ == "__main__":
    print(json.dumps(city(), separators=(",", ":")))
