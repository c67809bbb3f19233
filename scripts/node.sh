# shellcheck shell=bash
# Sourced by ./test: makes tests/clients/node_modules equal to its lock file, and gets Node.js for it.

find_node() {
  command -v node >/dev/null && command -v npm >/dev/null
}

install_node() {
  local as_root=()
  if ! command -v apt-get >/dev/null; then
    echo "The tests of clients need Node.js 18 or newer, with npm: install them." >&2
    return 1
  fi
  if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "The tests of clients need Node.js. As root: apt-get install nodejs npm" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing Node.js for the tests of clients ..." >&2
  "${as_root[@]}" apt-get update --quiet >/dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends nodejs npm >/dev/null
  find_node
}

# As in .venv, a copy of the lock file tells what is installed; `npm ci` begins by removing it.
has_clients() {
  [[ -f tests/clients/node_modules/installed.json &&
    "$(<tests/clients/node_modules/installed.json)" == "$(<tests/clients/package-lock.json)" ]]
}

install_clients() {
  find_node || install_node
  has_clients && return
  # One at a time, as in .venv.
  exec 9>.venv.lock
  if command -v flock >/dev/null; then flock 9; fi
  if ! has_clients; then
    echo "Installing the packages of tests/clients/package-lock.json ..." >&2
    npm ci --prefix tests/clients --ignore-scripts --no-audit --no-fund --silent
    cp tests/clients/package-lock.json tests/clients/node_modules/installing.json
    mv tests/clients/node_modules/installing.json tests/clients/node_modules/installed.json
  fi
  exec 9>&-
}
