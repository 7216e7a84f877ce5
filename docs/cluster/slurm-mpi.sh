#!/bin/bash
# One training on several nodes, with a build by make mpi. The model file is the same for every
# number of tasks up to --shards. Submitted again after a fault, also with another number of
# tasks, it goes on from the last checkpoint:
#
#   sbatch --ntasks=8 slurm-mpi.sh --data mnist --hidden 512 --samples 8 --shards 8
#
#SBATCH --job-name=symvi-train
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=1G
#SBATCH --time=24:00:00
set -euo pipefail
symvi=${PROGRAM:-./symvi} run=${RUN:-run}
if [ -e "$run/config.toml" ]; then
	what=(train --resume "$run")
else
	what=(train --out "$run" "$@")
fi
exec srun --mpi="${MPI:-pmix}" --kill-on-bad-exit=1 "$symvi" "${what[@]}" --threads "${SLURM_CPUS_PER_TASK:-0}"
