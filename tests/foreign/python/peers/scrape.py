"""What does a scraper make of a node's metrics?

    python peers/scrape.py

For each line of standard input, a URL, prints one JSON object: the `type` that the answer has, and
in `families` name, kind and text of each metric, and its samples as [name, labels, value]. The
parsers are those of Prometheus's own client: the strict one of OpenMetrics, and the one of the older
text format, which must read the same values. What either refuses is told in `error`.
"""

import json
import sys
import urllib.request

import prometheus_client.openmetrics.parser as openmetrics
import prometheus_client.parser as older

SECONDS = 20


def samples_of(families):
    return sorted(
        (sample.name, sorted(sample.labels.items()), sample.value)
        for family in families
        for sample in family.samples
    )


def scrape(url):
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        kind, text = answer.headers["Content-Type"], answer.read().decode()
    families = list(openmetrics.text_string_to_metric_families(text))
    by_older = samples_of(older.text_string_to_metric_families(text))
    if by_older != samples_of(families):
        raise ValueError("the two parsers read different values")
    return {
        "type": kind,
        "families": [
            {
                "name": family.name,
                "kind": family.type,
                "help": family.documentation,
                "samples": [[sample.name, sample.labels, sample.value] for sample in family.samples],
            }
            for family in families
        ],
    }


print("ready", flush=True)
for line in sys.stdin:
    try:
        result = scrape(line.strip())
    except Exception as error:  # whatever it is, the test is told
        result = {"error": repr(error)}
    print(json.dumps(result), flush=True)
