#!/bin/bash
# Tasks of an array that share the trainings of one comparison, each every N-th. Submit it from a
# directory that all nodes see, where the program and the data are, and collect afterwards:
#
#   job=$(sbatch --parsable --array=0-3 slurm-array.sh --data table.csv --target y --seeds 20)
#   sbatch --dependency=afterok:$job slurm-array.sh --data table.csv --target y --seeds 20
#
# A task that is requeued goes on with what is missing. Without an array the script collects.
#SBATCH --job-name=symvi-compare
#SBATCH --cpus-per-task=4
#SBATCH --mem=1G
#SBATCH --time=24:00:00
#SBATCH --requeue
set -euo pipefail
symvi=${PROGRAM:-./symvi}
shard=()
[ -z "${SLURM_ARRAY_TASK_ID:-}" ] || shard=(--shard auto)
exec "$symvi" compare --threads "${SLURM_CPUS_PER_TASK:-0}" --out comparison "${shard[@]}" "$@"
