package kernels

// Minibatch selects the rows of a minibatch: Index of SrcRows rows of X, and with them their
// labels or their targets. It is GatherRows and GatherLabels, whichever have a source; on a device
// of Bytes the rows may be bytes, a Table says of which numbers, and GatherBytes selects them.
// With a State, the rows' numbers are those of Index from the state's First on.
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
	State         I32
}

// Resolve puts what the state says into the other fields.
func (m *Minibatch) Resolve() {
	if m.State == nil {
		return
	}
	first := int(readStepState(m.State).First)
	m.Index, m.State = m.Index.Slice(first, first+m.Rows), nil
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
	m.Resolve()
	if m.Bytes != nil {
		d.(Bytes).GatherBytes(m.GatherBytes())
	} else {
		d.GatherRows(m.GatherRows())
	}
	if m.Labels != nil {
		d.GatherLabels(m.GatherLabels())
	}
	if m.Targets != nil {
		d.GatherRows(m.GatherTargets())
	}
}

// GatherRows selects X.
func (m *Minibatch) GatherRows() GatherRows {
	return GatherRows{Rows: m.Rows, Cols: m.Cols, SrcRows: m.SrcRows, Index: m.Index, Src: m.X,
		Dst: m.DstX}
}

// GatherBytes selects Bytes.
func (m *Minibatch) GatherBytes() GatherBytes {
	return GatherBytes{Rows: m.Rows, Cols: m.Cols, SrcRows: m.SrcRows, Index: m.Index, Src: m.Bytes,
		Table: m.Table, Dst: m.DstX}
}

// GatherLabels selects Labels.
func (m *Minibatch) GatherLabels() GatherLabels {
	return GatherLabels{N: m.Rows, Index: m.Index, Src: m.Labels, Dst: m.DstLabels}
}

// GatherTargets selects Targets.
func (m *Minibatch) GatherTargets() GatherRows {
	return GatherRows{Rows: m.Rows, Cols: m.TargetCols, SrcRows: m.SrcRows, Index: m.Index,
		Src: m.Targets, Dst: m.DstTargets}
}

// Check panics unless the buffers hold the shapes.
func (m *Minibatch) Check() {
	rows, bytes, labels, targets := m.GatherRows(), m.GatherBytes(), m.GatherLabels(),
		m.GatherTargets()
	checkState("Minibatch", m.State)
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
