package paper

// The paper's own numbers: Gelberg et al. (2024), Tables 1 to 3.

// reading is a number of the paper with the spread it gives.
type reading struct{ mean, sd float64 }

// table1Widths are the columns of the paper's Table 1.
var table1Widths = []int{5, 10, 20, 30}

// paperTable1 is the test accuracy in per cent, by method as ParseMethods writes it and
// by column of table1Widths.
var paperTable1 = map[string][]reading{
	"none":       {{88.379, 0.023}, {93.217, 0.022}, {94.836, 0.025}, {95.432, 0.023}},
	"uniform:5":  {{88.423, 0.027}, {93.221, 0.021}, {94.899, 0.035}, {95.534, 0.033}},
	"uniform:10": {{88.405, 0.034}, {93.220, 0.023}, {94.896, 0.026}, {95.540, 0.025}},
	"uniform:20": {{88.408, 0.026}, {93.221, 0.027}, {94.905, 0.024}, {95.552, 0.023}},
}

// paperTable2 is the test MSE, by method and by column of tractable.PaperAlphas.
var paperTable2 = map[string][]reading{
	"MFVI":    {{0.11, 0.22}, {0.12, 0.16}, {0.13, 0.15}, {0.18, 0.19}},
	"SGM K=2": {{0.09, 0.19}, {0.09, 0.17}, {0.10, 0.15}, {0.12, 0.16}},
}

// paperTable3 holds the normalised ELBOs, by method, then L_VI and L^G.
var paperTable3 = map[string][2][]float64{
	"MFVI":    {{-0.022, -0.025, -0.032, -0.042}, {-0.009, -0.013, -0.021, -0.031}},
	"SGM K=2": {{-0.023, -0.029, -0.035, -0.043}, {-0.004, -0.007, -0.012, -0.019}},
}

// paperJumps is where the paper reads the jump of ‖μ*‖/α, by scale s (Figure 5).
var paperJumps = map[float64]float64{0.25: 1.25, 0.5: 2.5, 1: 5, 2: 10}
