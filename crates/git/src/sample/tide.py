"""How long is it until high water?"""

import sys


def minutes(clock):
    """Minutes since midnight of a time such as 06:40."""
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


def until(now, high_water):
    """Minutes from now to the next high water; tomorrow's, if today's has passed."""
    return (minutes(high_water) - minutes(now)) % (24 * 60)


def spoken(duration):
    """A duration as people read it."""
    return f"{duration // 60}:{duration % 60} to go"


if __name__ == "__main__":
    print(spoken(until(sys.argv[1], sys.argv[2])))
