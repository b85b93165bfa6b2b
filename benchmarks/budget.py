"""The rate budget: calls against windows that are too small for them.

This client makes them as one `bulk`. The official one raises where the Hub refuses, so it is measured as it is, and
with a caller that repeats each call when the Hub has said so. The least time that the windows allow is their turns that
have to be waited for, since the last window may be used at once. Each client rests before, so that its first call
begins one.
"""

from readings import Reading, options_of, read_in_turn, report
from ways import IN_FLIGHT

WAYS = ["bulk", "threads-repeated", "to-thread-repeated", "threads-refused", "to-thread-refused"]
QUOTA, WINDOW_S = 250, 3.0
QUICK = Reading(120, quota=50, window_s=1.0, rest_s=1.0)


def main() -> None:
    """Measure all ways and print their medians, and fail if this client's calls do."""
    options = options_of(__doc__, count=3000, quick=QUICK.spaces, rounds=1)
    reading = Reading(options.count, options.latency, QUOTA, WINDOW_S, rest_s=WINDOW_S)
    if options.quick:
        reading = QUICK
    options.quota, options.window = reading.quota, reading.window_s
    measurements = read_in_turn(WAYS, reading, options, stalls=(False,))
    report("budget", measurements, options)
    for run in measurements["bulk"]:
        if run["read"] != reading.spaces or run["refused"] > IN_FLIGHT:
            raise SystemExit("not all calls came through, or more were refused than were under way")


if __name__ == "__main__":
    main()
