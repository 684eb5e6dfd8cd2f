#!/usr/bin/env python3
"""Says which tests of build directories failed, and runs those again whose verdict depends on the clock.

usage: failures.py DIRECTORY...

CI's machine is shared. A test that times a program, or looks at the processes of the machine, can fail
because of its neighbours. Such a test is run again, twice, with nothing beside it, and has to pass both
times. A crash, a sanitizer's report and every other test's failure stand. Exits with 0 if no failure
stands, else with 1.
"""
import json
import os
import subprocess
import sys

TIMED_SUITES = {'tools', 'bench', 'sysinfo', 'wraps', 'machines'}
TIMED_TESTS = {'busy', 'idle', 'programs', 'stats', 'startup-memory', 'switched programs', 'trial'}
SIGNS_OF_A_FAULT = ('Sanitizer', 'Assertion', 'assertion failed', 'Segmentation fault', 'double free',
                    'corrupt')
LINES = 25


def failed_tests(directory):
    """The failed tests of the last run there; None if none ran, say because nothing was built."""
    try:
        with open(os.path.join(directory, 'meson-logs', 'testlog.json'), encoding='utf-8',
                  errors='replace') as log:
            tests = [json.loads(line) for line in log]
    except (OSError, ValueError):
        return None
    return [test for test in tests if test['result'] not in ('OK', 'EXPECTEDFAIL', 'SKIP')]


def output(test):
    return (test.get('stdout') or '') + (test.get('stderr') or '')


def names(test):
    """A test's suites and its own name, of 'project:suite+suite / name'."""
    path, _, name = test['name'].rpartition(' / ')
    return path.partition(':')[2].split('+'), name


def is_timed(test):
    suites, name = names(test)
    died = test['result'] != 'TIMEOUT' and not 0 <= test['returncode'] < 128
    timed = TIMED_SUITES.intersection(suites) or name in TIMED_TESTS
    return timed and not died and not any(sign in output(test) for sign in SIGNS_OF_A_FAULT)


def passes_alone(directory, test):
    suites, name = names(test)
    command = ['meson', 'test', '-C', directory, '--no-rebuild', '--num-processes', '1', '--repeat', '2',
               '--logbase', 'again', '--suite', suites[-1], name]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode == 0


def main():
    stands = False
    for directory in sys.argv[1:]:
        tests = failed_tests(directory)
        if tests is None:
            print(f'{directory}: no test ran')
            stands = True
            continue
        for test in tests:
            again = is_timed(test)
            passes = again and passes_alone(directory, test)
            verdict = ('failed beside others, passed twice alone' if passes else
                       'failed, and alone too' if again else 'failed')
            stands = stands or not passes
            print(f'{directory}: {test["name"]}: {verdict} ({test["result"]}, {test["duration"]:.1f} s, '
                  f'exit {test["returncode"]})')
            for line in output(test).splitlines()[-LINES:]:
                print('    ' + line[:240])
    return stands


if __name__ == '__main__':
    sys.exit(main())
