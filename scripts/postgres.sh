# Sourced: a PostgreSQL of our own on loopback, on a free port, as an unprivileged user. Wants $work, a private folder.
pg_stop=()

free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  return 1
}

# Where what a run throws away may lie: in memory where there is plenty, else on the disk.
scratch() {
  local free available
  free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print int($4 / 1048576) }')
  available=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null)
  if [[ -z ${TMPDIR-} && -w /dev/shm ]] && ((${free:-0} >= 6 && ${available:-0} >= 8)); then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi
}

# Debian packages, quietly. Not root: say the one command.
install() {
  if ((EUID)); then
    echo "missing; install with:  sudo apt-get install -y --no-install-recommends $*"
    return 1
  fi
  echo "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  {
    apt-get -qq update
    apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold install -y --no-install-recommends "$@"
  } >"$work/apt.log" 2>&1 </dev/null || { tail -n 20 "$work/apt.log"; echo "could not install $*"; return 1; }
}

pg_bin() {
  local dir
  dir=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
  [[ -x $dir ]] || dir=$(command -v initdb) || return 1
  dirname "$dir"
}

# Starts one in $work/pg with a random password; sets JIEBANG_TEST_DATABASE_URL. It is thrown away afterwards, so it need not
# outlive a power cut: nothing is flushed. `synchronous_commit` stays on, the platform asks for it.
start_postgres() {
  local bin dir=$work/pg port password as=()
  if ! bin=$(pg_bin); then
    # The package would make and start a cluster of its own, which would outlive us.
    if ((EUID == 0)) && [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
      mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    install postgresql || return 1
    bin=$(pg_bin) || { echo "PostgreSQL is installed, its programs are not found"; return 1; }
  fi
  mkdir "$dir" || return 1
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && echo "$password" >"$dir/password")
  if ((EUID == 0)); then # PostgreSQL refuses root
    local user=nobody
    id -u postgres >/dev/null 2>&1 && user=postgres
    as=(runuser -u "$user" --)
    chown -R "$user" "$dir"
  fi
  chmod 700 "$dir"
  (cd / && "${as[@]}" "$bin/initdb" -D "$dir/data" -U jiebang -A scram-sha-256 --pwfile="$dir/password" \
    -E UTF8 --locale=C) >"$work/initdb.log" 2>&1 </dev/null || { tail -n 20 "$work/initdb.log"; return 1; }
  for _ in 1 2 3 4 5; do # another process may take the port between our look and the start
    port=$(free_port) || return 1
    pg_stop=("${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -t 30)
    if (cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" \
      -o "-p $port -k $dir -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off -c full_page_writes=off -c max_wal_size=512MB" start) >/dev/null 2>&1 </dev/null; then
      export JIEBANG_TEST_DATABASE_URL="postgres://jiebang:$password@127.0.0.1:$port/postgres"
      echo "$("$bin/postgres" --version) on 127.0.0.1:$port"
      return 0
    fi
    pg_stop=()
  done
  tail -n 20 "$dir/log"
  echo "PostgreSQL did not start"
  return 1
}

stop_postgres() {
  ((${#pg_stop[@]})) || return 0
  # From a directory which its user may enter, else pg_ctl refuses.
  (cd / && { "${pg_stop[@]}" -m fast stop || "${pg_stop[@]}" -m immediate stop; }) >/dev/null 2>&1 </dev/null
  pg_stop=()
}
