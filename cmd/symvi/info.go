package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"github.com/symvi/symvi/kernels/cpu"
)

// info is what the program found out about itself and the machine.
type info struct {
	Version  string   `json:"version"`
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	CPU      string   `json:"cpu"`
	Cores    int      `json:"cores"`
	Features []string `json:"features"`
	// Microkernels are the rows this machine can run, the best one first; ISA is the
	// one in use and Reason says why.
	Microkernels []string `json:"microkernels"`
	ISA          string   `json:"isa"`
	Reason       string   `json:"reason"`
	Threads      int      `json:"threads"`
	// Devices are what --device can name; Device is what auto takes, and NoCUDA says why
	// that is not a GPU.
	Devices []string `json:"devices"`
	Device  string   `json:"device"`
	NoCUDA  string   `json:"no_cuda,omitempty"`
	// MPI is the library of the build, "" without one; Hosts are the machines of the processes
	// that were started together, by rank, and RankDevices what auto takes in them.
	MPI         string   `json:"mpi,omitempty"`
	Hosts       []string `json:"hosts,omitempty"`
	RankDevices []string `json:"rank_devices,omitempty"`
}

func newInfoCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info [FILE]",
		Short: "Say what this machine offers, or what a model file holds",
		Long: `With FILE, a run directory or a safetensors file, also of another program: say what it
holds and how it is understood.

Without, say which processor features were found, which rows of microkernels they allow and
which one is in use, and which devices there are. SYMVI_ISA=portable (or avx2, avx512,
neon) forces a row; it changes the speed and never a result.`,
		Example: `  symvi info
  SYMVI_ISA=portable symvi info --json
  symvi info posterior.safetensors`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return printModel(cmd, args[0], asJSON)
			}
			i, err := findInfo()
			if err != nil {
				return usageError{err}
			}
			if asJSON {
				return printJSON(cmd, i)
			}
			return i.table().print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func findInfo() (*info, error) {
	isa, why, err := cpu.Selection("")
	if err != nil {
		return nil, err
	}
	device, err := cpu.New(cpu.Options{})
	if err != nil {
		return nil, err
	}
	defer device.Close()
	i := &info{
		Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPU: cpuid.CPU.BrandName, Cores: runtime.NumCPU(), Features: cpuid.CPU.FeatureSet(),
		Microkernels: cpu.ISAs(), ISA: isa, Reason: why, Threads: runtime.GOMAXPROCS(0),
		Devices: append([]string{device.Name()}, cudaDevices()...),
	}
	i.MPI = mpiVersion()
	i.Device = i.Devices[0]
	if err := cudaProblem(); err != nil {
		i.NoCUDA = err.Error()
	} else {
		i.Device = i.Devices[1+ownGPU()]
	}
	if group != nil {
		i.Hosts = group.Hosts()
		for _, device := range group.Share([]byte(i.Device)) {
			i.RankDevices = append(i.RankDevices, string(device))
		}
	}
	return i, nil
}

func (i *info) table() *table {
	t := &table{}
	t.row("symvi", i.Version, "")
	t.row("go", i.Go+" "+i.Platform, "")
	t.row("processor", i.CPU, fmt.Sprintf("%d logical cores", i.Cores))
	t.row("microkernels", i.ISA, i.Reason+"; available: "+strings.Join(i.Microkernels, ", "))
	t.row("threads", fmt.Sprint(i.Threads), "")
	for n, d := range i.Devices {
		name, remark := "", ""
		if n == 0 {
			name = "devices"
		}
		if d == i.Device {
			remark = "what --device auto takes"
		}
		t.row(name, d, remark)
	}
	if i.NoCUDA != "" {
		t.row("", "no GPU", i.NoCUDA)
	}
	if i.MPI != "" {
		t.row("processes", fmt.Sprint(max(1, len(i.Hosts))), i.MPI)
	}
	for _, h := range byHost(i.Hosts, i.RankDevices) {
		t.row("", h.name, fmt.Sprintf("ranks %v: %s", h.ranks, strings.Join(h.devices, ", ")))
	}
	for n := 0; n < len(i.Features); n += featuresPerLine {
		name := ""
		if n == 0 {
			name = "features"
		}
		t.row(name, strings.Join(i.Features[n:min(n+featuresPerLine, len(i.Features))], " "), "")
	}
	return t
}

const featuresPerLine = 10

// host is a machine, the ranks of its processes and the devices that they take.
type host struct {
	name    string
	ranks   []int
	devices []string
}

// byHost sorts the processes by their machines, in the order of their first ranks.
func byHost(names, devices []string) []host {
	var all []host
	for rank, name := range names {
		i := slices.IndexFunc(all, func(h host) bool { return h.name == name })
		if i < 0 {
			i, all = len(all), append(all, host{name: name})
		}
		all[i].ranks = append(all[i].ranks, rank)
		if !slices.Contains(all[i].devices, devices[rank]) {
			all[i].devices = append(all[i].devices, devices[rank])
		}
	}
	return all
}
