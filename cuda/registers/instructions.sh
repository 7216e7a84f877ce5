#!/usr/bin/env bash
# instructions.sh CUOBJDUMP CUBIN-DIRECTORY MODULE… prints, from the disassembly of the modules' machine
# code: the instructions of every kernel; those of the loop with the most multiply-adds outside of the loops
# in it, and without these; how many are float32 multiply-adds, in number and per cent; the cycles that a
# warp takes for them alone, by the stall counts that the assembler gives (bits 105 to 108 of an
# instruction), without waits for memory. A loop is what lies between a branch back and its target; what is
# skipped in it on the way counts as well. Where less than a fifth of that loop are multiply-adds it is the
# longest one that has some.
set -euo pipefail
cuobjdump=$1 cubins=$2
shift 2
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
echo "# $(basename "$cubins"): instructions, those of the inner loop, float32 multiply-adds among them, cycles by stall counts"
for module; do
	gzip -dc "$cubins/$module.gz" >"$tmp"
	"$cuobjdump" -sass "$tmp"
done | awk '
function number(hex,   i, n) {
	n = 0
	for (i = 1; i <= length(hex); i++) n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return n
}
# An instruction counts for the shortest loop that it is in.
function finish(   l, i, at, longest, inner, n, f, c) {
	if (!name) return
	for (l = 0; l < loops; l++)
		for (i = from[l]; i <= to[l]; i++)
			if (!(i in inner) || to[l] - from[l] < to[inner[i]] - from[inner[i]]) inner[i] = l
	for (i in inner) {
		l = inner[i]
		n[l] += all[i]
		f[l] += fmas[i]
		c[l] += cycles[i]
	}
	at = longest = -1
	for (l = 0; l < loops; l++) {
		if (f[l] == 0) continue
		if (at < 0 || f[l] > f[at]) at = l
		if (longest < 0 || n[l] > n[longest]) longest = l
	}
	if (at >= 0 && 5 * f[at] < n[at]) at = longest
	if (at < 0) printf "%-28s %6d\n", name, count
	else printf "%-28s %6d %6d %6d %5.1f %% %6d\n", name, count, n[at], f[at], 100 * f[at] / n[at], c[at]
}
/Function :/ { finish(); name = $3; count = loops = 0; split("", fmas); split("", all); split("", cycles) }
/^ +\/\*[0-9a-f]+\*\/ +[@A-Z]/ {
	address = $1
	gsub(/[\/*]/, "", address)
	here = number(address) / 16
	fmas[here] = $0 ~ / FFMA /
	all[here] = 1
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
/^ +\/\* 0x/ { # the upper half of the instruction
	sub(/.*0x/, "")
	stall = int(number(substr($0, 6, 1)) / 2) + 8 * (number(substr($0, 5, 1)) % 2)
	cycles[here] = stall > 1 ? stall : 1
}
END { finish() }' | LC_ALL=C sort
