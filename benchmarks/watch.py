"""What it takes to see what a thousand Spaces of one owner run on, once: requests, seconds, processor time.

`watch_spaces` reads the listing; the official client, which has no such thing, asks for each Space.
"""

from readings import Reading, options_of, read_in_turn, report, require_all

WAYS = ["watch", "threads", "to-thread"]


def main() -> None:
    """Measure all ways and print their medians."""
    options = options_of(__doc__, count=1000, quick=150, rounds=5, latency_s=0.05)
    measurements = read_in_turn(WAYS, Reading(options.count, options.latency), options, stalls=(False,))
    require_all(measurements, options.count)
    report("watch", measurements, options)


if __name__ == "__main__":
    main()
