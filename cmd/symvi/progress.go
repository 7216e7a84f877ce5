package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/symvi/symvi/internal/dataset"
	"github.com/symvi/symvi/internal/experiment"
)

// progress tells a person how a command is getting on: with a bar on a terminal,
// otherwise with plain lines.
type progress struct {
	w     io.Writer
	quiet bool
	fancy bool
	bar   *progressbar.ProgressBar
	what  string
	// warned is set once a warning was shown; the later epochs' differ only in numbers
	warned bool
}

func newProgress(w io.Writer, quiet bool) *progress {
	f, ok := w.(*os.File)
	fancy := ok && !quiet && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
	return &progress{w: w, quiet: quiet, fancy: fancy}
}

// watch are the callbacks that drive it.
func (p *progress) watch() experiment.Watch {
	if p.quiet {
		return experiment.Watch{}
	}
	w := experiment.Watch{Start: p.start, Epoch: p.epoch, Note: func(text string) {
		p.line(text)
	}, Table: p.understood}
	if p.fancy {
		w.Step = func(done, _ int) { p.bar.Set(done) }
		w.Score = p.score
	}
	return w
}

func (p *progress) start(s experiment.Start) {
	p.line(fmt.Sprintf("%s: %d training and %d test rows; network %v, %d parameters; %s", s.Data,
		s.Rows, s.Tests, s.Widths, s.Parameters, s.Device))
	if s.Done > 0 {
		p.line(fmt.Sprintf("resuming %s after %d of %d steps", s.Dir, s.Done, s.Total))
	} else {
		p.line("writing to " + s.Dir)
	}
	if p.fancy {
		p.begin("training", s.Total)
		p.bar.Set(s.Done)
	}
}

// epochLines is about how many epochs of a training get a line, the first among them.
const epochLines = 20

func (p *progress) epoch(e experiment.Epoch, epochs int) {
	if every := (epochs + epochLines - 1) / epochLines; e.Epoch%every != 0 && e.Epoch != 1 &&
		e.Epoch != epochs {
		return
	}
	member := ""
	if e.Members > 1 {
		member = fmt.Sprintf("member %d/%d  ", e.Member, e.Members)
	}
	p.line(member + fmt.Sprintf("epoch %*d/%d  L_VI %.1f  L^G %.1f  log-lik %.1f  KL %.1f  I "+
		"%.2f  %.0f samples/s",
		len(fmt.Sprint(epochs)), e.Epoch, epochs, e.ELBO, e.Symmetrized, e.LogLikelihood, e.KL,
		e.Information, e.SamplesPerSecond))
	if e.Warning != "" && !p.warned {
		p.line("warning: " + e.Warning)
		p.warned = true
	}
	if p.fancy {
		p.describe(fmt.Sprintf("epoch %d/%d", min(e.Epoch+1, epochs), epochs),
			fmt.Sprintf("L^G %.0f", e.Symmetrized), fmt.Sprintf("%.0f samples/s", e.SamplesPerSecond))
	}
}

// understood says what was understood of a table.
func (p *progress) understood(r *dataset.Report) {
	t := table{}
	for _, l := range r.Lines() {
		t.row(l[0], l[1], l[2])
	}
	var text strings.Builder
	t.print(&text)
	p.line(fromHere(r.Path))
	p.line(strings.TrimRight(text.String(), "\n"))
	for _, line := range r.Guesses {
		p.line(line)
	}
	for _, line := range r.Warnings {
		p.line("warning: " + line)
	}
}

// fromHere is a path without the current directory in front, if it lies within.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(relative) {
		return relative
	}
	return path
}

func (p *progress) score(what string, done, total int) {
	if p.bar == nil || p.what != what {
		p.begin(what, total)
	}
	p.bar.Set(done)
}

// begin replaces the bar.
func (p *progress) begin(what string, total int) {
	p.close()
	p.what = what
	p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	p.describe(what)
}

// describe puts in front of the bar what fits on a line of the terminal: a bar that wraps is not
// drawn in its place again, but below.
func (p *progress) describe(parts ...string) {
	columns := 80
	if f, ok := p.w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			columns = width
		}
	}
	p.bar.Describe(fit(parts, columns-barColumns-2*len(strconv.Itoa(p.bar.GetMax()))))
}

// barColumns are those of a bar of no length, without its description and the digits of its counts:
// " 100% || (/) [59m59s:59m59s] ".
const barColumns = 29

// fit joins the first parts, as many as take at most so many columns.
func fit(parts []string, columns int) string {
	text := ""
	for i, part := range parts {
		if i > 0 {
			part = text + "  " + part
		}
		if utf8.RuneCountInString(part) > columns {
			break
		}
		text = part
	}
	return text
}

// line prints a line, above the bar if there is one.
func (p *progress) line(text string) {
	if p.bar != nil {
		p.bar.Clear()
	}
	fmt.Fprintln(p.w, text)
}

// close takes the bar away.
func (p *progress) close() {
	if p.bar != nil {
		p.bar.Clear()
		p.bar = nil
	}
}
