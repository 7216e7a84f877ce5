package dataset

import "math"

// moments are the number, mean and sum of squared deviations of some values, and their range.
type moments struct {
	n        float64
	mean, m2 float64
	min, max float64
}

func newMoments() moments { return moments{min: math.Inf(1), max: math.Inf(-1)} }

// addBatch adds the moments of x: the mean first, then the squares around it, then both are
// joined (Chan, Golub & LeVeque 1983). Every operation is rounded by itself, in a fixed order.
func (m *moments) addBatch(x []float64) {
	if len(x) == 0 {
		return
	}
	n, sum, m2 := float64(len(x)), 0.0, 0.0
	for _, v := range x {
		sum += v
	}
	mean := sum / n
	for _, v := range x {
		d := v - mean
		m2 += float64(d * d)
	}
	all, delta := m.n+n, mean-m.mean
	m.mean += float64(delta * n / all)
	m.m2 += m2 + float64(float64(float64(delta*delta)*m.n)*n)/all
	m.n = all
}

// std is the population's standard deviation; 1 where nothing varies.
func (m *moments) std() float64 {
	if s := math.Sqrt(m.m2 / m.n); s > 0 {
		return s
	}
	return 1
}

// fit computes the moments of all columns over the training rows and completes the schema.
func (u *understanding) fit(d *dealing) error {
	columns, places := u.fittedColumns()
	fits := make([]moments, len(columns))
	for i, c := range columns {
		fits[i] = newMoments()
		if c.Kind == KindNumber {
			c.Origin = u.survey.columns[places[i]].origin.text()
			if u.options.Raw {
				c.Origin = number{exact: true}.text()
			}
			if err := setOrigin(c); err != nil {
				return err
			}
		} else if err := c.prepare(); err != nil {
			return err
		}
	}
	values := make([]float64, 0, batchRows)
	err := scan(u.source, u.reader, func(b *batch) error {
		for i, c := range columns {
			values = fits[i].gather(values[:0], c, b, places[i], d)
			fits[i].addBatch(values)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, c := range columns {
		m := &fits[i]
		c.Std = 1
		if m.n > 0 {
			c.Mean, c.Std = m.mean, m.std()
		}
		if m.min <= m.max {
			c.Min, c.Max = m.min, m.max
		}
		if u.options.Raw && c.Kind == KindNumber {
			c.Mean, c.Std = 0, 1
		}
		u.remark(c, m, u.survey.columns[places[i]])
	}
	return u.schema.prepare()
}

// setOrigin parses a column's origin.
func setOrigin(c *Column) error {
	c.Std = 1
	return c.prepare()
}

// fittedColumns are the columns that have moments, and where they are in the source.
func (u *understanding) fittedColumns() (columns []*Column, places []int) {
	for i := range u.schema.Columns {
		if c := &u.schema.Columns[i]; c.Kind != KindText {
			columns, places = append(columns, c), append(places, u.places[i])
		}
	}
	if u.schema.Task == Regress {
		for i := range u.schema.Targets {
			columns, places = append(columns, &u.schema.Targets[i]), append(places, u.aims[i])
		}
	}
	return columns, places
}

// gather appends the values of a column in the training rows of a batch: the distance from the
// origin, or 0 and 1.
func (m *moments) gather(values []float64, c *Column, b *batch, place int, d *dealing) []float64 {
	for i := range b.lines {
		v := &b.cells[i*b.width+place]
		if v.kind == cellMissing || !d.trains(b.first+i) {
			continue
		}
		if c.Kind == KindBoolean {
			one, _ := c.boolean(v)
			values = append(values, float64(one))
			continue
		}
		m.min, m.max = min(m.min, v.value), max(m.max, v.value)
		values = append(values, v.number.minus(c.origin))
	}
	return values
}

// remark warns of columns that hardly vary, and of single values that flatten all others.
func (u *understanding) remark(c *Column, m *moments, s *columnSurvey) {
	if c.Kind != KindNumber || m.n < fewRows {
		return
	}
	size := max(math.Abs(m.min), math.Abs(m.max))
	switch z2 := math.Pow(max(m.max-c.origin.value-m.mean, m.mean-m.min+c.origin.value)/c.Std, 2); {
	case m.min == m.max:
		u.report.warn("column %q is the same in all training rows (%g)", clip(c.Name), m.min)
	case m.most(s) >= 0.95 && s.texts == 0 && !s.many && len(s.levels.names) == 2 && 2*c.Std < 1e-6*size:
		u.report.warn("column %q hardly varies: %g … %g", clip(c.Name), m.min, m.max)
	case z2 > 0.98*(m.n-1) && s.many:
		x, line := s.max, s.maxLine
		if c.origin.value+m.mean-m.min > m.max-c.origin.value-m.mean {
			x, line = s.min, s.minLine
		}
		u.report.warn("column %q: %s: %g is so far from the other values that they hardly differ once scaled: a mistake?",
			clip(c.Name), u.source.place(line), x)
	}
}

// most is the share of the most frequent level.
func (m *moments) most(s *columnSurvey) float64 {
	most, all := 0, 0
	for _, n := range s.levels.counts {
		most, all = max(most, n), all+n
	}
	return float64(most) / float64(max(all, 1))
}
