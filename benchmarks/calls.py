"""Small calls: this client over each of its transports, the official one in threads, and bare aiohttp.

Each reads the runtimes of many Spaces, without any latency, so that processor time is what counts.
"""

from readings import Reading, options_of, read_in_turn, report, require_all

LANES = ["lanes-8", "lanes-32", "lanes-200"]
AIOHTTP = ["aiohttp-8", "aiohttp-32", "aiohttp-200"]
WAYS = [*LANES, *AIOHTTP, "httpx2", "httpx", "threads", "to-thread", "bare"]


def main() -> None:
    """Measure all ways and print their medians."""
    options = options_of(__doc__, count=2000, quick=200, rounds=5)
    stalls = (True,) if options.quick else (False, True)
    measurements = read_in_turn(WAYS, Reading(options.count, options.latency), options, stalls=stalls)
    require_all(measurements, options.count)
    report("calls", measurements, options)


if __name__ == "__main__":
    main()
