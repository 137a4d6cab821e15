import unittest

from tide import spoken, until


class Tide(unittest.TestCase):
    def test_counts_to_the_next_high_water(self):
        self.assertEqual(until("06:40", "14:05"), 445)

    def test_goes_past_midnight(self):
        self.assertEqual(until("23:00", "01:30"), 150)

    def test_speaks_in_hours_and_minutes(self):
        self.assertEqual(spoken(445), "7:25 to go")
        self.assertEqual(spoken(425), "7:05 to go")


if __name__ == "__main__":
    unittest.main()
