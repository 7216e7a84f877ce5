package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/symvi/symvi/internal/experiment"
)

// selectFlags are the flags of select that are not settings.
type selectFlags struct {
	train trainFlags
	seeds int
	json  bool
}

// candidateKeys are the settings that select may vary, each by repeating its flag.
var candidateKeys = []string{"hidden", "prior", "activation", "noise"}

func newSelectCommand() *cobra.Command {
	var f selectFlags
	cmd := &cobra.Command{
		Use:   "select",
		Short: "Let the evidence choose a width, a prior, an activation or a noise",
		Long: `Train every combination of the --hidden, --prior, --activation and --noise that are given
several times, and rank them by the lower bound of L^G, the evidence of the symmetrised
posterior. No validation rows are needed: L_VI withholds log n! from n neurons in use,
which L^G gives back. L_VI and the test rows' NLL stand beside it and decide nothing.

All trainings share one split and, per seed, their starts; one posterior each, with the
KL divergence in full and, for a regression, one learned noise, unless flags say otherwise.
Their run directories stay in --out; called again, select goes on with what is there.`,
		Example: `  symvi select --data houses.csv --target price --hidden 5 --hidden 10 --hidden 50
  symvi select --data houses.csv --target price --hidden 20 --prior learned --prior isotropic
  symvi select --data houses.csv --target price --noise learned --noise heteroscedastic`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return selectModel(cmd, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	addSettings(cmd)
	for _, key := range candidateKeys {
		single := flags.Lookup(key)
		single.Value = &candidateFlag{settingFlag: *single.Value.(*settingFlag)}
		single.Usage += "; several times: candidates"
	}
	flags.IntVar(&f.seeds, "seeds", 2, "trainings of each candidate, with seeds from --seed on")
	flags.StringVar(&f.train.config, "config", "", "TOML `file` with settings")
	flags.StringVar(&f.train.out, "out", "runs/select", "`directory` of the trainings' runs")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	addShard(cmd, &f.train.shard)
	f.train.where.addDevice(cmd)
	addMemory(cmd, &f.train.memory)
	panicOn(cmd.MarkFlagFilename("config", "toml"))
	panicOn(cmd.MarkFlagDirname("out"))
	panicOn(cmd.RegisterFlagCompletionFunc("data", completeData))
	return cmd
}

// candidateFlag is a setting's flag that may be given several times.
type candidateFlag struct {
	settingFlag
	values []string
}

var _ pflag.Value = (*candidateFlag)(nil)

// Set keeps every value; the setting itself has the last one.
func (f *candidateFlag) Set(text string) error {
	f.values = append(f.values, text)
	f.given = false // each stands for itself
	return f.settingFlag.Set(text)
}

func selectModel(cmd *cobra.Command, f selectFlags) error {
	if err := noRun(f.train.out); err != nil {
		return err
	}
	f.train.preset = "default"
	settings, err := f.train.resolve(cmd)
	if err != nil {
		return err
	}
	candidates, err := f.candidates(cmd.Flags(), settings)
	if err != nil {
		return settings.explain(err)
	}
	var s *experiment.Selection
	err = f.train.on(settings).work(cmd, f.json, func(r *experiment.Runner) (err error) {
		r.Shard = f.train.shard
		s, err = r.Select(cmd.Context(), candidates, f.seeds, f.train.out)
		return err
	})
	if err != nil {
		return settings.explain(err)
	}
	if s == nil {
		return printShard(cmd.OutOrStdout(), f.train.shard, "trainings", f.train.out)
	}
	if f.json {
		return printJSON(cmd, s)
	}
	return printSelection(cmd.OutOrStdout(), s)
}

// candidates are the combinations of all values given, with settings in which the evidence can
// be compared.
func (f selectFlags) candidates(flags *pflag.FlagSet,
	settings *resolver) ([]experiment.Config, error) {
	base := settings.config
	for key, value := range map[string]string{"noise": string(experiment.NoiseLearned),
		"kl-weight": "1", "members": "1"} {
		if settings.given(key) {
			continue
		}
		if err := set(&base, key, value); err != nil {
			return nil, err
		}
	}
	several := func(key string) bool {
		return len(flags.Lookup(key).Value.(*candidateFlag).values) > 1
	}
	// Several noises train alike, as one that is learned does.
	judged := experiment.Table(experiment.NoiseLearned)
	alike := several("noise")
	ofTables := base.LR == experiment.Table(experiment.NoiseHeteroscedastic).LR
	if !settings.given("lr") && ofTables &&
		(alike || base.Noise == experiment.NoiseLearned && base.Steps+base.Epochs == 0) {
		base.LR = judged.LR
	}
	if !settings.given("kl-warmup") && alike {
		base.KLWarmup = judged.KLWarmup
	}
	candidates := []experiment.Config{base}
	for _, key := range candidateKeys {
		if !several(key) {
			continue
		}
		var more []experiment.Config
		for _, c := range candidates {
			for _, value := range flags.Lookup(key).Value.(*candidateFlag).values {
				varied := c
				if err := set(&varied, key, value); err != nil {
					return nil, err
				}
				more = append(more, varied)
			}
		}
		candidates = more
	}
	return candidates, nil
}

// set sets a setting by its key.
func set(c *experiment.Config, key, value string) error {
	all := experiment.Settings()
	i := slices.IndexFunc(all, func(s experiment.Setting) bool { return s.Key == key })
	return c.Set(all[i], value)
}

// printSelection prints the ranking as a Markdown table, and the choice.
func printSelection(w io.Writer, s *experiment.Selection) error {
	lines := []string{"| candidate | L^G from | L^G to | L_VI | NLL per test row | neurons in " +
		"use |", "|---|---|---|---|---|---|"}
	for _, c := range s.Candidates {
		lines = append(lines,
			fmt.Sprintf("| %s | %.2f ± %.2f | %.2f | %.2f ± %.2f | %.4f ± %.4f | %.1f |",
				c.Name, c.Lower, c.LowerSE, c.Upper, c.ELBO, c.ELBOSE, c.NLL, c.NLLSE, c.InUse))
	}
	first := s.Candidates[0]
	choice := "choice: " + first.Name + ", by L^G"
	if !s.Clear {
		choice += fmt.Sprintf("; %s is within two standard errors", s.Candidates[1].Name)
	}
	if s.ByELBO != first.Name {
		choice += "; L_VI would choose " + s.ByELBO
	}
	lines = append(lines, "", choice, "runs: "+strings.Join(first.Dirs, ", "))
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
