package kernels

// Minibatch selects the rows of a minibatch: Index of SrcRows rows of X, and with them their
// labels or their targets. It is GatherRows and GatherLabels, whichever have a source; on a device
// of Bytes the rows may be bytes, a Table says of which numbers, and GatherBytes selects them.
type Minibatch struct {
	Rows, SrcRows int
	Index         I32
	Cols          int // of X
	X, DstX       F32
	Bytes         U8 // instead of X
	Table         F32
	Labels        I32
	DstLabels     I32
	Targets       F32
	TargetCols    int
	DstTargets    F32
}

// Minibatches is a Device that has a Minibatch of its own.
type Minibatches interface {
	Minibatch(Minibatch)
}

// RunMinibatch runs it on a device, operation by operation where the device knows no better.
func RunMinibatch(d Device, m Minibatch) {
	if own, ok := d.(Minibatches); ok {
		own.Minibatch(m)
		return
	}
	if m.Bytes != nil {
		d.(Bytes).GatherBytes(m.bytes())
	} else {
		d.GatherRows(m.rows())
	}
	if m.Labels != nil {
		d.GatherLabels(m.labels())
	}
	if m.Targets != nil {
		d.GatherRows(m.targets())
	}
}

func (m *Minibatch) rows() GatherRows {
	return GatherRows{Rows: m.Rows, Cols: m.Cols, SrcRows: m.SrcRows, Index: m.Index, Src: m.X, Dst: m.DstX}
}

func (m *Minibatch) bytes() GatherBytes {
	return GatherBytes{Rows: m.Rows, Cols: m.Cols, SrcRows: m.SrcRows, Index: m.Index, Src: m.Bytes,
		Table: m.Table, Dst: m.DstX}
}

func (m *Minibatch) labels() GatherLabels {
	return GatherLabels{N: m.Rows, Index: m.Index, Src: m.Labels, Dst: m.DstLabels}
}

func (m *Minibatch) targets() GatherRows {
	return GatherRows{Rows: m.Rows, Cols: m.TargetCols, SrcRows: m.SrcRows, Index: m.Index, Src: m.Targets, Dst: m.DstTargets}
}

// Check panics unless the buffers hold the shapes.
func (m *Minibatch) Check() {
	rows, bytes, labels, targets := m.rows(), m.bytes(), m.labels(), m.targets()
	if m.Bytes != nil {
		bytes.Check()
	} else {
		rows.Check()
	}
	if m.Labels != nil {
		labels.Check()
	}
	if m.Targets != nil {
		targets.Check()
	}
}
