package generators

// Draw is a stream of small choices.
type Draw struct{}
