"""Small calls to a Hub that is 50 ms away: how near each client comes to what so many at a time allow.

What they take to connect is included, but for the one call that each has made before.
"""

from readings import Reading, options_of, read_in_turn, report, require_all

WAYS = ["lanes-32", "aiohttp-32", "threads", "to-thread", "bare"]


def main() -> None:
    """Measure all ways and print their medians."""
    options = options_of(__doc__, count=2000, quick=200, rounds=3, latency_s=0.05)
    stalls = (True,) if options.quick else (False, True)
    measurements = read_in_turn(WAYS, Reading(options.count, options.latency), options, stalls=stalls)
    require_all(measurements, options.count)
    report("latency", measurements, options)


if __name__ == "__main__":
    main()
