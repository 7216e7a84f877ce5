package bnn

import "github.com/symvi/symvi/kernels"

// dataset is a data set that lives on the device, and room for one minibatch of it.
type dataset struct {
	device  kernels.Device
	n       int
	in      int
	targets int // a row
	x       kernels.F32
	all     targets
	batchX  kernels.F32
	batch   targets
}

func newDataset(s *scratch, m Model, d Data, n, batch int) *dataset {
	in := m.Network.inputs()
	set := &dataset{device: s.device, n: n, in: in, targets: m.targets(), x: s.upload(d.X), batchX: s.f32(batch * in)}
	if m.Likelihood.IsSoftmax() {
		set.all.labels, set.batch.labels = s.i32(n), s.i32(batch)
		set.all.labels.Upload(d.Labels)
	} else {
		set.all.real, set.batch.real = s.upload(d.Targets), s.f32(batch*set.targets)
	}
	return set
}

// gather copies the minibatch of the given rows.
func (d *dataset) gather(index kernels.I32, rows int) {
	kernels.RunMinibatch(d.device, kernels.Minibatch{Rows: rows, SrcRows: d.n, Index: index, Cols: d.in, X: d.x, DstX: d.batchX,
		Labels: d.all.labels, DstLabels: d.batch.labels, Targets: d.all.real, TargetCols: d.targets, DstTargets: d.batch.real})
}
