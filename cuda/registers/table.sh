#!/usr/bin/env bash
# table.sh PTXAS PTX-DIRECTORY ARCHITECTURE… prints what an assembler makes of every kernel: for each
# architecture the registers of a thread, the bytes that it spills to local memory, and how many
# blocks of the most threads that the kernel allows are resident on a multiprocessor by registers,
# threads and the kernel's own shared memory.
set -euo pipefail
ptxas=$1 ptx=$2
shift 2
echo "# $("$ptxas" --version | sed -n 's/^Cuda compilation tools, release \([0-9.]*\),.*/ptxas \1/p'): registers, bytes spilled, blocks a multiprocessor"
printf '%-32s %7s %7s' '# kernel' threads shared
printf '  %-12s' "$@"
echo
for arch; do
	for f in "$ptx"/*.ptx; do
		"$ptxas" -v -arch="$arch" -o /dev/null "$f" 2>&1
	done | sed "s/^/$arch /"
done | awk -v archs="$*" '
# limits: threads and blocks of a multiprocessor and its shared memory (CUDA C++ Programming Guide, "Compute Capabilities").
function limits(arch) {
	most = 2048; blocks = 32; memory = 233472
	if (arch == "sm_80") memory = 167936
	if (arch == "sm_86" || arch == "sm_89") { most = 1536; blocks = arch == "sm_86" ? 16 : 24; memory = 102400 }
}
function least(a, b) { return a < b ? a : b }
function resident(arch, registers, threads, shared,   warps, n) {
	limits(arch)
	warps = int((threads + 31) / 32)
	n = least(blocks, int(most / (32 * warps)))
	n = least(n, int(65536 / (warps * int((32 * registers + 255) / 256) * 256)))
	return least(n, int(memory / (shared + 1024))) # 1 kB of every block is the system'"'"'s
}
FILENAME != "-" && /^\.maxntid/ { sub(/,/, "", $2); threads[name] = $2 }
FILENAME != "-" && /^\.visible \.entry/ { name = $3; sub(/\(.*/, "", name) }
FILENAME == "-" && /Compiling entry function/ { name = $8; gsub(/\047/, "", name); names[name] }
FILENAME == "-" && /bytes spill stores/ { spill[name, $1] = $6 + $10 }
FILENAME == "-" && / Used [0-9]+ registers/ {
	for (i = 1; i < NF; i++) {
		if ($i == "Used") registers[name, $1] = $(i + 1)
		if ($(i + 2) ~ /^smem/) shared[name] = $i
	}
}
END {
	n = split(archs, list, " ")
	sort = "LC_ALL=C sort"
	for (name in names) {
		line = sprintf("%-32s %7d %7d", name, threads[name], shared[name])
		for (i = 1; i <= n; i++) {
			a = list[i]
			line = line sprintf("  %4d %4d %2d", registers[name, a], spill[name, a], resident(a, registers[name, a], threads[name], shared[name]))
		}
		print line | sort
	}
	close(sort)
}' "$ptx"/*.ptx -
