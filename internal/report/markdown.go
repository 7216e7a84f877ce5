package report

import (
	"fmt"
	"strings"
)

// markdown is the report for GitHub's Markdown; the pictures stand beside it.
func (r *Report) markdown() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", escape(r.Title))
	paragraphs(&b, r.Summary)
	b.WriteString("\n| section | outcome |\n|---|---|\n")
	for _, s := range r.Sections {
		fmt.Fprintf(&b, "| %s | %s %s |\n", escape(s.Title), s.Verdict.Mark(), s.Verdict)
	}
	settings(&b, r.Settings)
	for i := range r.Sections {
		r.Sections[i].markdown(&b)
	}
	return []byte(b.String())
}

func (s *Section) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s %s. **%s**\n", escape(s.Title), s.Verdict.Mark(), s.Verdict,
		escape(s.Sentence))
	paragraphs(b, s.Paragraphs)
	for _, f := range s.Figures {
		fmt.Fprintf(b, "\n![%s](%s)\n\n**%s.** %s ([SVG](%s), [CSV](%s))\n",
			escape(f.Alt), f.path("png"), escape(f.Title), escape(f.Caption), f.path("svg"), f.path("csv"))
	}
	for _, t := range s.Tables {
		t.markdown(b)
	}
	list := s.Settings
	if took := s.Duration(); took != "" {
		list = append(list[:len(list):len(list)], Setting{"time", took})
	}
	settings(b, list)
}

func (t *Table) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n**%s.** %s ([CSV](%s))\n\n|", escape(t.Title), escape(t.Caption), t.path())
	for _, h := range t.Header {
		fmt.Fprintf(b, " %s |", escape(h))
	}
	b.WriteString("\n|")
	for i := range t.Header {
		if t.numeric(i) {
			b.WriteString("---:|")
		} else {
			b.WriteString("---|")
		}
	}
	b.WriteString("\n")
	for _, row := range t.Rows {
		b.WriteString("|")
		for _, c := range row {
			text := escape(c.Text)
			if c.Strong && text != "" {
				text = "**" + text + "**"
			}
			fmt.Fprintf(b, " %s |", text)
		}
		b.WriteString("\n")
	}
}

func paragraphs(b *strings.Builder, texts []string) {
	for _, p := range texts {
		fmt.Fprintf(b, "\n%s\n", escape(p))
	}
}

func settings(b *strings.Builder, list []Setting) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n| setting | value |\n|---|---|\n")
	for _, s := range list {
		fmt.Fprintf(b, "| %s | %s |\n", escape(s.Name), escape(s.Value))
	}
}

var escaper = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`,
	"#", `\#`, "|", `\|`, "~", `\~`, "&", `\&`, "$", `\$`, "!", `\!`, "\n", " ", "\r", " ",
)

// escape has Markdown show a text as it is, on one line. A number with a dot, a plus or a
// minus that starts a paragraph would start a list.
func escape(s string) string {
	s = escaper.Replace(s)
	trimmed := strings.TrimLeft(s, "0123456789")
	switch {
	case trimmed != s && (strings.HasPrefix(trimmed, ". ") || strings.HasPrefix(trimmed, ") ")):
		return s[:len(s)-len(trimmed)] + `\` + trimmed
	case strings.HasPrefix(s, "- "), strings.HasPrefix(s, "+ "):
		return `\` + s
	}
	return s
}
