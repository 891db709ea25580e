package protocol

import "encoding/json"

// ReplyKind says what a frame from the server is.
type ReplyKind uint8

// The kinds of reply. Foreign is JSON that is no JSON-RPC message; NotJSON is
// anything else.
const (
	KindUnset ReplyKind = iota
	Result
	Error
	Notification
	ServerRequest
	Batch
	Foreign
	NotJSON
)

// Reply is a frame read as JSON-RPC. It never fails: what cannot be read is of
// kind Foreign or NotJSON.
type Reply struct {
	Kind ReplyKind
	// ID is the raw JSON text of the id member, "" when absent.
	ID string
	// Method is set for notifications and the server's own requests.
	Method string
	// Params or Result as raw JSON; nil where absent.
	Body json.RawMessage
	// IsError: a tool result with isError true.
	IsError bool
	// Asks: a result that asks for more first (resultType input_required).
	Asks bool
	// Code and Message are the error's; CodeOK is false when the code is not
	// an integer or Message is not a string.
	Code    int64
	CodeOK  bool
	Message string
	// Text is what a model would read: the text content joined, or Message;
	// at most 64 KiB of it.
	Text string
	// Items holds the replies of a Batch.
	Items []Reply
}

// First is the first reply of a Batch, and the reply itself otherwise.
func (r Reply) First() Reply {
	if r.Kind == Batch && len(r.Items) > 0 {
		return r.Items[0].First()
	}
	return r
}
