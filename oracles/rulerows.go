package oracles

import "slices"

// Rules returns all rules, ordered by id.
func Rules() []Rule {
	return slices.Concat(keyRules(), listRules(), frameRules(), siteRules(), statelessRules(), contractRules())
}

// keyRules are those of the keys that clients show.
func keyRules() []Rule {
	return []Rule{
		{"AUTH-01", "H8", "refuses keys that nobody has, and that are no more", Critical, spec, "authorization, Token Handling: 401 for invalid or expired ones", "keys", Span{Written: batching}},
		{"AUTH-02", "H8", "says by a 401 how clients get a key", Low, hardening, "RFC 9110, 15.5.2: WWW-Authenticate stands by a 401", "challenges", Span{}},
		{"AUTH-03", "H7", "takes no key in its URL", High, hardening, "authorization, Access Token Usage: never in the query", "bearer", Span{Written: batching}},
		{"AUTH-04", "H12", "says of what its client may not do that a scope is missing", Info, spec, "authorization, Scope Challenge Handling: insufficient_scope", "challenges", Span{From: batching, Written: legacy}},
		{"AUTH-05", "H8", "takes no key that was made for another server", Critical, spec, "authorization, Token Handling: audience of tokens", "audience", Span{Written: headed}},
		{"AUTH-06", "H8", "asks for the key with every request of a session", Critical, spec, "authorization, Access Token Usage: in every request", "key-each-time", Span{To: legacy, Written: batching}},
	}
}

// listRules are those of what is cancelled, listed and completed.
func listRules() []Rule {
	return []Rule{
		{"CAN-01", "H15", "answers no request that was cancelled, and leaves none open", Low, hardening, "cancellation: SHOULD NOT send a response", "cancels", Span{}},
		{"CAN-02", "H15", "ignores the cancelling of what was never asked", Medium, spec, "cancellation: invalid notifications SHOULD be ignored", "silence", Span{}},
		{"CAT-01", "H3", "closes its schemas, so that invented parameters are refused", Info, hardening, "JSON Schema: additionalProperties", listing, Span{}},
		{"CAT-02", "H5", "publishes bounds for strings and arrays", Info, hardening, "tools, Security: validate all tool inputs", listing, Span{}},
		{"CAT-03", "H12", "says of each tool whether it reads or writes", Info, hardening, "tools, ToolAnnotations", listing, Span{}},
		{"CAT-04", "H13", "marks the tools that write or destroy as what they are", Info, hardening, "tools, ToolAnnotations", listing, Span{}},
		{"CAT-05", "H1", "gives its tools names that are not taken for each other", Info, hardening, "models write names in another case and style", listing, Span{}},
		{"CAT-06", "", "describes its tools and their parameters", Info, hardening, "a model knows of a tool what is described", listing, Span{}},
		{"CAT-07", "", "describes tools to the model and gives it no orders", Info, hardening, "tools, User Interaction Model: a human in the loop", listing, Span{}},
		{"CAT-08", "", "writes nothing that people do not see", Info, hardening, "Unicode Technical Report 36: visual security", listing, Span{}},
		{"CAT-09", "H4", "publishes schemas that calls can be judged by", Info, hardening, "tools, Tool: inputSchema is a JSON Schema", listing, Span{}},
		{"CAT-10", "H2", "lists the tools that it listed when they were looked at", Info, hardening, "tools, Security: trust in tools and their annotations", listing, Span{}},
		{"CAT-11", "H7", "asks for no key among arguments, which models write", Info, hardening, "RFC 6750, 5.3: bearer tokens are kept safe", listing, Span{}},
		{"COMP-01", "H4", "completes only what it lists, and refuses requests of another form", Low, spec, "completion, Error Handling: invalid names and arguments", "completions", Span{From: batching}},
	}
}

// frameRules are those of frames and their answers.
func frameRules() []Rule {
	return []Rule{
		{"ENV-01", "H15", "answers what is no JSON with -32700 and stays up", Medium, spec, "basic, Messages: JSON-RPC 2.0", "frames", Span{}},
		{"ENV-02", "H15", "answers the request behind a malformed frame", Critical, hardening, "basic, Messages: one bad message ends no session", "lines", Span{}},
		{"ENV-03", "H15", "refuses JSON that is no JSON-RPC message with -32600", Medium, spec, "basic, Messages: JSON-RPC 2.0", "frames", Span{}},
		{"ENV-04", "H15", "refuses ids that are neither string nor integer", High, spec, "basic, Requests: id MUST NOT be null", "ids", Span{}},
		{"ENV-05", "H15", "answers once, under the id that was sent", High, spec, "basic, Responses: the same ID as the request", "one-answer", Span{}},
		{"ENV-06", "H15", "answers both of two requests with one id, or refuses the second", Low, hardening, "basic, Requests: ids are unique", "ids", Span{}},
		{"ENV-07", "H15", "answers no notification", Medium, spec, "basic, Notifications: MUST NOT send a response", "silence", Span{}},
		{"ENV-08", "H15", "runs no call without an id, of which nobody is told what came", Low, hardening, "schema, CallToolRequest: a request", "requests", Span{}},
		{"ENV-09", "H15", "ignores responses that it did not ask for", High, spec, "transports, Sending messages", "silence", Span{}},
		{"ENV-10a", "H15", "answers batches where the revision has them", Medium, spec, "basic, Batching: batches MUST be received", "batches", Span{From: batching, To: batching}},
		{"ENV-10b", "H15", "refuses batches where the revision has none", Low, spec, "transports: a single JSON-RPC message", "frames", Span{Except: batching, Written: headed}},
		{"ENV-10c", "H15", "opens no session by a message in a batch", Medium, spec, "lifecycle: initialize MUST NOT be part of a batch", "batches", Span{From: batching, To: batching}},
		{"ENV-11", "H15", "takes one message per frame and nothing behind it", High, spec, "transports: a single JSON-RPC message", "frames", Span{}},
		{"ENV-12", "H15", "survives members that stand twice", Medium, hardening, "RFC 8259, 4: names should be unique", "frames", Span{}},
		{"ENV-13", "H15", "survives bytes that are no UTF-8", Medium, hardening, "transports: messages are UTF-8", "frames", Span{}},
		{"ENV-14", "H15", "writes nothing but messages to its output", High, spec, "stdio: nothing else on stdout", "stdout", Span{}},
		{"ENV-15", "H15", "gives errors an integer code, not 0, and a message", Low, spec, "basic, Responses: error codes MUST be integers", "error-codes", Span{}},
		{"ENV-16", "H15", "gives errors no code that the revision has withdrawn, or keeps for itself", Medium, spec, "basic, Error Codes: only codes that are defined", "error-codes", Span{From: modern}},
		{"H10", "H10", "bounds how often it is called from one address, whatever that says of itself", Low, hardening, "tools, Security: rate limit tool invocations", "address-rate", Span{}},
		{"H11", "H11", "bounds how many calls it is at work on at once", Info, hardening, "tools, Security: rate limit tool invocations", "in-flight", Span{}},
		{"H14", "H14", "acts with no right but its own: runs nothing that it is told, and calls nobody on the inside", Critical, hardening, "tools, Security: validate all tool inputs", "inward", Span{}},
		{"H15", "H15", "fails safely: no hang, no lost answer, no fault of its own for bad input", Low, hardening, "a bad call is the caller's fault", "internal", Span{}},
		{"H2", "H2", "serves what it lists, to those whom it lists it to, and nothing else", High, hardening, "tools, Listing: what there is to discover", "unlisted", Span{}},
		{"H5", "H5", "bounds what it takes and what it answers", High, schema, "tools, Security: validate all tool inputs", "bounds", Span{}},
		{"H7", "H7", "takes keys as they are, in Authorization: Bearer alone, and repeats none", Medium, hardening, "RFC 6750, 5.3: bearer tokens are kept safe", "bearer", Span{}},
		{"H8", "H8", "forgets at once a key that was revoked, and that key alone", High, hardening, "RFC 7009, 2.2: the token cannot be used again", "revocation", Span{}},
		{"H9", "H9", "bounds how often each client calls, and says to whom it refuses when to come again", Low, hardening, "tools, Security: rate limit tool invocations", "key-rate", Span{}},
	}
}

// siteRules are those of HTTP, the life of a session, logs and methods.
func siteRules() []Rule {
	return []Rule{
		{"HTTP-01", "H8", "serves no request without the session that it gave", Low, hardening, "streamable HTTP, Sessions: 400 for want of one, where it is required", "sessions", Span{From: batching, To: legacy}},
		{"HTTP-02", "H8", "serves no session that has ended, and none that it never gave", High, spec, "streamable HTTP, Sessions: 404 once one has ended", "sessions", Span{From: batching, To: legacy}},
		{"HTTP-03", "H15", "refuses versions of the protocol that it does not know", Medium, spec, "streamable HTTP, Protocol Version Header: 400 for unknown ones", "version-header", Span{From: headed, To: legacy}},
		{"HTTP-04", "H15", "serves clients that are too old to send a version", Info, spec, "streamable HTTP, Protocol Version Header: an absent one", "version-header", Span{From: headed, To: legacy}},
		{"HTTP-05", "H10", "refuses requests from a foreign origin", High, spec, "streamable HTTP, Security: validate the Origin header", "origin", Span{}},
		{"HTTP-06", "H15", "answers in a type that the client takes", Info, spec, "streamable HTTP, Sending messages: the Accept header", "replies", Span{From: batching}},
		{"HTTP-07", "H15", "accepts notifications with status 202 and nothing behind it", Info, spec, "streamable HTTP, Sending messages: notifications", "replies", Span{From: batching}},
		{"HTTP-08", "H15", "answers requests as JSON or as an event stream", Medium, spec, "streamable HTTP, Sending messages: requests", "replies", Span{From: batching}},
		{"HTTP-09", "H15", "answers GET with an event stream, or with 405", Low, spec, "streamable HTTP, Listening: event stream or 405", "replies", Span{From: batching, To: legacy}},
		{"HTTP-10", "H8", "gives sessions ids that nobody can guess", High, spec, "streamable HTTP, Sessions: unique ids of visible ASCII", "sessions", Span{From: batching, To: legacy}},
		{"HTTP-11", "H8", "keeps each session to the client that opened it", Low, hardening, "security best practices, Session Hijacking: bound to the user", "owners", Span{To: legacy}},
		{"HTTP-12", "H15", "runs calls whose client has closed the connection", Low, hardening, "streamable HTTP, Sending messages: disconnection SHOULD NOT cancel", "disconnects", Span{From: batching, To: legacy}},
		{"LIFE-01", "H15", "serves nothing before the session is opened", Info, spec, "lifecycle, Initialization: the first interaction", "handshake", Span{To: legacy}},
		{"LIFE-02", "H15", "answers an unknown revision with one that it speaks", Medium, spec, "lifecycle, Version Negotiation", "handshake", Span{To: legacy}},
		{"LIFE-03", "H15", "goes on after a second initialize", Medium, hardening, "a bad request ends no session", "handshake", Span{To: legacy}},
		{"LIFE-04", "H15", "ends when its input does", Low, spec, "stdio, Shutdown: SHOULD exit promptly", "eof", Span{Written: modern}},
		{"LOG-01", "H4", "refuses log levels that there are not", Low, spec, "logging, Error Handling: invalid log level", "log-levels", Span{To: legacy}},
		{"METH-01", "H2", "refuses unknown methods with -32601", Medium, spec, "JSON-RPC 2.0, 5.1: method not found", "methods", Span{}},
		{"METH-02", "H2", "refuses methods that the revision no longer has with -32601", Low, spec, "streamable HTTP: methods that are not implemented", "methods", Span{From: modern}},
	}
}

// statelessRules are those of the revision without sessions.
func statelessRules() []Rule {
	return []Rule{
		{"MOD-01", "H15", "tells what it supports by server/discover", Medium, spec, "versioning: server/discover is implemented", "results", Span{From: modern}},
		{"MOD-02", "H15", "refuses requests that do not declare their version and the client's capabilities", Medium, spec, "basic, _meta: required fields", "declared", Span{From: modern}},
		{"MOD-03", "H15", "refuses versions that it does not know with -32022, and names those that it does", Medium, spec, "versioning: unsupported versions", "declared", Span{From: modern}},
		{"MOD-04", "H15", "refuses requests that a header contradicts", High, spec, "streamable HTTP, Server Validation: headers and body", "mirrors", Span{From: modern}},
		{"MOD-05", "H15", "refuses requests that lack the headers which repeat them", Medium, spec, "streamable HTTP, Server Validation: required headers", "mirrors", Span{From: modern}},
		{"MOD-06", "H15", "decodes the names in headers before it compares them", Medium, spec, "streamable HTTP, Value Encoding: base64 names", "mirrors", Span{From: modern}},
		{"MOD-07", "H15", "says of each result what type it is of", Medium, spec, "basic, Responses: resultType", "results", Span{From: modern}},
		{"MOD-08", "H15", "says how long what it lists may be kept, and by whom", Medium, spec, "caching: ttlMs and cacheScope", "results", Span{From: modern}},
		{"MOD-09", "H15", "takes nothing for said by an earlier request", Medium, spec, "basic, Statelessness: prior requests", "declared", Span{From: modern}},
		{"MOD-10", "H15", "sends no requests of its own", Medium, spec, "transports: no requests from servers", "unasked", Span{From: modern}},
		{"MOD-11", "H15", "says which capability it wants of a client that has not declared it", Medium, spec, "basic, Error Codes: a missing required client capability", "asking", Span{From: modern}},
		{"MOD-12", "H13", "takes no state back that is not as it gave it", High, spec, "multi round-trip requests, Server Requirements: verify requestState", "confirmation", Span{From: modern}},
		{"MOD-13", "H15", "asks clients for what they have declared that they take, and nothing else", Medium, spec, "multi round-trip requests: server requirements", "asking", Span{From: modern}},
		{"MOD-14", "H15", "logs to no client that did not ask for it", Low, spec, "logging: only where a level is given", "unasked", Span{From: modern}},
		{"MOD-15", "H15", "knows no sessions, and no verbs but POST", Low, spec, "streamable HTTP, Backward Compatibility: earlier revisions", "requests-alone", Span{From: modern}},
		{"MOD-16", "H2", "lists the same tools in the same order each time", Medium, spec, "tools, Listing: the same for every connection", "results", Span{From: modern}},
	}
}

// contractRules are those of what tools, prompts and resources promise.
func contractRules() []Rule {
	return []Rule{
		{"PAG-01", "H4", "refuses cursors that it did not give out", Low, spec, "pagination: invalid cursors SHOULD result in -32602", "cursors", Span{}},
		{"PROM-01", "H1", "gives no prompt under a name that it does not list", Medium, spec, "prompts, Error Handling: invalid prompt name", "prompts", Span{}},
		{"PROM-02", "H4", "refuses prompts that lack a required argument, or are given one that is no text", Low, spec, "prompts, Error Handling: missing required arguments", "prompts", Span{}},
		{"RES-01", "H1", "reads nothing at an address that it does not have, and says that there is nothing", Medium, spec, "resources, Error Handling: resource not found", "resources", Span{}},
		{"RES-02", "H4", "refuses to read what is no address", Medium, spec, "resources, Security: validate all resource URIs", "resources", Span{}},
		{"SIZE-01", "H5", "survives large values", Critical, hardening, "no revision bounds a message: the server must", "frame-size", Span{}},
		{"SIZE-02", "H5", "survives deep nesting", Critical, hardening, "no revision bounds nesting: the server must", "depth", Span{}},
		{"TOOL-01", "H1", "runs no tool under a name that it does not list", Critical, spec, "tools, Error Handling: unknown tools", "names", Span{}},
		{"TOOL-02", "H4", "refuses arguments that its schema forbids", High, schema, "tools, Security: validate all tool inputs", "values", Span{}},
		{"TOOL-02b", "H4", "tells of bad arguments by a tool error", Info, spec, "tools, Error Handling: input validation is a tool error", "tool-errors", Span{From: legacy}},
		{"TOOL-03", "H4", "refuses calls whose params are not of the protocol's form", Medium, spec, "tools, Error Handling: CallToolRequest schema", "arguments", Span{}},
		{"TOOL-04", "H3", "refuses parameters that it does not know", High, schema, "tools, Security: validate all tool inputs", "extras", Span{}},
		{"TOOL-05", "H4", "takes no value of another type, and coerces none", Medium, schema, "tools, Security: validate all tool inputs", "types", Span{}},
		{"TOOL-06", "H4", "takes integers as they are, or not at all", Medium, hardening, "tools, Security: validate all tool inputs", "exact", Span{}},
		{"TOOL-07", "H1", "takes the names of tools as they are spelt, case included", Medium, spec, "tools, Tool Names: case-sensitive", "names", Span{Written: legacy}},
		{"TOOL-08", "H1", "lists tools once each, under names of the allowed form, with schemas of objects", Low, spec, "tools, Tool Names; schema, Tool", listing, Span{}},
		{"TOOL-09", "H3", "takes names that its language has for names like others", High, hardening, "what a caller names must not reach what all objects share", "extras", Span{}},
		{"TOOL-10", "H15", "survives the failure of a tool, a prompt or a resource", Critical, hardening, "tools, Error Handling: server errors", "recover", Span{}},
		{"TOOL-11", "H15", "tells no stack, path or secret in an error, and keeps it short", Medium, hardening, "tools, Security: sanitize tool outputs", "errors", Span{}},
		{"TOOL-12", "H15", "gives each of many parallel calls its own answer", Critical, hardening, "basic, Responses: the same ID as the request", "isolation", Span{}},
		{"TOOL-13", "H6", "reads and writes nothing outside of the root that it was given", Critical, hardening, "resources, Security: sanitize file paths", "root", Span{}},
		{"TOOL-14", "H12", "changes nothing by a tool that says that it only reads", Low, hardening, "schema, ToolAnnotations: readOnlyHint", "reading", Span{From: batching}},
		{"TOOL-15", "H13", "asks before it destroys, and heeds the answer", Info, hardening, "tools, User Interaction Model: confirm operations", "confirmation", Span{From: headed}},
		{"TOOL-16", "H4", "gives results that are as the output schema says", Medium, spec, "tools, Output Schema: results MUST conform", "answers", Span{From: headed}},
		{"TOOL-17", "H14", "hands a text to a program as one argument, and as no option", High, hardening, "CWE-88: argument injection", "operands", Span{}},
		{"TOOL-18", "H4", "does nothing for a call that it refuses", Medium, hardening, "tools, Security: validate all tool inputs", "order", Span{}},
		{"TOOL-19", "H15", "does nothing to one thing by the id of another that is gone", Low, hardening, "an id names one thing, for good", "fresh-ids", Span{}},
		{"TOOL-20", "H15", "leaves of several changes at once one, or all, and no mix", Medium, hardening, "an update is whole, whatever else is under way", "whole-updates", Span{}},
		{"TOOL-21", "H15", "shows nothing by an id that is no more, or never was", Low, hardening, "what is gone is gone, whoever still has its id", "gone", Span{}},
	}
}
