"""Where a call goes, and when it goes anywhere else."""

from __future__ import annotations

import unittest
from typing import List, Union

from ringproof import ConnectionFailedError
from ringproof._attempts import Addresses, NotAnswered, Outcome, Pause, plan
from ringproof._call import Response

NOBODY = NotAnswered(False, "nobody")
LOST = NotAnswered(True, "lost")
FINE = Response(200, {}, b"{}")
BUSY = Response(503, {"retry-after": "1"}, b"{}")
BUSY_FOR_LONG = Response(503, {"retry-after": "60"}, b"{}")

Steps = List[Union[int, float]]


def drive(is_read: bool, addresses: Addresses, *outcomes: Union[Response, NotAnswered]) -> Steps:
    """What was done: addresses as whole numbers, pauses as fractions. Ends with the last outcome."""
    done: Steps = []
    steps = plan(is_read, addresses, chance=lambda: 0.5)
    outcome: Outcome = None
    left = list(outcomes)
    try:
        while True:
            step = steps.send(outcome)
            if isinstance(step, Pause):
                done.append(step.seconds)
                outcome = None
            else:
                done.append(step.address)
                outcome = left.pop(0)
    except StopIteration as end:
        assert end.value is outcomes[-1] or end.value in outcomes
    finally:
        assert not left, f"{left} was not asked for"
    return done


class Writes(unittest.TestCase):
    """What changes something goes out once."""

    def test_an_answer_ends_it(self) -> None:
        self.assertEqual(drive(False, Addresses(2), FINE), [0])

    def test_nothing_was_sent_so_the_next_address_is_asked(self) -> None:
        self.assertEqual(drive(False, Addresses(3), NOBODY, NOBODY, FINE), [0, 1, 2])

    def test_what_may_have_been_sent_is_not_sent_again(self) -> None:
        with self.assertRaises(ConnectionFailedError) as caught:
            drive(False, Addresses(2), LOST)
        self.assertTrue(caught.exception.maybe_sent)

    def test_nobody_anywhere(self) -> None:
        with self.assertRaises(ConnectionFailedError) as caught:
            drive(False, Addresses(2), NOBODY, NOBODY)
        self.assertFalse(caught.exception.maybe_sent)

    def test_an_overloaded_server_has_answered(self) -> None:
        self.assertEqual(drive(False, Addresses(2), BUSY), [0])


class Reads(unittest.TestCase):
    """What changes nothing goes on."""

    def test_any_failure_leads_to_the_next_address(self) -> None:
        self.assertEqual(drive(True, Addresses(4), NOBODY, LOST, BUSY, FINE), [0, 1, 2, 3])

    def test_all_are_asked_twice_with_a_pause(self) -> None:
        done = drive(True, Addresses(2), NOBODY, LOST, NOBODY, FINE)
        self.assertEqual([round(step, 2) for step in done], [0, 1, 0.3, 0, 1])

    def test_then_it_ends(self) -> None:
        with self.assertRaises(ConnectionFailedError) as caught:
            drive(True, Addresses(1), LOST, NOBODY)
        self.assertTrue(caught.exception.maybe_sent, "the first one may have arrived")

    def test_an_overloaded_server_says_for_how_long(self) -> None:
        self.assertEqual(drive(True, Addresses(1), BUSY, FINE), [0, 1.0, 0])
        done = drive(True, Addresses(1), BUSY_FOR_LONG, BUSY_FOR_LONG)
        self.assertEqual([round(step, 2) for step in done], [0, 0.3, 0])

    def test_too_much_is_an_answer(self) -> None:
        self.assertEqual(drive(True, Addresses(2), Response(429, {}, b"{}")), [0])


class Order(unittest.TestCase):
    """The address that answered last is first."""

    def test_it_stays_with_the_one_that_answered(self) -> None:
        addresses = Addresses(3)
        drive(False, addresses, NOBODY, FINE)
        self.assertEqual(addresses.order(), [1, 2, 0])
        self.assertEqual(drive(False, addresses, FINE), [1])

    def test_an_overloaded_one_does_not_move_to_the_front(self) -> None:
        addresses = Addresses(2)
        drive(True, addresses, BUSY, FINE)
        self.assertEqual(addresses.order(), [1, 0])
