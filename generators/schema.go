package generators

// Schema is a tool's input schema read for generation: references followed,
// combinators resolved as far as generation needs.
type Schema struct{}
