# shellcheck shell=bash
# Sourced by ./test: prints the path of a Chromium for the browser tests, or says how to get one.

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if command -v "$name" 2>/dev/null; then return; fi
  done
  return 1
}

install_chromium() {
  local as_root=()
  if ! command -v apt-get >/dev/null; then
    echo "The browser tests need Chromium: install it, or set CHROMIUM to its path." >&2
    return 1
  fi
  if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "The browser tests need Chromium. As root: apt-get install chromium" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing Chromium for the browser tests ..." >&2
  "${as_root[@]}" apt-get update --quiet >/dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends chromium fonts-liberation >/dev/null
  find_chromium
}
