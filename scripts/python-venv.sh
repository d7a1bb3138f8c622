#!/usr/bin/env bash
# Makes .venv with the Python peers that the RPC tests and bench:rpc talk to. Quick when it is
# already complete; made again when the list of packages below has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  zerorpc==0.6.3
  pyzmq==27.3.0
  msgpack==1.2.4
  gevent==26.9.0
  setuptools
  grpcio==1.85.1
  grpcio-tools==1.85.1
  grpcio-health-checking==1.85.1
  grpcio-reflection==1.85.1
  protobuf==7.36.2
  pika==1.4.4
)
stamp=.venv/.packages
wanted=$(printf '%s\n' "${packages[@]}")
if [[ -x .venv/bin/python && -f $stamp && "$(cat "$stamp")" == "$wanted" ]]; then
  exit 0
fi
rm -rf .venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check "${packages[@]}"
.venv/bin/python -c 'import zerorpc, grpc, grpc_health, grpc_reflection, pika'
printf '%s' "$wanted" >"$stamp"
