package ref

import "math"

const (
	exponentBias = 127
	oneBits      = exponentBias << 23
)

// product is Π x of positive normal numbers, too many for float32 to hold it. It runs over the
// virtual lanes: in each stands a float32 in [1, 2), which every multiplication, rounded once,
// takes out of that range; then its exponent goes to the sum of all exponents.
type product struct {
	lanes     [Lanes]float32
	exponents int64 // with the bias of each multiplication
}

func newProduct() (p product) {
	for l := range p.lanes {
		p.lanes[l] = 1
	}
	return p
}

// multiply multiplies by element i.
func (p *product) multiply(i int, x float32) {
	lane := &p.lanes[i%Lanes]
	b := math.Float32bits(*lane * x)
	p.exponents += int64(b >> 23)
	*lane = math.Float32frombits(b&mantissaMask | oneBits)
}

// mantissa multiplies the lanes by the tree 16 → 8 → 4 → 2 → 1 in float64.
func (p *product) mantissa() float64 {
	var x [Lanes]float64
	for l, v := range p.lanes {
		x[l] = float64(v)
	}
	for half := Lanes / 2; half > 0; half /= 2 {
		for l := range half {
			x[l] *= x[l+half]
		}
	}
	return x[0]
}
