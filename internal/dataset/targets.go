package dataset

import "fmt"

// concludeTarget decides the task and what the targets are.
func (u *understanding) concludeTarget() error {
	y := u.survey
	task, why, err := u.decideTask()
	if err != nil {
		return err
	}
	u.schema.Task = task
	if why != "" {
		u.report.guess("task %s: %s; else say --task", task, why)
	}
	for _, j := range y.targets {
		u.aims = append(u.aims, j)
		column := Column{Name: y.names[j], Number: j + 1, Kind: KindText}
		detail := "classes"
		if task == Regress {
			column.Kind, detail = KindNumber, "numbers, "+spell(y.columns[j].min)+" … "+
				spell(y.columns[j].max)
			if err := u.checkRegression(j); err != nil {
				return err
			}
		}
		u.reader.readings[j].keep(&column)
		u.sayNotations(j)
		u.schema.Targets = append(u.schema.Targets, column)
		u.report.Targets = append(u.report.Targets, ColumnReport{Name: y.names[j], Kind: column.Kind,
			Detail: detail})
	}
	u.schema.Outputs = len(y.targets)
	if task == Classify {
		return u.concludeClasses()
	}
	y.forgetClasses()
	return nil
}

// decideTask is the task that was asked for, or the one that the target looks like.
func (u *understanding) decideTask() (task Task, why string, err error) {
	y := u.survey
	if u.options.Task != "" {
		task, err = ParseTask(u.options.Task)
		if task == Classify && len(y.targets) > 1 {
			return 0, "", fmt.Errorf("--target: expected one column of classes, found %d; several are for "+
				"--task regress", len(y.targets))
		}
		return task, "", err
	}
	name := y.names[y.targets[0]]
	c := y.columns[y.targets[0]]
	switch {
	case len(y.targets) > 1:
		return Regress, "several targets", nil
	case c.texts > 0:
		return Classify, "", nil
	case !c.whole:
		return Regress, fmt.Sprintf("%q holds numbers with fractions", clip(name)), nil
	case c.many || 2*len(c.levels.names) > y.kept:
		return Regress, fmt.Sprintf("%q holds many different numbers", clip(name)), nil
	case len(c.levels.names) == 2:
		return Classify, "", nil
	}
	return Classify, fmt.Sprintf("%q holds %d different integers", clip(name),
		len(c.levels.names)), nil
}

// checkRegression refuses a target that is no number or always the same.
func (u *understanding) checkRegression(j int) error {
	c, name := u.survey.columns[j], clip(u.survey.names[j])
	switch {
	case c.texts > 0:
		return fmt.Errorf("%s, column %q: expected a number, found %q; texts are classes, say --task "+
			"classify",
			u.source.place(c.firstTextLine), name, c.firstText)
	case c.min == c.max:
		return fmt.Errorf("column %q: expected a target that varies, found %g in all rows; choose "+
			"another --target", name, c.min)
	}
	return nil
}

// concludeClasses sorts the classes and counts them.
func (u *understanding) concludeClasses() error {
	y := u.survey
	name := clip(y.names[y.targets[0]])
	if y.classes == nil {
		return fmt.Errorf("column %q: expected at most %d classes, found more; --max-classes allows more",
			name, y.maxClasses)
	}
	names, counts, rank := y.classes.sorted()
	numeric := y.columns[y.targets[0]].texts == 0
	hint := "choose another --target"
	switch c := y.columns[y.targets[0]]; {
	case numeric:
		hint = "for numbers say --task regress"
	case c.odd != nil && !c.odd.plain && c.odd.strange+c.odd.amounts > 0:
		hint = fmt.Sprintf("if they are numbers, remove signs, units and blanks, as in %q", c.firstText)
	case c.dates == min(c.texts, sampleRecords):
		hint = fmt.Sprintf("dates like %q are not understood: make numbers of them, such as days",
			c.firstText)
	}
	switch n, c := len(names), y.columns[y.targets[0]]; {
	case n > 2 && 2*n > y.kept && c.numbers > c.texts && c.texts > 0:
		return fmt.Errorf("%s, column %q: expected a number as in %d other rows, found %q (%d such "+
			"rows); --missing-values names what stands for a missing value",
			u.source.place(c.firstTextLine), name, c.numbers, c.firstText, c.texts)
	case n < 2:
		return fmt.Errorf("column %q: expected at least 2 classes, found only %s; "+
			"choose another --target", name, quoteList(names))
	case n > 2 && 2*n > y.kept:
		return fmt.Errorf("column %q: expected classes that come again, found %d different values in "+
			"%d rows; %s", name, n, y.kept, hint)
	}
	if a, b, found := alike(names); found {
		u.report.warn("classes %q and %q of column %q differ only in spelling: are they one?", a, b, name)
	}
	for i, n := range names {
		u.report.Classes = append(u.report.Classes, ClassReport{n, counts[i]})
		if counts[i] == 1 && y.kept >= fewRows {
			u.report.warn("class %q has only one row, which is for training", clip(n))
		}
	}
	u.schema.ClassNames, u.schema.Outputs, u.rank = names, len(names), rank
	return nil
}
