# shellcheck shell=bash
# Sourced by ./run and ./test from the root of the project: makes .venv equal to the lock files.

# A copy of each installed lock file lies in .venv, so asking whether it is current starts no program.
is_installed() {
  [[ -x .venv/bin/python && -f .venv/$1 && "$(<".venv/$1")" == "$(<"requirements/$1")" ]]
}

find_python() {
  local python without_venv=""
  for python in python3 python3.14 python3.13 python3.12 python3.11; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      printf '%s\n' "$python"
      return
    fi
    without_venv=$python
  done
  if [[ -n $without_venv ]]; then
    echo "$without_venv has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2
  else
    echo "Python 3.11 or newer is needed, and none was found." >&2
  fi
  return 1
}

# install_packages LOCK [CONTAINED]: installs LOCK, which holds everything that CONTAINED holds too.
install_packages() {
  local lock=$1 python
  is_installed "$lock" && return
  # One at a time: two pips in one folder spoil each other's work.
  exec 9>.venv.lock
  if command -v flock >/dev/null; then flock 9; fi
  if ! is_installed "$lock"; then
    echo "Installing the packages of requirements/$lock into .venv ..." >&2
    if [[ ! -x .venv/bin/python || ! (-f .venv/runtime.txt || -f .venv/development.txt) ]]; then
      # Nothing is there, or an interrupted install: what that left cannot be trusted.
      python=$(find_python)
      "$python" -m venv --clear .venv
    fi
    rm -f .venv/runtime.txt .venv/development.txt
    # PyMeeus, which only the tests use, comes as source alone.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
      --only-binary :all: --no-binary pymeeus -r "requirements/$lock"
    for lock in "$@"; do
      cp "requirements/$lock" .venv/installing.txt
      mv .venv/installing.txt ".venv/$lock"
    done
  fi
  exec 9>&-
}
