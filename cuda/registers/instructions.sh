#!/usr/bin/env bash
# instructions.sh CUOBJDUMP CUBIN-DIRECTORY MODULE… prints, from the disassembly of the modules' machine
# code: the instructions of every kernel; those of the innermost loop with the most multiply-adds; how
# many of these are float32 multiply-adds, in number and per cent. A loop is what lies between a
# branch back and its target; what is skipped in it on the way counts as well.
set -euo pipefail
cuobjdump=$1 cubins=$2
shift 2
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
echo "# $(basename "$cubins"): instructions, those of the inner loop, float32 multiply-adds among them"
for module; do
	gzip -dc "$cubins/$module.gz" >"$tmp"
	"$cuobjdump" -sass "$tmp"
done | awk '
function number(hex,   i, n) {
	n = 0
	for (i = 1; i <= length(hex); i++) n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return n
}
# Branches come in the order of their addresses, so that an inner loop comes before the one around it.
function finish(   i, l, most, at) {
	if (!name) return
	most = at = -1
	for (l = 0; l < loops; l++) {
		inner = 1
		for (i = 0; i < l; i++) if (from[i] > from[l]) inner = 0
		if (inner && fmas[to[l]] - fmas[from[l] - 1] > most) {
			most = fmas[to[l]] - fmas[from[l] - 1]
			at = l
		}
	}
	if (at < 0 || most == 0) printf "%-28s %6d\n", name, count
	else printf "%-28s %6d %6d %6d %5.1f %%\n", name, count, to[at] - from[at] + 1, most, 100 * most / (to[at] - from[at] + 1)
}
/Function :/ { finish(); name = $3; count = loops = 0; fmas[-1] = 0 }
/^ +\/\*[0-9a-f]+\*\/ +[@A-Z]/ {
	address = $1
	gsub(/[\/*]/, "", address)
	here = number(address) / 16
	fmas[here] = fmas[here - 1] + ($0 ~ / FFMA /)
	count++
	if (match($0, / BRA (U?!?U?P[0-9T]+, )?0x[0-9a-f]+/)) {
		target = substr($0, RSTART, RLENGTH)
		sub(/.*0x/, "", target)
		if (number(target) / 16 < here) {
			from[loops] = number(target) / 16
			to[loops++] = here
		}
	}
}
END { finish() }' | LC_ALL=C sort
