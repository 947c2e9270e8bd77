"""Runs all tests of a Python package, one after the other.

run_suite.py PACKAGE RESULTS [PART]

Writes a line of JSON for each test to the file RESULTS: {"id", "outcome", "why"}. With PART, only tests whose id
contains it run. unittest is used directly, because the runners of the suites write formats that need a reader of
their own.
"""
import json
import sys
import unittest

FAILED = 'failed'
LONGEST_REASON = 600


def reason_of(error):
    """The text of an exception without its traceback. testtools passes tracebacks as text."""
    lines = [line for line in str(error[1]).strip().splitlines() if line.strip()]
    tracebacks = [at for at, line in enumerate(lines) if line.startswith('Traceback')]
    last = lines[tracebacks[-1] + 1:] if tracebacks else lines
    said = [line.strip() for line in last if not line.startswith(' ')]
    return ' '.join(said or lines)[:LONGEST_REASON] or error[0].__name__


class Results(unittest.TestResult):
    """A test has one outcome, although its end and its clean-up can both fail."""

    def __init__(self, file):
        super().__init__()
        self.file = file
        self.outcomes = {}

    def note(self, test, outcome, why=''):
        if self.outcomes.get(test.id(), {}).get('outcome') != FAILED:
            self.outcomes[test.id()] = {'id': test.id(), 'outcome': outcome, 'why': why}

    def stopTest(self, test):
        super().stopTest(test)
        self.write(test.id())

    def write(self, test_id):
        self.file.write(json.dumps(self.outcomes.pop(test_id)) + '\n')
        self.file.flush()

    def write_rest(self):
        """What belongs to no single test, such as the set-up of a class."""
        for test_id in list(self.outcomes):
            self.write(test_id)

    def addSuccess(self, test):
        self.note(test, 'passed')

    def addExpectedFailure(self, test, err):
        self.note(test, 'passed')

    def addUnexpectedSuccess(self, test):
        self.note(test, FAILED, 'passed against its expectation')

    def addSkip(self, test, reason):
        self.note(test, 'skipped', str(reason)[:LONGEST_REASON])

    def addError(self, test, err):
        self.note(test, FAILED, reason_of(err))

    addFailure = addError


def selected(suite, part):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from selected(test, part)
        elif part in test.id():
            yield test


def main(package, file, part=''):
    found = unittest.TestLoader().discover(package)
    with open(file, 'w', encoding='utf-8') as out:
        results = Results(out)
        unittest.TestSuite(selected(found, part)).run(results)
        results.write_rest()


main(*sys.argv[1:])
