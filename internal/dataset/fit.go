package dataset

import (
	"fmt"
	"math"
)

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

// gather appends the values of a column in the training rows of a batch: the distance from the
// origin, or 0 and 1 for words that are booleans.
func (m *moments) gather(values []float64, origin *number, b *batch, column int,
	d *dealing) []float64 {
	for i := range b.lines {
		v := &b.cells[i*b.width+column]
		if v.kind == cellMissing || !d.trains(b.first+i) {
			continue
		}
		if v.kind == cellText {
			if one, ok := booleanWord(v.text); ok {
				values = append(values, float64(one))
			}
			continue
		}
		m.min, m.max = min(m.min, v.value), max(m.max, v.value)
		values = append(values, v.number.minus(origin))
	}
	return values
}

// fit completes the columns of the schema with the moments of the training rows.
func (u *understanding) fit() error {
	for i := range u.schema.Columns {
		if err := u.fitColumn(&u.schema.Columns[i], u.places[i]); err != nil {
			return err
		}
	}
	if u.schema.Task == Regress {
		for i := range u.schema.Targets {
			if err := u.fitColumn(&u.schema.Targets[i], u.aims[i]); err != nil {
				return err
			}
		}
	}
	return u.schema.prepare()
}

// leastVariance is the smallest that is told from 0: squares of deviations are still normal
// numbers.
const leastVariance = 1e-290

func (u *understanding) fitColumn(c *Column, place int) error {
	m, s := &u.survey.fits[place], u.survey.columns[place]
	c.Std = 1
	if c.Kind == KindText {
		return nil
	}
	if m.min < m.max && m.m2 < leastVariance*m.n {
		return fmt.Errorf("%s: column %q: expected numbers with a standard deviation of at least "+
			"1e-145, found %g … %g: give them in another unit", u.source.path(), clip(c.Name), m.min, m.max)
	}
	if m.n > 0 {
		c.Mean, c.Std = m.mean, m.std()
	}
	if m.min <= m.max {
		c.Min, c.Max = m.min, m.max
	}
	if c.Kind != KindNumber {
		return nil
	}
	c.origin = s.origin
	u.remark(c, m, s)
	if u.options.Raw {
		c.origin, c.Mean, c.Std = number{exact: true}, 0, 1
	}
	c.Origin = c.origin.text()
	return nil
}

// remark warns of columns that hardly vary, and of single values that flatten all others.
func (u *understanding) remark(c *Column, m *moments, s *columnSurvey) {
	if m.n < fewRows {
		return
	}
	size := max(math.Abs(m.min), math.Abs(m.max))
	switch z2 := math.Pow(max(m.max-c.origin.value-m.mean, m.mean-m.min+c.origin.value)/c.Std, 2); {
	case m.min == m.max:
		u.report.warn("column %q is the same in all training rows (%g)", clip(c.Name), m.min)
	case m.most(s) >= 0.95 && s.texts == 0 && !s.many && len(s.levels.names) == 2 &&
		2*c.Std < 1e-6*size:
		u.report.warn("column %q hardly varies: %g … %g", clip(c.Name), m.min, m.max)
	case z2 > 0.98*(m.n-1) && s.many:
		x, line := s.max, s.maxLine
		if c.origin.value+m.mean-m.min > m.max-c.origin.value-m.mean {
			x, line = s.min, s.minLine
		}
		u.report.warn("column %q: %s: %g is so far from the other values that they hardly differ once "+
			"scaled: a mistake?",
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
