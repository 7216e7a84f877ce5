#!/usr/bin/env bash
# Trainings in two processes of one thread, each in a network namespace of its own, with OpenMPI
# over TCP and a link of the given rate and delay between them, beside one process of one thread: the
# rows of a table of docs/distributed.md. As root on Linux, after make mpi.
#
#   internal/mpi/link/efficiency.sh [RATE:DELAY]...    Mbit/s and one way, such as 1000:50us
#
# Without a delay the link is the kernel's (veth, tbf), else in user space (link), which takes
# processor time from what is measured.
set -euo pipefail
cd "$(dirname "$0")/../../.."
rounds=${ROUNDS:-3}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
out=$(mktemp -d)
cleanup() {
	# shellcheck disable=SC2046
	kill $(jobs -p) 2>/dev/null || true
	ip netns del symvi-a 2>/dev/null || true
	ip netns del symvi-b 2>/dev/null || true
	rm -rf "$out"
}
trap cleanup EXIT
go build -o "$out/link" ./internal/mpi/link
cat >"$out/agent" <<END
#!/bin/sh
shift # the address
export TMPDIR=$out/b
exec ip netns exec symvi-b unshare --uts sh -c "hostname symvi-b; \$*"
END
chmod +x "$out/agent"
mkdir "$out/a" "$out/b"

# seconds OUT is the time of a training.
seconds() { tail -1 "$1/metrics.jsonl" | grep -o '"seconds":[0-9.e-]*' | cut -d: -f2; }

# best COMMAND... is the shortest of some rounds. COMMAND trains into $out/run.
best() {
	for _ in $(seq "$rounds"); do
		rm -rf "$out/run"
		timeout 60 "$@" >"$out/log" 2>&1 || { cat "$out/log" >&2; exit 1; }
		seconds "$out/run"
	done | sort -g | head -1
}

train=(./symvi train --preset images --symmetrize none --samples 8 --shards 8 --threads 1
	--eval-samples 1 --quiet --out "$out/run")
nets=("--hidden 30 --steps 400" "--hidden 512 --steps 30")
declare -A alone
for net in "${nets[@]}"; do
	# shellcheck disable=SC2086
	alone[$net]=$(best "${train[@]}" $net)
	cp "$out/run/model.safetensors" "$out/alone${net//[^0-9]/}"
	echo "$net: one process ${alone[$net]} s"
done
for link in "${@:-1000:50us}"; do
	ip netns add symvi-a
	ip netns add symvi-b
	joined=
	if [ "${link#*:}" = 0 ]; then
		ip -n symvi-a link add name wan type veth peer name wan netns symvi-b
		for end in a b; do
			[ $end = a ] && host=1 || host=2
			ip -n symvi-$end addr add 10.9.0.$host/24 dev wan
			ip -n symvi-$end link set lo up
			ip -n symvi-$end link set dev wan up
			ip netns exec symvi-$end tc qdisc add dev wan root tbf rate "${link%:*}mbit" burst 512kb latency 20ms
		done
	else
		chrt -f 20 "$out/link" join symvi-a symvi-b "${link%:*}" "${link#*:}" &
		joined=$!
		until ip -n symvi-b addr show dev wan 2>/dev/null | grep -q 'state UNKNOWN'; do sleep 0.1; done
	fi
	chrt -f 10 ip netns exec symvi-b "$out/link" serve &
	served=$!
	sleep 0.5
	echo "$link: $(chrt -f 10 ip netns exec symvi-a "$out/link" measure 10.9.0.2)"
	for net in "${nets[@]}"; do
		# shellcheck disable=SC2086
		two=$(TMPDIR=$out/a best ip netns exec symvi-a mpirun.openmpi --bind-to none --mca plm_rsh_agent "$out/agent" \
			--mca btl tcp,self --mca btl_tcp_if_include wan --mca oob_tcp_if_include wan \
			--host 10.9.0.1:1,10.9.0.2:1 -n 2 "${train[@]}" $net)
		cmp "$out/run/model.safetensors" "$out/alone${net//[^0-9]/}"
		echo "$link: $net: two processes $two s, speed-up $(echo "scale=2; ${alone[$net]} / $two" | bc)"
	done
	kill $served $joined
	wait 2>/dev/null || true
	ip netns del symvi-a
	ip netns del symvi-b
done
