# Sourced by ./run and ./test: a virtual environment with exactly the locked packages.

unset PYTHONDONTWRITEBYTECODE  # compiling every module at every start takes longer than all the rest of it

# prepare_environment LOCK: sets $python; does nothing when the environment already matches the lock.
prepare_environment() {
    command -v python3 >/dev/null 2>&1 || fail "Python 3.11 or newer is needed; no python3 was found"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed; this one is $(python3 -V)"
    venv="$PWD/.venv" lock=$1
    python="$venv/bin/python"
    stamp="$venv/.locked-$(basename "$lock" .lock)"
    if [ -x "$python" ] && cmp -s "$lock" "$stamp"; then
        return
    fi
    if [ ! -x "$python" ]; then
        python3 -c 'import venv, ensurepip' 2>/dev/null || fail "Python's venv module is missing; on Debian: apt install python3-venv"
        python3 -m venv "$venv" 2>/dev/null || fail "the folder $venv cannot be written"
    fi
    echo "Installing the locked packages of $lock …"
    "$python" -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r "$lock" ||
        fail "the packages could not be installed; is the network reachable?"
    cp "$lock" "$stamp"
    # The development set contains the other one, so ./run after ./test installs nothing.
    case "$lock" in *-dev.lock) cp requirements.lock "$venv/.locked-requirements" ;; esac
}
