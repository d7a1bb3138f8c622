#!/usr/bin/env bash
# Shows that the Dockerfile works where there is no container engine and no registry of images: makes a
# bare Debian with nothing but Node and npm in it, lets buildah run the Dockerfile's own steps on it,
# starts what came out as the image says, in a network of its own, and uses it from outside with pika.
# Wants root and: apt-get install debootstrap buildah iproute2 procps curl python3-pika
#
#   bash scripts/bare-root.sh      ends with `N passed, N failed`
#   DEBIAN_MIRROR=http://...       another mirror than this machine's
set -euo pipefail
cd "$(dirname "$0")/.."
mirror=${DEBIAN_MIRROR:-$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -1)}
work=$(mktemp -d "${TMPDIR:-/tmp}/warren-bare-root.XXXXXX")
passed=0
failed=0
broker=
buildah() { command buildah --storage-driver vfs --root "$work/store" --runroot "$work/run" "$@"; }
# From elsewhere: this machine's programs, in the broker's network.
outside() { nsenter --target "$broker" --net "$@"; }
# As `docker exec` would.
inside() {
  nsenter --target "$broker" --net --mount \
    chroot --userspec="$user" "$root" env -i "${environment[@]}" "$@"
}

finish() {
  local code=$?
  [[ -z $broker ]] || kill -KILL "$broker" 2>/dev/null || true
  buildah umount --all >/dev/null 2>&1 || true
  # debootstrap leaves /proc mounted when it is interrupted.
  umount --recursive "$work/base/proc" "$work/base/sys" 2>/dev/null || true
  rm -rf --one-file-system "$work"
  exit "$code"
}
trap finish EXIT

check() {
  local what=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what"
    sed 's/^/        /' "$work/check.log"
  fi
}

make_base_image() {
  local base=$work/base certificates=/etc/ssl/certs/ca-certificates.crt container
  debootstrap --variant=minbase --include=libatomic1,ca-certificates bookworm "$base" "$mirror" \
    >"$work/debootstrap.log" 2>&1 || {
    tail -5 "$work/debootstrap.log"
    return 1
  }
  cp -L node_modules/node/bin/node "$base/usr/local/bin/node"
  mkdir -p "$base/usr/local/lib/node_modules"
  cp -a "$(npm root --global 2>/dev/null)/npm" "$base/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$base/usr/local/bin/npm"
  # Whom this machine trusts, so that `npm ci` reaches its registry from here.
  [[ ! -e $certificates ]] || cp "$certificates" "$base$certificates"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$base" / >/dev/null
  buildah config --env "NODE_EXTRA_CA_CERTS=$certificates" \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit --quiet --rm "$container" localhost/node >/dev/null
  rm -rf "$base"
}

build_image() {
  buildah build --isolation chroot --format docker --pull-never \
    --build-arg NODE_IMAGE=localhost/node --tag localhost/warren . >"$work/build.log" 2>&1 && return
  tail -20 "$work/build.log"
  return 1
}

image() { buildah inspect --type image --format "$1" localhost/warren | sed '/^$/d'; }

# As `docker run -e RABBITMQ_DEFAULT_USER=admin -e RABBITMQ_DEFAULT_PASS=123456` would. A network of its
# own keeps the usual ports free for it; the second address is that of another machine, as it were.
start() {
  setsid unshare --net --mount bash -c '
    ip link set lo up
    ip address add 198.51.100.7/32 dev lo
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    exec chroot --userspec="$user" "$root" env -i "$@" \
      RABBITMQ_DEFAULT_USER=admin RABBITMQ_DEFAULT_PASS=123456 \
      sh -c "cd \"$directory\" && exec $entrypoint"
  ' start "${environment[@]}" >"$work/broker.log" 2>&1 &
  broker=$!
  for _ in $(seq 300); do
    grep -q 'Warren listens' "$work/broker.log" && return
    kill -0 "$broker" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/broker.log"
  return 1
}

health_check() {
  local words
  mapfile -t words < <(image '{{range .Docker.Config.Healthcheck.Test}}{{.}}{{"\n"}}{{end}}')
  [[ ${words[0]} == CMD ]] && inside "${words[@]:1}"
}

pika() {
  outside /usr/bin/python3 - <<'PYTHON'
import pika
admin = pika.PlainCredentials('admin', '123456')
connection = pika.BlockingConnection(pika.ConnectionParameters('198.51.100.7', credentials=admin))
channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare('hello', durable=True)
channel.basic_publish('', 'hello', b'Hello World!', pika.BasicProperties(delivery_mode=2))
_, _, body = channel.basic_get('hello', auto_ack=True)
assert body == b'Hello World!', body
channel.basic_publish('', 'hello', b'kept', pika.BasicProperties(delivery_mode=2))
connection.close()
PYTHON
}

seed_lines() {
  inside rabbitmqctl add_user lqz 123 &&
    inside rabbitmqctl set_user_tags lqz administrator &&
    inside rabbitmqctl set_permissions -p "/" lqz ".*" ".*" ".*" &&
    inside rabbitmq-plugins enable rabbitmq_management
}

every_name() {
  local name
  for name in warren warrenctl rabbitmqctl rabbitmq-diagnostics rabbitmq-plugins rabbitmqadmin warren-perf; do
    inside "$name" --help >/dev/null || return
  done
}

page() { outside curl -fsS -u admin:123456 -o /dev/null http://198.51.100.7:15672/{,api/overview}; }
metrics() { outside curl -fsS http://198.51.100.7:15692/metrics | grep '^rabbitmq_identity_info'; }
runs_as_warren() { [[ $(ps -o uid= -p "$broker") -eq 999 ]]; }
program_is_roots() { [[ -z $(find "$root/opt" "$root/usr" "$root/etc" -user 999 -print -quit) ]]; }
configuration_is_read() { inside rabbitmqctl -q environment | grep 'heartbeat.*17.*/etc/'; }
message_is_kept() { inside rabbitmqctl -q list_queues name messages | grep -P '^hello\t1$'; }

stop() {
  local begun=$SECONDS code=0
  kill -TERM "$broker"
  wait "$broker" || code=$?
  [[ $code == 0 && $((SECONDS - begun)) -lt 5 ]]
}

make_base_image
check 'the Dockerfile builds' build_image
((failed == 0)) || { echo "$passed passed, $failed failed"; exit 1; }
root=$(buildah mount "$(buildah from --pull-never localhost/warren)")
user=$(image '{{.OCIv1.Config.User}}')
directory=$(image '{{.OCIv1.Config.WorkingDir}}')
entrypoint=$(image '{{range .OCIv1.Config.Entrypoint}}{{.}} {{end}}')
mapfile -t environment < <(image '{{range .OCIv1.Config.Env}}{{.}}{{"\n"}}{{end}}')
export root user directory entrypoint
# As if mounted.
printf 'heartbeat = 17\n' >"$root/etc/rabbitmq/rabbitmq.conf"

check 'it starts' start
check 'as the user warren' runs_as_warren
check 'who cannot change the program' program_is_roots
check 'the health check passes' health_check
check 'a client from elsewhere publishes and gets' pika
check 'the page and the API answer' page
check 'metrics are there' metrics
check 'the commands of the tutorial work in it' seed_lines
check 'all programs are there' every_name
check 'a mounted rabbitmq.conf is read' configuration_is_read
check 'SIGTERM stops it, with exit code 0' stop
check 'it starts again' start
check 'with what was in its queue' message_is_kept
check 'and stops' stop
broker=
du -sh "$root" | sed 's/\t.*/ in the image, base included/'
echo "$passed passed, $failed failed"
((failed == 0))
