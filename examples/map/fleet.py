"""Who drives through the city: trams on its streets, ferries around it.

Stands for what a real publisher would know of a real fleet.
"""

import json
import math
import random
import time
from pathlib import Path

CITY = Path(__file__).with_name("city.json")
TRAMS = 20
FERRIES = 4
EVERY = 0.5
"""Seconds between two looks at the fleet: 24 vehicles make 48 positions a second."""


class Vehicle:
    """One vehicle, on its way from one crossing to the next."""

    def __init__(self, name, kind, speed, ways, start):
        self.name, self.kind, self.speed, self.ways = name, kind, speed, ways
        self.last = self.next = start
        self.done = 0.0

    def drive(self, nodes, seconds):
        """Move on, around as many corners as come; return the place."""
        self.done += self.speed * seconds
        while True:
            (x, y), (to_x, to_y) = nodes[self.last], nodes[self.next]
            length = math.dist((x, y), (to_x, to_y))
            if self.done < length:
                part = self.done / length
                return {
                    "name": self.name,
                    "kind": self.kind,
                    "speed": self.speed,
                    "x": round(x + part * (to_x - x), 1),
                    "y": round(y + part * (to_y - y), 1),
                }
            self.done -= length
            # Anywhere but back.
            onward = [node for node in self.ways[self.next] if node != self.last]
            self.last, self.next = self.next, random.choice(onward)


def fleet():
    """Yield where all vehicles are, again and again, in the pace in which they drive."""
    city = json.loads(CITY.read_text("utf-8"))
    streets, lanes = ways(city["streets"]), ways(city["lanes"])
    trams = random.sample(sorted(streets), TRAMS)
    piers = sorted(lanes)[:: len(lanes) // FERRIES]
    vehicles = [
        Vehicle(f"Tram {number}", "tram", random.randint(22, 36), streets, start)
        for number, start in enumerate(trams, 1)
    ] + [
        Vehicle(f"Ferry {letter}", "ferry", random.randint(14, 20), lanes, start)
        for letter, start in zip("ABCD", piers)
    ]
    while True:
        yield [vehicle.drive(city["nodes"], EVERY) for vehicle in vehicles]
        time.sleep(EVERY)


def ways(edges):
    """Return the neighbours of each node."""
    neighbours = {}
    for a, b in edges:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    return neighbours
