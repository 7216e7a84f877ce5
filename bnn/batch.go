package bnn

import "github.com/symvi/symvi/kernels"

// dataset is a data set that lives on the device, and room for one minibatch of it.
type dataset struct {
	device  kernels.Device
	in      int
	targets int // a row
	rows
	batchX kernels.F32
	batch  targets
}

// rows are data on a device, where several may learn from them.
type rows struct {
	n     int         // of them
	x     kernels.F32 // nil if the device has them as bytes
	bytes byteInputs
	all   targets
}

// newRows puts data on the device.
func newRows(s *scratch, m Model, d Data, n int) *rows {
	r := &rows{n: n}
	if r.bytes = newByteInputs(s, d); r.bytes.x == nil {
		r.x = d.upload(s)
	}
	if m.Likelihood.IsSoftmax() {
		r.all.labels = s.i32(n)
		r.all.labels.Upload(d.Labels)
	} else {
		r.all.real = s.share(d.Targets)
	}
	return r
}

// newDataset makes room for minibatches of so many rows.
func newDataset(s *scratch, m Model, r *rows, batch int) *dataset {
	in := m.Network.inputs()
	set := &dataset{device: s.device, in: in, targets: m.targets(), rows: *r}
	set.batchX = s.f32(batch * in)
	if m.Likelihood.IsSoftmax() {
		set.batch.labels = s.i32(batch)
	} else {
		set.batch.real = s.f32(batch * set.targets)
	}
	return set
}

// byteInputs are inputs of few different values on a device that can hold bytes.
type byteInputs struct {
	x     kernels.U8
	table kernels.F32
}

// newByteInputs puts inputs on the device, or returns nothing where they are no bytes.
func newByteInputs(s *scratch, d Data) (b byteInputs) {
	device, ok := s.device.(kernels.Bytes)
	if !ok {
		return b
	}
	bytes, values := d.Bytes, d.Values
	if bytes == nil {
		if bytes, values = palette(d.X); bytes == nil {
			return b
		}
	}
	b.table = s.upload(values)
	if host, ok := s.device.(kernels.HostMemory); ok {
		b.x = host.Uint8Of(bytes)
		return b
	}
	b.x = device.Uint8(len(bytes))
	s.free = append(s.free, b.x.Free)
	b.x.Upload(bytes)
	return b
}

// gather copies the minibatch of the given rows.
func (d *dataset) gather(index kernels.I32) {
	kernels.RunMinibatch(d.device, d.minibatch(index))
}

// from is the room for minibatches from a row on.
func (d *dataset) from(row int) (kernels.F32, targets) {
	x := d.batchX.Slice(row*d.in, d.batchX.Len())
	if d.batch.labels != nil {
		return x, targets{labels: d.batch.labels.Slice(row, d.batch.labels.Len())}
	}
	return x, targets{real: d.batch.real.Slice(row*d.targets, d.batch.real.Len())}
}

func (d *dataset) minibatch(index kernels.I32) kernels.Minibatch {
	return kernels.Minibatch{Rows: index.Len(), SrcRows: d.n, Index: index,
		Cols: d.in, X: d.x, Bytes: d.bytes.x, Table: d.bytes.table, DstX: d.batchX,
		Labels: d.all.labels, DstLabels: d.batch.labels,
		Targets: d.all.real, TargetCols: d.targets, DstTargets: d.batch.real}
}
