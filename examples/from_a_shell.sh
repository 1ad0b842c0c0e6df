#!/bin/sh
# Report errors of shell scripts. NATS_URL, NATS_NAMESPACE and the rest come from the environment;
# `aat dev` prints them. `aat-report test` shows whether reports arrive.
set -u

# What happened, and where.
aat-report send --error "BackupError: disk full" --file backup.sh --line 12 --context '{"host": "db1"}'

# The output of a program that failed: its last line is the error.
python3 -c '1 / 0' 2>&1 | aat-report send

# Of any command of this script that fails.
failed() {
    aat-report send --error "$1 ended with $2" --file "$0"
}
false || failed "false" $?
